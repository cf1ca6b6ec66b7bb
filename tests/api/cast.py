"""A cast for questions of rights: one caller a role over one unit, and a thing of every kind at every relation to it.

The callers serve H26-SNV: a unit below it, the one above, one beside it and one of another province are around. All who are people
of the registry are tied to one official of a fourth place, the self of each; only the role `official` makes something of it.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from conftest import TODAY, Api, Bed
from make import DRAWINGS, decided, newcomer, paper, sequencer
from walk import row, sheet, work

from registry.access import services
from registry.access.actor import SYSTEM
from registry.access.models import ROLES, User
from registry.access.permissions import ROLE_PERMISSIONS, Permission
from registry.reports import REPORTS

OWN, CHILD, PARENT, SIBLING, OTHER = "own", "child", "parent", "sibling", "other"
SELF, MOVED, NOTHING = "self", "moved", "nothing"
PLACES = {
    OWN: "H26-SNV",
    CHILD: "H26-SNV-VP",
    PARENT: "H26",
    SIBLING: "H26-STC",
    OTHER: "H17-SNV",
    SELF: "H17-STC",
}
"""Relation → unit; the last is where the callers' own official stands, a unit of nobody's."""
RELATIONS = (SELF, OWN, CHILD, PARENT, SIBLING, OTHER, MOVED, NOTHING)
NOBODY, ROLELESS = "nobody", "roleless"
CALLERS = (*ROLES, ROLELESS, NOBODY)
RANDOM = "01a20000-0000-7000-8000-000000000000"
NOT_THERE = {
    "unit": "KHONG-CO",
    "account": "khong.co",
    "program": "khong.co",
    "recovering": "khong.co",
    "waiting": "khong.co",
    "number": "999999999999",
    "fact": "999999999",
}
"""Names that nothing has; everything else is named by uuid."""
ACCOUNT_OF = {role: f"cast.{role.replace('_', '-')}" for role in (*ROLES, ROLELESS)}


@dataclass
class Cast:
    """Callers by name, things by kind and relation, and for what a caller made, by kind and caller."""

    bed: Bed
    clients: dict[str, Api] = field(default_factory=dict)
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    made: dict[str, dict[str, str]] = field(default_factory=dict)
    """Things of callers' own making; they are the SELF of what a person makes."""

    def named(self, kind: str, caller: str, relation: str) -> str | None:
        """The name of a thing in paths and bodies; None where the caller has none at this relation."""
        if relation == NOTHING:
            return NOT_THERE.get(kind, RANDOM)
        if relation == SELF and kind in self.made:
            return self.made[kind].get(caller)
        return self.things.get(kind, {}).get(relation)

    @cached_property
    def tags(self) -> dict[str, str]:
        """ETags by the names of changes, proposals and accounts, as everything was made."""
        with self.bed.session() as session:
            rows = session.execute(
                sa.text(
                    "SELECT uid::text, version FROM change UNION ALL SELECT uid::text, version FROM proposal"
                )
            )
            found = {name: f'"{version}"' for name, version in rows}
        admin, names = self.clients["administrator"], self.things["account"].values()
        return found | {name: admin.get(f"/users/{name}").headers["ETag"] for name in names}

    @cached_property
    def numbers(self) -> dict[str, dict[str, str]]:
        """The last of each account, by user name: {'grant': {…}, 'token': {…}}."""
        asked = "SELECT u.username, max(x.id)::text FROM {} x JOIN app_user u ON u.id = x.user_id GROUP BY 1"
        with self.bed.session() as session:
            return {
                part: dict(iter(session.execute(sa.text(asked.format(table)))))
                for part, table in (("grant", "access_grant"), ("token", "api_token"))
            }

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What requests write inside is seen by later ones inside, and is gone afterwards."""
        app = self.bed.app
        held = app.extensions["registry"]
        with self.bed.engine("web").connect() as connection:
            whole = connection.begin()
            bound = sa.orm.sessionmaker(
                connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
            )
            app.extensions["registry"] = replace(held, web=bound)
            try:
                yield
            finally:
                app.extensions["registry"] = held
                whole.rollback()


def gather(bed: Bed) -> Cast:
    """Everybody and everything, made as the service makes it but for accounts and grants, which enter as rows."""
    cast = Cast(bed)
    for relation, unit in PLACES.items():
        enter(cast, f"maker.{relation}", (("hr_officer", unit),))
    for name, role in (("all.maker", "hr_officer"), ("all.checker", "hr_approver")):
        enter(cast, name, ((role, "VN"),))
    _officials(cast)
    own = bed.scalar("SELECT id FROM official WHERE uid = CAST(:u AS uuid)", u=cast.things["official"][SELF])
    for role in (*ROLES, ROLELESS):
        tied = None if role in ("administrator", "client") else own
        grants = () if role == ROLELESS else ((role, OWN),)
        cast.clients[role] = enter(cast, ACCOUNT_OF[role], grants, tied)
    cast.clients[NOBODY] = bed.api()
    _accounts(cast)
    _made_at_every_place(cast)
    _made_by_callers(cast)
    work(bed)
    sequencer(bed).turn()
    return cast


def _accounts(cast: Cast) -> None:
    """Accounts for their administrator: one as usual, one of a program, and two where another administrator waits for a second."""
    cast.things |= {
        "account": {OWN: "maker.own"},
        "program": {OWN: ACCOUNT_OF["client"]},
        "recovering": {OWN: "maker.other"},
        "waiting": {OWN: "maker.parent"},
    }
    other = enter(cast, "another.administrator", (("administrator", "VN"),))
    granted = {"role": "hr_approver", "organization": "H26-SNV"}
    scopes = {"name": "lương", "scopes": ["officials:record:read"]}
    for path, sent in (
        ("maker.other/recovery", {"reason": "Mất máy"}),
        ("maker.parent/grants", granted),
        (f"{ACCOUNT_OF['client']}/tokens", scopes),
    ):
        reply = other.post(f"/users/{path}", json=sent)
        assert reply.status_code == 201, reply.text
    sessions = "SELECT min(t.uid::text) FROM api_token t JOIN app_user u ON u.id = t.user_id WHERE u.username = :name"
    cast.things["session"] = {OTHER: cast.bed.scalar(sessions, name="maker.own")}
    cast.made["session"] = {
        role: cast.bed.scalar(sessions, name=username) for role, username in ACCOUNT_OF.items()
    }


def enter(cast: Cast, username: str, grants: tuple[tuple[str, str], ...], official: int | None = None) -> Api:
    """An account with (role, unit or relation) grants, and a client signed in as it; a program's token has every scope of one."""
    with cast.bed.session() as session:
        known = session.scalar(sa.select(User.password_hash).where(User.username == "hr.hanoi"))
        user = User(username=username, password_hash=known, display_name=username, official_id=official)
        session.add(user)
        session.flush()
        for role, unit in grants:
            session.execute(
                sa.text("""INSERT INTO access_grant (user_id, role, organization_id, valid_from)
                    SELECT :user, :role, id, '2020-01-01' FROM organization WHERE code = :unit"""),
                {"user": user.id, "role": role, "unit": PLACES.get(unit, unit)},
            )
        program = "client" in {role for role, _ in grants}
        scopes = [one.value for one in ROLE_PERMISSIONS["client"]] if program else None
        token, _ = services.create_token(session, user, SYSTEM, scopes=scopes)
    client = Api(cast.bed.app.test_client(), token)
    cast.clients.setdefault(username, client)
    return client


def _officials(cast: Cast) -> None:
    """A newcomer at every place, and one who left the callers' unit for the other province."""
    people = {relation: newcomer(unit) for relation, unit in PLACES.items()}
    people[MOVED] = newcomer(PLACES[CHILD])
    for one in people.values():
        one["facts"].append({"kind": "portrait", "valid_from": "2019-12-01", "photo": DRAWINGS[0]})
    by = {"maker": "all.maker", "checker": "all.checker"}
    decided(cast.bed, list(people.values()), **by)
    numbers = {relation: one["personal"]["personal_id"] for relation, one in people.items()}
    away = {
        "kind": "appointment",
        "valid_from": "2026-06-01",
        "organization": PLACES[OTHER],
        "job_position": "Chuyên viên",
    }
    decided(cast.bed, [{"action": "record", "official": numbers[MOVED], **away}], **by)
    cast.things["number"] = numbers
    found = """SELECT (SELECT uid::text FROM official_current WHERE personal_id = :number),
        (SELECT f.id::text FROM fact_salary f JOIN official_current c USING (official_id)
            WHERE c.personal_id = :number AND f.recorded_to IS NULL)"""
    with cast.bed.session() as session:
        rows = {
            relation: session.execute(sa.text(found), {"number": number}).one()
            for relation, number in numbers.items()
        }
    cast.things["official"] = {relation: one[0] for relation, one in rows.items()}
    cast.things["fact"] = {relation: one[1] for relation, one in rows.items()}
    cast.things["unit"] = {relation: unit for relation, unit in PLACES.items() if relation != SELF}


def _made_at_every_place(cast: Cast) -> None:
    """By an officer of each place a change in draft and one handed in, an import, an export, a report, a file, a review;
    by its official a proposal."""
    for relation, unit in PLACES.items():
        maker = cast.clients[f"maker.{relation}"]
        made = _made(cast, maker, unit) | {
            "campaign": _new(
                maker.post(
                    "/campaigns", json={"name": "Rà soát", "organization": unit, "due_on": "2026-12-31"}
                )
            )
        }
        official = cast.things["official"][relation]
        number = cast.bed.scalar("SELECT id FROM official WHERE uid = CAST(:u AS uuid)", u=official)
        owner = enter(cast, f"owner.{relation}", (("official", unit),), number)
        for kind, name in made.items():
            if relation != SELF or kind == "campaign":
                cast.things.setdefault(kind, {})[relation] = name
        cast.things.setdefault("proposal", {})[relation] = _new(
            owner.post("/proposals", json=proposed(official))
        )


def _made(cast: Cast, maker: Api, unit: str) -> dict[str, str]:
    """What an officer can make."""
    body = {"decision": paper("7/QĐ"), "operations": [newcomer(unit)]}
    content = sheet(row("Vũ Thị Nhập", newcomer()["personal"]["personal_id"], unit=unit))
    return {
        "draft": _new(maker.post("/changes", json=body)),
        "submitted": _new(maker.post("/changes?submit=true", json=body | {"operations": [newcomer(unit)]})),
        "import": _new(
            maker.post(
                "/imports",
                data={"file": (io.BytesIO(content), "nhap.csv"), "kind": "officials", "organization": unit},
            )
        ),
        "file": _new(maker.post("/files", data=pdf())),
        **_runs(maker, unit),
    }


def _runs(maker: Api, unit: str) -> dict[str, str]:
    """An export and a report that will be made, and one of each that will still wait."""
    return {
        "export": _new(maker.post("/exports", json=exported(unit))),
        "report": _new(maker.post("/reports", json=reported(unit))),
    }


def _made_by_callers(cast: Cast) -> None:
    made = {"hr_officer": _made(cast, cast.clients["hr_officer"], PLACES[OWN])}
    for role in ("hr_approver", "auditor", "client"):
        made[role] = _runs(cast.clients[role], PLACES[OWN])
    made["statistician"] = {"report": _new(cast.clients["statistician"].post("/reports", json=figures("VN")))}
    me, own = cast.clients["official"], cast.things["official"][SELF]
    file = _new(me.post("/files", data=pdf()))
    body = declared(own, file)
    made["official"] = {
        "draft": _new(me.post("/changes", json=body)),
        "submitted": _new(me.post("/changes?submit=true", json=body)),
        "file": file,
        "proposal": _new(me.post("/proposals", json=proposed(own))),
    }
    for caller, things in made.items():
        for kind, name in things.items():
            cast.made.setdefault(kind, {})[caller] = name


def _new(reply: Any) -> str:
    assert reply.status_code in (201, 202), reply.text
    return str(reply.json["id"])


# What is sent


def pdf() -> dict[str, Any]:
    """A small file."""
    return {"file": (io.BytesIO(b"%PDF-1.7"), "giấy.pdf")}


def proposed(official: str) -> dict[str, Any]:
    """A proposal about a record."""
    meant = {"action": "amend", "official": official, "personal": {"full_name": "Tên Đúng"}}
    return {"operation": meant, "reason": "Sai chính tả"}


def declared(official: str, file: str) -> dict[str, Any]:
    """A declaration of the own record."""
    told = {"action": "amend", "official": official, "personal": {"phone": "0901 234 567"}}
    return {"decision": {"file_id": file}, "note": "Số mới", "operations": [told]}


def exported(unit: str) -> dict[str, Any]:
    """A question for an export."""
    return {"what": "officials", "filter": {"organization": unit, "subtree": False}, "format": "csv"}


def reported(unit: str) -> dict[str, Any]:
    """A question for a report."""
    return {"form": "danh_sach", "parameters": {"organization": unit}, "format": "csv"}


def figures(unit: str) -> dict[str, Any]:
    """A question for a report that counts and names nobody."""
    form = next(one.name for one in REPORTS.values() if one.permission is Permission.STATISTICS_TABLE_READ)
    return {"form": form, "parameters": {"organization": unit}, "format": "xlsx"}


def recorded(official: str, since: date = TODAY) -> dict[str, Any]:
    """A change with one evaluation of somebody."""
    told = {"action": "record", "official": official, "kind": "evaluation", "valid_from": since.isoformat()}
    return {"decision": paper("8/QĐ"), "operations": [told | {"year": 2025, "grade": "hoan_thanh_tot"}]}
