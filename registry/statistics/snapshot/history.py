"""The columns of any day at the price of a few changes: on some days all that is true is kept, between them what changes.

Looking for the rows that hold on a day takes a look at all of them, which are some seven an official.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from registry.statistics.snapshot.loading import OPEN, Numbers, Rows

CHANGES_BETWEEN = 0.25
"""Changes for each official between two days of which all is kept: fewer are quicker to follow and take more room."""


@dataclass(frozen=True)
class History:
    """The changes of a source in the order of their days: of whom, and what code each column has from then on, 0 for none.

    `places`: how many changes come before each of the days kept, in order; `kept`: of each column a line a day kept, with the
    code of every official.
    """

    day: Numbers
    who: Numbers
    codes: Mapping[str, Numbers]
    places: Numbers
    kept: Mapping[str, Numbers]

    def column(self, name: str, day: int, officials: int) -> Numbers:
        """Of every official the code of a column on a day."""
        end = int(np.searchsorted(self.day, self.day.dtype.type(day), "right"))
        before = int(np.searchsorted(self.places, end, "right"))
        start = int(self.places[before - 1]) if before else 0
        codes = self.codes[name]
        column = self.kept[name][before - 1].copy() if before else np.zeros(officials, codes.dtype)
        column[self.who[start:end]] = codes[start:end]  # of several changes of one the last stands
        return column


def history_of(rows: Rows, officials: int) -> History:
    """The changes that rows tell, which stand in the order of officials and days, of each one at most a day; and the places of
    the days to be kept (`kept_of`), one for so many changes.
    """
    held = np.flatnonzero(rows.start < rows.until)
    who, start, until = rows.who[held], rows.start[held], rows.until[held]
    following = np.full(len(held), OPEN, np.uint16)
    following[:-1] = np.where(who[1:] == who[:-1], start[1:], OPEN)
    ends = np.flatnonzero(until < following)  # and nothing follows at once
    day = np.concatenate((start, until[ends]))
    order = np.argsort(day, kind="stable")
    day, who = day[order], np.concatenate((who, who[ends]))[order]
    codes = {
        name: np.concatenate((one[held], np.zeros(len(ends), one.dtype)))[order]
        for name, one in rows.codes.items()
    }
    step = max(int(officials * CHANGES_BETWEEN), 1)
    return History(day, who, codes, np.unique(np.searchsorted(day, day[step - 1 :: step], "right")), {})


def kept_of(changes: History, name: str, officials: int) -> Numbers:
    """The codes of a column, a line for each of the days kept: of all columns together they would take much memory."""
    who, codes = changes.who, changes.codes[name]
    found = np.empty((len(changes.places), officials), codes.dtype)
    column = np.zeros(officials, codes.dtype)
    for line, (start, end) in enumerate(pairwise((0, *changes.places.tolist()))):
        column[who[start:end]] = codes[start:end]
        found[line] = column
    return found
