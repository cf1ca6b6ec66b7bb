"""The declaration of a form, read from the catalogues as it is on a day."""

from datetime import date, timedelta
from typing import Any, cast, get_args

from sqlalchemy.orm import Session

from registry.catalogues.lists import Item, items, items_on
from registry.errors import Invalid
from registry.law.why import vn
from registry.reports.statutory.form import Check, Column, Heading, Kind, Line, LineKind, Sheet
from registry.words import Words

FORMS, COLUMNS, LINES, CHECKS = "report_forms", "report_columns", "report_lines", "report_checks"


def sheet(session: Session, form: str, on: date) -> Sheet:
    """The form as it stands on a day. Raises Invalid where it is not in use for that day."""
    row = _row(session, form, on)
    like = row.extra["like"] or form
    columns = [_column(one) for one in items_on(session, COLUMNS, on) if one.extra["form"] == like]
    return Sheet(
        _heading(row),
        tuple(one for one in columns if one.kind != "memo"),
        tuple(one for one in columns if one.kind == "memo"),
        tuple(_line(one) for one in items_on(session, LINES, on) if one.extra["form"] == like),
        tuple(_check(one) for one in items_on(session, CHECKS, on) if one.extra["form"] == like),
    )


def _row(session: Session, form: str, on: date) -> Item:
    rows = [one for one in items(session, FORMS) if one.key == form]
    found = next((one for one in rows if one.holds(on)), None)
    if found is None:
        raise _out_of_time(rows, form, on)
    return found


def _out_of_time(rows: list[Item], form: str, on: date) -> Invalid:
    """Which days the form is for, and what to do."""
    name = f"{rows[0].code} ({rows[0].name.vi})" if rows else form
    english = f"{rows[0].code} ({rows[0].name.en})" if rows else form
    ends = [one.valid_to for one in rows if one.valid_to is not None and one.valid_to <= on]
    starts = [one.valid_from for one in rows if one.valid_from is not None and one.valid_from > on]
    if ends:
        last = vn(max(ends) - timedelta(days=1))
        words = Words(
            f"{name} chỉ in được cho số liệu đến hết ngày {last}; ngày đã chọn là {vn(on)}. "
            "Chọn ngày sớm hơn hoặc mẫu khác.",
            f"{english} prints for days up to {last} only; the day chosen is {vn(on)}. "
            "Choose an earlier day or another form.",
        )
    elif starts:
        first = vn(min(starts))
        words = Words(
            f"{name} chỉ in được cho số liệu từ ngày {first}; ngày đã chọn là {vn(on)}. "
            "Chọn ngày muộn hơn hoặc mẫu khác.",
            f"{english} prints for days from {first} on; the day chosen is {vn(on)}. "
            "Choose a later day or another form.",
        )
    else:
        words = Words(
            f"Danh mục {FORMS} chưa có mẫu {form}. Nạp lại danh mục.",
            f"The catalogue {FORMS} has no form {form}. Load the catalogues.",
        )
    return Invalid(words, "form_not_in_use")


def _heading(row: Item) -> Heading:
    extra = row.extra
    return Heading(
        code=row.code or row.key,
        title=row.name,
        version=extra["version"],
        source=row.source,
        certainty=row.certainty,
        layout=extra["layout"],
        scope=extra["scope_vi"],
        issued=extra["issued_vi"],
        deadline=extra["deadline_vi"],
        receiver=extra["receiver_vi"],
        unit=extra["unit_vi"],
        population=extra["population"],
        population_words=Words(extra["population_vi"], extra["population_en"]),
        rotate=extra["rotate"] == "yes",
        numbered=extra["numbered"] == "yes",
        title_year=extra["title_year"] == "yes",
        state=Words(extra["state_vi"], extra["state_en"]),
        made_by=(extra["made_by_vi"], extra["made_hint_vi"]),
        head_of=(extra["head_vi"], extra["head_hint_vi"]),
    )


def _column(row: Item) -> Column:
    kind = row.extra["kind"]
    assert kind in get_args(Kind), f"{row.key}: {kind}"
    return Column(
        **_defined(row),
        kind=cast(Kind, kind),
        groups=tuple(one for one in row.extra["groups"].split("|") if one),
        width=float(row.extra["width"]) if row.extra["width"] else None,
    )


def _line(row: Item) -> Line:
    kind = row.extra["kind"]
    assert kind in get_args(LineKind), f"{row.key}: {kind}"
    return Line(**_defined(row), kind=cast(LineKind, kind), level=int(row.extra["level"]))


def _defined(row: Item) -> dict[str, Any]:
    extra = row.extra
    return {
        "id": row.key,
        "number": row.code or "",
        "head": row.name,
        "rule": extra["rule"],
        "definition": Words(extra["definition_vi"], extra["definition_en"]),
        "source": row.source,
        "certainty": row.certainty,
        "rule_certainty": extra["rule_certainty"],
        "note": Words(extra["note_vi"], extra["note_en"]) if extra["note_vi"] else None,
    }


def _check(row: Item) -> Check:
    return Check(row.key, row.name, row.extra["left"], row.extra["relation"], row.extra["right"])
