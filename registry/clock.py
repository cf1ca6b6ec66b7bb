"""The present moment by the database's clock, so that a machine whose own clock is wrong, or is set back, dates nothing.

A transaction hears what time it is there with the statement that sets its scope, unless another one did a moment ago;
between two of them the time that has passed is told by the monotonic clock of this machine, which nobody sets.
"""

import time
from datetime import UTC, datetime

MOMENT_SECONDS = 1.0
"""For so long what was heard is not asked again."""

_heard: tuple[float, float] | None = None


def hear(epoch: float) -> None:
    """What the database says now, in seconds since 1970."""
    global _heard
    _heard = (epoch, time.monotonic())


def is_due() -> bool:
    """Whether it is time to hear the database again."""
    return _heard is None or time.monotonic() - _heard[1] >= MOMENT_SECONDS


def now() -> datetime:
    """The moment; by this machine's own clock only as long as no database was heard."""
    if _heard is None:
        return datetime.now(UTC)
    epoch, at = _heard
    return datetime.fromtimestamp(epoch + time.monotonic() - at, UTC)
