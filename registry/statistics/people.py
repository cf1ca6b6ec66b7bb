"""Who is counted, one row a person: today from the rows of the present state, on other days from the facts.

Both give the same columns, and on the same day the same rows: persons whose employment status counts and who
hold a main post. Columns that no part, group or filter needs are not read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    Subquery,
    Table,
    and_,
    case,
    false,
    func,
    null,
    select,
    true,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from registry.catalogues.lists import items, made_of
from registry.law.models import LawRetirement
from registry.officials.facts import FACTS
from registry.officials.models import OfficialCurrent
from registry.periods import AsOf, in_force, recorded_at
from registry.quality.models import Score
from registry.statistics.days import Days, Looked, clock, looked_at, same
from registry.statistics.steps import next_steps

IDENTITY = frozenset({"sex", "birth_date", "ethnic_group", "religion", "full_name", "birth_date_precision"})
"""The last two only for lists of people: the role that counts may not read them."""
BORN = frozenset({"sex", "birth_date"})
"""What the last day of work by age follows from."""
SALARY = frozenset({"rank", "step", "coefficient", "pay_percent", "overrun_percent", "reserve_coefficient"})
LEVELS: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "education": ("qualification", {"kind": ("professional",)}),
    "political_theory": ("political_theory", {}),
    "state_management": ("state_management", {"kind": ("", "ngach")}),
    "leadership_course": ("state_management", {"kind": ("lanh_dao",)}),
    "it": ("it_skill", {}),
    "academic": ("qualification", {"kind": ("academic_title",)}),
    "general": ("qualification", {"kind": ("general",)}),
}
"""Columns that hold the highest level awarded by the day: of which kind of fact, of which rows of its list."""
LANGUAGES = frozenset({"english", "other_language", "ethnic_language"})
ENGLISH = "tieng_anh"
CANDIDATES = ("da_trung_tuyen", "huy_tuyen_dung")
"""Statuses before recruitment: service starts with the first other one."""
EXTENDED = "keo_dai_cong_tac"
"""The status of service past the age of retirement."""
ALLOWANCE = "chuc_vu"
"""The kind of allowance that goes with the main post."""
ALWAYS = frozenset({"organization_id"})
OF_ONE_DAY = frozenset({"next_step_on"})
"""Columns that are known of one day at a time only."""
OF_TODAY = frozenset({"quality"})
"""Columns that are known of the present only."""
COLUMNS = (
    frozenset({"official_id", "status", "category", "position", "job_position", "party", "recruited_on"})
    | frozenset({"pension_age_on", "retirement_on", "position_allowance"})
    | ALWAYS
    | IDENTITY
    | SALARY
    | LANGUAGES
    | frozenset(LEVELS)
    | OF_ONE_DAY
    | OF_TODAY
)
"""Everything that can be known of a person."""

Given = dict[str, ColumnElement[Any]]


def people_today(session: Session, today: date, columns: Iterable[str]) -> Subquery:
    """The persons in post now; right once the day's future-dated facts are rolled forward (`turns_on`)."""
    current = cast(Table, OfficialCurrent.__table__)
    wanted = _sorted(columns)
    given: Given = {**current.c}
    source = _with_further(session, AsOf(today), wanted, current, given, current)
    return _select(wanted, given).select_from(source).where(current.c.in_headcount).subquery("people")


def people_on(session: Session, at: Looked, columns: Iterable[str]) -> Subquery:
    """The persons in post on a day, as recorded now or at `known_at`; on many days, one row a person and day."""
    wanted = _sorted(columns)
    status = _held("status", at, ("status", "category", "valid_to"))
    post = _held(
        "appointment",
        at,
        ("organization_id", "position", "job_position"),
        FACTS["appointment"].table.c.is_main,
    )
    given: Given = {**post.c, **status.c}
    source = _with_further(session, at, wanted, status.join(post, same(status, post, at)), given, status)
    days = ["day"] if isinstance(at, Days) else []
    return (
        _select([*wanted, *days], given)
        .select_from(source)
        .where(status.c.status.in_(counting(session)))
        .subquery("people")
    )


def _select(wanted: Iterable[str], given: Given) -> Select[*tuple[Any, ...]]:
    return select(*(given[name].label(name) for name in wanted))


def _with_further(
    session: Session,
    at: Looked,
    wanted: Sequence[str],
    source: FromClause,
    given: Given,
    person: FromClause,
) -> FromClause:
    """Join what gives the wanted columns that are not `given` yet, and note them there."""
    leaving = {"pension_age_on", "retirement_on"} & (set(wanted) - set(given))
    needed = frozenset(wanted) | (BORN if leaving else frozenset())
    for names, subquery in _further(session, at, needed - set(given)):
        source = source.outerjoin(subquery, same(subquery, person, at))
        given |= {name: subquery.c[name] for name in names}
    if leaving:
        law = LawRetirement.__table__
        month = cast_to(func.date_trunc("month", given["birth_date"]), Date)
        source = source.outerjoin(law, and_(law.c.sex == given["sex"], law.c.birth_month == month))
        given["pension_age_on"] = law.c.retire_on
    if "retirement_on" in leaving:
        given["retirement_on"] = leaves_on(given)
    return source


def leaves_on(given: Mapping[str, ColumnElement[Any]]) -> ColumnElement[date]:
    """The last day of work: by age, or that of an extension that holds."""
    extended = given["valid_to"] - 1
    by_age = given["pension_age_on"]
    return case(((given["status"] == EXTENDED) & (extended > by_age), extended), else_=by_age)


def _further(session: Session, at: Looked, lacking: frozenset[str]) -> Iterable[tuple[list[str], FromClause]]:
    """The optional sources with the wanted columns each gives."""
    if names := sorted(IDENTITY & lacking):
        yield names, _identity(at, names)
    if names := sorted(SALARY & lacking):
        yield names, _held("salary", at, names)
    for name, (kind, kept) in LEVELS.items():
        if name in lacking:
            catalogue = FACTS[kind]["level"].catalogue or ""
            yield [name], _highest(kind, at, name, levels_of(session, catalogue, kept))
    if names := sorted(LANGUAGES & lacking):
        yield names, _languages(session, at, names)
    if "party" in lacking:
        yield ["party"], _held("party", at, (), also=(true().label("party"),))
    if "recruited_on" in lacking:
        yield ["recruited_on"], _recruited(at)
    if "position_allowance" in lacking:
        table = FACTS["allowance"].table
        given = table.c.coefficient.label("position_allowance")
        yield (
            ["position_allowance"],
            _held("allowance", at, (), table.c.allowance == ALLOWANCE, also=(given,)),
        )
    if "next_step_on" in lacking and isinstance(at, AsOf):
        uncounted = sorted({one.key for one in items(session, "uncounted_time")})
        steps = _held("salary", at, ("rank", "step", "valid_from"))
        leaves = _among(session, "leave_kinds", "counts_for_step", "no")
        yield ["next_step_on"], next_steps(steps, at, uncounted, leaves)
    if "quality" in lacking:
        score = Score.__table__
        yield ["quality"], select(score.c.official_id, score.c.total.label("quality")).subquery("score")


# Keys come as constants from the lists: joined to the rows of the list, their number would be misjudged by
# hundreds of times, and every further source be searched person by person.


def counting(session: Session) -> frozenset[str]:
    """Keys of the statuses that count in the headcount."""
    catalogue = "status_codes"
    return made_of(
        items(session, catalogue),
        "counting",
        lambda: frozenset(_among(session, catalogue, "counts_in_headcount", "yes")),
    )


def levels_of(session: Session, catalogue: str, kept: Mapping[str, Collection[str]]) -> list[str]:
    """Keys of the levels of a list that have one of these properties, the lowest first."""
    rows = [
        one
        for one in items(session, catalogue)
        if all(one.extra.get(name, "") in values for name, values in kept.items())
    ]
    ordered = sorted(rows, key=lambda one: (one.sort, one.key))
    # CASE needs a branch, a list not loaded has none
    return list(dict.fromkeys(one.key for one in ordered)) or [""]


def _sorted(columns: Iterable[str]) -> list[str]:
    return sorted(ALWAYS | set(columns))


def _held(
    kind: str,
    at: Looked,
    names: Iterable[str],
    *conditions: ColumnElement[bool],
    also: Iterable[ColumnElement[Any]] = (),
) -> Subquery:
    """The one fact of an exclusive kind that holds for each official.

    What is believed now is free of overlap by constraint. At an earlier moment it need not be: a fact counts
    as recorded from the start of its transaction, and two transactions may have run at once; then the later
    one holds.
    """
    table = FACTS[kind].table
    columns = [*(table.c[name] for name in names), *also]
    query, keys = looked_at(at, table, columns, and_(in_force(table, clock(at)), *conditions))
    if at.known_at is not None:
        query = query.ext(distinct_on(*keys)).order_by(
            *keys, table.c.recorded_from.desc(), table.c.valid_from.desc()
        )
    return query.subquery(kind)


def _identity(at: Looked, names: Iterable[str]) -> Subquery:
    """The newest identity of each official that has begun: without one in force one is still a person."""
    table = FACTS["identity"].table
    on = clock(at).on
    query, keys = looked_at(at, table, [table.c[name] for name in names], recorded_at(table, clock(at)))
    return (
        query.ext(distinct_on(*keys))
        .order_by(
            *keys,
            (table.c.valid_from <= on).desc(),
            table.c.valid_from.desc(),
            table.c.recorded_from.desc(),
        )
        .subquery("identity")
    )


def _begun(kind: str, at: Looked, columns: Iterable[ColumnElement[Any]], name: str) -> Subquery:
    """Sums over the facts of each official that have begun, ended or not."""
    table = FACTS[kind].table
    begun = and_(recorded_at(table, clock(at)), table.c.valid_from <= clock(at).on)
    query, keys = looked_at(at, table, columns, begun)
    return query.group_by(*keys).subquery(name)


def _highest(kind: str, at: Looked, name: str, levels: list[str]) -> Subquery:
    """The highest of `levels` awarded by the day to each official who has any."""
    height = func.max(
        case({level: place for place, level in enumerate(levels)}, value=FACTS[kind].table.c.level)
    )
    return _begun(kind, at, [case(dict(enumerate(levels)), value=height).label(name)], name)


def languages_of(session: Session, table: Table) -> dict[str, ColumnElement[bool]]:
    """What a language fact is: `english`, an `other` foreign language or one of a `minority`; `degree` or less."""
    minority = table.c.language.in_(_among(session, "languages", "minority", "yes"))
    degrees = _among(session, "language_levels", "counts_as", "degree")
    return {
        "english": table.c.language == ENGLISH,
        "other": (table.c.language != ENGLISH) & ~minority,
        "minority": minority,
        "degree": func.coalesce(table.c.level.in_(degrees), false()),
    }


def _languages(session: Session, at: Looked, names: Iterable[str]) -> Subquery:
    """What each official has learned by the day: English and other foreign ones, 'degree' above 'certificate';
    whether a language of a minority of the country.
    """
    one = languages_of(session, FACTS["language"].table)

    def best(of: ColumnElement[bool]) -> ColumnElement[Any]:
        degree = func.bool_or(one["degree"] & of)
        return case((degree, "degree"), (func.bool_or(of), "certificate"), else_=null())

    column = {
        "english": best(one["english"]),
        "other_language": best(one["other"]),
        "ethnic_language": func.bool_or(one["minority"]),
    }
    return _begun("language", at, [column[name].label(name) for name in names], "languages")


def _among(session: Session, catalogue: str, name: str, value: str) -> list[str]:
    return sorted({one.key for one in items(session, catalogue) if one.extra.get(name) == value})


def _recruited(at: Looked) -> Subquery:
    """The first day of service of each official: of the first status that is not a candidate's."""
    table = FACTS["status"].table
    return (
        select(table.c.official_id, func.min(table.c.valid_from).label("recruited_on"))
        .where(recorded_at(table, clock(at)), table.c.status.not_in(CANDIDATES))
        .group_by(table.c.official_id)
        .subquery("recruited")
    )
