"""Memory that counting has used is kept for the next question: taken from the system anew, its pages cost more than counting."""

import ctypes
from functools import cache

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""What glibc calls M_TRIM_THRESHOLD and M_MMAP_THRESHOLD."""
KEPT, LARGEST = 64 << 20, 32 << 20
"""Bytes that a process keeps at most, and the largest piece that is taken of them; glibc allows no larger one."""


@cache
def keep_freed() -> bool:
    """Let this process keep what it frees; False where the C library is another, which decides for itself."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(TRIM_THRESHOLD, KEPT) and mallopt(MMAP_THRESHOLD, LARGEST))
