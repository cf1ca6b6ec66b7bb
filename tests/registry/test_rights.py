"""Who may do what: decisions against a table written by hand, fields by role, grants from day to day."""

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import make
import pytest
from conftest import TODAY, Bed
from hypothesis import example, given
from hypothesis import strategies as st
from make import newcomer, submitted
from sqlalchemy.exc import IntegrityError

from registry.access.actor import NATION, Actor, GrantView
from registry.access.models import ROLES
from registry.access.permissions import ROLE_PERMISSIONS, Permission, Sensitivity
from registry.access.policy import MADE_BY_ONESELF, Target, decide
from registry.changes import queries, services
from registry.errors import Forbidden
from registry.officials.facts import FACTS
from registry.officials.queries import get_record
from registry.periods import AsOf

COLUMNS = ("hr_officer", "hr_approver", "statistician", "auditor", "administrator", "official", "client")
TABLE = """
    audit:trail:read         -  -  -  A  -  -  -
    catalogues:list:read     A  A  A  A  A  A  A
    changes:change:decide    -  U  -  -  -  -  -
    campaigns:campaign:read  U  U  -  N  -  -  -
    campaigns:campaign:run   U  -  -  -  -  -  -
    campaigns:own:answer     -  -  -  -  -  O  -
    changes:change:draft     U  -  -  -  -  O  -
    changes:change:read      U  U  -  N  -  M  U
    bulk:export:make         U  U  -  N  -  -  U
    bulk:import:read         U  U  -  N  -  -  U
    bulk:import:write        U  -  -  -  -  -  -
    documents:file:read      U  U  -  N  -  M  U
    documents:file:write     U  -  -  -  -  M  -
    law:question:ask         A  A  A  A  A  A  A
    officials:record:read    U  U  -  N  -  O  U
    officials:readers:read   -  -  -  N  -  O  -
    organizations:unit:read  A  A  A  A  A  A  A
    quality:board:read       U  U  A  N  -  -  U
    quality:finding:read     U  U  -  N  -  -  U
    reports:form:print       U  U  -  N  -  O  U
    reports:run:make         A  A  A  A  -  -  A
    statistics:table:read    A  A  A  A  -  -  A
    worklists:list:read      U  U  -  N  -  -  -
    access:user:manage       -  -  -  -  A  -  -
    access:own:read          A  A  A  A  A  A  A
    access:own:secure        A  A  A  A  A  A  A
    public:page:read         A  A  A  A  A  A  A
"""
"""U: in the unit of the grant, N: the nation over, O: the own record, M: what one made, A: has no object."""
MARKS = {
    line.split()[0]: dict(zip(COLUMNS, line.split()[1:], strict=True))
    for line in TABLE.split("\n")
    if line.strip()
}
ME, MYSELF = 7, 70
INSIDE, OUTSIDE = 120, 900
TARGETS = {
    "nothing": None,
    "inside": Target(org_ord=INSIDE, official_id=1, maker_id=1),
    "outside": Target(org_ord=OUTSIDE, official_id=1, maker_id=1),
    "first of the unit": Target(org_ord=100),
    "last of the unit": Target(org_ord=199),
    "one before": Target(org_ord=99),
    "one after": Target(org_ord=200),
    "myself": Target(org_ord=OUTSIDE, official_id=MYSELF),
    "made by me inside": Target(org_ord=INSIDE, maker_id=ME),
    "made by me outside": Target(org_ord=OUTSIDE, maker_id=ME),
    "made by my other account": Target(org_ord=INSIDE, maker_id=1, hand=True),
}
IN_UNIT = {"inside", "first of the unit", "last of the unit", "made by me inside", "made by my other account"}
MADE = {"made by me inside", "made by me outside"}


def actor(
    *grants: tuple[str, int, int], scopes: tuple[str, ...] = (), official: int | None = MYSELF
) -> Actor:
    """Somebody with some roles over ordinals from .. to, both included."""
    views = tuple(GrantView(role, 1, "X", "X", first, last) for role, first, last in grants)
    return Actor(ME, "toi", "Tôi", official, views, frozenset(scopes))


def wanted(role: str, permission: Permission, name: str) -> tuple[bool, bool]:
    """(allowed, hidden) by the table."""
    mark = MARKS[permission.value][role]
    if mark == "-":
        return False, False
    if name == "nothing":
        return True, False
    if permission is Permission.CHANGES_CHANGE_DECIDE and (
        name in MADE or name == "made by my other account"
    ):
        return False, False
    allowed = {
        "N": True,
        "U": name in IN_UNIT,
        "O": name == "myself",
        "M": False,
    }[mark] or (permission in MADE_BY_ONESELF and name in MADE)
    return allowed, not allowed


def test_the_table_names_every_role_and_permission() -> None:
    assert set(MARKS) == {one.value for one in Permission}
    assert set(COLUMNS) == set(ROLES) == set(ROLE_PERMISSIONS)


@pytest.mark.parametrize("role", COLUMNS)
def test_every_decision_is_as_the_table_says(role: str) -> None:
    who = actor((role, 100, 199))
    for permission in Permission:
        objects = ["nothing"] if MARKS[permission.value][role] == "A" else list(TARGETS)
        for name in objects:
            verdict = decide(who, permission, TARGETS[name])
            assert (verdict.allowed, verdict.hidden) == wanted(role, permission, name), (permission, name)
            assert verdict.allowed == (verdict.reason is None)


def test_rights_of_two_grants_do_not_spill_into_each_other() -> None:
    """Reading in one unit and writing in another give no writing in the first."""
    who = actor(("hr_officer", 100, 199), ("hr_approver", 300, 399), ("statistician", 0, 0))
    for permission in Permission:
        for place, role in ((INSIDE, "hr_officer"), (350, "hr_approver"), (OUTSIDE, "statistician")):
            mark = MARKS[permission.value][role]
            if mark != "A":
                assert decide(who, permission, Target(org_ord=place)).allowed == (mark == "U"), (
                    permission,
                    place,
                )
    assert who.ranges(Permission.OFFICIALS_RECORD_READ) == ((100, 200), (300, 400))
    assert who.ranges(Permission.CHANGES_CHANGE_DRAFT) == ((100, 200),)


def test_a_token_only_narrows() -> None:
    client = actor(("client", 100, 199), scopes=("officials:record:read", "access:user:manage"))
    assert client.permissions == {Permission.OFFICIALS_RECORD_READ}
    assert not decide(client, Permission.REPORTS_FORM_PRINT, TARGETS["inside"]).allowed
    assert not actor(("client", 100, 199), scopes=("fields:sensitive",)).permissions


# Intervals

INTERVALS = st.tuples(st.integers(0, 20), st.integers(0, 4)).map(lambda one: (one[0], one[0] + one[1]))
GRANT = st.tuples(st.sampled_from(COLUMNS), INTERVALS).map(lambda one: (one[0], *one[1]))
GRANTS = st.lists(GRANT, max_size=6)


@example(grants=[("hr_officer", 0, 5), ("hr_approver", 6, 9)])
@given(grants=GRANTS)
def test_ranges_are_the_union_of_the_grants_and_nothing_else(grants: list[tuple[str, int, int]]) -> None:
    who = actor(*grants)
    for permission in Permission:
        ranges = who.ranges(permission)
        assert all(low < high for low, high in ranges)
        assert all(before[1] < after[0] for before, after in pairwise(ranges))
        covered = {place for place in range(30) for low, high in ranges if low <= place < high}
        held = [one for one in grants if permission in ROLE_PERMISSIONS[one[0]] and one[0] != "official"]
        nation = any(role in ("statistician", "auditor") for role, _, _ in held)
        union = (
            set(range(30)) if nation else {place for _, low, high in held for place in range(low, high + 1)}
        )
        assert covered == union
        assert all(who.covers(permission, place) == (place in union) for place in range(30))


def test_a_grant_without_a_unit_covers_nobody() -> None:
    nowhere = GrantView("hr_officer", None, "", "", -1, -2)
    who = Actor(ME, "toi", "Tôi", None, (nowhere,))
    assert not any(who.covers(Permission.OFFICIALS_RECORD_READ, place) for place in (-2, -1, 0, *NATION))


# Fields

SEEN: dict[str, set[Sensitivity]] = {
    "hr_officer": {"ordinary", "personal", "sensitive"},
    "hr_approver": {"ordinary", "personal", "sensitive"},
    "statistician": set(),
    "auditor": {"ordinary", "personal", "sensitive", "secret"},
    "administrator": set(),
    "official": set(),
    "client": {"ordinary"},
}


def test_the_closed_fields_are_those_the_law_names() -> None:
    found: dict[str, set[str]] = {}
    for kind in FACTS.values():
        for one in kind.fields:
            found.setdefault(one.sensitivity, set()).add(f"{kind.name}.{one.name}")
    history = {f"personal_history.{one.name}" for one in FACTS["personal_history"].fields}
    assert found["secret"] == {"identity.political_history", "family.abroad"} | history
    whole = {
        f"{kind}.{one.name}"
        for kind in ("party", "health", "planning", "abroad_link")
        for one in FACTS[kind].fields
    }
    single = {"identity.ethnic_group", "identity.religion", "policy_status.disability_class"}
    assert found["sensitive"] == whole | single | {"family.is_party_member"}
    open_to_all = {"identity.full_name", "salary.coefficient", "appointment.position", "reward.form"}
    assert open_to_all <= found["ordinary"]
    assert {name.split(".")[0] for name in found["ordinary"]}.isdisjoint(
        {"family", "party", "health", "address", "union", "economy", "foreign_trip", "asset_declaration"}
    )
    assert {name for name in found["ordinary"] if name.startswith("identity.")} == {"identity.full_name"}


def test_each_role_sees_its_classes_of_fields_and_the_own_record_wholly() -> None:
    for role, seen in SEEN.items():
        assert actor((role, 100, 199)).field_classes() == seen, role
    assert actor(("official", 100, 199)).field_classes(own=True) == {
        "ordinary",
        "personal",
        "sensitive",
        "secret",
    }
    opened = actor(("client", 100, 199), scopes=("officials:record:read", "fields:personal"))
    assert opened.field_classes() == {"ordinary", "personal"}
    assert actor(("hr_officer", 1, 9), scopes=("fields:sensitive",)).field_classes() == SEEN["hr_officer"]


def test_a_record_holds_exactly_the_fields_of_its_readers_classes(demo: Bed) -> None:
    official = demo.scalar("SELECT min(official_id) FROM fact_family")
    for classes in (SEEN["client"], SEEN["hr_officer"], SEEN["auditor"], {"ordinary", "personal"}):
        with demo.session() as session:
            record = get_record(session, official, AsOf(TODAY), frozenset(classes)).parsed()
        for kind in FACTS.values():
            allowed = {one.name for one in kind.fields if one.sensitivity in classes}
            closed = {one.name for one in kind.fields} - allowed
            shown = [record["personal"]] if kind.name == "identity" else record["facts"].get(kind.name, [])
            for one in shown:
                assert allowed <= set(one), kind.name
                assert not closed & set(one), kind.name
            assert kind.name in ("identity", *record["facts"]) or not allowed


# Grants in force


def _grant(bed: Bed, username: str, role: str, unit: str, since: date, until: date | None) -> None:
    statement = """INSERT INTO access_grant (user_id, role, organization_id, valid_from, valid_to)
        SELECT u.id, :role, o.id, :since, :until FROM app_user u, organization o
        WHERE u.username = :username AND o.code = :unit RETURNING id"""
    bed.scalar(statement, username=username, role=role, unit=unit, since=since, until=until)


def test_a_grant_holds_from_its_first_day_up_to_its_last_and_no_longer(registry: Bed) -> None:
    day = timedelta(days=1)
    spans: list[tuple[date, date | None, bool]] = [
        (TODAY, None, True),
        (TODAY + day, None, False),
        (TODAY - day, TODAY, False),
        (TODAY - day, TODAY + day, True),
        (TODAY, TODAY, False),
    ]
    added = (
        "INSERT INTO app_user (username, password_hash, display_name) VALUES (:name, '!', 'Thử') RETURNING id"
    )
    for since, until, holds in spans:
        username = f"thu.{since}.{until}"
        registry.scalar(added, name=username)
        _grant(registry, username, "hr_officer", "H26", since, until)
        assert registry.actor(username).roles == (["hr_officer"] if holds else []), (since, until)


def test_a_right_taken_away_is_gone_with_the_next_request_of_the_same_token(registry: Bed) -> None:
    _, uid = make.official(registry, newcomer())
    api = registry.api("hr.hanoi")
    assert api.get(f"/officials/{uid}").status_code == 200
    taken = """UPDATE access_grant g SET valid_to = :today FROM app_user u
        WHERE u.id = g.user_id AND u.username = 'hr.hanoi' RETURNING g.id"""
    registry.scalar(taken, today=TODAY)
    assert api.get(f"/officials/{uid}").status_code == 403
    _grant(registry, "hr.hanoi", "hr_officer", "H17", TODAY, None)
    assert api.get(f"/officials/{uid}").status_code == 404
    _grant(registry, "hr.hanoi", "hr_officer", "H26-SNV", TODAY, None)
    assert api.get(f"/officials/{uid}").status_code == 200
    assert {one["organization"]["code"][:3] for one in api.get("/officials?limit=200").json["items"]} == {
        "H17",
        "H26",
    }


def _approve(bed: Bed, uid: UUID, username: str) -> None:
    with bed.acting(username) as (session, who):
        change = queries.get_change(session, str(uid), lock=True)
        services.approve(session, who, change, TODAY, digest=change.digest)


def test_nobody_decides_on_an_own_change_with_whatever_account(registry: Bed) -> None:
    official, _ = make.official(registry, newcomer())
    uid = submitted(registry, [newcomer()])
    _grant(registry, "hr.hanoi", "hr_approver", "H26", TODAY, None)
    tied = (
        "UPDATE app_user SET official_id = :id WHERE username IN ('hr.hanoi', 'approver.hanoi') RETURNING 1"
    )
    registry.scalar(tied, id=official)
    before = registry.counts()
    for username in ("hr.hanoi", "approver.hanoi"):
        with pytest.raises(Forbidden):
            _approve(registry, uid, username)
    with pytest.raises(IntegrityError, match="two_people"):
        registry.scalar("UPDATE change SET checker_id = maker_id WHERE uid = :uid RETURNING 1", uid=uid)
    assert registry.counts() == before
