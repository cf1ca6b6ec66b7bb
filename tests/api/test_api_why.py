"""Why can I (not): the verdict told is the one the database gives alone, and the one the deed itself gets."""

import io
import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from conftest import TODAY, Api, Bed
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from make import newcomer, submitted
from walk import Program, program

from registry.access import queries as access
from registry.access import services as accounts
from registry.access.actor import Actor
from registry.access.models import ROLES, User
from registry.access.permissions import Permission
from registry.changes import queries as changes
from registry.changes import services as changing
from registry.db import make_sessions
from registry.errors import Forbidden, NotFound
from registry.explaining.actions import ACTIONS

P = Permission
USERNAME = "thu.quyen"
UNITS = ("H26", "H26-SNV", "H26-00004", "H17", "G01", "VN")
DAY = timedelta(days=1)
PERIODS: tuple[tuple[date, date | None], ...] = (
    (TODAY, None),
    (TODAY - 9 * DAY, TODAY + DAY),
    (TODAY - 9 * DAY, TODAY),
    (TODAY + DAY, None),
)
"""Two that hold today, one that ended, one to come."""
READ_OF_KIND = {
    "official": P.OFFICIALS_RECORD_READ,
    "change": P.CHANGES_CHANGE_READ,
    "file": P.DOCUMENTS_FILE_READ,
}
ROW_OF_KIND = {
    "official": "SELECT 1 FROM official_current WHERE uid = CAST(:uid AS uuid)",
    "change": "SELECT 1 FROM change WHERE uid = CAST(:uid AS uuid)",
    "file": "SELECT 1 FROM file WHERE uid = CAST(:uid AS uuid)",
}


@dataclass
class World:
    """A registry with objects in many units, an account whose rights change all the time, and who may ask about it.

    `unseen`: a file of the account that belongs to no unit, so that nobody else sees it.
    """

    bed: Bed
    user: int
    objects: list[tuple[str, str]]
    officials: list[int]
    account: Api
    auditor: Api
    people: list[str]
    secret: str
    unseen: str

    def become(
        self, grants: list[tuple[str, str, int]], tied: int | None, scopes: frozenset[str]
    ) -> Actor | None:
        """Give the account these rights and nothing else; the actor its token makes.

        Administrators and programs hold no other role, so what does not go with the first one is left out.
        """
        alone = {"administrator", "client"} & {grants[0][0]} if grants else set()
        grants = [one for one in grants if ({one[0]} & {"administrator", "client"}) == alone]
        with self.bed.session() as session:
            session.execute(sa.text("DELETE FROM access_grant WHERE user_id = :user"), {"user": self.user})
            session.execute(
                sa.text("UPDATE app_user SET official_id = :tied WHERE id = :user"),
                {"user": self.user, "tied": None if tied is None else self.officials[tied]},
            )
            session.execute(
                sa.text("UPDATE api_token SET scopes = :scopes WHERE user_id = :user"),
                {"user": self.user, "scopes": sorted(scopes)},
            )
            for role, unit, period in grants:
                since, until = PERIODS[period]
                session.execute(
                    sa.text("""INSERT INTO access_grant (user_id, role, organization_id, valid_from, valid_to)
                        SELECT :user, :role, id, :since, :until FROM organization WHERE code = :unit"""),
                    {"user": self.user, "role": role, "unit": unit, "since": since, "until": until},
                )
            return access.find_by_token(session, self.secret, TODAY, None)


@pytest.fixture(scope="module")
def world(demo: Bed) -> World:
    """Objects are made once; only the rights of one account change."""
    with demo.session() as session:
        accounts.create_user(
            session, demo.actor("admin1"), username=USERNAME, password="Mot-cau-that-dai-2026", display_name="Thử Quyền"
        )  # fmt: skip
        user = session.query(User).filter_by(username=USERNAME).one()
        nobody = Actor(user.id, USERNAME, "Thử Quyền", None, ())
        secret, _ = accounts.create_token(session, user, nobody, name="thử")
        uploader = user.id
    with demo.session() as session:
        people = session.execute(
            sa.text("""SELECT DISTINCT ON (u.code) c.official_id, c.uid::text FROM official_current c
                JOIN organization u ON u.code = ANY (:units) AND c.org_ord BETWEEN u.ord AND u.last
                WHERE u.code <> 'VN' ORDER BY u.code, md5(c.uid::text)"""),
            {"units": list(UNITS)},
        ).all()
    objects = [("official", uid) for _, uid in people] + [("unit", code) for code in UNITS]
    objects.append(("change", str(submitted(demo, [newcomer()]))))
    theirs = submitted(demo, [newcomer(unit="H17-SNV")], maker="hr.danang")
    about = [{"action": "record", "official": people[1][1], "kind": "reward", "valid_from": "2026-02-03", "form": "cstd_cs"}]  # fmt: skip
    objects += [("change", str(theirs)), ("change", str(submitted(demo, about, number="2/QĐ")))]
    for maker in ("hr.hanoi", "hr.danang"):
        sent = {"file": (io.BytesIO(b"%PDF-1.7"), "giay.pdf")}
        objects.append(("file", demo.api(maker).post("/files", data=sent).json["id"]))
    with demo.session() as session:
        session.execute(sa.text("ALTER TABLE change DISABLE TRIGGER change_two_people"))  # it keeps its maker
        session.execute(
            sa.text("UPDATE change SET maker_id = :user WHERE uid = :uid"), {"user": uploader, "uid": theirs}
        )
        session.execute(sa.text("ALTER TABLE change ENABLE TRIGGER change_two_people"))
        unseen = session.execute(
            sa.text("""INSERT INTO file (sha256, size, name, media_type, uploaded_by)
                SELECT sha256, size, name, media_type, :user FROM file LIMIT 1 RETURNING uid::text"""),
            {"user": uploader},
        ).scalar_one()
    objects.append(("file", unseen))
    client = demo.app.test_client()
    return World(
        demo,
        uploader,
        objects,
        [one for one, _ in people],
        Api(client, secret),
        demo.api("auditor1"),
        [uid for _, uid in people],
        secret,
        unseen,
    )


# What the deed itself is answered, and what the database shows alone


class Undone(Exception):
    """Ends a deed that was only tried."""


def deed(world: World, who: Actor, kind: str, named: str, action: Permission) -> int | None:
    """The status of the deed; None where there is no single one."""
    api = world.account
    match kind, action:
        case "official", P.OFFICIALS_RECORD_READ:
            return int(api.get(f"/officials/{named}").status_code)
        case "official", P.OFFICIALS_READERS_READ:
            return int(api.get(f"/officials/{named}/readers").status_code)
        case "official", P.REPORTS_FORM_PRINT:
            return int(api.get(f"/officials/{named}/forms/2c.pdf").status_code)
        case "change", P.CHANGES_CHANGE_READ:
            return int(api.get(f"/changes/{named}").status_code)
        case "change", P.CHANGES_CHANGE_DECIDE:
            return _reject(world, who, named)
        case "file", _:
            return int(api.get(f"/files/{named}").status_code)
        case "unit", P.WORKLISTS_LIST_READ:
            return int(api.get(f"/worklists/salary_steps?organization={named}").status_code)
        case "unit", P.QUALITY_FINDING_READ:
            return int(api.get(f"/quality/findings?organization={named}&limit=1").status_code)
    return None


def _reject(world: World, who: Actor, named: str) -> int:
    """A rejection by the service, as the account, taken back at once."""
    try:
        with make_sessions(world.bed.engine("web"))() as session, session.begin():
            session.info["scope"] = who.scope()
            if not who.may(P.CHANGES_CHANGE_DECIDE):
                return 403
            change = changes.get_change(session, named)
            changing.send_back(session, who, change, words="Thử", final=True)
            raise Undone
    except Undone:
        return 200
    except Forbidden:
        return 403
    except NotFound:
        return 404


def rows_seen(world: World, who: Actor, kind: str, named: str) -> tuple[int, int]:
    """(rows of the object that row-level security shows this account, rows there are)."""
    statement = ROW_OF_KIND.get(
        kind,
        """SELECT 1 FROM official_current c JOIN organization u ON c.org_ord = u.ord WHERE u.code = :uid
            AND c.official_id IS DISTINCT FROM CAST(nullif(current_setting('app.self', true), '') AS bigint)""",
    )
    counted = sa.text(f"SELECT count(*) FROM ({statement}) n")
    with world.bed.session("web", who.scope()) as session:
        seen = session.execute(counted, {"uid": named}).scalar_one()
    with world.bed.session() as session:
        return seen, session.execute(counted, {"uid": named}).scalar_one()


OVER_PERSONS = ("hr_officer", "hr_approver", "official", "client")
SCOPES = [one.value for one in Permission if one is not P.ACCESS_OWN_SECURE]


@settings(max_examples=30, phases=(Phase.generate,), deadline=None, derandomize=True)
@given(chance=st.randoms(use_true_random=True))
def test_the_verdict_told_is_that_of_the_database_and_of_the_deed(world: World, chance: Random) -> None:
    """Any rights, tied to any record or none, half of the time through a token with scopes; an object of each kind, the own
    one every other time."""
    grants = [
        (chance.choice([*ROLES, *OVER_PERSONS]), chance.choice(UNITS), chance.choice([0, 0, 0, 0, 1, 2, 3]))
        for _ in range(chance.choice([0, 1, 1, 2, 2, 3]))
    ]
    tied = chance.choice([None, *range(len(world.people))])
    scopes = frozenset(
        {P.ACCESS_OWN_SECURE.value, *chance.sample(SCOPES, 20)} if chance.random() < 0.4 else ()
    )
    who = world.become(grants, tied, scopes)
    assert who is not None
    for kind in ACTIONS:
        some = [named for known, named in world.objects if known == kind]
        if chance.random() < 0.5:
            own = {"official": None if tied is None else world.people[tied], "file": world.unseen}
            some = [own.get(kind) or chance.choice(some)]
        named, other = chance.choice(some), chance.choice(list(ACTIONS[kind]))
        for action in dict.fromkeys([next(iter(ACTIONS[kind])), other]):
            same_answer(world, who, kind, named, action, scopes)


def same_answer(
    world: World, who: Actor, kind: str, named: str, action: Permission, scopes: frozenset[str]
) -> None:
    """What is told to the account and, of its own rights, to an auditor, against the rows it sees and the deed's reply."""
    asked = f"/access/why?{kind}={named}&action={action.value}"
    told = world.account.get(asked).json
    seen, there = rows_seen(world, who, kind, named)
    case = (kind, named, action.value, who.grants, who.official_id, sorted(scopes), told["reasons"])
    assert told["allowed"] == (told["reply"] == 200), case
    if kind == "unit":
        if told["allowed"] and who.may(P.OFFICIALS_RECORD_READ):
            assert seen == there, case
        elif action is P.OFFICIALS_RECORD_READ:
            assert seen == 0, case
    else:
        assert told["object"]["visible"] == bool(seen), case
        assert not told["allowed"] or seen, case
        if action is READ_OF_KIND[kind]:
            assert told["allowed"] == (who.may(action) and seen == 1), case
    assert deed(world, who, kind, named, action) in (None, told["reply"]), case
    holds = {one["rule"]: one["holds"] for one in told["reasons"]}
    reached = holds.get("unit") or holds.get("own") or (holds.get("unit") is None and told["allowed"])
    others = all(held for rule, held in holds.items() if rule not in ("unit", "own"))
    assert told["allowed"] == bool(reached and others), case
    if not scopes:
        about = world.auditor.get(f"{asked}&username={USERNAME}").json
        if named == world.unseen and told["allowed"]:
            assert about["allowed"] is None, case
        else:
            assert (about["allowed"], about["reply"]) == (told["allowed"], told["reply"]), case


# What is not yours to see


def bare(reply: Any) -> str:
    """A reply without the number of its request, the way it came, and the cookie of nobody."""
    shown = {name: value for name, value in reply.headers.items() if name not in ("Date", "X-Request-Id")}
    said = re.sub('"request_id": ?"[0-9a-f]+"', "", reply.text)
    return json.dumps([reply.status_code, sorted(shown.items()), said], ensure_ascii=False)


def test_somebody_out_of_reach_and_nobody_at_all_get_the_same_answer(world: World) -> None:
    official, number = world.bed.scalar(
        """SELECT ARRAY[c.uid::text, c.personal_id] FROM official_current c JOIN organization o ON o.code = 'H26'
            AND c.org_ord BETWEEN o.ord AND o.last ORDER BY c.official_id DESC LIMIT 1"""
    )
    change, file = (next(one for known, one in world.objects if known == kind) for kind in ("change", "file"))
    pairs = [
        (kind, known, other)
        for kind, known, other in (
            ("official", official, str(uuid4())),
            ("official", number, "001190000009"),
            ("official", number, "khong phai ma"),
            ("change", change, str(uuid4())),
            ("file", file, str(uuid4())),
        )
    ]
    before = world.bed.scalar("SELECT count(*) FROM audit_event WHERE action = 'access.explain'")
    for name in ("hr.danang", "official2", "statistician1", "admin1", "approver.badinh"):
        api = world.bed.api(name)
        for kind, known, unknown in pairs:
            for action in ACTIONS[kind]:
                first, second = (
                    api.get(f"/access/why?{kind}={one}&action={action.value}") for one in (known, unknown)
                )
                assert bare(first) == bare(second), (name, kind, action)
                assert first.json["reply"] in (403, 404), (name, kind)
    admin = world.bed.api("admin1")
    for kind, known, unknown in pairs:
        about = [admin.get(f"/access/why?{kind}={one}&username=hr.hanoi") for one in (known, unknown)]
        assert bare(about[0]) == bare(about[1]), kind
        assert about[0].json["allowed"] is None, "an administrator learns of nobody where somebody works"
    told = "SELECT count(*) FROM audit_event WHERE action = 'access.explain' AND official_id IS NOT NULL"
    assert world.bed.scalar(told) == world.bed.scalar(told + " AND actor_name <> 'Quản trị'")
    named = world.bed.scalar("SELECT count(*) FROM audit_event WHERE action = 'access.explain'") - before
    assert named == 2 * len(pairs), "only questions about another's account told something"


def test_only_auditors_and_administrators_ask_about_others_and_each_question_is_on_the_trail(
    world: World,
) -> None:
    uid = next(one for kind, one in world.objects if kind == "official")
    official = world.bed.scalar("SELECT id FROM official WHERE uid = CAST(:uid AS uuid)", uid=uid)
    asked = f"/access/why?official={uid}"
    events = "SELECT count(*) FROM audit_event WHERE action = 'access.explain' AND official_id = :official"
    before = world.bed.scalar(events, official=official)
    for name in ("hr.danang", "official1", "statistician1"):
        replies = {
            bare(world.bed.api(name).get(f"{asked}&username={one}")) for one in ("hr.hanoi", "khong.co")
        }
        assert len(replies) == 1, "whether there is such an account is not told either"
        assert world.bed.api(name).get(f"{asked}&username=hr.hanoi").status_code == 403
    assert world.bed.scalar(events, official=official) == before
    auditor = program(world.bed, "auditor1")
    about = auditor.get(f"{asked}&username=hr.hanoi")
    assert about.status_code == 200
    assert world.bed.scalar(events, official=official) == before + 1
    assert auditor.get(f"/officials/{uid}/readers").json["items"][0]["action"] == "access.explain"
    assert auditor.get(f"{asked}&username=khong.co").status_code == 404


def test_it_says_what_is_wrong_with_the_account_itself(world: World) -> None:
    admin = Program(world.bed.api("admin1").client, world.bed.api("admin1").token)
    asked = f"/access/why?unit=H26-SNV&username={USERNAME}"

    def told() -> tuple[int, dict[str, bool], list[tuple[bool, bool]]]:
        reply = admin.get(asked).json
        holds = {one["rule"]: one["holds"] for one in reply["reasons"]}
        return reply["reply"], holds, [(one["in_force"], one["covers"]) for one in reply["grants"]]

    world.become([("hr_officer", "H26", 2), ("hr_officer", "H17", 0)], None, frozenset())
    reply, holds, grants = told()
    assert (reply, holds["role"], holds["unit"]) == (404, True, False)
    assert grants == [(False, True), (True, False)], "the one that covers it ended, the one in force does not"
    world.become([("hr_officer", "H26", 3)], None, frozenset())
    assert told()[:2] == (403, {"account": True, "second_factor": True, "role": False})
    world.become([("hr_officer", "H26", 0)], None, frozenset())
    assert told()[0] == 200
    closing = "UPDATE app_user SET is_active = :open WHERE id = :user RETURNING 1"
    world.bed.scalar(closing, open=False, user=world.user)
    assert told()[:2] == (401, {"account": False})
    assert world.account.get("/officials").status_code == 401
    world.bed.scalar(closing, open=True, user=world.user)


def test_a_question_that_cannot_be_asked_says_how_to_ask(world: World) -> None:
    api = program(world.bed, "hr.hanoi")
    for wrong in (
        "",
        "?unit=H26&official=1",
        "?unit=H26&action=changes:change:read",
        "?action=khong:co",
        "?thua=1",
    ):
        assert api.get(f"/access/why{wrong}").status_code == 400, wrong
    assert api.get("/access/why?action=audit:trail:read").json["reply"] == 403
    assert api.get("/access/why?action=bulk:export:make").json["reply"] == 200
    assert api.get("/access/why?official=%00").status_code in (200, 422)
