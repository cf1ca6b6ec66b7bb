"""docs/statistics.md, made from the declarations: what can be counted, by what, what each figure means and by which law."""

from collections.abc import Callable, Iterable
from typing import Any

from registry.statistics.definitions import Definition
from registry.statistics.dimensions import DIMENSIONS, Dimension
from registry.statistics.measures import FORECASTS, MEASURES, Measure

COMMAND = "registry statistics document > docs/statistics.md"
HEAD = """# Thống kê: số đo và chiều phân tổ / Statistics: measures and dimensions

Tệp này làm từ khai báo trong `registry/statistics/`; sửa ở đó rồi chạy `{command}`.
Made from the declarations; change them there and run `{command}`. The same definitions come with every answer
of the API (`columns`) and in the second sheet of every workbook.

A measure is made of exact sums over the rows of a population: persons in post, events, posts. It divides by a dimension when
every row it counts can tell it; a question that does not fit is refused and names what would fit. Means and shares come from
their own sums and counts and are rounded once, halves up; payroll is exact to the đồng.

- `GET /statistics?measures=&by=&where=&organization=&as_of=&since=&known_at=&tree=&subtotals=`: a table; `since` begins the
  period of counts of events, which ends on `as_of`
- `GET /statistics/series?measure=&by=&from=&to=&step=year|quarter|month`: a figure a period, at most 121 periods and 2
  dimensions, from one statement; a stock is that of the last day of the period
- `GET /statistics/forecast/retirements?from=&to=&by=&as_of=` and `…/salary-steps`: by year, from the law tables, with `why`
- `GET /statistics/people?measure=&where=&cell=&…`: the persons a figure counts, for readers of records, within their scope

`where` and `cell` hold `dimension:key`; keys of one dimension widen, dimensions narrow; `none` means not recorded.
"""


def markdown() -> str:
    """The whole file."""
    return "\n".join(
        [
            HEAD.format(command=COMMAND),
            "## Số đo / Measures",
            "",
            *_table(MEASURES.values(), _counts),
            "",
            "## Dự báo / Forecasts",
            "",
            *_table(FORECASTS.values(), _counts),
            "",
            "## Chiều phân tổ / Dimensions",
            "",
            *_table(DIMENSIONS.values(), _of),
            "",
        ]
    )


def _table(definitions: Iterable[Definition], more: Callable[[Any], str]) -> Iterable[str]:
    yield "| id | tên, đơn vị / name, unit | nghĩa / meaning | đếm, thuộc / of | căn cứ / source | bản |"
    yield "|---|---|---|---|---|---|"
    for one in definitions:
        unit = f" ({one.unit.vi} / {one.unit.en})" if one.unit.vi else ""
        said = f"{one.definition.vi}<br>{one.definition.en}"
        cells = (
            f"`{one.id}`",
            f"{one.label.vi} / {one.label.en}{unit}",
            said,
            more(one),
            one.source,
            str(one.version),
        )
        yield f"| {' | '.join(cells)} |"


def _counts(measure: Measure) -> str:
    return ", ".join(f"{one.label.vi} / {one.label.en}" for one in measure.populations())


def _of(dimension: Dimension) -> str:
    """Which populations can tell it."""
    measures = [name for name, measure in MEASURES.items() if measure.divides_by(dimension)]
    if MEASURES["headcount"].divides_by(dimension):
        return "người và mọi lượt / persons and all events" + (", posts" if "posts" in measures else "")
    return ", ".join(f"`{name}`" for name in measures)
