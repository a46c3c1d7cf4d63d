"""A patch of hexagons where something happens, for the tests of the forecast."""

import h3
import numpy as np
from numpy.typing import NDArray

from aim.hotspots.forecasting.incidents import Days, Incidents
from aim.hotspots.grid import Grid, from_hex

HOME = "891946548cbffff"
DAY = np.timedelta64(1, "D")
CUT_OFF = np.datetime64("2025-06-30")


def patch(steps: int = 4) -> Grid:
    return Grid.of(from_hex(sorted(h3.grid_disk(HOME, steps))))


def incidents(
    grid: Grid, cells: NDArray[np.int64], days: Days, enforcement: NDArray[np.bool_] | None = None
) -> Incidents:
    flags = np.zeros(len(cells), dtype=np.bool_) if enforcement is None else enforcement
    return Incidents.of(cells, days, len(grid), enforcement=flags)


def two_years(grid: Grid, number: int, seed: int = 1) -> tuple[NDArray[np.int64], Days]:
    """Incidents of the two years to the cut-off, most of them in few cells."""
    random = np.random.default_rng(seed)
    taste = random.gamma(0.3, 1.0, len(grid))
    cells = random.choice(len(grid), number, p=taste / taste.sum()).astype(np.int64)
    return cells, CUT_OFF - random.integers(0, 730, number) * DAY
