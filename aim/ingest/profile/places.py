"""Where it happened: the first of the profile's places that a row fills, in degrees (EPSG:4326)."""

from functools import cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from aim.incident import LocationMethod
from aim.ingest import normalise as to
from aim.ingest.profile.schema import BY_RANGE, Place
from aim.ingest.reasons import RejectReason

DEGREES: Final = "EPSG:4326"
GRID: Final = "EPSG:27700"
Numbers = NDArray[np.float64]


def texts(places: tuple[Place, ...], nothing: tuple[str, ...]) -> dict[str, pl.Expr]:
    """The columns of the first place as they stand, ` x0` and ` y0`, and so on."""
    return {
        f" {axis}{at}": to.text(name, *nothing, *place.nothing)
        for at, place in enumerate(places)
        for axis, name in (("x", place.x), ("y", place.y))
    }


def numbered(frame: pl.LazyFrame, places: tuple[Place, ...]) -> pl.LazyFrame:
    """With the texts as numbers, `x0` and `y0`, and so on; (0, 0) is no place, and not ` somewhere0`.

    Each step is columns of their own, because polars works out anew whatever an expression holds twice.
    """
    ends = [f"{axis}{at}" for at in range(len(places)) for axis in "xy"]
    frame = frame.with_columns(to.number(pl.col(f" {end}")).alias(f" number {end}") for end in ends)
    frame = frame.with_columns(_somewhere(at).alias(f" somewhere{at}") for at in range(len(places)))
    return frame.with_columns(
        pl.when(pl.col(f" somewhere{end[1:]}")).then(pl.col(f" number {end}")).alias(end) for end in ends
    )


def _somewhere(at: int) -> pl.Expr:
    x, y = pl.col(f" number x{at}"), pl.col(f" number y{at}")
    nowhere = (x.abs() < to.NULL_ISLAND_DEGREES) & (y.abs() < to.NULL_ISLAND_DEGREES)
    return ~nowhere.fill_null(False)


def chosen(places: tuple[Place, ...]) -> dict[str, pl.Expr]:
    """`place`: the number of the first place that has both numbers; null where none has."""
    filled = [pl.col(f"x{at}").is_not_null() & pl.col(f"y{at}").is_not_null() for at in range(len(places))]
    return {"place": pl.coalesce(pl.when(full).then(pl.lit(at, pl.UInt8)) for at, full in enumerate(filled))}


def columns(places: tuple[Place, ...]) -> dict[str, pl.Expr]:
    """Longitude, latitude, precision and method of the chosen place, with its numbers as given in `x` and `y`."""
    at_place = [pl.col("place") == at for at in range(len(places))]

    def pick(values: list[pl.Expr]) -> pl.Expr:
        return pl.coalesce(pl.when(here).then(value) for here, value in zip(at_place, values, strict=True))

    return {
        "x": pick([pl.col(f"x{at}") for at in range(len(places))]),
        "y": pick([pl.col(f"y{at}") for at in range(len(places))]),
        "longitude": pick([pl.col(f"longitude{at}") for at in range(len(places))]),
        "latitude": pick([pl.col(f"latitude{at}") for at in range(len(places))]),
        "location_precision_m": pick([pl.lit(place.precision_m) for place in places]),
        "location_method": pick([pl.lit(place.method.value) for place in places]).fill_null(LocationMethod.NONE.value),
    }


def place_reason(places: tuple[Place, ...]) -> pl.Expr:
    """Why a row that gives a place cannot be put there, or null; the most basic reason first."""
    given = pl.any_horizontal(_given(at) for at in range(len(places)))
    wrong = [pl.when(pl.col("place") == at).then(_wrong(place)) for at, place in enumerate(places)]
    unread = to.reason_where(given & pl.col("place").is_null(), RejectReason.INVALID_COORDINATES)
    return pl.coalesce(unread, *wrong)


def stated(places: tuple[Place, ...]) -> pl.Expr:
    """What the row gives as its place, for the person who mends it."""
    ends = ((pl.col(f" x{at}").fill_null(""), pl.col(f" y{at}").fill_null("")) for at in range(len(places)))
    texts = [pl.when(_given(at)).then(pl.concat_str(*both, separator=", ")) for at, both in enumerate(ends)]
    return pl.coalesce(*(pl.when(pl.col("place") == at).then(text) for at, text in enumerate(texts)), *texts)


def _given(at: int) -> pl.Expr:
    return pl.col(f" somewhere{at}") & (pl.col(f" x{at}").is_not_null() | pl.col(f" y{at}").is_not_null())


def _wrong(place: Place) -> pl.Expr:
    x, y = pl.col("x"), pl.col("y")
    if place.crs == DEGREES:
        return to.place_reason()
    on_grid = x.is_between(1, to.BRITISH_EASTINGS) & y.is_between(1, to.BRITISH_NORTHINGS)
    if place.crs == GRID:
        return pl.coalesce(
            to.reason_where(_british_degrees(x, y) | _british_degrees(y, x), RejectReason.COORDINATES_IN_DEGREES),
            to.reason_where(~on_grid, RejectReason.INVALID_COORDINATES),
        )
    if place.crs == BY_RANGE:
        swapped = _british_degrees(y, x)
        return pl.coalesce(
            to.reason_where(swapped, RejectReason.COORDINATES_SWAPPED),
            to.reason_where(~(_metres(x, y) & on_grid) & ~_british_degrees(x, y), RejectReason.INVALID_COORDINATES),
        )
    lost = pl.col("longitude").is_null() | pl.col("latitude").is_null()
    return to.reason_where(lost, RejectReason.INVALID_COORDINATES)


def _british_degrees(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    return x.is_between(*to.BRITISH_LONGITUDES) & y.is_between(*to.BRITISH_LATITUDES)


def _metres(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    return (x >= to.LEAST_METRES) & (y >= to.LEAST_METRES)


def projected(frame: pl.LazyFrame, places: tuple[Place, ...]) -> pl.LazyFrame:
    """With `longitude0` and `latitude0` of the first place, and so on.

    Worked out between polars' steps, not inside its own threads: PROJ crashes where several use it first at once.
    """
    if any(place.crs != DEGREES for place in places):
        frame = frame.collect().lazy()
    for at, place in enumerate(places):
        frame = frame.with_columns(**_degrees(frame, place, at))
    return frame


def _degrees(frame: pl.LazyFrame, place: Place, at: int) -> dict[str, pl.Expr | pl.Series]:
    names = (f"longitude{at}", f"latitude{at}")
    if place.crs == DEGREES:
        return dict(zip(names, (pl.col(f"x{at}"), pl.col(f"y{at}")), strict=True))
    numbers = frame.select(f"x{at}", f"y{at}").collect()
    x, y = (numbers[name].fill_null(np.nan).to_numpy() for name in numbers.columns)
    return dict(zip(names, map(finite, to_degrees(x, y, place.crs)), strict=True))


def to_degrees(x: Numbers, y: Numbers, crs: str) -> tuple[Numbers, Numbers]:
    """Numbers in a coordinate system as degrees, NaN where they have no place in it.

    National Grid metres are accurate to 0.1 m with Ordnance Survey's OSTN15 grid, to about 3 m without: `aim doctor`
    says which is in force.
    """
    inside = np.isfinite(x) & np.isfinite(y)
    if crs in (GRID, BY_RANGE):
        inside &= (x >= 1) & (x <= to.BRITISH_EASTINGS) & (y >= 1) & (y <= to.BRITISH_NORTHINGS)
    if crs == BY_RANGE:
        inside &= (x >= to.LEAST_METRES) & (y >= to.LEAST_METRES)
    longitude, latitude = (axis.copy() if crs == BY_RANGE else np.full(len(axis), np.nan) for axis in (x, y))
    grid = transformer(GRID if crs == BY_RANGE else crs, DEGREES)
    longitude[inside], latitude[inside] = grid.transform(x[inside], y[inside])
    return longitude, latitude


def finite(values: Numbers) -> pl.Series:
    """Numbers as a column, null where they are none."""
    return pl.Series(np.where(np.isfinite(values), values, np.nan), nan_to_null=True)


@cache
def transformer(source: str, target: str) -> Transformer:
    """From one coordinate system to the other, x before y."""
    return Transformer.from_crs(CRS.from_user_input(source), target, always_xy=True)
