"""Passwords that leaked somewhere: a list that the operator brings in (REGISTRY_LEAKED_PASSWORDS) and the service never leaves.

The file is that of Have I Been Pwned as its downloader writes it: a line a password, its SHA-1 in hex and maybe `:` and how often,
in the order of the hashes. It has some forty gigabytes and is not read but halved: some thirty looks a password.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO

from registry.config import ConfigError

LIST: Path | None = None
"""The list of this process, set where it starts; None asks nothing."""
DIGITS = 40


def is_leaked(password: str) -> bool:
    """Whether the list has the password; False without a list. Raises OSError when the list cannot be read."""
    if LIST is None:
        return False
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with LIST.open("rb") as lines:
        low, high = 0, lines.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            begins, found = _line_from(lines, middle)
            if begins >= high or not found:
                high = middle
            elif found < wanted:
                low = begins + 1
            elif found > wanted:
                high = middle
            else:
                return True
    return False


def use(path: Path | None) -> None:
    """Ask this list from now on, none for None. Raises ConfigError for a file that does not begin as such a list does."""
    global LIST
    if path is not None:
        with path.open("rb") as lines:
            if not _line_from(lines, 0)[1]:
                raise ConfigError(
                    "REGISTRY_LEAKED_PASSWORDS", "must hold lines of SHA-1 hashes in hex, in their order"
                )
    LIST = path


def _line_from(lines: BinaryIO, at: int) -> tuple[int, bytes]:
    """Where the first line that begins at or after a place begins, and its hash; b'' behind the last or where there is none."""
    lines.seek(max(at - 1, 0))
    if at:
        lines.readline(200)
    begins = lines.tell()
    found = lines.readline(200)[:DIGITS].upper()
    return begins, found if len(found) == DIGITS and not found.strip(b"0123456789ABCDEF") else b""
