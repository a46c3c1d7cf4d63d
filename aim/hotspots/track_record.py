"""The track record of a map: what it would have caught of the weeks that came after, beside simpler maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from aim.errors import UsageError
from aim.hotspots.forecasting.incidents import DAY, Incidents
from aim.hotspots.forecasting.weights import HORIZONS
from aim.hotspots.grid import Grid
from aim.hotspots.hindsight import Hindsight, Periods
from aim.hotspots.scale_out import look_back
from aim.hotspots.sharing import ShareOut, here
from aim.incident import TimePrecision
from aim.vocabulary.categories import enforcement_driven

WEEKS: Final = 12
MONTHS: Final = 6
"""How far a published layer looks back: enough to tell a good map from a bad one, and still about the town of today."""


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

    def _days(self, first: np.datetime64, until: np.datetime64, horizon: int) -> Periods:
        """Ending with the day before `until`: the newest days say most about the map of today."""
        number = max(0, int((until - first) / DAY) // horizon)
        return Periods.of_days(until - np.timedelta64(number * horizon, "D"), until - DAY, horizon)

    def _first(self) -> np.datetime64:
        """Where there is a past to judge from: the first days of a record foretell nothing."""
        return self.incidents.day[0] + np.timedelta64(28, "D")


def past(grid: Grid, rows: pl.DataFrame) -> Past | None:
    """What incidents (`counted.incidents`, each event once) tell of the past of a grid that holds their cells.

    Those recorded where police look for them are left out; None where nothing else is there.
    """
    cells = grid.index_of(rows["cell"].to_numpy())
    driven = rows["category"].cast(pl.String).is_in(enforcement_driven()).to_numpy()
    monthly = (rows["time_precision"].cast(pl.String) == TimePrecision.MONTH).to_numpy()
    day = rows["day"].to_numpy().astype("datetime64[D]")
    incidents = Incidents.of(cells, day, len(grid), enforcement=driven, monthly=monthly)
    return Past(grid, incidents) if len(incidents) else None


def track_record(known: Past, periods: Periods, horizon: int, share_out: ShareOut = here) -> Hindsight:
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
