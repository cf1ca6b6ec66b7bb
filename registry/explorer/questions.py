"""A question of the explorer: the parts that its address holds, and what is wrong with them, told by the field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from registry.access.queries import LOCAL
from registry.explorer.choices import TIMES, dimension_choices, label
from registry.officials.facts.parsing import Wrong, parse_day
from registry.statistics.asking import Flaws
from registry.statistics.dimensions import DIMENSIONS, PLACES
from registry.statistics.measures import FORECASTS, MEASURES, Measure
from registry.statistics.people import OF_ONE_DAY, OF_TODAY
from registry.statistics.series import MOST_DIMENSIONS
from registry.words import Words

SINGLE = ("measure", "row", "row2", "column", "organization", "as_of", "since", "compare", "known_at", "tree")
REPEATED = ("also", "where")
FIELDS = (*SINGLE, *REPEATED)
"""The names of the parts, as in an address."""
DAYS = ("as_of", "since", "compare")
MOST_ALSO = 4
MOMENTS = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y")


@dataclass(frozen=True)
class Question:
    """The parts as typed; days and moments are ISO text where they could be read. `row` or `column` may be a pace of time.

    `also`: measures beside the first. `compare`: an earlier day beside `as_of`. `since`: first day of the period, or of a
    series. `where`: dimension:key.
    """

    measure: str = "headcount"
    also: tuple[str, ...] = ()
    row: str = ""
    row2: str = ""
    column: str = ""
    where: tuple[str, ...] = ()
    organization: str = ""
    as_of: str = ""
    since: str = ""
    compare: str = ""
    known_at: str = ""
    tree: str = ""

    @property
    def figure(self) -> Measure | None:
        """The first measure; None where there is no such one."""
        return MEASURES.get(self.measure) or FORECASTS.get(self.measure)

    @property
    def forecast(self) -> bool:
        """Whether it looks ahead."""
        return self.measure in FORECASTS

    @property
    def time(self) -> str | None:
        """The pace of time that is its rows or columns."""
        return next((one for one in (self.row, self.column) if one in TIMES), None)

    @property
    def rows(self) -> tuple[str, ...]:
        """What the lines are, the coarser first."""
        return tuple(one for one in (self.row, self.row2) if one)

    @property
    def groups(self) -> tuple[str, ...]:
        """The dimensions of rows and columns, without time."""
        return tuple(one for one in (*self.rows, self.column) if one and one not in TIMES)

    @property
    def measures(self) -> tuple[str, ...]:
        """The first measure and those beside it."""
        return tuple(dict.fromkeys((self.measure, *self.also)))

    def pairs(self) -> list[tuple[str, str]]:
        """The address: what was chosen, always in the same order. `row` always stands there, so nothing is added on reading."""
        single = [(name, getattr(self, name)) for name in SINGLE]
        repeated = [(name, value) for name in REPEATED for value in getattr(self, name)]
        return [(name, value) for name, value in single + repeated if value or name == "row"]

    def but(self, **changes: Any) -> "Question":
        """The same question with parts changed."""
        return replace(self, **changes)


def read(sent: Mapping[str, Sequence[str]], own_unit: str | None = None) -> Question:
    """A question from an address {name: values}; nothing is refused here.

    Left out: the headcount, by ministry and province (or by the units of the chosen or own one) and category. A forecast
    goes by year.
    """
    given = {name: values[-1].strip() for name in SINGLE if (values := sent.get(name))}
    given |= {name: _day(given[name]) for name in DAYS if name in given}
    given |= {"known_at": _moment(given["known_at"])} if "known_at" in given else {}
    chosen = Question(**given, **{name: _several(sent.get(name, ())) for name in REPEATED})  # type: ignore[arg-type]
    if not chosen.measure:
        chosen = chosen.but(measure="headcount")
    if "row" not in given:
        usual = "unit" if chosen.organization or own_unit else "ministry_or_province"
        chosen = chosen.but(row=usual, column=given.get("column", "category"))
    return _tidied(chosen)


def _tidied(one: Question) -> Question:
    """Nothing twice, no empty line before a filled one, time for a forecast."""
    row, row2 = (one.row, one.row2) if one.row else (one.row2, "")
    row2 = "" if row2 == row else row2
    column = "" if one.column in (row, row2) else one.column
    if one.forecast and not one.time and (not column or column == "category"):
        column = "year"
    also = tuple(name for name in one.also if name != one.measure)
    tree = "" if one.tree == "as_was" else one.tree
    return one.but(row=row, row2=row2, column=column, also=also, tree=tree)


def _several(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in values if one.strip()))


def _day(typed: str) -> str:
    """A day as ISO; what is none stays as typed, to be refused by its field."""
    try:
        return parse_day(typed).isoformat() if typed else ""
    except Wrong:
        return typed


def _moment(typed: str) -> str:
    """A moment as ISO with its offset, read as the time here; what is none stays as typed."""
    for shape in MOMENTS:
        try:
            return datetime.strptime(typed, shape).replace(tzinfo=LOCAL).isoformat()
        except ValueError:
            continue
    return typed


# What is wrong


def check(one: Question, today: date, *, within: str | None) -> None:
    """Raise Invalid for what does not fit together, each flaw at the field to change. `within`: the unit counted in."""
    flaws = Flaws()
    _known(one, flaws)
    flaws.refuse()
    _days(one, flaws)
    _fits(one, flaws)
    _present(one, today, flaws)
    if "unit" in (*one.groups, *_filtered(one)) and not within:
        flaws.add(
            "organization",
            "required",
            "“Đơn vị trực thuộc” là đơn vị dưới một cơ quan: ghi mã hoặc tên cơ quan vào ô Trong đơn vị.",
            "'Unit' means those below an organization: put its code or name into Within.",
        )
    if one.time:
        _series(one, flaws)
    elif one.forecast:
        flaws.add(
            "column",
            "forecast_by_year",
            f"Dự báo chia cột theo năm. Chọn Cột: Theo năm, và đưa “{label(one.column).vi}” sang Dòng.",
            f"A forecast has years as columns. Choose By year there and '{label(one.column).en}' as rows.",
        )
    if one.compare:
        _compared(one, today, flaws)
    flaws.refuse()


def _known(one: Question, flaws: Flaws) -> None:
    if one.figure is None:
        flaws.add("measure", "unknown", f"Không có chỉ tiêu “{one.measure}”.", f"No measure '{one.measure}'.")
    for name in one.also:
        if name not in MEASURES:
            flaws.add("also", "unknown", f"Không có chỉ tiêu “{name}”.", f"No measure '{name}'.")
    if len(one.also) > MOST_ALSO:
        flaws.add(
            "also",
            "too_many",
            f"Chọn tối đa {MOST_ALSO} chỉ tiêu kèm theo.",
            f"At most {MOST_ALSO} measures beside the first.",
        )
    for field in ("row", "row2", "column"):
        name = getattr(one, field)
        allowed = DIMENSIONS if field == "row2" else DIMENSIONS | TIMES
        if name and name not in allowed:
            flaws.add(field, "unknown", f"Không chia được theo “{name}”.", f"No division by '{name}'.")
    if one.row in TIMES and one.column in TIMES:
        flaws.add(
            "column",
            "twice",
            "Thời gian chỉ đặt ở dòng hoặc ở cột.",
            "Time goes into rows or columns, not both.",
        )


def _days(one: Question, flaws: Flaws) -> None:
    for field in DAYS:
        typed = getattr(one, field)
        if typed and not _is_day(typed):
            flaws.add(
                field,
                "date",
                f"“{typed}” không phải là ngày. Viết ngày/tháng/năm.",
                f"'{typed}' is not a date. Write dd/mm/yyyy.",
            )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _fits(one: Question, flaws: Flaws) -> None:
    """Every measure must divide by everything it is divided or filtered by."""
    measures = [measure for name in one.measures if (measure := MEASURES.get(name) or FORECASTS.get(name))]
    fields = [("row", one.row), ("row2", one.row2), ("column", one.column)]
    fields += [("where", name) for name in _filtered(one)]
    for measure in measures:
        wrong = [
            (field, name)
            for field, name in fields
            if name in DIMENSIONS and not measure.divides_by(DIMENSIONS[name])
        ]
        if wrong:
            field = "also" if measure.id in one.also else wrong[0][0]
            names = list(dict.fromkeys(name for _, name in wrong))
            flaws.add(field, "does_not_divide", *_does_not_divide(measure, names))


def _filtered(one: Question) -> list[str]:
    return list(dict.fromkeys(word.partition(":")[0] for word in one.where))


def _does_not_divide(measure: Measure, names: Sequence[str]) -> tuple[str, str]:
    fitting = [each.label for choice in dimension_choices(measure) for each in choice.definitions]
    labels, counted = [DIMENSIONS[name].label for name in names], measure.populations()[0].label
    vi, en = (", ".join(marks.format(each) for each in side) for marks, side in _quoted(labels))
    return (
        f"“{measure.label.vi}” đếm {counted.vi}, không chia được theo {vi}. "
        f"Chia được theo: {', '.join(each.vi for each in fitting)}.",
        f"'{measure.label.en}' counts {counted.en} and does not divide by {en}. "
        f"It divides by: {', '.join(each.en for each in fitting)}.",
    )


def _quoted(labels: Sequence[Words]) -> tuple[tuple[str, list[str]], tuple[str, list[str]]]:
    return ("“{}”", [each.vi for each in labels]), ("'{}'", [each.en for each in labels])


def _present(one: Question, today: date, flaws: Flaws) -> None:
    past = (one.as_of and one.as_of != today.isoformat()) or one.known_at or one.compare
    for name in one.measures:
        if past and name in MEASURES and MEASURES[name].columns() & OF_TODAY:
            label = MEASURES[name].label
            field = (
                "as_of"
                if one.as_of and one.as_of != today.isoformat()
                else "known_at"
                if one.known_at
                else "compare"
            )
            flaws.add(
                field,
                "present_only",
                f"“{label.vi}” chỉ có cho hôm nay: xóa ô này.",
                f"'{label.en}' is of today only: empty this field.",
            )


def _series(one: Question, flaws: Flaws) -> None:
    if one.forecast and one.time != "year":
        field = "row" if one.row in TIMES else "column"
        flaws.add(field, "by_year", "Dự báo chỉ theo năm.", "A forecast goes by year only.")
    if one.also:
        flaws.add(
            "also",
            "one_measure",
            "Chuỗi thời gian xem một chỉ tiêu: bỏ các chỉ tiêu kèm theo.",
            "A series shows one measure: drop the others.",
        )
    if one.compare:
        flaws.add(
            "compare",
            "series",
            "Chuỗi thời gian đã so các kỳ với nhau: xóa ô này.",
            "A series compares its periods already: empty this field.",
        )
    if len(one.groups) > MOST_DIMENSIONS:
        flaws.add(
            "row2", "too_many", "Chuỗi thời gian chia tối đa 2 chiều.", "A series has 2 dimensions at most."
        )
    measure = one.figure
    if measure is not None and measure.columns() & (OF_ONE_DAY | OF_TODAY) and not one.forecast:
        flaws.add(
            "column" if one.column in TIMES else "row",
            "no_series",
            f"“{measure.label.vi}” chỉ hỏi được cho từng ngày, không theo thời gian.",
            f"'{measure.label.en}' can be asked of one day at a time, not over time.",
        )


def _compared(one: Question, today: date, flaws: Flaws) -> None:
    if one.column and not one.time:
        flaws.add(
            "compare",
            "no_column",
            f"So hai ngày thì bảng cần hai cột cho hai ngày: bỏ cột “{label(one.column).vi}”.",
            f"Two days need the columns: drop '{label(one.column).en}'.",
        )
    if one.also:
        flaws.add(
            "also",
            "one_measure",
            "So hai ngày xem một chỉ tiêu: bỏ các chỉ tiêu kèm theo.",
            "Two days are compared by one measure: drop the others.",
        )
    if _is_day(one.compare) and one.compare >= (one.as_of or today.isoformat()):
        flaws.add(
            "compare",
            "not_before",
            "Ngày để so phải trước ngày xem.",
            "The day to compare with must come before the day asked for.",
        )


def names_units(one: Question) -> bool:
    """Whether its lines or columns are units, whose tree may have changed."""
    return not PLACES.isdisjoint(one.groups)
