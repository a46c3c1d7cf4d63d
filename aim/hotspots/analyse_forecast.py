"""The forecast on plain files, with no database: `aim analyse forecast`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from aim.errors import NoIncidents
from aim.hotspots.forecasting.forecast import TIMESCALES, Forecast, forecast
from aim.hotspots.grid import Grid, to_hex
from aim.hotspots.points import PointColumns, read_points


@dataclass(frozen=True, eq=False)
class ForecastTable:
    """`cells` has a row for each cell of the area, the first rank first; `about` what it rests on."""

    cells: pl.DataFrame
    about: dict[str, float | int | str | bool]


def forecast_file(
    points: Path, columns: PointColumns, area: Path, resolution: int, as_of: np.datetime64 | None, horizon: int
) -> ForecastTable:
    """Forecast the `horizon` days after the local day `as_of` from the points of a file, in the cells of an area.

    `as_of` is the last day known, by default the last of the file; later rows are not looked at. Gives `cell`,
    `expected` (incidents), `rank`, the share of `expected` that comes from each timescale (`share_7d` ...
    `share_anywhere`, which add up to 1) and, of all that, from other cells (`share_near`). Raises what `read_points`
    does, UsageError for a horizon other than 1, 7 or 14, and NoIncidents.
    """
    read = read_points(points, columns, area, resolution)
    day = read.last_day if as_of is None else as_of
    known = len(read.incidents.known(day))
    if not known:
        raise NoIncidents(f"{points} has no incident in the area on {day} or before: give a later --as-of.")
    found = forecast(read.grid, read.incidents, day, horizon)
    about: dict[str, float | int | str | bool] = {
        "as_of": str(day),
        "horizon": horizon,
        "resolution": resolution,
        "incidents": known,
        "later": len(read.incidents) - known,
        "outside_area": read.incidents.outside,
        "without_location": read.without_location,
        "enforcement_driven": read.incidents.enforcement_driven,
        "fitted": found.weights.fitted,
        "origins": found.weights.origins,
    }
    return ForecastTable(table(read.grid, found), about)


def table(grid: Grid, found: Forecast) -> pl.DataFrame:
    """A forecast as a table, the first rank first."""
    shares = {f"share_{name}": found.share[:, at] for at, name in enumerate(TIMESCALES)}
    columns = {"cell": to_hex(grid.cells), "expected": found.expected, "rank": found.rank}
    return pl.DataFrame(columns | shares | {"share_near": found.near}).sort("rank")
