"""How far off the points of a table may be, by their decimals, their rounding and how many share one."""

from dataclasses import dataclass
from math import ceil, cos, hypot, isnan, nan, radians
from typing import Final

import numpy as np
import polars as pl

from aim.incident import LocationMethod
from aim.ingest.draft.findings import of
from aim.ingest.profile.schema import BY_RANGE

ASSUMED_M: Final = 10.0
"""Of a point that is stated to the metre: what an address or a telephone is worth. A draft says that it is assumed."""
DEGREE_M: Final = 111_320.0
"""Metres in a degree of latitude."""
STEPS: Final = (10_000, 5_000, 1_000, 500, 100, 50, 25, 10)
FEWEST: Final = 20
SNAPPED_FEWEST: Final = 200
SNAPPED_POINTS: Final = 20
SHARED: Final = 0.65
"""Of the rows, that lie on a point with others: addresses repeat, but not so often, unless the table covers years."""
NEARLY_ALL: Final = 0.95


@dataclass(frozen=True)
class Precision:
    """The radius that holds the true place, in metres, how the point came about, and the reasoning."""

    metres: float
    method: LocationMethod
    why: str


def precision_of(given: pl.DataFrame, crs: str | None) -> Precision:
    """Of numbers `x`, `y` with their texts `texts_x`, `texts_y`; `crs` None where the unit is not known."""
    rounded, snapped = _rounded(given, crs), _snapped(given, crs)
    found = max((p for p in (rounded, snapped) if p), key=lambda p: p.metres, default=None)
    if found is not None:
        return found
    return Precision(ASSUMED_M, LocationMethod.EXACT, f"no rounding or snapping shows; {ASSUMED_M:.0f} m is assumed")


def _unit(crs: str | None) -> float:
    """Metres in the unit of a projected system; 0 where it is degrees, NaN where it is not known."""
    from pyproj import CRS

    if crs in (None, BY_RANGE):
        return 1.0 if crs else nan
    known = CRS.from_user_input(crs)
    return float(known.axis_info[0].unit_conversion_factor) if known.is_projected else 0.0


def _rounded(given: pl.DataFrame, crs: str | None) -> Precision | None:
    unit = _unit(crs)
    if crs == BY_RANGE:
        given = given.filter(pl.col("x").abs() > 180)
    if given.height < FEWEST or isnan(unit):
        return None
    return _squares(given, unit) if unit else _few_decimals(given)


def _few_decimals(given: pl.DataFrame) -> Precision | None:
    """Half the diagonal of the cell that the decimals leave, at the table's own latitude."""
    decimals = pl.concat([_decimals(given["texts_x"]), _decimals(given["texts_y"])])
    places = int(decimals.quantile(NEARLY_ALL, "higher") or 0)
    step = 10.0**-places * DEGREE_M
    latitude = float(given["y"].median() or 0)  # type: ignore[arg-type]  # a number: y is Float64
    metres = ceil(hypot(step, step * cos(radians(latitude))) / 2)
    if metres <= ASSUMED_M:
        return None
    why = f"{places} decimals of a degree: the point lies within {metres:,} m (half a cell's diagonal)"
    return Precision(float(metres), LocationMethod.ROUNDED, why)


def _decimals(texts: pl.Series) -> pl.Series:
    found = texts.str.extract(r"\.(\d*?)0*$", 1)
    return found.str.len_chars().fill_null(0)


def _squares(given: pl.DataFrame, unit: float) -> Precision | None:
    """The largest square that nearly all points are the centre or the corner of."""
    for step in STEPS:
        for rest, what, diagonals in ((step / 2, "centre", 0.5), (0.0, "corner", 1.0)):
            on_it = pl.all_horizontal((pl.col(axis) % step) == rest for axis in ("x", "y"))
            share = float(given.select(on_it.mean()).item())
            metres = ceil(hypot(step, step) * unit * diagonals)
            if share >= NEARLY_ALL and metres > ASSUMED_M:
                why = f"{share:.0%} of the points are the {what} of a square of {step:,} (in the system's unit)"
                return Precision(float(metres), LocationMethod.ROUNDED, f"{why}: {metres:,} m to its farthest corner")
    return None


def _snapped(given: pl.DataFrame, crs: str | None) -> Precision | None:
    """Most rows share their point: the next point is how far the true place may be."""
    points = given.group_by("x", "y").len()
    shared = int(points.filter(pl.col("len") > 1)["len"].sum())
    if given.height < SNAPPED_FEWEST or shared < SHARED * given.height or points.height < SNAPPED_POINTS:
        return None
    metres = _spacing(points, crs)
    if metres is None:
        return None
    why = f"{of(shared, given.height, 'rows')} share one of {points.height:,} points, of which 19 in 20 lie within"
    return Precision(float(metres), LocationMethod.SNAPPED, f"{why} {metres:,} m of the next: moved to map points")


def _spacing(points: pl.DataFrame, crs: str | None) -> int | None:
    """The distance to the nearest other point that 95 % of the points do not exceed, in metres, in round tens."""
    from scipy.spatial import KDTree

    x, y, unit = points["x"].to_numpy(), points["y"].to_numpy(), _unit(crs)
    if isnan(unit) or crs == BY_RANGE:
        return None
    across = unit or DEGREE_M * cos(radians(float(np.median(y))))
    x, y = x * across, y * (unit or DEGREE_M)
    nearest = KDTree(np.column_stack([x, y])).query(np.column_stack([x, y]), k=2)[0][:, 1]
    return ceil(float(np.quantile(nearest, NEARLY_ALL)) / 10) * 10
