"""Statistics against a count by hand: small worlds with corrections, transfers, mergers and several posts.

The counting role asks, inside a transaction that is rolled back; facts enter moment by moment as they would.
"""

import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from registry import migrate
from registry.catalogues import lists
from registry.catalogues import services as catalogues
from registry.cluster import Cluster
from registry.db import make_engine, make_sessions
from registry.errors import Invalid
from registry.explorer.grids import of_table
from registry.officials.facts import FACTS
from registry.periods import AsOf, completed_years
from registry.statistics.asking import CrossTab, parse
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.documenting import COMMAND, markdown
from registry.statistics.measures import FORECASTS, MEASURES, ratio
from registry.statistics.people import OF_TODAY
from registry.statistics.queries import crosstab
from registry.statistics.tables import Table

SEED = Path(__file__).parents[2] / "seed" / "catalogues"
TODAY = date(2026, 11, 23)
T1, T2, T3 = (datetime(2026, month, 1, 2, tzinfo=UTC) for month in (1, 5, 9))
Row = dict[str, Any]
OF_PEOPLE = [
    one.id
    for one in MEASURES.values()
    if [population.id for population in one.populations()] == ["people"] and not one.columns() & OF_TODAY
]
"""Measures of the persons in post on any day."""
BY_HAND = (
    "headcount",
    "mean_coefficient",
    "total_coefficient",
    "mean_age",
    "women_share",
    "party_share",
)
OF_A_PERSON = [one.id for one in DIMENSIONS.values() if MEASURES["headcount"].divides_by(one)]


@pytest.fixture(scope="module")
def engine(cluster: Cluster, empty_template: str) -> Iterator[Engine]:
    """A migrated database with the code lists, as its superuser, who may turn into the counting role."""
    server = make_engine(cluster.dsn(database="postgres"))
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text(f'CREATE DATABASE statistics_worlds OWNER registry_owner TEMPLATE "{empty_template}"')
        )
    server.dispose()
    dsn = cluster.dsn(database="statistics_worlds")
    owner = make_engine(f"{dsn}?options=-c%20role%3Dregistry_owner")
    migrate.upgrade(owner)
    owner.dispose()
    engine = make_engine(dsn)
    with make_sessions(engine).begin() as session:
        catalogues.load(session, SEED)
        session.execute(
            text(
                "INSERT INTO app_user (username, password_hash, display_name)"
                " VALUES ('maker', '-', 'Người lập'), ('checker', '-', 'Người duyệt')"
            )
        )
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    lists.forget()
    with make_sessions(engine)() as session:
        yield session
        session.rollback()


# A world: what the registry holds, as plain rows


@dataclass
class World:
    """Units, versions, successors and facts. `recorded_to` of a row is when the row after it replaced it."""

    units: list[str] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    successors: list[Row] = field(default_factory=list)
    facts: dict[str, list[Row]] = field(default_factory=lambda: {kind: [] for kind in FACTS})
    people: int = 0

    def unit(
        self, code: str, parent: str | None, kind: str, since: date, until: date | None = None, **more: Any
    ) -> None:
        if code not in self.units:
            self.units.append(code)
        self.versions.append(
            {
                "unit": code,
                "parent": parent,
                "kind": kind,
                "valid_from": since,
                "valid_to": until,
                "recorded_from": T1,
                "recorded_to": None,
                "name": f"Tên {code}",
                **more,
            }
        )

    def succeed(self, old: str, new: str, on: date) -> None:
        self.successors.append({"old": old, "new": new, "on": on})

    def person(self) -> int:
        self.people += 1
        return self.people

    def fact(self, kind: str, person: int, since: date, until: date | None = None, **fields: Any) -> Row:
        row = {
            "person": person,
            "valid_from": since,
            "valid_to": until,
            "recorded_from": T1,
            "recorded_to": None,
            **fields,
        }
        self.facts[kind].append(row)
        return row

    def correct(self, kind: str, row: Row, at: datetime, **fields: Any) -> Row:
        row["recorded_to"] = at
        new = {**row, "recorded_from": at, "recorded_to": None, **fields}
        self.facts[kind].append(new)
        return new


def enter(session: Session, world: World, today: date = TODAY) -> None:
    """Bring a world in, moment by moment on the recorded clock; from then on ask as the counting role."""
    session.execute(
        text("INSERT INTO organization (id, code, ord, last) VALUES (:id, :code, :ord, :ord)"),
        [{"id": at, "code": code, "ord": at * 10} for at, code in enumerate(world.units, 1)],
    )
    at = {code: number for number, code in enumerate(world.units, 1)}
    session.execute(
        text(
            "INSERT INTO organization_version (organization_id, name, parent_id, kind, valid_from, valid_to,"
            " recorded_from, recorded_to) VALUES (:unit, :name, :parent, :kind, :valid_from, :valid_to,"
            " :recorded_from, :recorded_to)"
        ),
        [
            one | {"unit": at[one["unit"]], "parent": at.get(one["parent"])}
            for one in sorted(world.versions, key=lambda one: one["recorded_to"] is None)
        ],
    )
    for link in world.successors:
        session.execute(
            text(
                'INSERT INTO organization_successor (predecessor_id, successor_id, "on")'
                " VALUES (:old, :new, :on)"
            ),
            {"old": at[link["old"]], "new": at[link["new"]], "on": link["on"]},
        )
    session.execute(text("INSERT INTO decision (id, number, issued_on) VALUES (1, '01/QĐ', '2026-01-01')"))
    for number, moment in enumerate((T1, T2, T3), 1):
        session.execute(
            text(
                "INSERT INTO change (id, status, decision_id, organization_id, org_ord, maker_id, "
                "checker_id, decided_at) SELECT :id, 'approved', 1, 1, 10, m.id, c.id, :at FROM app_user "
                "m, app_user c WHERE m.username = 'maker' AND c.username = 'checker'"
            ),
            {"id": number, "at": moment},
        )
    session.execute(
        text(
            "INSERT INTO official (id, personal_id, change_id)"
            " SELECT one, lpad(one::text, 12, '0'), 1 FROM generate_series(1, :people) one"
        ),
        {"people": world.people},
    )
    for number, moment in enumerate((T1, T2, T3), 1):
        for kind, rows in world.facts.items():
            for row in rows:
                if row["recorded_to"] == moment:
                    session.execute(
                        text(f"UPDATE fact_{kind} SET recorded_to = :at, closed_by = :change WHERE id = :id"),
                        {"at": moment, "change": number, "id": row["id"]},
                    )
            _insert(session, kind, [row for row in rows if row["recorded_from"] == moment], number, at)
    session.execute(
        text("SELECT registry_refresh_current(ARRAY(SELECT id FROM official), :today)"), {"today": today}
    )
    session.execute(
        text(f"ANALYZE organization, organization_version, {', '.join(f'fact_{kind}' for kind in FACTS)}")
    )
    session.execute(text("SET LOCAL ROLE registry_stats"))


def _insert(session: Session, kind: str, rows: list[Row], change: int, units: dict[str, int]) -> None:
    """Facts of one moment, in one statement for those that say the same fields; each row is told its id."""
    alike: dict[frozenset[str], list[Row]] = {}
    for row in rows:
        alike.setdefault(frozenset(row) - {"person", "recorded_to", "id"}, []).append(row)
    table = FACTS[kind].table
    entered = table.insert().returning(table.c.id, sort_by_parameter_order=True)
    for names, some in alike.items():
        known = {"decision_id": 1, "change_id": change}
        values = [
            {name: row[name] for name in names - {"unit"}}
            | {"official_id": row["person"], **known}
            | ({"organization_id": units[row["unit"]]} if "unit" in names else {})
            for row in some
        ]
        for row, entry in zip(some, session.scalars(entered, values), strict=True):
            row["id"] = entry


def employ(
    world: World,
    unit: str,
    since: date,
    *,
    sex: str = "nam",
    born: date = date(1985, 3, 15),
    rank: str = "01.003",
    coefficient: str = "3.00",
    until: date | None = None,
) -> int:
    """A civil servant in post in a unit from a day on."""
    one = world.person()
    world.fact(
        "identity",
        one,
        born,
        full_name="Nguyễn Văn A",
        birth_date=born,
        birth_date_precision="day",
        sex=sex,
        ethnic_group="01",
    )
    world.fact("status", one, since, status="dang_lam_viec", category="cong_chuc")
    world.fact("appointment", one, since, until, unit=unit, is_main=True)
    world.fact("salary", one, since, rank=rank, step=1, coefficient=Decimal(coefficient))
    return one


def ask(session: Session, **words: Any) -> Table:
    return crosstab(session, parse(today=TODAY, **words))


def counts(table: Table) -> dict[tuple[str | None, ...], Any]:
    """Keys → the first measure's value."""
    return {row.keys: row.values[0] for row in table.rows}


@pytest.fixture
def merged() -> World:
    """Province P2 and its department D2 went into P1 and D1 on 1 July 2025; its district office had no
    successor.
    """
    world = World()
    old, day = date(1997, 1, 1), date(2025, 7, 1)
    world.unit("VN", None, "nha_nuoc", old)
    world.unit("VN-P", "VN", "nhom", old)
    world.unit("M1", "VN", "bo", old)
    world.unit("M1-V", "M1", "vu", old)
    world.unit("P1", "VN-P", "ubnd_cap_tinh", old)
    world.unit("P1-D", "P1", "so", old)
    world.unit("P2", "VN-P", "ubnd_cap_tinh", old, day)
    world.unit("P2-D", "P2", "so", old, day)
    world.unit("P2-X", "P2", "phong", old, day)
    world.succeed("P2", "P1", day)
    world.succeed("P2-D", "P1-D", day)
    return world


# Hand-made cases


def test_a_merged_province_is_counted_apart_in_its_own_tree_and_together_in_todays(
    session: Session, merged: World
) -> None:
    for unit in ("P1", "P1-D", "P2-D", "P2-D", "P2-X", "M1-V"):
        employ(merged, unit, date(2020, 1, 1))
    enter(session, merged)
    asked = {"by": "ministry_or_province", "as_of": "2024-12-31"}
    assert counts(ask(session, **asked)) == {("M1",): 1, ("P1",): 2, ("P2",): 3}
    assert counts(ask(session, **asked, tree="today")) == {("M1",): 1, ("P1",): 5}
    # After the merger nobody is left in P2, although no appointment was written anew.
    assert counts(ask(session, by="ministry_or_province", as_of="2025-07-01")) == {("M1",): 1, ("P1",): 5}
    assert counts(ask(session, by="unit", organization="P1", as_of="2024-12-31", tree="today")) == {
        ("P1",): 2,
        ("P1-D",): 3,
    }
    assert counts(ask(session, by="unit", organization="P2", as_of="2024-12-31")) == {
        ("P2-D",): 2,
        ("P2-X",): 1,
    }


def test_a_person_with_several_posts_counts_once_where_the_main_one_is(
    session: Session, merged: World
) -> None:
    one = employ(merged, "M1-V", date(2020, 1, 1))
    for unit in ("P1-D", "M1"):
        merged.fact("appointment", one, date(2021, 1, 1), unit=unit, is_main=False)
    enter(session, merged)
    assert counts(ask(session, by="ministry_or_province")) == {("M1",): 1}


def test_a_correction_changes_what_is_known_now_and_not_what_was_known(
    session: Session, merged: World
) -> None:
    one = employ(merged, "M1-V", date(2020, 1, 1), coefficient="2.34")
    merged.correct("salary", merged.facts["salary"][-1], T2, coefficient=Decimal("2.67"), step=2)
    merged.correct("appointment", merged.facts["appointment"][-1], T3, unit="P1-D")
    assert one == 1
    enter(session, merged)
    asked = {"by": "ministry_or_province", "measures": "mean_coefficient", "as_of": "2026-03-31"}
    assert counts(ask(session, **asked, known_at="2026-03-31T00:00:00+07:00")) == {("M1",): Decimal("2.34")}
    assert counts(ask(session, **asked, known_at=T2.isoformat())) == {("M1",): Decimal("2.67")}
    assert counts(ask(session, **asked)) == {("P1",): Decimal("2.67")}
    assert ask(session, **asked, known_at="2025-12-31T00:00:00Z").rows == ()


def test_a_transfer_and_a_retirement_count_from_their_day_on(session: Session, merged: World) -> None:
    day = date(2026, 12, 1)
    one = employ(merged, "M1-V", date(2020, 1, 1), until=day)
    merged.fact("appointment", one, day, unit="P1-D", is_main=True)
    two = employ(merged, "M1-V", date(2020, 1, 1))
    merged.facts["status"][-1]["valid_to"] = day
    merged.fact("status", two, day, status="nghi_huu", category="cong_chuc")
    enter(session, merged)
    by = {"by": "ministry_or_province"}
    assert counts(ask(session, **by)) == counts(ask(session, **by, as_of="2026-11-30")) == {("M1",): 2}
    assert counts(ask(session, **by, as_of="2026-12-01")) == {("P1",): 1}


def test_a_day_that_has_come_counts_before_the_present_state_is_rolled_forward(
    session: Session, merged: World
) -> None:
    employ(merged, "M1-V", date(2026, 11, 23))
    enter(session, merged, today=date(2026, 11, 22))
    assert ask(session).total.values == (1,)


def test_means_come_from_exact_sums_and_are_rounded_once_halves_up(session: Session, merged: World) -> None:
    for unit, coefficient in (("M1", "2.34"), ("M1", "2.35"), ("P1", "4.98")):
        employ(merged, unit, date(2020, 1, 1), coefficient=coefficient)
    merged.facts["salary"].pop()  # the third has no salary step: in the headcount, not in the mean
    enter(session, merged)
    table = ask(session, measures="headcount,mean_coefficient,total_coefficient", by="ministry_or_province")
    assert [row.values for row in table.rows] == [
        (2, Decimal("2.35"), Decimal("4.69")),
        (1, None, Decimal("0.00")),
    ]
    assert table.total.values == (3, Decimal("2.35"), Decimal("4.69"))
    assert ratio(Decimal("2.005"), 1, 2) == Decimal("2.01")
    assert ratio(1, 3, 4) == Decimal("0.3333")
    assert ratio(0, 0, 2) is None


def test_rows_follow_their_lists_and_what_is_not_recorded_comes_last(session: Session, merged: World) -> None:
    for unit, rank in (("P1", "01.004"), ("M1", "01.003"), ("M1", "01.001")):
        employ(merged, unit, date(2020, 1, 1), rank=rank)
    employ(merged, "M1", date(2020, 1, 1))
    merged.facts["salary"].pop()
    enter(session, merged)
    table = ask(session, by="ministry_or_province,rank")
    assert [row.keys for row in table.rows] == [
        ("M1", "01.001"),
        ("M1", "01.003"),
        ("M1", None),
        ("P1", "01.004"),
    ]
    assert [row.names[1].vi for row in table.rows] == [
        "Chuyên viên cao cấp",
        "Chuyên viên",
        "Chưa ghi nhận",
        "Cán sự",
    ]
    assert counts(ask(session, by="rank", where="rank:01.003,rank:none,ministry_or_province:M1")) == {
        ("01.003",): 1,
        (None,): 1,
    }
    assert ask(session, by="rank", where=["rank:01.003", "ministry_or_province:P1"]).rows == ()


def test_ages_turn_on_the_birthday_also_on_that_of_29_february(session: Session, merged: World) -> None:
    for born in (
        date(1996, 2, 29),
        date(1995, 2, 28),
        date(1966, 3, 1),
        date(1965, 2, 28),
        date(1966, 2, 28),
    ):
        employ(merged, "M1", date(2020, 1, 1), born=born)
    enter(session, merged)
    on = {"by": "age_band", "as_of": "2026-02-28"}
    assert counts(ask(session, **on)) == {("<=30",): 1, ("31-40",): 1, ("56-60",): 2, (">60",): 1}
    table = ask(session, measures="mean_age", as_of="2026-02-28")
    assert table.total.values == (ratio(29 + 31 + 59 + 61 + 60, 5, 1),)


def test_every_total_of_a_table_comes_of_its_own_sums(session: Session, merged: World) -> None:
    people = (("M1", "nam", "3.00"), ("M1", "nam", "3.00"), ("M1", "nu", "6.00"), ("P1", "nu", "2.00"))
    for unit, sex, coefficient in people:
        employ(merged, unit, date(2020, 1, 1), sex=sex, coefficient=coefficient)
    enter(session, merged)
    table = ask(session, measures="headcount,mean_coefficient", by="ministry_or_province,sex,age_band")
    counted = of_table(table, ("ministry_or_province",), "sex")
    assert [head.key for head in counted.heads if head.role == "cell"] == ["nam", "nu"]
    assert [(line.keys, line.values) for line in counted.lines] == [
        (("M1",), (2, 1, 3, Decimal("4.00"))),
        (("P1",), (0, 1, 1, Decimal("2.00"))),
    ]
    assert counted.total is not None
    assert counted.total.values == (2, 2, 4, Decimal("3.50"))
    (sexes,) = [rows for by, rows in table.subtotals() if by == ("sex",)]
    assert [(row.keys, row.values) for row in sexes] == [
        (("nam",), (2, Decimal("3.00"))),
        (("nu",), (2, Decimal("4.00"))),
    ]
    ages = of_table(ask(session, by="age_band"), ("age_band",), None)
    assert [line.values for line in ages.lines][:3] == [(0,), (0,), (4,)]


def test_the_answer_names_its_snapshot_its_moment_and_every_definition(
    session: Session, merged: World
) -> None:
    employ(merged, "P1-D", date(2020, 1, 1), sex="nu")
    enter(session, merged)
    table = ask(session, measures="headcount,mean_coefficient", by="unit,sex", organization="P1")
    said = table.as_json("en")
    assert table.snapshot.id == "S3-20261123"
    assert ask(session, known_at=T2.isoformat(), as_of="2026-06-30").snapshot.id == "S2-20260630"
    assert table.known_at == table.snapshot.taken_at
    assert said["rows"] == [
        {
            "unit": "P1-D",
            "unit_name": "Tên P1-D",
            "sex": "nu",
            "sex_name": "Female",
            "headcount": 1,
            "mean_coefficient": "3.00",
        }
    ]
    assert said["total"] == {"headcount": 1, "mean_coefficient": "3.00"}
    assert said["organization"] == {"code": "P1", "name": "Tên P1"}
    assert [one["id"] for one in said["columns"]] == ["unit", "sex", "headcount", "mean_coefficient"]
    for one in (*MEASURES.values(), *DIMENSIONS.values()):
        assert all(
            (one.label.vi, one.label.en, one.definition.vi, one.definition.en, one.source, one.version)
        ), one.id


def test_one_statement_counts_whatever_is_asked(session: Session, engine: Engine, merged: World) -> None:
    employ(merged, "P1-D", date(2020, 1, 1))
    enter(session, merged)
    everything = {"measures": ",".join(OF_PEOPLE), "organization": "P1", "where": "sex:nam,unit:P1-D"}
    words = [
        {"by": by, "as_of": day, **everything}
        for day in ("2026-11-23", "2024-01-31")
        for by in ("unit,sex,age_band,rank", "education,political_theory,party,ethnicity")
    ]
    for one in words:
        ask(session, **one)  # the code lists are read once a process
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    for one in words:
        said.clear()
        ask(session, **one)
        assert len(said) == 3, said  # what is named exists? the table. names of units
        assert sum("official_current.in_headcount" in sql or "fact_status" in sql for sql in said) == 1


def test_the_counting_role_sees_no_names(session: Session, merged: World) -> None:
    employ(merged, "P1-D", date(2020, 1, 1))
    enter(session, merged)
    for statement in (
        "SELECT full_name FROM official_current",
        "SELECT full_name FROM fact_identity",
        "SELECT personal_id FROM official",
        "SELECT maker_id FROM change",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
            session.execute(text(statement))


def test_every_wrong_part_of_a_question_is_named_with_what_is_allowed(
    session: Session, merged: World
) -> None:
    with pytest.raises(Invalid) as refused:
        parse(
            today=TODAY,
            measures="headcount,income",
            by="sex,unit,height",
            as_of="30/06/2026",
            tree="tomorrow",
            where=["rank", "age_band:12", "colour:red"],
            known_at="2026-06-30",
        )
    assert [(flaw.path, flaw.code) for flaw in refused.value.flaws] == [
        ("measures", "unknown"),
        ("by", "unknown"),
        ("where", "form"),
        ("where.age_band", "unknown"),
        ("where", "unknown"),
        ("organization", "required"),
        ("as_of", "date"),
        ("known_at", "timestamp"),
        ("tree", "unknown"),
    ]
    assert "mean_coefficient" in refused.value.flaws[0].message.vi
    enter(session, merged)
    with pytest.raises(Invalid) as refused:
        ask(session, organization="P9", where="sex:x,rank:99.999,ministry_or_province:P9")
    assert [flaw.path for flaw in refused.value.flaws] == [
        "organization",
        "where.sex",
        "where.rank",
        "where.ministry_or_province",
    ]
    assert parse(today=TODAY, known_at="2026-06-30T09:00:00 07:00").as_of.known_at == datetime(
        2026, 6, 30, 2, tzinfo=UTC
    )
    assert parse(today=TODAY) == CrossTab(("headcount",), (), (), None, AsOf(TODAY), TODAY, "as_was")


# Made-up worlds against a count in plain Python


DAYS = [
    date(2015, 1, 1),
    date(2019, 9, 1),
    date(2024, 2, 29),
    date(2025, 3, 1),
    date(2025, 7, 1),
    date(2026, 6, 30),
    TODAY - timedelta(1),
    TODAY,
    TODAY + timedelta(1),
    date(2027, 7, 1),
]


def make_up(chance: random.Random, people: int) -> World:
    """A world of chance: every kind of turn, on few days, so that they meet."""
    world = World()
    old = date(1990, 1, 1)
    world.unit("VN", None, "nha_nuoc", old)
    for top in ("M1", "M2", "P1", "P2"):
        world.unit(
            top,
            "VN",
            "bo" if top[0] == "M" else "ubnd_cap_tinh",
            old,
            {"M2": date(2025, 3, 1), "P2": date(2025, 7, 1)}.get(top),
        )
        for at in range(3):
            code = f"{top}-{at}"
            world.unit(code, top, "vu", old, chance.choice([None, None, date(2025, 3, 1), date(2025, 7, 1)]))
            world.unit(f"{code}-a", code, "phong", old)
    world.succeed("M2", "M1", date(2025, 3, 1))
    world.succeed("P2", "P1", date(2025, 7, 1))
    for code in [
        one for one in world.units if world.versions[world.units.index(one)]["valid_to"] and "-" in one
    ]:
        for heir in chance.sample(world.units, chance.choice([0, 1, 2])):
            if heir != code:
                world.succeed(code, heir, date(2025, 7, 1))
    world.unit("N1", "M1", "cuc", date(2026, 6, 30))  # moves to P1 today, its name corrected since
    world.versions[-1]["valid_to"] = TODAY
    world.unit("N1", "P1", "cuc", TODAY, recorded_to=T2)
    world.unit("N1", "P1-0", "cuc", TODAY, recorded_from=T2)
    world.unit("G1", "P1-0", "phong", old, date(2019, 9, 1))  # not there for a while
    world.unit("G1", "M1", "phong", date(2026, 6, 30))
    world.unit("G2", "P1-0", "phong", old, date(2019, 9, 1))  # moved, then ended
    world.unit("G2", "M1", "phong", date(2019, 9, 1), date(2024, 2, 29))
    world.unit("L1", "VN", "bo", date(2026, 6, 30))  # named by facts from before it began
    for _ in range(people):
        _person(chance, world)
    return world


def _person(chance: random.Random, world: World) -> None:
    one = world.person()
    born = date(chance.randint(1960, 2002), chance.choice([2, 11]), chance.choice([23, 28]))
    turns = [born, *sorted(chance.sample(DAYS, chance.choice([0, 0, 1, 2]))), None]
    for since, until in itertools.pairwise(turns):
        row = world.fact(
            "identity",
            one,
            since,
            until,
            full_name="Trần Thị B",
            birth_date=born,
            birth_date_precision="day",
            sex=chance.choice(["nam", "nu"]),
            ethnic_group=chance.choice(["01", "02", None]),
        )
        if chance.random() < 0.3:
            world.correct(
                "identity", row, chance.choice([T2, T3]), sex=chance.choice(["nam", "nu"]), ethnic_group="03"
            )
    statuses = ["dang_lam_viec", "dang_lam_viec", "nghi_khong_luong", "nghi_huu", "da_trung_tuyen"]
    for since, until in _spells(chance):
        _recorded(
            chance,
            world,
            "status",
            one,
            since,
            until,
            lambda: {
                "status": chance.choice(statuses),
                "category": chance.choice(["cong_chuc", "vien_chuc"]),
            },
        )
    for since, until in _spells(chance):
        _recorded(
            chance,
            world,
            "appointment",
            one,
            since,
            until,
            lambda: {
                "unit": chance.choice(world.units),
                "is_main": True,
                "position": chance.choice([None, "bo_vice_minister"]),
            },
        )
    for since, until in _spells(chance):
        world.fact("appointment", one, since, until, unit=chance.choice(world.units), is_main=False)
    for since, until in _spells(chance):
        _recorded(
            chance,
            world,
            "salary",
            one,
            since,
            until,
            lambda: {
                "rank": chance.choice(["01.001", "01.002", "01.003", "V.07.03.29"]),
                "step": 1,
                "coefficient": Decimal(chance.randint(234, 678)) / 100,
            },
        )
    for since, until in _spells(chance)[:1]:
        world.fact("party", one, since, until, joined_on=since, joined_on_precision="day")
    for kind, levels in (
        ("qualification", ["dai_hoc", "thac_si", "tien_si", "gdpt_12_12"]),
        ("political_theory", ["so_cap", "trung_cap", "cao_cap"]),
    ):
        for level in chance.sample(levels, chance.randint(0, 3)):
            _recorded(
                chance, world, kind, one, chance.choice(DAYS), None, lambda level=level: {"level": level}
            )


def _spells(chance: random.Random) -> list[tuple[date, date | None]]:
    """Stretches of time in a row, with and without gaps, the last one at times open."""
    days = sorted(chance.sample(DAYS, chance.choice([0, 2, 2, 3, 4])))
    spells = [pair for pair in itertools.pairwise(days) if chance.random() < 0.85]
    return [*spells, (days[-1], None)] if days and chance.random() < 0.8 else spells


def _recorded(
    chance: random.Random, world: World, kind: str, one: int, since: date, until: date | None, fields: Any
) -> None:
    row = world.fact(kind, one, since, until, **fields())
    if chance.random() < 0.25:
        world.correct(kind, row, chance.choice([T2, T3]), **fields())


def naive(
    world: World, query: CrossTab, items: dict[str, dict[str, lists.Item]]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The table by looking at one person after the other."""
    on, known = query.as_of.on, query.as_of.known_at

    def believed(row: Row, at: datetime | None) -> bool:
        if at is None:
            return row["recorded_to"] is None
        return row["recorded_from"] <= at and (row["recorded_to"] is None or row["recorded_to"] > at)

    def holding(kind: str, person: int) -> list[Row]:
        return [
            row
            for row in world.facts[kind]
            if row["person"] == person
            and believed(row, known)
            and row["valid_from"] <= on
            and (row["valid_to"] is None or row["valid_to"] > on)
        ]

    def highest(kind: str, person: int, catalogue: str) -> str | None:
        had = [
            row["level"]
            for row in world.facts[kind]
            if row["person"] == person
            and believed(row, known)
            and row["valid_from"] <= on
            and items[catalogue][row["level"]].extra.get("kind", "professional") == "professional"
        ]
        return max(had, key=lambda level: items[catalogue][level].sort, default=None)

    day, at = (on, known) if query.tree == "as_was" else (query.today, None)

    def above(unit: str) -> tuple[str | None, bool]:
        """What a unit counts under, and whether it stands."""
        mine = [row for row in world.versions if row["unit"] == unit and believed(row, at)]
        now = [
            row
            for row in mine
            if row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] > day)
        ]
        ended = [row for row in mine if row["valid_to"] is not None and row["valid_to"] <= day]
        if now or not ended:
            return (now or sorted(mine, key=lambda row: row["valid_from"]))[0]["parent"], True
        heirs = [link["new"] for link in world.successors if link["old"] == unit and link["on"] <= day]
        last = max(ended, key=lambda row: row["valid_from"])
        return (min(heirs, key=world.units.index) if heirs else last["parent"]), False

    def path(unit: str) -> list[tuple[str, bool]]:
        """From the unit up to its top; empty in a ring."""
        found: list[tuple[str, bool]] = []
        step: str | None = unit
        while step is not None:
            if len(found) > len(world.units):
                return []
            up, stands = above(step)
            found.append((step, stands))
            step = up
        return found

    def body(unit: str) -> str | None:
        return next((one for one, stands in reversed(path(unit)) if stands and one != "VN"), None)

    def place(unit: str) -> str | None:
        steps = path(unit)
        names = [one for one, _ in steps]
        if query.organization_code not in names:
            return None
        at = names.index(query.organization_code)
        return names[at - 1] if at and steps[at - 1][1] else query.organization_code

    groups: dict[tuple[Any, ...], list[Row]] = {}
    for person in range(1, world.people + 1):
        status, posts = (
            holding("status", person),
            [row for row in holding("appointment", person) if row["is_main"]],
        )
        if (
            not (status and posts)
            or items["status_codes"][status[0]["status"]].extra["counts_in_headcount"] != "yes"
        ):
            continue
        unit = posts[0]["unit"]
        if query.organization_code and place(unit) is None:
            continue
        who = max(
            (
                row
                for row in world.facts["identity"]
                if row["person"] == person and believed(row, known) and row["valid_from"] <= on
            ),
            key=lambda row: row["valid_from"],
        )
        salary = (holding("salary", person) or [{"rank": None, "coefficient": None}])[0]
        age = completed_years(who["birth_date"], on)
        bands = [(30, "<=30"), (40, "31-40"), (50, "41-50"), (55, "51-55"), (60, "56-60"), (999, ">60")]
        facts: Row = {
            "ministry_or_province": body(unit),
            "unit": place(unit),
            "category": status[0]["category"],
            "status": status[0]["status"],
            "sex": who["sex"],
            "age_band": next(name for top, name in bands if age <= top),
            "rank": salary["rank"],
            "position": posts[0].get("position"),
            "rank_level": (salary["rank"] and items["ranks"][salary["rank"]].extra["level"]) or None,
            "education": highest("qualification", person, "education_levels"),
            "political_theory": highest("political_theory", person, "political_theory"),
            "party": "yes" if holding("party", person) else "no",
            "ethnicity": who["ethnic_group"] and ("kinh" if who["ethnic_group"] == "01" else "minority"),
            "age": age,
            "coefficient": salary["coefficient"],
        }
        groups.setdefault(tuple(facts[one] for one in query.by), []).append(facts)

    def rounded(total: Any, count: int, digits: str) -> Decimal | None:
        return (Decimal(total) / count).quantize(Decimal(digits), ROUND_HALF_UP) if count else None

    def figures(people: list[Row]) -> tuple[Any, ...]:
        paid = [one["coefficient"] for one in people if one["coefficient"] is not None]
        count = len(people)
        values = {
            "headcount": count,
            "mean_coefficient": rounded(sum(paid), len(paid), "0.01"),
            "total_coefficient": rounded(sum(paid), 1, "0.01"),
            "mean_age": rounded(sum(one["age"] for one in people), count, "0.1"),
            "women_share": rounded(100 * sum(one["sex"] == "nu" for one in people), count, "0.1"),
            "party_share": rounded(100 * sum(one["party"] == "yes" for one in people), count, "0.1"),
        }
        return tuple(values[one] for one in query.measures)

    return {key: figures(people) for key, people in groups.items()}


BY = (
    "ministry_or_province,sex,age_band",
    "rank,category",
    "rank_level,ethnicity",
    "education,political_theory",
    "status,party",
    "position",
    "ministry_or_province",
)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_table_of_a_made_up_world_equals_a_count_by_hand(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    world = make_up(chance, 60)
    enter(session, world)
    items = {
        name: {one.key: one for one in lists.items(session, name)}
        for name in ("status_codes", "ranks", "education_levels", "political_theory")
    }
    people = 0
    for on in DAYS:
        for known in (None, chance.choice((T1, T2 - timedelta(seconds=1), T2, T3)).isoformat()):
            for tree in ("as_was", "today"):
                for more in (
                    {"by": chance.choice(BY)},
                    {"by": "unit,sex", "organization": chance.choice(["M1", "P1", "P2", "M1-1"])},
                ):
                    query = parse(
                        today=TODAY,
                        measures=",".join(BY_HAND),
                        as_of=on.isoformat(),
                        known_at=known,
                        tree=tree,
                        **more,
                    )
                    table = crosstab(session, query)
                    assert {row.keys: row.values for row in table.rows} == naive(world, query, items), query
                    people += table.total.parts["people"]
    assert people > 200


@pytest.mark.parametrize("seed", [4])
def test_today_from_the_present_state_equals_today_from_the_facts(session: Session, seed: int) -> None:
    enter(session, make_up(random.Random(seed), 80))
    for by in (*BY, *OF_A_PERSON):
        measures = OF_PEOPLE if by == "sex" else BY_HAND
        words = {"measures": ",".join(measures), "by": by, "organization": "M1" if by == "unit" else None}
        present = crosstab(session, parse(today=TODAY, **words))
        # The same day asked as another day than today, and as known at this very moment.
        facts = crosstab(session, parse(today=TODAY + timedelta(1), as_of=TODAY.isoformat(), **words))
        known = crosstab(session, parse(today=TODAY, known_at=datetime.now(UTC).isoformat(), **words))
        assert present.rows == facts.rows == known.rows
        assert present.total == facts.total == known.total
        assert present.rows


@pytest.mark.parametrize("seed", [6])
def test_the_stock_before_with_entries_and_without_exits_is_the_stock_after(
    session: Session, seed: int
) -> None:
    chance = random.Random(seed)
    enter(session, make_up(chance, 80))
    moved = 0
    for _ in range(6):
        since, until = sorted(chance.choices([*DAYS, DAYS[0] + timedelta(chance.randrange(4000))], k=2))
        known = chance.choice([None, T1.isoformat(), T2.isoformat(), T3.isoformat()])
        before = ask(session, as_of=(since - timedelta(1)).isoformat(), known_at=known).total.values[0]
        words = {
            "measures": "headcount,entries,exits",
            "since": since.isoformat(),
            "as_of": until.isoformat(),
        }
        after, entries, exits = ask(session, **words, known_at=known).total.values
        assert before + entries - exits == after, (since, until, known)
        moved += entries + exits
    assert moved > 50


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_facts_believed_at_once_the_later_one_says_who_comes_and_leaves(
    session: Session, seed: int
) -> None:
    chance = random.Random(seed)
    enter(session, make_up(chance, 80))
    session.execute(text("RESET ROLE"))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for kind in ("status", "appointment"):
        believed_longer = session.execute(
            text(f"UPDATE fact_{kind} SET recorded_to = :later WHERE recorded_to = :at"),
            {"at": T2, "later": T3},
        )
        assert believed_longer.rowcount > 5
    session.execute(text("SET LOCAL ROLE registry_stats"))
    moved, first, last = 0, DAYS[0] - timedelta(1), DAYS[-1] + timedelta(1)
    for _ in range(20):
        since, until = sorted(first + timedelta(chance.randrange((last - first).days)) for _ in range(2))
        before = ask(session, as_of=(since - timedelta(1)).isoformat(), known_at=T2.isoformat())
        words = {"since": since.isoformat(), "as_of": until.isoformat(), "known_at": T2.isoformat()}
        after, entries, exits = ask(session, measures="headcount,entries,exits", **words).total.values
        assert before.total.values[0] + entries - exits == after, (since, until)
        moved += entries + exits
    assert moved > 100


# The demo registry


def test_the_demo_counts_the_same_from_present_state_facts_and_tree(demo: Any) -> None:
    today = demo.settings.today
    with demo.session("stats") as session:
        for by in (*BY, *OF_A_PERSON):
            words = {
                "measures": ",".join(OF_PEOPLE if by == "sex" else BY_HAND),
                "by": by,
                "organization": "H26" if by == "unit" else None,
            }
            present = crosstab(session, parse(today=today, **words))
            facts = crosstab(session, parse(today=today + timedelta(1), as_of=today.isoformat(), **words))
            assert present.rows == facts.rows
            assert present.rows
        bodies = crosstab(session, parse(today=today, by="ministry_or_province"))
    with demo.session() as session:
        by_interval = session.execute(
            text("""
            SELECT o.code, count(*) FROM organization o
            JOIN organization_version v ON v.organization_id = o.id AND v.recorded_to IS NULL
                AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
            JOIN organization_version p ON p.organization_id = v.parent_id AND p.recorded_to IS NULL
                AND p.valid_to IS NULL AND p.kind IN ('nha_nuoc', 'nhom')
            JOIN official_current c ON c.in_headcount AND c.org_ord BETWEEN o.ord AND o.last
            WHERE v.kind NOT IN ('nha_nuoc', 'nhom') GROUP BY o.code
            """),
            {"today": today},
        )
        assert counts(bodies) == {(code,): number for code, number in by_interval}


def test_the_catalogue_of_figures_in_the_docs_is_that_of_the_code() -> None:
    kept = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert kept == markdown(), f"the declarations changed: run {COMMAND}"


def test_definitions_speak_to_people_not_to_programs() -> None:
    told = [
        f"{one.definition.vi} {one.definition.en} {one.source}"
        for one in [*MEASURES.values(), *FORECASTS.values(), *DIMENSIONS.values()]
    ]
    assert [word for text in told for word in re.findall(r"\b[a-z]+_[a-z_]+\b", text)] == []
