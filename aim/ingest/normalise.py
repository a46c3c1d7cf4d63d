"""What every feed needs to reach the normal form: columns of strings in, columns of times and places out.

Pure polars; nothing here knows a feed, the database or the clock.
"""

from typing import Final, Literal

import polars as pl

from aim.incident import NORMAL_FORM, LocationMethod
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


def zoned(naive: pl.Expr, ambiguous: Literal["earliest", "latest"], zone: str = LONDON) -> pl.Expr:
    """Local times as UTC; null in the hour that the clocks skip. `ambiguous`: which of two in the hour they repeat."""
    local = naive.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")
    return local.dt.convert_time_zone("UTC")


def place_reason() -> pl.Expr:
    """Why `longitude` and `latitude` cannot be a place, or null; where neither is there, there is nothing to refuse.

    The swap is certain only in Britain's ranges, which swapped lie in the Indian Ocean; metres are recognised by the
    National Grid's extent.
    """
    x, y = pl.col("longitude"), pl.col("latitude")
    metres = x.is_between(LEAST_METRES, BRITISH_NORTHINGS) & y.is_between(LEAST_METRES, BRITISH_NORTHINGS)
    swapped = x.is_between(*BRITISH_LATITUDES) & y.is_between(*BRITISH_LONGITUDES)
    return (
        pl.when(metres)
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
