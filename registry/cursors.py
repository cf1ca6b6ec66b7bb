"""Cursors of keyset pages: opaque to readers, the sort values of the last row to us."""

import base64
import json
from datetime import datetime
from typing import Any

from registry.errors import Flaw, Invalid
from registry.words import Words

UNUSABLE = Words(
    "Con trỏ trang không dùng được. Bắt đầu lại từ trang đầu.", "The cursor is not usable. Start again."
)


def unusable() -> Invalid:
    """A cursor that was not written, or not for this list in this order."""
    return Invalid(UNUSABLE, "bad_cursor", [Flaw("cursor", "bad_cursor", UNUSABLE)])


def write_cursor(*values: int | str) -> str:
    """The cursor that starts after a row with these sort values."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *types: type[int] | type[str]) -> list[Any]:
    """The values of a cursor, one of each type; Invalid (`bad_cursor`) for anything this module did not write."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or [type(one) for one in values] != list(types):
            raise ValueError
    except (ValueError, RecursionError):
        raise unusable() from None
    return values


def read_moment(cursor: str) -> tuple[datetime, int]:
    """The moment and the id of a cursor written as (moment in ISO 8601, id); Invalid for anything else."""
    written, number = read_cursor(cursor, str, int)
    try:
        return datetime.fromisoformat(written), number
    except ValueError:
        raise unusable() from None
