"""Cells of like exposure, within which values may be shuffled: all incidents follow people."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.grid import Floats

TENTHS: Final = 10

Strata = NDArray[np.int64]


def tenths(exposure: Floats) -> Strata:
    """int64[n]: the tenth of each cell by exposure, 0 the least; cells of equal exposure are in the same.

    A cell at the edge of a tenth falls below it, so that the many cells where nobody lives keep to themselves.
    """
    return np.searchsorted(np.quantile(exposure, np.arange(1, TENTHS) / TENTHS), exposure, side="left")


def members(strata: Strata) -> list[NDArray[np.int64]]:
    """The positions of the cells of each stratum that has any."""
    return [np.flatnonzero(strata == each) for each in np.unique(strata)]
