"""What every feed needs to reach the normal form: columns of strings in, columns of times and places out.

Pure polars and pyproj; nothing here knows a feed, the database or the clock.
"""

from functools import cache
from typing import Final

import polars as pl
from pyproj import Transformer

from aim.incident import NORMAL_FORM, LocationMethod, TimePrecision
from aim.ingest.reasons import RejectReason

LONDON: Final = "Europe/London"
NULL_ISLAND_DEGREES: Final = 1e-6
BRITISH_LONGITUDES: Final = (-9.0, 2.1)
BRITISH_LATITUDES: Final = (49.8, 61.0)
BRITISH_EASTINGS: Final = 700_000.0
BRITISH_NORTHINGS: Final = 1_300_000.0
LEAST_METRES: Final = 1_000.0
"""No land has a smaller easting or northing, and a slip in a figure of degrees stays below."""


def text(column: str, *nothing: str) -> pl.Expr:
    """The trimmed text of a column; null where it is empty or one of the source's words for nothing."""
    trimmed = pl.col(column).str.strip_chars()
    return pl.when(trimmed.is_in(["", *nothing])).then(None).otherwise(trimmed)


def number(expression: pl.Expr) -> pl.Expr:
    """The text as a finite float; null where it is none."""
    value = expression.cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def month_times(month: pl.Expr) -> dict[str, pl.Expr]:
    """The span of a `YYYY-MM` month in London's time: [from, to)."""
    exact = pl.when(month.str.contains(r"^\d{4}-\d{2}$")).then(month + "-01")
    start = exact.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    return {
        "occurred_from": _london(start, "earliest"),
        "occurred_to": _london(start.dt.offset_by("1mo"), "earliest"),
        "time_precision": pl.lit(TimePrecision.MONTH.value),
    }


def local_times(local: pl.Expr) -> dict[str, pl.Expr]:
    """An exact London time. In the hour that the clocks repeat it may be either: `from` and `to` span both."""
    return {
        "occurred_from": _london(local, "earliest"),
        "occurred_to": _london(local, "latest"),
        "time_precision": pl.lit(TimePrecision.EXACT.value),
    }


def _london(naive: pl.Expr, ambiguous: str) -> pl.Expr:
    zoned = naive.dt.replace_time_zone(LONDON, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]  # a word polars knows
    return zoned.dt.convert_time_zone("UTC")


@cache
def _national_grid() -> Transformer:
    return Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)


def to_degrees(eastings: pl.Series, northings: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Longitude and latitude (EPSG:4326) of National Grid metres (EPSG:27700); null where either is null.

    Accurate to 0.1 m with Ordnance Survey's OSTN15 grid, to about 3 m without: `aim doctor` says which is in force.
    """
    known = eastings.is_not_null() & northings.is_not_null()
    x, y = _national_grid().transform(eastings.fill_null(0).to_numpy(), northings.fill_null(0).to_numpy())
    nothing = pl.Series([None], dtype=pl.Float64)
    return (
        pl.Series("longitude", x).zip_with(known, nothing.new_from_index(0, len(known))),
        pl.Series("latitude", y).zip_with(known, nothing.new_from_index(0, len(known))),
    )


def place_reason(given: pl.Expr) -> pl.Expr:
    """Why `longitude` and `latitude` cannot be a place, or null.

    `given`: whether the source gave anything at all. The swap is certain only in Britain's ranges, which swapped lie
    in the Indian Ocean; metres are recognised by the National Grid's extent.
    """
    x, y = pl.col("longitude"), pl.col("latitude")
    metres = x.is_between(LEAST_METRES, BRITISH_NORTHINGS) & y.is_between(LEAST_METRES, BRITISH_NORTHINGS)
    swapped = x.is_between(*BRITISH_LATITUDES) & y.is_between(*BRITISH_LONGITUDES)
    return (
        pl.when(given & (x.is_null() | y.is_null()))
        .then(pl.lit(RejectReason.INVALID_COORDINATES.value))
        .when(metres)
        .then(pl.lit(RejectReason.COORDINATES_IN_METRES.value))
        .when((x.abs() > 180) | (y.abs() > 90))
        .then(pl.lit(RejectReason.INVALID_COORDINATES.value))
        .when(swapped)
        .then(pl.lit(RejectReason.COORDINATES_SWAPPED.value))
    )


def without_null_island(frame: pl.DataFrame) -> pl.DataFrame:
    """(0, 0) is how publishers write "no location"; it must not become a hot spot off Ghana."""
    at_zero = (pl.col("longitude").abs() < NULL_ISLAND_DEGREES) & (pl.col("latitude").abs() < NULL_ISLAND_DEGREES)
    nowhere = at_zero | pl.col("longitude").is_null() | pl.col("latitude").is_null()
    return frame.with_columns(
        longitude=pl.when(~nowhere).then("longitude"),
        latitude=pl.when(~nowhere).then("latitude"),
        location_precision_m=pl.when(~nowhere).then("location_precision_m"),
        location_method=pl.when(nowhere).then(pl.lit(LocationMethod.NONE.value)).otherwise("location_method"),
    )


def reason_where(condition: pl.Expr, reason: RejectReason) -> pl.Expr:
    """`reason` where `condition` holds, else null; to be used in `pl.coalesce`, most basic reason first."""
    return pl.when(condition).then(pl.lit(reason.value))


def in_normal_form(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Just the columns of the normal form, in order and with their types.

    A lazy frame is worked out here in one go, which computes what several columns share only once.
    """
    return frame.lazy().select(pl.col(name).cast(kind) for name, kind in NORMAL_FORM.items()).collect()
