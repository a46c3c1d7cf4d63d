"""Memory of a process that runs for weeks: what is free goes back to the system at once.

Both allocators keep what was freed for whoever asks next: glibc a heap for each thread, the one inside Polars pages
that still count as the process's. A service that reads a large layer now and then would hold 100 MB for it.
"""

import os
from ctypes import CDLL
from typing import Final

M_ARENA_MAX: Final = -8
"""`malloc.h` of glibc."""

POLARS: Final = ("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")
"""Where the jemalloc that Polars brings looks for its settings, once, as it is loaded."""


def give_back() -> None:
    """For the start of a process, before Polars is loaded. Elsewhere than on glibc nothing changes, but for Polars."""
    os.environ.setdefault(*POLARS)
    if hasattr(CDLL(None), "mallopt"):
        CDLL(None).mallopt(M_ARENA_MAX, 1)


def trim() -> None:
    """After work that took much memory for a moment, which lies free between what is still in use."""
    if hasattr(CDLL(None), "malloc_trim"):
        CDLL(None).malloc_trim(0)
