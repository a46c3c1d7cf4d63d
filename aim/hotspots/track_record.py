"""The track record of a map: what it would have caught of the weeks that came after, beside simpler maps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from sqlalchemy import Connection

from aim.areas import Area
from aim.errors import NoIncidents, UsageError
from aim.hotspots import store
from aim.hotspots.facts import PERIOD_DAYS
from aim.hotspots.forecasting.incidents import DAY, Incidents
from aim.hotspots.forecasting.weights import HORIZONS
from aim.hotspots.grid import Floats, Grid, cells_of
from aim.hotspots.hindsight import Hindsight, Periods
from aim.hotspots.scale_out import ShareOut, look_back
from aim.vocabulary.categories import categories

WEEKS: Final = 12
MONTHS: Final = 6
"""How far a published layer looks back: enough to tell a good map from a bad one, and still about the town of today."""


PERIODS: Final = 26
"""Of 28 days: two years, which hold each season twice."""


@dataclass(frozen=True, eq=False)
class Past:
    """All that is known of an area and kinds of incident: cells, and incidents by cell and day, oldest first."""

    grid: Grid
    incidents: Incidents

    @property
    def monthly(self) -> bool:
        """Whether some of it is known to the month only, so that no shorter time can be judged."""
        return bool(self.incidents.monthly.any())

    def last_periods(self, until: np.datetime64, horizon: int) -> Periods:
        """The last WEEKS times of `horizon` days before the day `until`, or the last MONTHS whole months."""
        if not self.monthly:
            return self._days(max(until - np.timedelta64(WEEKS * horizon, "D"), self._first()), until, horizon)
        months = Periods.of_months(self._first(), until - DAY)
        return Periods(months.eves[-MONTHS:], months.ends[-MONTHS:])

    def periods(self, first: np.datetime64, until: np.datetime64, horizon: int) -> Periods:
        """Those in [first, until); none where they would begin before there is a past to judge from."""
        if first < self._first():
            return Periods(np.empty(0, "datetime64[D]"), np.empty(0, "datetime64[D]"))
        return Periods.of_months(first, until - DAY) if self.monthly else self._days(first, until, horizon)

    def by_period(self, until: np.datetime64) -> Floats | None:
        """float64[n, t]: incidents by cell and period of 28 days, the last ending before `until`, two years at most.

        None where some are known to the month only, and could be of either of two periods.
        """
        if self.monthly:
            return None
        number = min(PERIODS, int((until - self.incidents.day[0]) / DAY) // PERIOD_DAYS)
        edges = until - np.arange(number, -1, -1) * np.timedelta64(PERIOD_DAYS, "D")
        period = np.searchsorted(edges, self.incidents.day, side="right") - 1
        inside = (period >= 0) & (period < number)
        flat = self.incidents.cell[inside] * number + period[inside]
        return np.bincount(flat, minlength=len(self.grid) * number).reshape(len(self.grid), number).astype(np.float64)

    def _days(self, first: np.datetime64, until: np.datetime64, horizon: int) -> Periods:
        """Ending with the day before `until`: the newest days say most about the map of today."""
        number = max(0, int((until - first) / DAY) // horizon)
        return Periods.of_days(until - np.timedelta64(number * horizon, "D"), until - DAY, horizon)

    def _first(self) -> np.datetime64:
        """Where there is a past to judge from: the first days of a record foretell nothing."""
        return self.incidents.day[0] + np.timedelta64(28, "D")


def past(connection: Connection, area: Area, kinds: tuple[str, ...], resolution: int, until: datetime) -> Past:
    """What is stored of an area before `until` (with a zone), but for what is recorded where police look for it.

    Raises NoIncidents where nothing is left.
    """
    found = store.history(connection, area.id, kinds, resolution, until)
    if found.is_empty():
        raise NoIncidents(f"There are no incidents in {area.name} to look back on: load a feed for it.")
    cells = store.as_cells(found["cell"])
    grid = Grid.of(np.concatenate([cells_of(area.boundary, resolution), cells]))
    each = found["events"].to_numpy()
    driven = found["category"].is_in([name for name, kind in categories().items() if kind.enforcement_driven])
    at, day = grid.index_of(cells), found["day"].to_numpy().astype("datetime64[D]")
    flags = {"enforcement": driven.to_numpy(), "monthly": found["monthly"].to_numpy()}
    repeated = {name: np.repeat(flag, each) for name, flag in flags.items()}
    incidents = Incidents.of(np.repeat(at, each), np.repeat(day, each), len(grid), **repeated)
    if not len(incidents):
        raise NoIncidents(f"All incidents in {area.name} are of kinds recorded where police look for them.")
    return Past(grid, incidents)


def track_record(known: Past, periods: Periods, horizon: int, share_out: ShareOut = map) -> Hindsight:
    """The map as it is published, the forecast and the simple rankings, judged over the same past periods.

    `share_out` says who does the work (`scale_out`).
    Raises UsageError for a horizon other than 1, 7 or 14 days, and what `hindsight` does.
    """
    if horizon not in HORIZONS:
        raise UsageError(f"A look back over {horizon} days is not made: choose {', '.join(map(str, HORIZONS))}.")
    return look_back({"": (known.grid, known.incidents)}, periods, horizon, share_out=share_out)[""]


def rows(found: Hindsight) -> pl.DataFrame:
    """`Hindsight.table`, rounded to what the numbers bear."""
    return found.table().with_columns(pl.col("hit_rate", "pei").round(4), pl.col("^pai.*$").round(2))
