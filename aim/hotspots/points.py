"""Incidents and their study area from plain files, for the methods that need no database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import polars_h3
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from aim.areas import read_boundary
from aim.errors import UnreadableFile, UsageError
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.grid import Grid, cells_of
from aim.hotspots.plain_files import read, refuse
from aim.incident import RESOLUTIONS

TRUE = ("true", "1", "yes", "y")
FALSE = ("false", "0", "no", "n", "")


@dataclass(frozen=True)
class PointColumns:
    """The names of the columns of a file of points, and their coordinate reference system, such as `EPSG:27700`.

    `flag` names a column that is true for what was recorded because somebody went looking; None: no row is.
    """

    x: str
    y: str
    date: str
    crs: str
    flag: str | None = None


@dataclass(frozen=True, eq=False)
class Points:
    """The incidents of a file in the cells of an area; `without_location` rows had no coordinates."""

    grid: Grid
    incidents: Incidents
    last_day: np.datetime64
    without_location: int


def read_points(points: Path, columns: PointColumns, area: Path, resolution: int) -> Points:
    """The incidents of a CSV file (it may be gzipped) in the H3 cells whose centres lie in the area of another file.

    A date is `2024-05-31`, with or without a time after it, in local time; or `2024-05`, where only the month is known.
    Raises UnreadableFile naming the first line at fault, WrongColumns, and UsageError for an unknown CRS or a
    resolution other than 8, 9 or 10.
    """
    if resolution not in RESOLUTIONS:
        raise UsageError(f"Resolution {resolution} is not one of {', '.join(map(str, RESOLUTIONS))}.")
    wanted = (columns.x, columns.y, columns.date, *([columns.flag] if columns.flag else []))
    rows = _checked(points, read(points, wanted).select("line", *wanted), columns)
    located = rows.filter(pl.col("x").is_not_null() & pl.col("y").is_not_null())
    grid = Grid.of(cells_of(read_boundary(area), resolution))
    cells = _cells(points, located, columns.crs, resolution)
    days, months = located["day"].to_numpy().astype("datetime64[D]"), located["monthly"].to_numpy()
    flags = located["flagged"].to_numpy()
    found = Incidents.of(grid.index_of(cells), days, len(grid), enforcement=flags, monthly=months)
    if not len(found):
        raise UnreadableFile(f"{points}: no incident lies in the area of {area}. Is {columns.crs} right?")
    return Points(grid, found, found.day[-1], len(rows) - len(located))


def _checked(path: Path, rows: pl.DataFrame, columns: PointColumns) -> pl.DataFrame:
    """`x`, `y` (null: none), `day`, `monthly` and `flagged`. Raises UnreadableFile where a row has something else."""
    said = pl.col(columns.date).str.strip_chars()
    month = said.str.contains(r"^\d{4}-\d{2}$")
    day = pl.when(month).then(said + "-01").otherwise(said.str.head(10)).str.to_date("%Y-%m-%d", strict=False)
    flag = pl.col(columns.flag).fill_null("").str.strip_chars().str.to_lowercase() if columns.flag else pl.lit("")
    number = {axis: pl.col(name).cast(pl.Float64, strict=False) for axis, name in (("x", columns.x), ("y", columns.y))}
    found = rows.with_columns(**number, day=day, monthly=month, flag=flag, flagged=flag.is_in(TRUE))
    refuse(path, found, pl.col("day").is_null(), columns.date, "is not a date such as 2024-05-31")
    for axis, name in (("x", columns.x), ("y", columns.y)):
        broken = pl.col(name).is_not_null() & ~pl.col(axis).is_finite().fill_null(False)
        refuse(path, found, broken, name, "is not a coordinate")
    if columns.flag:
        refuse(path, found, ~pl.col("flag").is_in([*TRUE, *FALSE]), columns.flag, "is neither true nor false")
    return found.select("line", "x", "y", "day", "monthly", "flagged")


def _cells(path: Path, rows: pl.DataFrame, crs: str, resolution: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """uint64[m]: the cell of each row. Raises UsageError for an unknown CRS."""
    try:
        to_degrees = Transformer.from_crs(CRS.from_user_input(crs), 4326, always_xy=True)
    except CRSError as error:
        raise UsageError(f"{crs!r} is not a coordinate reference system: give one such as EPSG:27700.") from error
    longitude, latitude = to_degrees.transform(rows["x"].to_numpy(), rows["y"].to_numpy())
    placed = pl.DataFrame({"longitude": longitude, "latitude": latitude})
    away = ~pl.col("latitude").is_between(-90, 90) | ~pl.col("longitude").is_between(-180, 180)
    if placed.select(away.any()).item():
        line = rows["line"][placed.select(away.arg_max()).item()]
        raise UnreadableFile(f"{path}, line {line}: the place is not on the earth. Is {crs} right?")
    return placed.select(polars_h3.latlng_to_cell("latitude", "longitude", resolution))["latitude"].to_numpy()
