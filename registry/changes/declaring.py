"""What officials may declare of themselves: a change of the own record, on evidence, that somebody else approves.

Declared are the things a person knows and can prove and no organization decides on. Whatever rests on a decision
(post, pay, status, reward, discipline, grade, Party) goes to the personnel officer as a proposal instead.
Basis: the record law parts declaring (the person), checking (the unit) and approving (the managing agency).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import OWN_ONLY, Permission
from registry.changes.models import Change
from registry.db import send
from registry.documents.models import File
from registry.errors import Flaw, not_found
from registry.law.why import vn
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import MEANS_EMPTY
from registry.words import Words

BASIS = "self_declared"
ORIGIN = "self"
DECLARED: dict[str, frozenset[str] | None] = {
    "identity": frozenset(
        {
            "other_names",
            "birth_place",
            "birth_province",
            "birth_commune",
            "native_place",
            "native_province",
            "native_commune",
            "ethnic_group",
            "religion",
            "permanent_address",
            "current_address",
            "phone",
            "email",
            "id_card_issued_on",
            "id_card_issuer",
            "old_id_no",
            "social_insurance_no",
            "health_insurance_no",
            "tax_code",
            "marital_status",
            "family_class",
            "forte",
            "prior_occupation",
        }
    ),
    "qualification": None,
    "language": None,
    "it_skill": None,
    "family": None,
    "work_history": None,
    "address": None,
    "health": None,
    "foreign_trip": None,
    "identity_paper": None,
    "training": None,
    "economy": None,
    "abroad_link": None,
    "military": None,
    "portrait": None,
}
"""Kinds and their fields that are the official's own to declare; None: every field that is not secret, but
NOT_ONES_OWN. A name that the registry has no kind or field for is not offered.

Name, birth and sex are not among them: they rest on papers of civil status, and retirement and pay hang on them.
"""
NOT_ONES_OWN = frozenset({"is_verified"})
"""What the unit says after it has looked: no official vouches for the own diploma."""
ACTIONS = ("record", "correct", "amend")
NO_PAPER_NEEDED = frozenset({"phone", "email", "photo"})
"""What nobody has a paper for, or what is its own evidence."""
ENVELOPE = frozenset({"action", "official", "kind", "fact_id", "valid_from", "valid_to"})


def declares(actor: Actor) -> bool:
    """Whether the actor may draft for the own record and for nobody else."""
    return (
        actor.official_id is not None
        and not OWN_ONLY.isdisjoint(actor.roles)
        and not actor.ranges(Permission.CHANGES_CHANGE_DRAFT)
    )


def as_self(session: Session, actor: Actor, body: Any) -> Actor:
    """The actor with no rights but those over the own record, where the body declares something of oneself.

    An officer with a record of one's own declares like everybody else when every operation is about that record and
    the basis says so; otherwise the actor comes back as is.
    """
    if declares(actor) or actor.official_id is None or OWN_ONLY.isdisjoint(actor.roles):
        return actor
    decision = body.get("decision") if isinstance(body, Mapping) else None
    operations = body.get("operations") if isinstance(body, Mapping) else None
    if not isinstance(decision, Mapping) or decision.get("basis") != BASIS:
        return actor
    if not isinstance(operations, Sequence) or isinstance(operations, str):
        return actor
    named = {one.get("official") for one in operations if isinstance(one, Mapping)}
    return alone(actor) if named and named <= _own_names(session, actor) else actor


def alone(actor: Actor) -> Actor:
    """The actor as an official only."""
    return replace(actor, grants=tuple(one for one in actor.grants if one.role in OWN_ONLY))


def _own_names(session: Session, actor: Actor) -> set[Any]:
    row = session.execute(
        text("SELECT uid::text, personal_id FROM official_current WHERE official_id = :own"),
        {"own": actor.official_id},
    ).one_or_none()
    return set(row) if row else set()


def origin(actor: Actor, otherwise: str) -> str:
    """Where a change of this actor comes from."""
    return ORIGIN if declares(actor) else otherwise


def completed(actor: Actor, body: Any, today: date) -> Any:
    """The body with what a declaration needs not say: its number, its day, its basis."""
    if not declares(actor) or not isinstance(body, Mapping):
        return body
    sent = body.get("decision") or {}
    if not isinstance(sent, Mapping):
        return body
    known = {name: value for name, value in sent.items() if value not in MEANS_EMPTY}
    whole = {"number": f"Tự khai {vn(today)}", "issued_on": today.isoformat(), "basis": BASIS} | known
    return {**body, "decision": whole}


def flaws(session: Session, actor: Actor, body: Any) -> list[Flaw]:
    """What stands in the way of declaring this; empty for whoever drafts by a right over units."""
    if not declares(actor) or not isinstance(body, Mapping):
        return []
    found: list[Flaw] = []
    decision = body.get("decision")
    decision = decision if isinstance(decision, Mapping) else {}
    if decision.get("basis") != BASIS:
        words = Words(
            "Bạn chỉ tự khai về mình; quyết định của cơ quan do bộ phận tổ chức cán bộ ghi.",
            "You can only declare things of yourself; decisions are recorded by the personnel officers.",
        )
        found.append(Flaw("decision/basis", "not_declared", words))
    operations = body.get("operations")
    operations = operations if isinstance(operations, Sequence) and not isinstance(operations, str) else []
    told: set[str] = set()
    for number, one in enumerate(operations):
        if isinstance(one, Mapping):
            found += operation_flaws(one, f"operations/{number}")
            told |= fields_of(one)
    return found + _evidence_flaws(session, actor, decision, told)


def operation_flaws(one: Mapping[str, Any], path: str) -> list[Flaw]:
    """Why an operation is not the official's to declare; empty when it is."""
    if one.get("action") not in ACTIONS:
        words = Words(
            "Tự khai chỉ bổ sung hoặc đính chính mục trong hồ sơ của mình.",
            "A declaration adds or corrects facts of the own record.",
        )
        return [Flaw(f"{path}/action", "not_declared", words)]
    kind = kind_of(one)
    if kind not in DECLARED:
        label = FACTS[kind].label if kind in FACTS else Words("Loại này", "This kind")
        words = Words(
            f"{label.vi}: theo quyết định của cơ quan, không tự khai. Gửi đề nghị cho bộ phận tổ chức cán bộ.",
            f"{label.en}: rests on a decision and is not self-declared. Send a proposal to the personnel officers.",
        )
        return [Flaw(f"{path}/kind", "not_declared", words)]
    return [
        Flaw(
            f"{path}/{'personal/' if one.get('action') == 'amend' else ''}{name}",
            "not_declared",
            Words(
                "Mục này không tự khai. Gửi đề nghị cho bộ phận tổ chức cán bộ.",
                "This is not self-declared. Send a proposal to the personnel officers.",
            ),
        )
        for name in sorted(fields_of(one) - declared_fields(kind))
    ]


def kind_of(one: Mapping[str, Any]) -> str:
    """The kind an operation is about; an amendment is about the identity."""
    kind = "identity" if one.get("action") == "amend" else one.get("kind")
    return kind if isinstance(kind, str) else ""


def fields_of(one: Mapping[str, Any]) -> set[str]:
    """Names of the fields an operation speaks of."""
    if one.get("action") == "amend":
        personal = one.get("personal")
        return set(personal) if isinstance(personal, Mapping) else set()
    return {name for name in one if name not in ENVELOPE}


def declared_fields(kind: str) -> frozenset[str]:
    """The fields of a kind that an official may declare."""
    if kind not in DECLARED or kind not in FACTS:
        return frozenset()
    named = DECLARED[kind]
    return frozenset(
        one.name
        for one in FACTS[kind].fields
        if one.sensitivity != "secret"
        and one.name not in NOT_ONES_OWN
        and (named is None or one.name in named)
    )


def _evidence_flaws(
    session: Session, actor: Actor, decision: Mapping[str, Any], told: set[str]
) -> list[Flaw]:
    named = decision.get("file_id")
    if named in MEANS_EMPTY:
        if told <= NO_PAPER_NEEDED:
            return []
        words = Words("Kèm bản chụp giấy tờ làm căn cứ.", "Add a picture of the paper that proves it.")
        return [Flaw("decision/file_id", "evidence_required", words)]
    if own_file(session, actor, named) is None:
        words = Words("Không có tệp này trong các tệp bạn đã tải lên.", "You uploaded no such file.")
        return [Flaw("decision/file_id", "not_found", words)]
    return []


def own_file(session: Session, actor: Actor, named: Any) -> File | None:
    """A file the actor uploaded, by its uuid; evidence is one's own."""
    try:
        wanted = UUID(str(named))
    except ValueError:
        return None
    return session.scalar(sa.select(File).where(File.uid == wanted, File.uploaded_by == actor.user_id))


def place(session: Session, actor: Actor) -> tuple[int, int]:
    """The unit that holds the own record: (id, ordinal). Its approvers decide on what is declared."""
    row = session.execute(
        text("SELECT organization_id, org_ord FROM official_current WHERE official_id = :own"),
        {"own": actor.official_id},
    ).one_or_none()
    if row is None or row.organization_id is None:
        raise not_found()
    return row.organization_id, row.org_ord


def stake(session: Session, actor: Actor, change: Change) -> str | None:
    """'hand' when the person of this account made, edited or handed in what a change brings, under whatever account;
    'record' when the change is about a record that any account of this person was ever tied to; None when neither.

    A trigger asks the same at every decision (registry_two_people).
    """
    row = send(
        session, "SELECT registry_stake(:change, :user) AS stake", change=change.id, user=actor.user_id
    ).first()
    assert row is not None
    found: str | None = row.stake
    return found
