"""How an answer is drawn: what stands in the picture, in numbers; pages and files draw it. None where a bar would not tell the truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Literal

from registry.explorer.choices import TIMES
from registry.explorer.grids import Grid, Head, Line, shown
from registry.explorer.queries import Answer
from registry.statistics.tables import Value
from registry.words import Words

ORDERED = frozenset(
    {
        "rank_level",
        "age_band",
        "education",
        "political_theory",
        "position_level",
        "years_of_service",
        "evaluation_grade",
        "organization_level",
        "state_management",
        "it",
        "english",
    }
)
MOST_PIECES = 5
MOST_BARS = 24
MOST_LINES = 4
OTHERS = Words("Khác", "Other")
ALL = Words("Tất cả", "All")
SCALES = (
    (10**9, Words("tỷ", "billion")),
    (10**6, Words("triệu", "million")),
    (10**3, Words("nghìn", "thousand")),
)
SCALED_FROM = 10


@dataclass(frozen=True)
class Bar:
    """A bar with its words; `earlier` beside it in a comparison."""

    name: Words
    value: float
    text: str
    earlier: float | None = None


@dataclass(frozen=True)
class Bars:
    """Bars from zero; `left_out`: how many lines are in the table only. `days`: earlier and later day of a comparison."""

    bars: tuple[Bar, ...]
    left_out: int = 0
    days: tuple[Words, Words] | None = None
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True)
class Stack:
    """A bar of pieces; `length` in percent of the longest, 100 where shares are compared."""

    name: Words
    pieces: tuple[float, ...]
    text: str
    length: float = 100.0


@dataclass(frozen=True)
class Stacks:
    """Bars of pieces in the order of `labels`. `ordered`: one hue; `shares`: each bar is a whole."""

    labels: tuple[Words, ...]
    stacks: tuple[Stack, ...]
    ordered: bool
    shares: bool
    left_out: int = 0
    kind: Literal["stacks"] = "stacks"


@dataclass(frozen=True)
class Pyramid:
    """Ages, the oldest on top: (name, men, women); `sums` of both."""

    rows: tuple[tuple[Words, int, int], ...]
    sums: tuple[str, str]
    kind: Literal["pyramid"] = "pyramid"


@dataclass(frozen=True)
class Curve:
    """A line: a value a period, None for a gap; `last` as written at its end."""

    name: Words
    values: tuple[float | None, ...]
    first: str
    last: str


@dataclass(frozen=True)
class Curves:
    """Lines over time. `ticks` from the lowest grid line up: value and words; `unit` of the axis; `cut`: it begins above zero."""

    periods: tuple[Words, ...]
    curves: tuple[Curve, ...]
    ticks: tuple[tuple[float, str], ...]
    scale: Words
    cut: bool
    kind: Literal["curves"] = "curves"


Picture = Bars | Stacks | Pyramid | Curves


def picture(found: Answer) -> Picture | None:
    """The picture of an answer."""
    one, grid = found.question, found.grid
    if found.empty or not grid.heads:
        return None
    if one.forecast:
        return _ahead(grid)
    if one.time:
        return _curves(grid)
    if (one.row, one.row2, one.column, one.measure) == ("age_band", "", "sex", "headcount"):
        return _pyramid(grid)
    if one.compare:
        return _pairs(grid)
    if one.column and grid.measure.additive and len(grid.places("cell")) > 1:
        return _stacks(grid, one.column)
    return _bars(grid)


# Bars


def _main(grid: Grid) -> int:
    """The column that a bar of a line shows: the total of the line, else its only figure."""
    totals = grid.places("total")
    return totals[0] if totals else grid.places("cell")[0]


def _bars(grid: Grid) -> Bars | None:
    at = _main(grid)
    lines = [one for one in grid.outer if one.values[at] is not None]
    if (
        not lines
        or min(_number(one.values[at]) for one in lines) < 0
        or not any(one.values[at] for one in lines)
    ):
        return None
    drawn = lines if len(lines) <= MOST_BARS else _largest(lines, at, MOST_BARS)
    head = grid.heads[at]
    bars = tuple(Bar(one.name, _number(one.values[at]), shown(one.values[at], head)) for one in drawn)
    return Bars(bars, len(lines) - len(drawn))


def _pairs(grid: Grid) -> Bars | None:
    lines = [one for one in grid.outer if one.values[0] or one.values[1]]
    drawn = lines if len(lines) <= MOST_BARS else _largest(lines, 1, MOST_BARS)
    bars = tuple(
        Bar(one.name, _number(one.values[1]), shown(one.values[2], grid.heads[2]), _number(one.values[0]))
        for one in drawn
    )
    days = (grid.heads[0].label, grid.heads[1].label)
    return Bars(bars, len(lines) - len(drawn), days) if bars else None


def _largest(lines: Sequence[Line], at: int, most: int) -> list[Line]:
    """The largest lines, in their own order."""
    kept = sorted(lines, key=lambda one: -_number(one.values[at]))[:most]
    return [one for one in lines if one in kept]


def _number(value: Value) -> float:
    return float(value or 0)


# Stacks


def _stacks(grid: Grid, column: str) -> Stacks | None:
    at = _main(grid)
    lines = [one for one in grid.outer if _number(one.values[at]) > 0]
    drawn = lines if len(lines) <= MOST_BARS else _largest(lines, at, MOST_BARS)
    if grid.total is not None and len(drawn) > 1:
        drawn = [Line((), ALL, grid.total.values), *drawn]
    if not drawn:
        return None
    places = grid.places("cell")
    weigh = [sum(_number(one.values[place]) for one in lines) for place in places]
    kept = _kept(weigh, column)
    labels = tuple(grid.heads[places[one]].label for one in kept)
    folded = len(kept) < len(places)
    stacks = tuple(
        Stack(
            one.name,
            _pieces([_number(one.values[place]) for place in places], kept, folded),
            shown(one.values[at], grid.heads[at]),
        )
        for one in drawn
    )
    labels = (*labels, OTHERS) if folded else labels
    return Stacks(
        labels, stacks, column in ORDERED, True, len(lines) - len(drawn[1:] if len(drawn) > 1 else drawn)
    )


def _kept(weights: Sequence[float], dimension: str) -> list[int]:
    """Which pieces are drawn for themselves: all if they are few, else the heaviest, in their order."""
    most = MOST_PIECES if dimension in ORDERED else MOST_PIECES - 1
    every = list(range(len(weights)))
    if len(every) <= most:
        return every
    return sorted(sorted(every, key=lambda at: -weights[at])[: MOST_PIECES - 1])


def _pieces(values: Sequence[float], kept: Sequence[int], folded: bool) -> tuple[float, ...]:
    pieces = [values[at] for at in kept]
    return (*pieces, sum(values) - sum(pieces)) if folded else tuple(pieces)


def _ahead(grid: Grid) -> Bars | Stacks | None:
    """A forecast: a bar a year, in pieces where it is divided."""
    years, pieces, dimension = _turned(grid)
    totals = [sum(values) for values in years.values()]
    if not any(totals):
        return None
    head = grid.heads[0]
    if len(pieces) < 2:
        bars = (
            Bar(name, total, shown(round(total), head)) for name, total in zip(years, totals, strict=True)
        )
        return Bars(tuple(bars))
    weights = [sum(values[at] for values in years.values()) for at in range(len(pieces))]
    kept = _kept(weights, dimension)
    folded = len(kept) < len(pieces)
    longest = max(totals)
    stacks = tuple(
        Stack(name, _pieces(values, kept, folded), shown(round(total), head), 100 * total / longest)
        for (name, values), total in zip(years.items(), totals, strict=True)
    )
    labels = tuple(pieces[at] for at in kept)
    return Stacks((*labels, OTHERS) if folded else labels, stacks, dimension in ORDERED, False)


def _turned(grid: Grid) -> tuple[dict[Words, list[float]], list[Words], str]:
    """Years with their values a piece; names of the pieces; the dimension they are of."""
    places = grid.places("cell")
    if grid.column in TIMES:
        lines = list(grid.outer) or ([grid.total] if grid.total else [])
        years = {grid.heads[at].label: [_number(one.values[at]) for one in lines] for at in places}
        return years, [one.name for one in lines], grid.rows[0] if grid.rows else ""
    years = {one.name: [_number(one.values[at]) for at in places] for one in grid.outer}
    return years, [grid.heads[at].label for at in places], grid.column or ""


# Ages


def _pyramid(grid: Grid) -> Pyramid | None:
    places = {head.key: at for at, head in enumerate(grid.heads) if head.role == "cell"}
    if not {"nam", "nu"} <= set(places) or grid.total is None:
        return None
    men, women = places["nam"], places["nu"]
    rows = tuple(
        (one.name, int(_number(one.values[men])), int(_number(one.values[women])))
        for one in reversed(grid.lines)
    )
    sums = (
        shown(grid.total.values[men], grid.heads[men]),
        shown(grid.total.values[women], grid.heads[women]),
    )
    return Pyramid(rows, sums)


# Lines over time


def _curves(grid: Grid) -> Curves | None:
    periods, named, head = _over_time(grid)
    values = [float(one) for _, line in named for one in line if one is not None]
    if not values or len(periods) < 2:
        return None
    size, scale = _scale(max(map(abs, values)))
    low, step, digits = _axis(min(values) / size, max(values) / size)
    ticks = tuple((low + step * at, _short(low + step * at, digits)) for at in range(4))
    written = max(digits, 1) if size > 1 or head.digits else 0
    curves = tuple(
        Curve(
            name,
            tuple(None if one is None else float(one) / size for one in line),
            _end(line[0], size, written),
            _end(line[-1], size, written),
        )
        for name, line in named
    )
    return Curves(tuple(periods), curves, ticks, scale, low > 0)


def _over_time(grid: Grid) -> tuple[list[Words], list[tuple[Words, tuple[Value, ...]]], Head]:
    """Names of the periods, at most four lines with their values, and the column whose measure they are."""
    cells = grid.places("cell")
    if grid.column in TIMES:
        periods = [grid.heads[at].label for at in cells]
        lines = [(one.name, tuple(one.values[at] for at in cells)) for one in grid.outer]
        whole = grid.total
        if whole is not None and (not lines or len(lines) > MOST_LINES):
            lines = [(whole.name, tuple(whole.values[at] for at in cells))]
        return periods, lines[:MOST_LINES], grid.heads[cells[0]]
    periods = [one.name for one in grid.outer]
    places = cells if len(cells) <= MOST_LINES else grid.places("total") or cells[:MOST_LINES]
    lines = [(grid.heads[at].label, tuple(one.values[at] for one in grid.outer)) for at in places]
    return periods, lines, grid.heads[places[0]]


def _scale(most: float) -> tuple[int, Words]:
    return next(((size, words) for size, words in SCALES if most >= size * SCALED_FROM), (1, Words("", "")))


def _axis(least: float, most: float) -> tuple[float, float, int]:
    """The lowest of four grid lines, the step between them, and digits to write them with; from zero unless the lines would
    lie flat.
    """
    base = 0.0 if least < 0.6 * most or most <= 0 else least
    rough = (most - base) / 3 or 1.0
    power = 10.0 ** floor(log10(rough))
    for factor in (1, 2, 2.5, 5, 10, 20):
        step = power * factor
        low = floor(base / step) * step
        if low + 3 * step >= most:
            return (
                low,
                step,
                max(0, ceil(-log10(step))) if step < 1 else 1 if factor == 2.5 and step < 10 else 0,
            )
    return 0.0, rough, 1


def _short(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def _end(value: Value, size: int, digits: int) -> str:
    return "" if value is None else _short(float(value) / size, digits)
