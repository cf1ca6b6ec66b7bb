"""The row of the present against the facts read by plain Python: today, and as decisions take effect."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import make
import pytest
from conftest import TODAY, Bed
from make import clock, coefficient, decided, newcomer
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.law import salary as law
from registry.law.retirement import extended, retirement
from registry.law.rules import get_counting
from registry.officials import queries
from registry.officials.derived import EXTENDED
from registry.officials.facts import FACTS
from registry.periods import AsOf, PartialDate

Row = dict[str, Any]
LATER = [TODAY + timedelta(days=days) for days in (1, 40, 100, 300, 900)]
LISTS = (
    "ranks", "salary_steps", "status_codes", "retirement_age_by_year", "education_levels", "political_theory",
)  # fmt: skip
OF_PERSON = ("full_name", "birth_date", "birth_date_precision", "sex", "ethnic_group", "religion")
OF_POST = ("organization_id", "position", "job_position", "term_ends_on")
NOT_WORKING = ("da_trung_tuyen", "huy_tuyen_dung")
TURNS_BOTH_WAYS = ("identity", "status", "appointment", "salary", "party", "leave")
TURNS_ON_ITS_DAY = ("qualification", "political_theory", "discipline", "evaluation")


def believed(session: Session) -> dict[int, dict[str, list[Row]]]:
    """All believed facts by official and kind, oldest first."""
    found: dict[int, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for kind in FACTS:
        rows = session.execute(
            text(f"SELECT * FROM fact_{kind} WHERE recorded_to IS NULL ORDER BY valid_from, id")
        )
        for row in rows.mappings():
            found[row["official_id"]][kind].append(dict(row))
    return found


def holds(fact: Row, on: date) -> bool:
    """Whether a fact is true on a day."""
    return bool(fact["valid_from"] <= on and (fact["valid_to"] is None or fact["valid_to"] > on))


def latest(rows: list[Row], on: date) -> Row | None:
    """What began last, or what begins next when nothing has begun."""
    begun = [one for one in rows if one["valid_from"] <= on]
    return begun[-1] if begun else (rows[0] if rows else None)


def begun(rows: Iterable[Row], on: date) -> list[Row]:
    """What has begun by a day."""
    return [one for one in rows if one["valid_from"] <= on]


class Rebuilder:
    """Puts a present row together from facts, lists and the law in Python."""

    def __init__(self, session: Session) -> None:
        read = {name: lists.items(session, name) for name in LISTS}
        self.lists: Callable[[str], Any] = read.__getitem__
        self.counts = {
            one.key for one in self.lists("status_codes") if one.extra["counts_in_headcount"] == "yes"
        }
        self.roadmap = self.lists("retirement_age_by_year")
        self.counting = get_counting(session)
        self.ords = {row.id: row.ord for row in session.execute(text("SELECT id, ord FROM organization"))}
        self.heights = {
            one.key: (int(one.extra["level_rank"]), one.key)
            for one in self.lists("education_levels")
            if one.extra.get("kind") == "professional"
        }
        self.theory = {one.key: (one.sort, one.key) for one in self.lists("political_theory")}

    def row(self, facts: dict[str, list[Row]], on: date) -> Row:
        """The columns of official_current that follow from the facts on a day."""
        person = latest(facts["identity"], on)
        assert person is not None
        post = latest([one for one in facts["appointment"] if one["is_main"]], on) or {}
        status = latest(facts["status"], on) or {}
        pay = next((one for one in facts["salary"] if holds(one, on)), {})
        starts = [one["valid_from"] for one in facts["status"] if one["status"] not in NOT_WORKING]
        graded = [one["year"] for one in begun(facts["evaluation"], on)]
        born = PartialDate(person["birth_date"], person["birth_date_precision"])
        working = bool(status and holds(status, on) and status["status"] in self.counts)
        return {
            **{name: person[name] for name in OF_PERSON},
            **{name: post.get(name) for name in OF_POST},
            "org_ord": self.ords.get(post.get("organization_id")),
            "category": status.get("category"), "status": status.get("status"),
            "in_headcount": working and bool(post) and holds(post, on),
            "recruited_on": min(starts, default=None),
            **{name: pay.get(name) for name in ("rank", "step", "coefficient")},
            "step_from": pay.get("valid_from"),
            "next_step_on": self._next_step(facts, pay, on),
            "retirement_on": self._leaves(person, born, status, on),
            "education": self._highest(facts["qualification"], self.heights, on),
            "political_theory": self._highest(facts["political_theory"], self.theory, on),
            "party": any(holds(one, on) for one in facts["party"]),
            "last_evaluation_year": max(graded, default=None),
            "turns_on": self._turns(facts, on),
        }  # fmt: skip

    def _next_step(self, facts: dict[str, list[Row]], pay: Row, on: date) -> date | None:
        if not pay:
            return None
        rows = law.steps_of(self.lists("ranks"), self.lists("salary_steps"), pay["rank"], on)
        held = law.Held(pay["rank"], pay["step"], Decimal(pay["coefficient"]), pay["valid_from"])
        past = law.Past(*(begun(facts[kind], on) for kind in ("discipline", "evaluation", "status", "leave")))
        return law.next_step(rows, held, on, past, self.counting)[0].on

    def _leaves(self, person: Row, born: PartialDate, status: Row, on: date) -> date | None:
        by_age = retirement(self.roadmap, person["sex"], born).on
        if not status or status["status"] != EXTENDED or not holds(status, on) or by_age is None:
            return by_age
        until = status["valid_to"] - timedelta(days=1) if status["valid_to"] else None
        return extended(by_age, until, self.counting.rules)[0]

    def _highest(self, rows: list[Row], heights: dict[str, Any], on: date) -> str | None:
        known = [one["level"] for one in begun(rows, on) if one["level"] in heights]
        return max(known, key=heights.__getitem__, default=None)

    def _turns(self, facts: dict[str, list[Row]], on: date) -> date | None:
        days = [
            one[edge]
            for kind in TURNS_BOTH_WAYS
            for one in facts[kind]
            for edge in ("valid_from", "valid_to")
        ]
        days += [one["valid_from"] for kind in TURNS_ON_ITS_DAY for one in facts[kind]]
        return min((day for day in days if day is not None and day > on), default=None)


def compare(bed: Bed, *days: date, on: Callable[[date], None] = lambda _: None) -> int:
    """Compare every kept row with its rebuilt one on each of the days, once `on` let it come; how many people there are.

    The facts are read once: a day that comes alters none of them.
    """
    with bed.session() as session:
        facts, rebuilder = believed(session), Rebuilder(session)
    for day in days:
        on(day)
        with bed.session() as session:
            rows = session.execute(text("SELECT * FROM official_current")).mappings()
            kept = {row["official_id"]: dict(row) for row in rows}
        assert set(kept) == set(facts)
        for official, believed_of in facts.items():
            wanted = rebuilder.row(believed_of, day)
            assert {name: kept[official][name] for name in wanted} == wanted, (official, day)
    return len(kept)


def roll(bed: Bed, on: date) -> int:
    """Let a day come; how many rows turned."""
    with bed.session("web") as session:
        turned = session.execute(text("SELECT registry_roll_forward(:on)"), {"on": on}).scalar_one()
    return int(turned)


@pytest.fixture
def expectant(registry: Bed) -> tuple[Bed, str]:
    """A registry in which somebody has decisions of every kind still to take effect, one a week."""
    _, uid = make.official(registry, newcomer(since=date(2024, 12, 1)))
    weeks = iter(TODAY + timedelta(weeks=number) for number in range(1, 20))

    def to_come(kind: str, **fields: Any) -> dict[str, Any]:
        return {
            "action": "record",
            "official": uid,
            "kind": kind,
            "valid_from": next(weeks).isoformat(),
            **fields,
        }

    first, second = (str(TODAY + timedelta(weeks=number)) for number in (20, 30))
    operations = [
        to_come("salary", rank="01.003", step=2, coefficient=coefficient(2)),
        to_come("evaluation", year=2026, grade="khong_hoan_thanh"),
        to_come("qualification", level="thac_si"),
        to_come("political_theory", level="cao_cap"),
        to_come("appointment", organization="H26-SNV-VP", job_position="Chuyên viên văn phòng"),
        to_come("party", joined_on="2026-12-01", valid_to=first),
        to_come("discipline", form="khien_trach", step_delay_months=6),
        to_come("status", status="nghi_thai_san", category="cong_chuc", valid_to=second),
    ]
    waiting = newcomer(since=date(2024, 12, 1))
    waiting["facts"][1]["valid_to"] = "2026-06-01"
    decided(registry, [*operations, chosen(), waiting, stopped(), on_leave(), extended_service()])
    return registry, uid


def stopped() -> dict[str, Any]:
    """Somebody on unpaid leave until a known day, and suspended later without one: time on the step stands still."""
    operation = newcomer(since=date(2024, 12, 1))
    back, again = (TODAY + timedelta(days=days) for days in (40, 90))
    operation["facts"][0]["valid_to"] = "2026-09-15"
    spans = [("nghi_khong_luong", date(2026, 9, 15), back), ("dang_lam_viec", back, again)]
    operation["facts"] += [
        {"kind": "status", "status": status, "category": "cong_chuc"}
        | {"valid_from": start.isoformat(), "valid_to": end.isoformat()}
        for status, start, end in spans
    ]
    last = {"kind": "status", "status": "tam_dinh_chi", "category": "cong_chuc"}
    operation["facts"].append(last | {"valid_from": again.isoformat()})
    return operation


ON_LEAVE = "001190000099"


def on_leave() -> dict[str, Any]:
    """Somebody who accompanied a spouse, whose status did not tell of all of it, and who goes on unpaid leave later."""
    operation = newcomer(since=date(2024, 12, 1), personal_id=ON_LEAVE)
    operation["facts"][0]["valid_to"] = "2025-04-01"
    status = {"kind": "status", "category": "cong_chuc"}
    operation["facts"] += [
        status | {"status": "nghi_khong_luong", "valid_from": "2025-04-01", "valid_to": "2025-06-01"},
        status | {"status": "dang_lam_viec", "valid_from": "2025-06-01"},
        {"kind": "leave", "leave": "phu_quan_phu_the", "valid_from": "2025-03-01", "valid_to": "2025-09-16"},
        {"kind": "leave", "leave": "khong_luong", "valid_from": (TODAY + timedelta(days=60)).isoformat()},
    ]
    return operation


def extended_service() -> dict[str, Any]:
    """Somebody kept past the age of retirement, until a day of next year."""
    operation = newcomer(
        since=date(2010, 1, 1), personal_id="001063000017", birth_date="1963-03-10", sex="nam"
    )
    operation["facts"][0]["valid_to"] = "2024-01-01"
    kept = {"kind": "status", "status": EXTENDED, "category": "cong_chuc", "valid_from": "2024-01-01"}
    left = {"kind": "status", "status": "nghi_huu", "category": "cong_chuc", "valid_from": "2027-02-01"}
    operation["facts"] += [kept | {"valid_to": "2027-02-01"}, left]
    return operation


def chosen() -> dict[str, Any]:
    """Somebody who passed the examination, begins in a fortnight, and already has a post from then on."""
    begins = (TODAY + timedelta(weeks=2)).isoformat()
    operation = newcomer(since=TODAY + timedelta(weeks=2))
    status = {
        "kind": "status",
        "status": "da_trung_tuyen",
        "category": "cong_chuc",
        "valid_from": "2026-11-02",
    }
    operation["facts"].append(status | {"valid_to": begins})
    return operation


def test_every_kept_row_is_what_the_facts_say_today(demo: Bed) -> None:
    assert compare(demo, TODAY) >= 300


def test_decisions_take_effect_by_themselves_on_their_day(expectant: tuple[Bed, str]) -> None:
    bed, uid = expectant
    compare(bed, TODAY)
    seen = []

    def comes(day: date) -> None:
        turned = roll(bed, day)
        seen.append(
            (turned > 0, bed.scalar("SELECT next_step_on FROM official_current WHERE uid = :uid", uid=uid))
        )

    compare(bed, *(TODAY + timedelta(weeks=number) for number in range(1, 9)), *LATER[2:], on=comes)
    assert all(turned for turned, _ in seen[:8])
    assert len({day for _, day in seen}) == 3, "a step, a delay and a failed year each move the next increase"
    assert roll(bed, LATER[-1]) == 0


def test_time_stands_still_on_unpaid_leave_and_service_goes_on_past_the_age(
    expectant: tuple[Bed, str],
) -> None:
    bed, _ = expectant
    stopping = """SELECT c.next_step_on FROM official_current c JOIN fact_status f ON f.official_id = c.official_id
        AND f.status = 'nghi_khong_luong' AND f.recorded_to IS NULL AND f.valid_from = '2026-09-15'"""
    # 15 September 2026 to 3 January 2027: three whole months, 13 working days left over (1 January is none of them)
    assert bed.scalar(stopping) == date(2028, 4, 1)
    leave = f"SELECT next_step_on FROM official_current WHERE personal_id = '{ON_LEAVE}'"
    # March, April and May (told twice, counted once), June to 1 September, and 10 working days without 2 September and the
    # day before: seven months less one whole, the days count for none
    assert bed.scalar(leave) == date(2028, 6, 1)
    retires = "SELECT retirement_on FROM official_current WHERE personal_id = '001063000017'"
    assert bed.scalar(retires) == date(2027, 1, 31)
    roll(bed, TODAY + timedelta(days=90))
    assert bed.scalar(stopping) is None
    assert bed.scalar(leave) is None
    assert bed.scalar(retires) == date(2023, 12, 31)


def test_a_list_made_from_the_facts_agrees_with_the_kept_rows(expectant: tuple[Bed, str]) -> None:
    """On the same day the two ways of listing say the same, computed days and filters on them included."""
    bed, _ = expectant
    for on in (TODAY, LATER[1], LATER[3]):
        roll(bed, on)
        with bed.session() as session:
            known_at = clock(session)
            far = on + timedelta(weeks=1500)
            for asked in (
                {},
                {"next_step_before": far},
                {"retirement_before": far},
                {"organization": "H26"},
            ):
                kept = _listed(session, queries.ListQuery(AsOf(on), on, limit=1000, **asked))
                made = _listed(session, queries.ListQuery(AsOf(on, known_at), on, limit=1000, **asked))
                to_come = {uid for uid in kept if _not_begun(session, uid, on)}
                assert made == {uid: item for uid, item in kept.items() if uid not in to_come}, asked
                assert made


def _listed(session: Session, query: queries.ListQuery) -> dict[str, Row]:
    return {
        item["id"]: item
        for item in queries.list_officials(session, query, frozenset({"ordinary", "personal"})).items
    }


def _not_begun(session: Session, uid: str, on: date) -> bool:
    """Somebody whose work has not begun stands on the present list only."""
    first = """SELECT min(f.valid_from) FROM fact_status f JOIN official o ON o.id = f.official_id
        WHERE o.uid = :uid AND f.recorded_to IS NULL"""
    return bool(session.execute(text(first), {"uid": uid}).scalar_one() > on)
