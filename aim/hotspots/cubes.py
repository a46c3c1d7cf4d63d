"""Cubes of incidents by cell and 28-day period, counted in parts of one area and month, so that machines can share it.

Whole numbers are added, so the parts give the same to the last bit in whatever order they are done, and wherever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.cube import EventCube
from aim.hotspots.facts import PERIOD_DAYS
from aim.hotspots.forecasting.incidents import DAY, Days, Incidents
from aim.hotspots.grid import Grid
from aim.hotspots.sharing import ShareOut, here

MOST_PERIODS: Final = 26
"""Two years, which hold each season twice."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MonthOfArea:
    """Incidents of one area that began in one month; `edges` are the first days of the periods and the end of all."""

    area: str
    cells: int
    cell: NDArray[np.int64]
    day: Days
    edges: Days


def cubes(
    areas: Mapping[str, tuple[Grid, Incidents]], until: np.datetime64, share_out: ShareOut = here
) -> dict[str, EventCube | None]:
    """For each area its incidents by cell and period of 28 days, the last ending before `until`, two years at most.

    None where some are known to the month only, and could be of either of two periods, and where the record is shorter
    than a period. `share_out` says who does the work: `here`, or `cluster.share_out` with a Dask client.
    """
    edges = {area: _edges(incidents, until) for area, (_, incidents) in areas.items()}
    known = {area: incidents for area, (_, incidents) in areas.items() if len(edges[area])}
    parts = [part for area, incidents in known.items() for part in _months(area, incidents, edges[area])]
    sums = {area: np.zeros(len(grid) * max(0, len(edges[area]) - 1), np.int64) for area, (grid, _) in areas.items()}
    for part, counts in zip(parts, share_out(count, parts), strict=True):
        sums[part.area] += counts
    return {area: _cube(grid, sums[area], edges[area]) for area, (grid, _) in areas.items()}


def count(part: MonthOfArea) -> Counts:
    """int64[cells x periods]: the work of one part."""
    periods = len(part.edges) - 1
    period = np.searchsorted(part.edges, part.day, side="right") - 1
    inside = (period >= 0) & (period < periods)
    flat = part.cell[inside] * periods + period[inside]
    return np.bincount(flat, minlength=part.cells * periods)


def _edges(incidents: Incidents, until: np.datetime64) -> Days:
    """Empty where there is no whole period, or days are not known."""
    number = min(MOST_PERIODS, int((until - incidents.day[0]) / DAY) // PERIOD_DAYS)
    if incidents.monthly.any() or number < 1:
        return np.empty(0, "datetime64[D]")
    return until - np.arange(number, -1, -1) * np.timedelta64(PERIOD_DAYS, "D")


def _months(area: str, incidents: Incidents, edges: Days) -> Iterator[MonthOfArea]:
    months = incidents.day.astype("datetime64[M]")
    bounds = np.append(np.flatnonzero(np.append(True, months[1:] != months[:-1])), len(months))  # the first begins one
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        yield MonthOfArea(area, incidents.cells, incidents.cell[first:last], incidents.day[first:last], edges)


def _cube(grid: Grid, counts: Counts, edges: Days) -> EventCube | None:
    if not len(edges):
        return None
    shape = (len(grid), len(edges) - 1, 1)
    return EventCube(counts.reshape(shape).astype(np.float64), grid.cells, edges[:-1], ("all",))
