"""Forms with a row a unit and a column a count: BM01, BM02, BM01-VC."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, FromClause, func, select
from sqlalchemy.orm import Session

from registry.periods import AsOf
from registry.reports.statutory.counting import counted, findings, quotas
from registry.reports.statutory.declared import sheet as declared
from registry.reports.statutory.form import Cell, Column, Filled, Memo, Row, Sheet, terms
from registry.reports.statutory.units import Reporting, reporting

Figures = Mapping[str, int]
TOTAL = "Tổng số"


def gather(session: Session, form: str, organization_code: str, as_of: AsOf) -> Filled:
    """The form filled: one statement counts every column of every unit. Raises Invalid for a day without the form."""
    sheet = declared(session, form, as_of.on)
    unit = reporting(session, organization_code, as_of)
    counts = _counts(session, unit, as_of, sheet)
    nothing = {
        one.number: 0 for one in (*sheet.columns, *sheet.memos) if one.kind in ("count", "quota", "memo")
    }
    figures = [
        (name.vi, {**nothing, **counts.get(code, {})})
        for code, name in unit.rows
        if code in counts or code != unit.code
    ]
    total = {number: sum(one[number] for _, one in figures) for number in nothing}
    rows = [
        Row(tuple(_cell(column, at, name, one) for column in sheet.columns))
        for at, (name, one) in enumerate(figures, start=1)
    ]
    rows.append(Row(tuple(_cell(column, None, TOTAL, total) for column in sheet.columns), "total"))
    return Filled(
        form,
        sheet,
        (unit.code, unit.name),
        unit.superior,
        as_of,
        rows,
        len(figures),
        findings(sheet.checks, total, figures),
        tuple(Memo(one.head, total[one.number]) for one in sheet.memos),
    )


def _counts(session: Session, unit: Reporting, as_of: AsOf, sheet: Sheet) -> dict[str, dict[str, int]]:
    """By row of the report, by number of the column: persons and quota, from one walk of the tree."""
    chosen = [one for one in (*sheet.columns, *sheet.memos) if one.kind in ("count", "memo")]
    people = counted(session, unit, as_of, sheet)
    counts = (
        select(
            people.row.label("row"),
            *(
                func.count().filter(people.rules.condition(one.rule)).label(f"n{at}")
                for at, one in enumerate(chosen)
            ),
        )
        .select_from(people.source)
        .where(*people.where)
        .group_by(people.row)
        .subquery("counts")
    )
    source: FromClause = counts
    row: ColumnElement[str] = counts.c.row
    values = {one.number: counts.c[f"n{at}"] for at, one in enumerate(chosen)}
    for column in sheet.columns:
        if column.kind == "quota":
            quota = quotas(people, sheet, as_of, column.rule)
            source = source.join(quota, quota.c.row == row, full=True)
            row = func.coalesce(row, quota.c.row)
            values[column.number] = quota.c.quota
    found = session.execute(select(row, *values.values()).select_from(source))
    return {one[0]: {number: int(one[at] or 0) for at, number in enumerate(values, 1)} for one in found}


def _cell(column: Column, place: int | None, name: str, figures: Figures) -> Cell:
    match column.kind:
        case "order":
            return place
        case "name":
            return name
        case "sum":
            return sum(sign * figures[number] for sign, number in terms(column.rule))
        case "count" | "quota":
            return figures[column.number]
        case _:
            return None
