"""Ranks of cells, ties shared."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.grid import Floats

Ranks = NDArray[np.int64]

DIGITS: Final = 12
"""Decimals, of the highest value, to which two have to agree to be equal: the order of a sum decides nothing."""


def ranks(*keys: Floats) -> Ranks:
    """int64[n] from 1, the highest: by the first key, equals by the next; what is equal in all shares the best rank."""
    alike = [-_rounded(key) for key in keys]
    order = np.lexsort(alike[::-1])
    starts = np.zeros(len(order), dtype=np.bool_)
    for key in alike:
        starts[1:] |= np.diff(key[order]) != 0
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0)) + 1
    return found


def _rounded(values: Floats) -> Floats:
    highest = np.abs(values).max(initial=0)
    return (values / highest).round(DIGITS) if highest > 0 else values
