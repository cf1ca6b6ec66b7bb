"""Questions of chance to the statistics against a count by hand (by_hand.py), cell by cell, after corrections and decisions
that reach back. QUESTIONS says how many (15).
"""

import os
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from by_hand import DAY, NEEDS, Asked, Ledger
from conftest import TODAY, Bed
from make import UNIT, decided, newcomer, official

from registry.statistics.asking import parse
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import MEASURES
from registry.statistics.queries import crosstab

QUESTIONS = int(os.environ.get("QUESTIONS", "15"))
DAYS = (
    date(2019, 1, 1),
    date(2024, 2, 29),
    date(2025, 6, 30),
    date(2025, 7, 1),
    date(2025, 12, 31),
    date(2026, 6, 30),
    TODAY - DAY,
    TODAY,
    TODAY,
    TODAY + timedelta(40),
)
UNITS = ("H26", "G09", "H26-SNV", UNIT, "H17", "H26-00004", None, None, None)
PRESENT = "quality_score"
POSTS = {"posts", "posts_filled", "posts_vacant"}
"""Asked now and then: there are two hundred thousand posts to go through by hand."""


def test_figures_of_chance_equal_a_count_by_hand(registry: Bed) -> None:
    _let_happen(registry)
    with registry.session() as session:
        ledger = Ledger(session, TODAY)
        questions = [*_each(), *(_question(random.Random(number), ledger) for number in range(QUESTIONS))]
        wanted = [ledger.table(one) for one in questions]
    filled, wrong = 0, []
    with registry.session("stats") as session:
        for number, (asked, by_hand) in enumerate(zip(questions, wanted, strict=True)):
            table = crosstab(session, parse(today=TODAY, **_words(asked)))
            found = {row.keys: row.values for row in table.rows}
            if found != by_hand:
                cells = sorted(set(found.items()) ^ set(by_hand.items()), key=str)[:4]
                wrong.append(f"question {number}: {asked} differs in {cells}")
            filled += len(found)
    assert not wrong, f"{len(wrong)} of {len(questions)}: " + "\n".join(wrong[:8])
    assert filled > 3 * QUESTIONS


def _each() -> Iterator[Asked]:
    """Every dimension and every measure once, whatever chance brings; posts are many, and left to chance."""

    def asked(measure: str, *by: str) -> Asked:
        return Asked((measure,), by, (), "H26", TODAY, None, "as_was", TODAY.replace(month=1, day=1), TODAY)

    usual = [one for one in ("headcount", *MEASURES) if one not in POSTS]
    for dimension in DIMENSIONS.values():
        fitting = [one for one in usual if MEASURES[one].divides_by(dimension)]
        yield from (asked(one, dimension.id) for one in fitting[:1])
    yield from (asked(one) for one in usual[1:])


def _words(asked: Asked) -> dict[str, Any]:
    return {
        "measures": ",".join(asked.measures),
        "by": ",".join(asked.by),
        "where": [f"{name}:{key}" for name, key in asked.where],
        "organization": asked.organization,
        "as_of": asked.on.isoformat(),
        "known_at": asked.known.isoformat() if asked.known else None,
        "tree": asked.tree,
        "since": asked.since.isoformat(),
    }


def _question(chance: random.Random, ledger: Ledger) -> Asked:
    """A question that may be asked, whose filters keep somebody where there is anybody."""
    on = chance.choice([*DAYS, date(2015, 1, 1) + timedelta(chance.randrange(4300))])
    known = chance.choice(
        [None, None, chance.choice(ledger.moments), chance.choice(ledger.moments) - DAY / 9]
    )
    usual = set(MEASURES) - {PRESENT} - (set() if chance.random() < 0.15 else POSTS)
    chosen = chance.sample(sorted(usual), chance.choice([1, 1, 2, 3]))
    if on == TODAY and known is None and chance.random() < 0.5:
        chosen.append(PRESENT)
    unit = chance.choice(UNITS)
    fitting = [
        one.id
        for one in DIMENSIONS.values()
        if all(MEASURES[measure].divides_by(one) for measure in chosen) and (unit or one.id != "unit")
    ]
    by = tuple(chance.sample(fitting, chance.choice([0, 1, 1, 2, 3])))
    since = chance.choice([on.replace(month=1, day=1), on, on - timedelta(chance.randrange(1, 1500))])
    tree = chance.choice(["as_was", "as_was", "today"])
    asked = Asked(tuple(chosen), by, (), unit, on, known, tree, since, TODAY)
    for dimension in chance.sample(fitting, chance.choice([0, 0, 1, 2])):
        population = NEEDS.get(chosen[0], ("people",))[0]
        keys = sorted({str(row[dimension] or "none") for row in ledger.rows_of(population, asked)})
        kept = chance.sample(keys, min(len(keys), chance.choice([1, 2])))
        asked.where = (*asked.where, *((dimension, key) for key in kept))
    return asked


def _let_happen(bed: Bed) -> None:
    """Somebody with several posts, corrected and back-dated facts, one who left and came back, a measure, a failed year."""
    one, uid = official(bed, newcomer(since=date(2018, 3, 1)))
    other, again = official(bed, newcomer(since=date(2021, 9, 15), sex="nam", birth_date="1965-04-01"))
    facts = {name: _fact(bed, name, one) for name in ("salary", "appointment", "status")}
    decided(bed, [_record(uid, "appointment", "2022-01-01", organization="H26-SNV", is_main=False)])
    decided(bed, [_record(uid, "discipline", "2023-02-01", form="khien_trach", step_delay_months=3)])
    decided(bed, [_record(uid, "evaluation", "2024-12-20", year=2024, grade="khong_hoan_thanh")])
    decided(bed, [_record(uid, "salary", "2021-03-01", rank="01.003", step=2, coefficient="2.67")])
    decided(bed, [_record(uid, "language", "2019-05-01", language="tieng_anh", level="dh")])
    decided(bed, [_record(uid, "it_skill", "2019-05-01", level="tc")])
    decided(
        bed,
        [
            {"action": "correct", "official": uid, "kind": "appointment", "fact_id": facts["appointment"]}
            | {"valid_from": "2018-03-01", "organization": "H26-SNV", "is_main": True}
        ],
    )
    last = _fact(bed, "status", other)
    decided(
        bed,
        [{"action": "end", "official": again, "kind": "status", "fact_id": last, "valid_to": "2023-01-01"}],
    )
    decided(bed, [_record(again, "status", "2024-05-01", status="nghi_khong_luong", category="cong_chuc")])


def _record(official: str, kind: str, since: str, **fields: Any) -> dict[str, Any]:
    return {"action": "record", "official": official, "kind": kind, "valid_from": since, **fields}


def _fact(bed: Bed, kind: str, person: int) -> int:
    """The id of the newest fact of a kind that is believed."""
    statement = f"SELECT id FROM fact_{kind} WHERE official_id = :person AND recorded_to IS NULL ORDER BY id DESC LIMIT 1"
    return int(bed.scalar(statement, person=person))
