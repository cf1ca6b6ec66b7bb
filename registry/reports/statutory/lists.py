"""Forms with a row a person, grouped by unit: BM03, BM04, BM02-VC. Rows come from the database as they are drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Numeric,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from registry.catalogues.lists import items
from registry.law.salary import base_salary
from registry.law.why import vn
from registry.officials.facts import FACTS
from registry.organizations.models import Organization
from registry.periods import AsOf, in_force, recorded_at
from registry.reports.statutory.counting import Counted, counted, findings
from registry.reports.statutory.declared import sheet as declared
from registry.reports.statutory.form import Cell, Column, Filled, Finding, Row
from registry.reports.statutory.units import Reporting, reporting
from registry.statistics.placing import versions

PERSON = (
    "full_name", "birth_date", "birth_date_precision", "sex", "position", "job_position",
    "rank", "step", "coefficient", "pay_percent", "overrun_percent", "reserve_coefficient",
)  # fmt: skip
POSITION, DUTY, REGION, OVERRUN = "chuc_vu", "trach_nhiem", "khu_vuc", "tham_nien_vuot_khung"
"""Kinds of allowance that have a column of their own."""
AT_ONCE = 1000
SUMMED = frozenset({"decimal", "money"})
NOT_SUMMED = frozenset({"overrun", "allowance_percent"})
"""Percentages: a sum of them says nothing."""


def gather(session: Session, form: str, organization_code: str, as_of: AsOf) -> Filled:
    """The form of a unit; its rows are read while the session is open. Raises Invalid for a day without the form."""
    sheet = declared(session, form, as_of.on)
    unit = reporting(session, organization_code, as_of)
    people = counted(session, unit, as_of, sheet, PERSON)
    statement = _statement(session, unit, people, as_of)
    labels = _Labels(
        {one.key: one.name.vi for one in items(session, "position_titles")},
        {one.key: one.code or one.name.vi for one in items(session, "ranks")},
    )
    many = session.scalar(select(func.count()).select_from(people.source).where(*people.where)) or 0
    found: list[Finding] = []

    def rows() -> Iterator[Row]:
        listed = 0
        for row in _rows(session, sheet.columns, statement, dict(unit.rows), labels, as_of.on):
            listed += row.kind == "row"
            yield row
        found.extend(findings(sheet.checks, {"rows": listed, "counted": many}, ()))

    return Filled(form, sheet, (unit.code, unit.name), unit.superior, as_of, rows(), many, found)


@dataclass(frozen=True)
class _Labels:
    positions: Mapping[str, str]
    ranks: Mapping[str, str]


# The statement


def _statement(session: Session, unit: Reporting, people: Counted, as_of: AsOf) -> Select[Any]:
    """One row a person with everything that a column may show, in the order of the list."""
    person, version, own = people.people.c, versions(as_of), Organization.__table__
    allowance, since, post = _allowances(session, as_of), _rank_since(session, as_of), _post_since(as_of)
    row = Organization.__table__.alias("row")
    source = (
        people.source.outerjoin(version, version.c.organization_id == person.organization_id)
        .join(own, own.c.id == person.organization_id)
        .outerjoin(row, row.c.code == people.row)
        .outerjoin(allowance, allowance.c.official_id == person.official_id)
        .outerjoin(post, post.c.official_id == person.official_id)
        .outerjoin(
            since,
            and_(since.c.official_id == person.official_id, since.c.group == _group(session, person.rank)),
        )
    )
    return (
        select(
            people.row.label("row"),
            *(person[name] for name in PERSON),
            version.c.name.label("unit"),
            since.c.since.label("rank_since"),
            post.c.since.label("post_since"),
            *(allowance.c[name] for name in ALLOWANCES),
            *_money(session, person, allowance, as_of.on),
        )
        .select_from(source)
        .where(*people.where)
        .order_by(
            people.row != unit.code,
            row.c.ord,
            own.c.ord,
            func.registry_sort_key(person.full_name),
            person.official_id,
        )
    )


ALLOWANCES = tuple(
    f"allowance_{name}"
    for name in ("position", "duty", "region", "percent", "other", "fixed", "of_salary", "of_all")
)


def _allowances(session: Session, as_of: AsOf) -> Subquery:
    """Sums of each official's allowances: coefficients by kind, percentages by what they are of, fixed money."""
    table = FACTS["allowance"].table
    of_salary = [
        one.key for one in items(session, "allowance_kinds") if one.extra["percent_base"] == "salary"
    ]
    kind, counts = table.c.allowance, table.c.allowance != OVERRUN

    def total(column: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(column).filter(condition)

    sums = (
        total(table.c.coefficient, kind == POSITION),
        total(table.c.coefficient, kind == DUTY),
        total(table.c.coefficient, kind == REGION),
        total(table.c.percent, counts),
        total(table.c.coefficient, kind != POSITION),
        total(table.c.amount_vnd, counts),
        total(table.c.percent, counts & kind.in_(of_salary)),
        total(table.c.percent, counts & kind.not_in(of_salary)),
    )
    return (
        select(table.c.official_id, *(one.label(name) for name, one in zip(ALLOWANCES, sums, strict=True)))
        .where(in_force(table, as_of))
        .group_by(table.c.official_id)
        .subquery("allowances")
    )


def _group(session: Session, rank: ColumnElement[str]) -> ColumnElement[str]:
    """Ranks of one level are equivalent; a rank without a known level stands for itself."""
    levels = {
        one.key: f"{one.applies_to}:{one.extra['level']}"
        for one in items(session, "ranks")
        if one.extra.get("level")
    }
    return case(levels, value=rank, else_=rank) if levels else rank


def _rank_since(session: Session, as_of: AsOf) -> Subquery:
    """Since when each official has been in ranks of one level, by the earliest decision or date on it."""
    table = FACTS["salary"].table
    group = _group(session, table.c.rank).label("group")
    return (
        select(
            table.c.official_id,
            group,
            func.min(func.least(table.c.valid_from, table.c.rank_from)).label("since"),
        )
        .where(recorded_at(table, as_of), table.c.valid_from <= as_of.on)
        .group_by(table.c.official_id, group)
        .subquery("rank_since")
    )


def _post_since(as_of: AsOf) -> Subquery:
    """Since when each official has held the main post: first appointed to it, else the start of the fact."""
    table = FACTS["appointment"].table
    return (
        select(
            table.c.official_id, func.coalesce(table.c.first_appointed_on, table.c.valid_from).label("since")
        )
        .where(in_force(table, as_of), table.c.is_main)
        .ext(distinct_on(table.c.official_id))
        .order_by(table.c.official_id, table.c.recorded_from.desc())
        .subquery("post_since")
    )


def _money(
    session: Session, person: Any, allowance: Subquery, on: date
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """`pay` and `other_amount` in VND a month, as registry.law.salary.pay counts; null without a base salary.

    pay: (coefficient by the percentage paid + position allowance) × base. The other allowances: coefficients and
    overrun and reserve × base, percentages of the salary or of salary, position and overrun, fixed money.
    """
    found = base_salary(items(session, "base_salary"), on)
    base = cast(literal(int(found.extra["amount_vnd"]) if found else None), Numeric)

    def number(name: str) -> ColumnElement[Any]:
        return func.coalesce(allowance.c[f"allowance_{name}"], 0)

    share = func.coalesce(person.coefficient * person.pay_percent / 100, 0)
    overrun = func.coalesce(person.coefficient * person.overrun_percent / 100, 0)
    reserve = func.coalesce(person.reserve_coefficient, 0)
    pay = func.round(share * base) + func.round(number("position") * base)
    other = (
        func.round(number("other") * base)
        + func.round(overrun * base)
        + func.round(reserve * base)
        + func.round(number("of_salary") / 100 * share * base)
        + func.round(number("of_all") / 100 * (share + number("position") + overrun) * base)
        + number("fixed")
    )
    return cast(pay, BigInteger).label("pay"), cast(other, BigInteger).label("other_amount")


# The rows


def _rows(
    session: Session,
    columns: tuple[Column, ...],
    statement: Select[Any],
    names: Mapping[str, Any],
    labels: _Labels,
    on: date,
) -> Iterator[Row]:
    """A heading a unit, its people, and the total at the end. Memory does not grow with the list."""
    sums: dict[int, Decimal] = {
        at: Decimal(0) for at, one in enumerate(columns) if one.kind in SUMMED and one.rule not in NOT_SUMMED
    }
    number, row = 0, None
    for one in session.execute(statement.execution_options(yield_per=AT_ONCE)):
        if one.row != row:
            row = one.row
            yield _across(columns, names[row].vi, "group")
        number += 1
        shown = _shown(one, labels, on)
        cells = tuple(number if column.kind == "order" else shown.get(column.rule) for column in columns)
        for at in sums:
            sums[at] += Decimal(cells[at] or 0)
        yield Row(cells)
    total = {at: int(value) if columns[at].kind == "money" else value for at, value in sums.items()}
    yield _across(columns, f"Tổng số: {number} người", "total", total)


def _across(
    columns: tuple[Column, ...], text: str, kind: Any, figures: Mapping[int, Cell] | None = None
) -> Row:
    """A row whose words stand in the column of names."""
    at_name = next(at for at, one in enumerate(columns) if one.rule == "full_name")
    return Row(tuple(text if at == at_name else (figures or {}).get(at) for at in range(len(columns))), kind)


def _shown(one: Any, labels: _Labels, on: date) -> dict[str, Cell]:
    """What each rule of a column shows of a person."""
    born = _born(one.birth_date, one.birth_date_precision)
    position = labels.positions.get(one.position, one.position)
    rank = labels.ranks.get(one.rank, one.rank)
    coefficients = [part for part in (one.coefficient, one.allowance_position) if part is not None]
    return {
        "full_name": one.full_name,
        "born_man": born if one.sex == "nam" else None,
        "born_woman": born if one.sex == "nu" else None,
        "post": position or one.job_position,
        "unit": one.unit,
        "held_for": _years_months(one.rank_since, on),
        "post_for": _years_months(one.post_since, on),
        "coefficient": one.coefficient,
        "rank_code": rank,
        "rank_step": f"{rank} bậc {one.step}" if rank else None,
        "step": one.step,
        "allowance_position": one.allowance_position,
        "allowance_duty": one.allowance_duty,
        "allowance_region": one.allowance_region,
        "overrun": one.overrun_percent or None,
        "allowance_percent": _percent(one.allowance_percent),
        "coefficients": sum(coefficients, Decimal(0)) if coefficients else None,
        "pay": one.pay,
        "other_coefficient": one.allowance_other,
        "other_amount": one.other_amount,
        "total_pay": None if one.pay is None else one.pay + (one.other_amount or 0),
    }


def _percent(value: Decimal | None) -> Decimal | None:
    """Without noughts behind the comma: 25, 12,5."""
    return None if value is None else Decimal(f"{value.normalize():f}")


def _born(day: date | None, precision: str | None) -> str | None:
    if day is None:
        return None
    return {"month": f"{day.month:02}/{day.year}", "year": str(day.year)}.get(precision or "", vn(day))


def _years_months(since: date | None, on: date) -> str | None:
    """'5 năm 3 tháng': whole years and months between two days."""
    if since is None or since > on:
        return None
    months = (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)
    years, rest = divmod(months, 12)
    return f"{years} năm {rest} tháng" if years else f"{rest} tháng"
