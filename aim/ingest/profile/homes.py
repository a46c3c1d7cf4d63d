"""Places that are somebody's home: the point is moved to the centre of its square before it is stored anywhere."""

from fnmatch import fnmatchcase
from math import ceil, sqrt

import numpy as np
import polars as pl

from aim.incident import LocationMethod
from aim.ingest.profile.places import DEGREES, GRID, finite, transformer
from aim.ingest.profile.schema import Homes

MEANT = " is a home"


def without_homes(frame: pl.LazyFrame, homes: Homes) -> pl.LazyFrame:
    """The good rows that say one of `homes.said`, with their square's centre for their place.

    The true place lies within half the square's diagonal of it, and as much farther as the point was off before.
    """
    rows = frame.collect()
    names = [said for said in rows["source_category"].unique().drop_nulls() if _is_meant(said, homes)]
    meant = pl.col("source_category").is_in(names) & pl.col("reason").is_null() & pl.col("longitude").is_not_null()
    rows = rows.with_columns(meant.alias(MEANT))
    return rows.lazy().with_columns(
        *_centres(rows, homes.square_m),
        location_precision_m=pl.col("location_precision_m")
        + pl.when(MEANT).then(ceil(homes.square_m / sqrt(2))).otherwise(0),
        location_method=pl.when(MEANT).then(pl.lit(LocationMethod.ROUNDED.value)).otherwise("location_method"),
    )


def _is_meant(said: str, homes: Homes) -> bool:
    return any(fnmatchcase(said.lower(), pattern.strip().lower().replace("[", "[[]")) for pattern in homes.said)


def _centres(rows: pl.DataFrame, square_m: int) -> tuple[pl.Series, pl.Series]:
    """Longitude and latitude (degrees) of the rows, of those that are meant the centre of their square."""
    at = rows[MEANT].to_numpy()
    longitude, latitude = (rows[name].fill_null(np.nan).to_numpy().copy() for name in ("longitude", "latitude"))
    metres = transformer(DEGREES, GRID).transform(longitude[at], latitude[at])
    x, y = (np.floor(axis / square_m) * square_m + square_m / 2 for axis in metres)
    longitude[at], latitude[at] = transformer(GRID, DEGREES).transform(x, y)
    return finite(longitude).alias("longitude"), finite(latitude).alias("latitude")
