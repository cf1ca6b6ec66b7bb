"""Pictures of statistics as a page draws them: words in the reader's language, places in percent of the width and in pixels."""

from collections.abc import Sequence
from typing import Any

from registry.explorer.pictures import Bars, Curve, Curves, Picture, Pyramid, Stacks
from registry.explorer.queries import title
from registry.explorer.questions import Question
from web.pages import PageCall

LEFT, RIGHT, TOP, BOTTOM = 11.0, 97.0, 40.0, 160.0
"""Where the lines run: percent across, pixels down."""
LABEL_GAP = 15.0
MOST_LABELS = 6
SHORT = 12
"""Names of at most so many letters leave the width to the bars."""
INKS = (("k0", "u0"), ("k1", "u1"), ("k2", "u4"), ("k3", "u3"))
"""Classes of a line and of its dots."""


def drawn(call: PageCall, picture: Picture | None, question: Question, unit: str) -> dict[str, Any] | None:
    """What the template draws; None for no picture."""
    if picture is None:
        return None
    said: dict[str, Any] = {"kind": picture.kind, "caption": call.say(title(question)), "unit": unit}
    if isinstance(picture, Bars):
        return said | _bars(call, picture)
    if isinstance(picture, Stacks):
        return said | _stacks(call, picture)
    if isinstance(picture, Pyramid):
        return said | _pyramid(call, picture)
    return said | _curves(call, picture, unit)


def _bars(call: PageCall, picture: Bars) -> dict[str, Any]:
    rows = [
        {"label": call.say(one.name), "value": one.value, "text": one.text, "earlier": one.earlier}
        for one in picture.bars
    ]
    most = max((max(one.value, one.earlier or 0) for one in picture.bars), default=0)
    days = [call.say(one) for one in picture.days] if picture.days else []
    short = all(len(call.say(one.name)) <= SHORT for one in picture.bars)
    return {"rows": rows, "most": most, "days": days, "left_out": picture.left_out, "short": short}


def _stacks(call: PageCall, picture: Stacks) -> dict[str, Any]:
    rows = [
        {"label": call.say(one.name), "values": one.pieces, "total": one.text, "length": one.length}
        for one in picture.stacks
    ]
    labels = [call.say(one) for one in picture.labels]
    said = {
        "rows": rows,
        "labels": labels,
        "set": "f" if picture.ordered else "u",
        "left_out": picture.left_out,
    }
    return said | {"shares": picture.shares}


def _pyramid(call: PageCall, picture: Pyramid) -> dict[str, Any]:
    return {
        "rows": [{"label": call.say(name), "left": men, "right": women} for name, men, women in picture.rows],
        "left": f"{call.t('Nam', 'Men')} {picture.sums[0]}",
        "right": f"{call.t('Nữ', 'Women')} {picture.sums[1]}",
    }


def _curves(call: PageCall, picture: Curves, unit: str) -> dict[str, Any]:
    low, high = picture.ticks[0][0], picture.ticks[-1][0]
    scale = call.say(picture.scale)
    across = [_across(at, len(picture.periods)) for at in range(len(picture.periods))]

    def down(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - low) / ((high - low) or 1), 1)

    every = -(-len(picture.periods) // MOST_LABELS)
    named = len(picture.curves) > 1
    ends = _apart([down(_last(one)) - 9 for one in picture.curves])
    lines = []
    for (ink, dot), one, end in zip(INKS, picture.curves, ends, strict=False):
        points = [(x, down(value)) for x, value in zip(across, one.values, strict=True) if value is not None]
        words = f"{call.say(one.name)} {one.last}" if named else one.last
        lines.append(
            {
                "ink": ink,
                "dot": dot,
                "points": points,
                "first": one.first if not named else "",
                "last": words,
                "end": end,
            }
        )
    return {
        "unit": f"{scale} {unit}".strip(),
        "lines": lines,
        "ticks": [(down(value), words) for value, words in picture.ticks],
        "periods": [
            (x, call.say(one))
            for at, (x, one) in enumerate(zip(across, picture.periods, strict=True))
            if at % every == 0
        ],
        "cut": f"{picture.ticks[0][1]} {scale}".strip() if picture.cut else None,
        "edges": (LEFT - 1, RIGHT + 1),
        "desc": _told(call, picture, scale),
    }


def _across(at: int, count: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * at / max(count - 1, 1), 2)


def _last(curve: Curve) -> float:
    return next((one for one in reversed(curve.values) if one is not None), 0.0)


def _apart(places: Sequence[float]) -> list[float]:
    """Labels moved up so that none lies on another."""
    order = sorted(range(len(places)), key=lambda at: -places[at])
    moved = list(places)
    lowest = float("inf")
    for at in order:
        moved[at] = min(moved[at], lowest - LABEL_GAP)
        lowest = moved[at]
    return [round(one, 1) for one in moved]


def _told(call: PageCall, picture: Curves, scale: str) -> str:
    """The picture in words: from where to where each line goes."""
    first, last = call.say(picture.periods[0]), call.say(picture.periods[-1])
    told = [
        call.t(
            f"{call.say(one.name)}: {one.first} ({first}) đến {one.last} ({last}) {scale}".strip(),
            f"{call.say(one.name)}: {one.first} ({first}) to {one.last} ({last}) {scale}".strip(),
        )
        for one in picture.curves
    ]
    return "; ".join(told) + "."
