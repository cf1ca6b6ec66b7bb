"""Factories of the tests: people and changes made as the service makes them, by two accounts of one unit."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from conftest import TODAY, Bed
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.changes import queries, services
from registry.db import make_engine
from registry.officials.facts import FACTS
from registry.officials.queries import get_key
from registry.trail import keys
from registry.trail.sequencing import Sequencer
from seed.portraits import drawings

UNIT = "H26-SNV-CCVC"
"""A division of the Hanoi department of home affairs: in the scope of hr.hanoi, not of hr.danang."""

DRAWINGS = [str(one.uid) for one in drawings(1)]
"""Portraits that the demo of the tests has."""

_numbers: Iterator[int] = iter(range(100_000, 1_000_000))


def confirmed(bed: Bed, username: str) -> None:
    """The second administrator confirms every right and every token of an account that waits."""
    other, path = bed.api("admin2"), f"/users/{username}"
    for part, found in (
        ("grants", other.get(path).json["grants"]),
        ("tokens", other.get(f"{path}/tokens").json["items"]),
    ):
        for one in (one for one in found if one["waits"]):
            reply = other.post(f"{path}/{part}/{one['id']}/confirm")
            assert reply.status_code == 200, reply.text


def clock(session: Session) -> datetime:
    """The database's own time now, not the start of the transaction."""
    moment: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
    return moment


def coefficient(step: int) -> str:
    """The coefficient of a step of rank 01.003 (expert), by the annex of the decree on pay."""
    return f"{2.34 + 0.33 * (step - 1):.2f}"


def paper(number: str, issued_on: date = TODAY) -> dict[str, Any]:
    """A decision as it is sent."""
    return {
        "number": number,
        "issued_on": issued_on.isoformat(),
        "issuer": "Sở Nội vụ",
        "title": "Theo quyết định",
    }


def newcomer(unit: str = UNIT, since: date = date(2020, 1, 1), **personal: Any) -> dict[str, Any]:
    """The registration of somebody who does not exist: born 1990, recruited on `since`, in `unit`, step 1."""
    number = personal.pop("personal_id", None) or f"001190{next(_numbers):06d}"
    start = since.isoformat()
    return {
        "action": "register",
        "personal": {
            "personal_id": number,
            "full_name": "Phạm Thị Thử",
            "birth_date": "1990-05-20",
            "sex": "nu",
            **personal,
        },
        "facts": [
            {"kind": "status", "valid_from": start, "status": "dang_lam_viec", "category": "cong_chuc"},
            {"kind": "appointment", "valid_from": start, "organization": unit, "job_position": "Chuyên viên"},
            {"kind": "salary", "valid_from": start, "rank": "01.003", "step": 1, "coefficient": "2.34"},
        ],
    }


def submitted(
    bed: Bed, operations: list[dict[str, Any]], *, maker: str = "hr.hanoi", number: str = "1/QĐ"
) -> UUID:
    """A change handed in by its maker; its uid."""
    with bed.acting(maker) as (session, actor):
        change = services.draft(
            session, actor, {"decision": paper(number), "operations": operations}, bed.settings.today_or_now()
        )
        return services.submit(session, actor, change, bed.settings.today_or_now()).uid


def approved(bed: Bed, uid: UUID, *, checker: str = "approver.hanoi") -> None:
    """The change approved by somebody else, as handed in."""
    with bed.acting(checker) as (session, actor):
        change = queries.get_change(session, str(uid), lock=True)
        services.approve(session, actor, change, bed.settings.today_or_now(), digest=change.digest)


def decided(bed: Bed, operations: list[dict[str, Any]], **by: Any) -> UUID:
    """A change submitted and approved; its uid."""
    checker = by.pop("checker", "approver.hanoi")
    uid = submitted(bed, operations, **by)
    approved(bed, uid, checker=checker)
    return uid


def official(bed: Bed, operation: dict[str, Any] | None = None, **by: Any) -> tuple[int, str]:
    """A newly registered official: (id, uid)."""
    operation = operation or newcomer()
    decided(bed, [operation], **by)
    with bed.session() as session:
        key = get_key(session, operation["personal"]["personal_id"])
    return key.id, str(key.uid)


def filled(bed: Bed, kind: str, since: date, *, turn: int = 0) -> dict[str, Any]:
    """A fact of a kind with every field filled, as a program sends it; another `turn` says other things."""
    told: dict[str, Any] = {"kind": kind, "valid_from": since.isoformat()}
    for one in FACTS[kind].fields:
        match one.type:
            case "code":
                told[one.name] = _key(bed, one.catalogue or "", turn)
            case "choice":
                told[one.name] = one.choices[turn % len(one.choices)][0]
            case "unit":
                told[one.name] = UNIT
            case "date" | "partial_date":
                told[one.name] = since.replace(day=1 + turn).isoformat()
            case "boolean":
                told[one.name] = bool(one.default)
            case "integer" | "year" | "decimal":
                told[one.name] = str((one.low or 0) + 1 + turn)
            case _:
                told[one.name] = f"{one.label.vi} {turn}"
    return told | _SPECIAL.get(kind, lambda _: {})(turn)


_SPECIAL: dict[str, Callable[[int], dict[str, Any]]] = {
    "identity": lambda turn: {
        "birth_date": "1990-05-20",
        "social_insurance_no": f"{turn + 1:010d}",
        "phone": "0912",
        "old_id_no": f"{turn + 1:09d}",
        "health_insurance_no": f"{turn + 1:010d}",
        "tax_code": f"{turn + 1:010d}",
        "birth_province": "01",
        "native_province": "01",
    },
    "address": lambda turn: {"province": "01"},
    "portrait": lambda turn: {"photo": DRAWINGS[turn]},
    "identity_paper": lambda turn: {
        "paper": ("cccd", "ho_chieu")[turn],
        "number": ("001190000001", "C1234567")[turn],
        "expires_on": "2035-01-01",
    },
    "policy_status": lambda turn: {"policy": ("thuong_binh", "chinh_sach_nhu_thuong_binh")[turn]},
    "secondment": lambda turn: {"planned_end_on": f"203{turn}-01-01"},
    "contract": lambda turn: {"ends_on": f"203{turn}-01-01"},
    "leave": lambda turn: {"back_on": f"203{turn}-01-01"},
    "abroad_link": lambda turn: {
        "link": ("than_nhan", "to_chuc")[turn],
        "relation": ("em_ruot", None)[turn],
        "country": ("US", "JP")[turn],
    },
    "family": lambda turn: {"personal_number": f"{turn + 1:012d}"},
    "military": lambda turn: {
        "highest_rank": ("thuong_uy", "dai_uy")[turn],
        "valid_to": f"2026-11-0{turn + 1}",
    },
    "allowance": lambda turn: {"allowance": "chuc_vu", "percent": None, "amount_vnd": None},
    "salary": lambda turn: {"rank": "01.003", "step": turn + 1, "coefficient": coefficient(turn + 1)},
    "evaluation": lambda turn: {"year": 2025},
    "qualification": lambda turn: {
        "level": ("thac_si", "dai_hoc")[turn % 2],
        "major_code": f"734010{turn}",
    },
    "discipline": lambda turn: {"valid_to": "2027-05-01"},
}
"""Fields that must agree with each other or with the law."""


def _key(bed: Bed, catalogue: str, turn: int) -> str:
    """A key of a code list."""
    statement = (
        "SELECT key FROM catalogue_item WHERE catalogue = :name ORDER BY sort, key LIMIT 1 OFFSET :turn"
    )
    return str(bed.scalar(statement, name=catalogue, turn=turn))


def sequencer(bed: Bed, folder: Path | None = None) -> Sequencer:
    """The sequencer of a registry's log, as its worker has one."""
    signer = keys.signer(bed.settings)
    return Sequencer(bed.engine("worker"), bed.engine("audit"), signer, folder or keys.folder(bed.settings))


def as_superuser(bed: Bed, *statements: str, **values: Any) -> None:
    """What a database administrator can do: no trigger fires, no policy holds."""
    engine = make_engine(bed.cluster.dsn(database=bed.database))
    with engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement), values)
    engine.dispose()


def forget_ties(bed: Bed) -> None:
    """Accounts as if they had never been tied to anybody."""
    as_superuser(bed, "DELETE FROM account_tie")
