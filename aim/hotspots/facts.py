"""`Facts`: all that a hot-spot method may look at, as arrays. Each takes what it needs and says what it lacks."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.cube import EventCube
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.forecasting.weights import Weights
from aim.hotspots.grid import Floats, Grid

PERIOD_DAYS = 28
"""Of a period: whole weeks, so that every period has the same days of the week, which months have not."""

Bools = NDArray[np.bool_]
Days = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False, repr=False)
class Events:
    """m incidents as columns of equal length. Raises ValueError where the lengths differ.

    `cell` is the position in the grid; `begins` and `ends` are UTC to the second (NaT where not known), `day` the
    day in London on which the incident began; `x` and `y` metres of EPSG:27700; `time_precision` and
    `location_precision_m` are those of the incident (aim/incident.py); `enforcement_driven` marks what is recorded
    where police look for it; `weight` is 1, or what the incident counts for where it is weighted.
    """

    cell: NDArray[np.int64]
    begins: NDArray[np.datetime64]
    ends: NDArray[np.datetime64]
    day: Days
    x: Floats
    y: Floats
    category: NDArray[np.str_]
    agency: NDArray[np.str_]
    time_precision: NDArray[np.str_]
    location_precision_m: Floats
    enforcement_driven: Bools
    weight: Floats

    def __post_init__(self) -> None:
        for field in fields(self):
            found = getattr(self, field.name).shape
            if found != self.cell.shape:
                raise ValueError(f"{field.name} has the shape {found} and cell {self.cell.shape}.")

    def __len__(self) -> int:
        return len(self.cell)

    def __repr__(self) -> str:
        return f"Events({len(self):,})"

    def where(self, kept: Bools) -> Events:
        """Only the incidents for which `kept` is true."""
        return Events(**{field.name: getattr(self, field.name)[kept] for field in fields(self)})

    @property
    def has_day(self) -> Bools:
        """Whether the day is known: a month's incidents all seem to begin on its first."""
        return self.time_precision != "month"

    @property
    def has_hour(self) -> Bools:
        """Whether the time is known: an incident known by its day seems to last from midnight to midnight."""
        return self.time_precision == "exact"

    def between(self, since: np.datetime64, until: np.datetime64) -> Bools:
        """Whether the incident began on a day in [since, until)."""
        return (self.day >= since) & (self.day < until)


def period_cube(grid: Grid, events: Events, until: np.datetime64, periods: int) -> EventCube:
    """The incidents whose day is known by cell, 28-day period and category; the last period ends before `until`.

    Incidents known by their month only are left out: a month does not fit into periods.
    """
    starts: Days = until - PERIOD_DAYS * np.arange(periods, 0, -1)
    kept = events.where(events.has_day & events.between(starts[0], until))
    kinds, kind = np.unique(kept.category, return_inverse=True)
    at = (kept.day - starts[0]).astype("timedelta64[D]").astype(np.int64) // PERIOD_DAYS
    shape = (len(grid), periods, len(kinds))
    flat = (kept.cell * periods + at) * len(kinds) + kind
    counts = np.bincount(flat, minlength=int(np.prod(shape))).astype(np.float64)
    return EventCube(counts.reshape(shape), grid.cells, starts, tuple(kinds.tolist()))


@dataclass(frozen=True, eq=False, repr=False)
class Facts:
    """What is known of a study area of n cells; None for what is not. Raises ValueError where shapes do not fit.

    `counts` is float64[n]: incidents of the window that is scored, zeros too. `periods` has them by cell, 28-day period
    and kind, zeros too, the last period ending with the window. `exposure` is float64[n], what the incidents are to be
    seen against: dwellings, say. `until` is the first day in London after the window. Methods that draw lots begin with
    `seed`, so that the same facts give the same answer. `history` has all incidents known of the area by cell and day,
    however long ago, for what learns from the past; what police find by looking for it is never in it (`Incidents.of`).
    `frozen` are weights of the forecast that were learnt before.
    """

    grid: Grid
    counts: Floats
    periods: EventCube | None = None
    events: Events | None = None
    exposure: Floats | None = None
    until: np.datetime64 | None = None
    seed: int = 0
    history: Incidents | None = None
    frozen: Weights | None = None

    def __post_init__(self) -> None:
        for name in ("counts", "exposure"):
            values: Floats | None = getattr(self, name)
            if values is not None and values.shape != (len(self.grid),):
                raise ValueError(f"{name} has the shape {values.shape}, and the grid {len(self.grid)} cells.")
        if self.periods is not None and not np.array_equal(self.periods.cells, self.grid.cells):
            raise ValueError("The periods are not of the cells of the grid.")
        if self.history is not None and self.history.cells != len(self.grid):
            raise ValueError(f"The history is of {self.history.cells} cells, and the grid has {len(self.grid)}.")

    def __repr__(self) -> str:
        return f"Facts({self.grid!r}, {self.counts.sum():,.0f} incidents, {self.periods!r}, {self.events!r})"
