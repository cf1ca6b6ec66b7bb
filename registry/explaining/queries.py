"""The question who may do what to which object, and why: facts as the asker may see them, decided by the one function."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access import queries as access
from registry.access.actor import Actor
from registry.access.permissions import (
    NATIONAL,
    OWN_ONLY,
    ROLE_PERMISSIONS,
    Permission,
    Sensitivity,
)
from registry.access.policy import Target, Verdict, decide
from registry.audit import log
from registry.changes import queries as changes
from registry.changes import services as changing
from registry.documents import queries as documents
from registry.errors import Forbidden, NotFound, not_found
from registry.officials import queries as officials
from registry.officials.facts import FACTS
from registry.words import Words

OTHERS = Words(
    "Chỉ kiểm tra viên và quản trị viên hỏi được về tài khoản của người khác.",
    "Only auditors and administrators may ask about another's account.",
)
CLASSES: tuple[Sensitivity, ...] = ("ordinary", "personal", "sensitive", "secret")


@dataclass(frozen=True)
class Question:
    """May an account (`username`; None: the asker's own) do this to the object that `named` names, of a kind of ACTIONS?"""

    action: Permission
    kind: str | None = None
    named: str = ""
    username: str | None = None


@dataclass(frozen=True)
class Unit:
    """The unit that an object belongs to, by today's name; `ord` is its place in the tree."""

    code: str
    name: str
    ord: int


@dataclass(frozen=True)
class Held:
    """A grant of the account, also a past or a coming one; its days are half open.

    `gives`: its role has the permission. `covers`: the object's unit lies in it today; None: the object has no unit, or is
    not told.
    """

    role: str
    code: str | None
    name: str | None
    valid_from: date
    valid_to: date | None
    in_force: bool
    gives: bool
    covers: bool | None


@dataclass(frozen=True)
class Answer:
    """What the question comes to. `verdict` None: it depends on an object that whoever asks may not see.

    `seen`: whether the object is there for the asker. `open`: whether the account is. `classes`: fields of a record that the
    account sees there, by class; None where it is about no record.
    """

    question: Question
    username: str
    about_self: bool
    open: bool
    verdict: Verdict | None
    seen: bool
    unit: Unit | None
    held: tuple[Held, ...]
    token_scopes: frozenset[str]
    classes: frozenset[Sensitivity] | None

    @property
    def reply(self) -> int | None:
        """The status with which the deed itself is answered: 200, 403, 404; None when it is not told."""
        if not self.open:
            return 401
        if self.verdict is None:
            return None
        return 200 if self.verdict.allowed else 404 if self.verdict.hidden else 403


def explain(
    session: Session, asker: Actor, question: Question, today: date, terms: access.Terms = access.USUAL
) -> Answer:
    """Decide the question and keep every rule that was asked on the way; what is told of an object goes into the trail.

    The session carries the asker's scope: an object out of it is not there, for every answer given here. Raises
    Forbidden for whoever asks about another's account without a right to, NotFound for an account that is not there.
    """
    other = question.username is not None and question.username != asker.username
    if other and not (asker.may(Permission.AUDIT_TRAIL_READ) or asker.may(Permission.ACCESS_USER_MANAGE)):
        raise Forbidden(OTHERS)
    username = question.username if question.username is not None and other else asker.username
    account = next(iter(access.list_users(session, today, username=username)), None)
    if account is None:
        raise not_found()
    subject = access.find_by_username(session, username, today, terms=terms) if other else asker
    if subject is not None and account["is_demo"] and not terms.demo:
        subject = None
    found = _find(session, subject or asker, question, today)
    verdict = _decided(subject, question, found, about_self=not other)
    answer = Answer(
        question,
        username,
        not other,
        subject is not None,
        verdict,
        found is not None,
        found.unit if found else None,
        tuple(_held(one, question.action, found) for one in account["grants"]),
        asker.token_scopes if not other else frozenset(),
        _classes(subject, question, found, verdict),
    )
    _log(session, asker, answer, found)
    return answer


@dataclass(frozen=True)
class _Found:
    """An object that the asker may see, as far as rights depend on it."""

    kind: str
    uid: str
    target: Target
    unit: Unit | None
    official_id: int | None = None


def _decided(
    subject: Actor | None, question: Question, found: _Found | None, *, about_self: bool
) -> Verdict | None:
    """By the deciding function alone; what the asker does not see is 'not there' for the asker's own account."""
    if subject is None:
        return Verdict(False)
    verdict = decide(subject, question.action, found.target if found else None)
    if question.kind is None or found is not None or not verdict.allowed:
        return verdict
    return Verdict(False, hidden=True, rules=verdict.rules) if about_self else None


def _classes(
    subject: Actor | None, question: Question, found: _Found | None, verdict: Verdict | None
) -> frozenset[Sensitivity] | None:
    reads = question.action in (Permission.OFFICIALS_RECORD_READ, Permission.REPORTS_FORM_PRINT)
    if subject is None or not reads or verdict is None or not verdict.allowed:
        return None
    own = found is not None and found.official_id is not None and found.official_id == subject.official_id
    return subject.field_classes(own=own)


def _held(grant: dict[str, Any], action: Permission, found: _Found | None) -> Held:
    """A grant of the account's own list against the object."""
    role = grant["role"]
    place = found.target.org_ord if found else None
    return Held(
        role,
        grant["organization"],
        grant["name"],
        date.fromisoformat(grant["valid_from"]),
        date.fromisoformat(grant["valid_to"]) if grant["valid_to"] else None,
        grant["in_force"],
        action in ROLE_PERMISSIONS[role],
        None
        if place is None or role in OWN_ONLY
        else role in NATIONAL or (grant["ord"] is not None and grant["ord"] <= place <= grant["last"]),
    )


# Objects, within the asker's scope


def _find(session: Session, subject: Actor, question: Question, today: date) -> _Found | None:
    if question.kind is None:
        return None
    try:
        return _FINDERS[question.kind](session, subject, question.named, today)
    except NotFound:
        return None


def _official(session: Session, _subject: Actor, named: str, today: date) -> _Found:
    key = officials.get_key(session, named)
    target = Target(org_ord=key.org_ord, official_id=key.id)
    return _Found("official", str(key.uid), target, _unit_at(session, key.org_ord, today), key.id)


def _change(session: Session, subject: Actor, named: str, today: date) -> _Found:
    change = changes.get_change(session, named)
    target = changing.target_of(session, subject, change)
    return _Found("change", str(change.uid), target, _unit_at(session, change.org_ord, today))


def _file(session: Session, _subject: Actor, named: str, today: date) -> _Found:
    file = documents.get_file(session, named)
    target = documents.target_of(session, file)
    unit = None if target.org_ord is None else _unit_at(session, target.org_ord, today)
    return _Found("file", str(file.uid), target, unit)


def _unit(session: Session, _subject: Actor, named: str, today: date) -> _Found:
    """A unit is public: it is there for everybody."""
    place = session.execute(
        text("SELECT ord FROM organization WHERE code = :code"), {"code": named}
    ).scalar_one_or_none()
    if place is None:
        raise not_found()
    return _Found("unit", named, Target(org_ord=place), _unit_at(session, place, today))


_FINDERS: dict[str, Callable[[Session, Actor, str, date], _Found]] = {
    "official": _official,
    "change": _change,
    "file": _file,
    "unit": _unit,
}


def _unit_at(session: Session, place: int, today: date) -> Unit | None:
    row = session.execute(
        text("""SELECT o.code, (SELECT v.name FROM organization_version v WHERE v.organization_id = o.id
                    AND v.recorded_to IS NULL ORDER BY (v.valid_from <= :today) DESC, v.valid_from DESC LIMIT 1) AS name
                FROM organization o WHERE o.ord = :place"""),
        {"place": place, "today": today},
    ).one_or_none()
    return Unit(row.code, row.name or "", place) if row else None


def count_fields() -> dict[Sensitivity, int]:
    """How many fields of a record are of each class."""
    every = [one.sensitivity for kind in FACTS.values() for one in kind.fields]
    return {one: every.count(one) for one in CLASSES}


def _log(session: Session, asker: Actor, answer: Answer, found: _Found | None) -> None:
    """Where somebody works, or what another account may do, is told: that is a read. What is public or one's own is not."""
    told = found is not None and found.kind != "unit"
    if not told and answer.about_self:
        return
    log.record(
        session,
        asker,
        log.Action.ACCESS_EXPLAIN,
        found.kind if found is not None and told else "user",
        found.uid if found is not None and told else answer.username,
        official_id=found.official_id if found else None,
        detail={"account": answer.username, "action": answer.question.action.value, "reply": answer.reply},
    )
