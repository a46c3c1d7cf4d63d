"""Made-up facts for the methods: a round town with one busy corner, every column filled."""

from datetime import date

import h3
import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from aim.hotspots.facts import Events, Facts, period_cube
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.grid import Grid, from_hex, to_hex

HOME = "891946548cbffff"
UNTIL = np.datetime64(date(2026, 10, 1))
PERIODS = 13
AGENCIES = np.array(["police", "council", "fire"])


def grid_of(k: int) -> Grid:
    """All cells within k steps of one in the north of England, at resolution 9."""
    return Grid.of(from_hex(sorted(h3.grid_disk(HOME, k))))


def centres(grid: Grid) -> NDArray[np.float64]:
    """float64[n, 2]: x and y of each cell's centre in metres (EPSG:27700)."""
    latitudes, longitudes = np.array([h3.cell_to_latlng(cell) for cell in to_hex(grid.cells)]).T
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True).transform(longitudes, latitudes)
    return np.column_stack([x, y])


def events(grid: Grid, m: int = 800, seed: int = 1) -> Events:
    """Incidents of a year, half of them in an eighth of the cells; one in ten is known by its day only."""
    random = np.random.default_rng(seed)
    few = max(1, len(grid) // 8)
    cell = np.where(random.random(m) < 0.5, random.integers(0, few, m), random.integers(0, len(grid), m))
    place = centres(grid)[cell] + random.integers(-2, 3, (m, 2)) * 25.0
    midnights: NDArray[np.datetime64] = (UNTIL - random.integers(1, 365, m)).astype("datetime64[s]")
    begins = midnights + _seconds(random.integers(0, 82_000, m))
    by_day = random.random(m) < 0.1
    ends = begins + _seconds(random.integers(0, 20_000, m))
    category = random.choice(np.array(["burglary", "fly-tipping"]), m)
    return Events(
        cell=cell,
        begins=begins,
        ends=ends,
        day=begins.astype("datetime64[D]"),
        x=place[:, 0],
        y=place[:, 1],
        category=category,
        agency=random.choice(AGENCIES, m),
        time_precision=np.where(by_day, "day", "exact"),
        location_precision_m=np.full(m, 10.0),
        enforcement_driven=np.zeros(m, dtype=np.bool_),
        weight=np.where(category == "burglary", 1.5, 0.5),
    )


def _seconds(numbers: NDArray[np.int64]) -> NDArray[np.timedelta64]:
    return numbers.astype("timedelta64[s]")


def history(found: Events, cells: int) -> Incidents:
    """The same incidents as forecasts learn from them."""
    monthly = found.time_precision == "month"
    return Incidents.of(found.cell, found.day, cells, enforcement=found.enforcement_driven, monthly=monthly)


def whole(k: int = 5, periods: int = PERIODS, seed: int = 1, m: int = 800) -> Facts:
    """Facts with nothing missing."""
    grid = grid_of(k)
    found = events(grid, m, seed)
    return Facts(
        grid,
        np.bincount(found.cell, minlength=len(grid)).astype(np.float64),
        period_cube(grid, found, UNTIL, periods),
        found,
        exposure=np.random.default_rng(seed).integers(0, 900, len(grid)).astype(np.float64),
        until=UNTIL,
        seed=seed,
        history=history(found, len(grid)),
    )
