"""What linking reads: the reports that a rule may speak of, in a region of space and time, as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from aim.db.bulk import copied
from aim.db.tables.links import KEY
from aim.ingest.links.rules import Rules

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SCHEMA: Final[dict[str, pl.DataType]] = {
    "feed": pl.String(),
    "scope": pl.String(),
    "identity": pl.Int64(),
    "ordinal": pl.Int32(),
    "agency": pl.String(),
    "category": pl.String(),
    "source_category": pl.String(),
    "begins": pl.Float64(),  # hours since 1970, UTC
    "ends": pl.Float64(),
    "whole_day": pl.Boolean(),
    "placed": pl.Boolean(),  # a rule may speak of it: false for what only a mirrored id or a reviewer can link
    "longitude": pl.Float64(),
    "latitude": pl.Float64(),
    "precision_m": pl.Float64(),
    "cell": pl.Int64(),
}
# `i` is an incident. The texts below are put together from these constants; values are bound.
LINKABLE: Final = """
    i.time_precision <> 'month' AND i.location IS NOT NULL AND i.category = ANY(%(categories)s)
    AND i.location_precision_m <= %(coarsest_m)s AND i.occurred_to - i.occurred_from <= %(longest)s
"""
COLUMNS: Final = f"""
    i.feed, i.scope, i.identity, i.ordinal, i.agency, i.category, i.source_category,
    extract(epoch FROM i.occurred_from)::float8 / 3600 AS begins, extract(epoch FROM i.occurred_to)::float8 / 3600,
    (i.time_precision = 'day')::int, coalesce(({LINKABLE})::int, 0), ST_X(i.location), ST_Y(i.location),
    i.location_precision_m::float8, i.h3_r9
"""
READ: Final = f"SELECT {COLUMNS} FROM incident AS i WHERE {LINKABLE}"  # noqa: S608  # this file's own constants
WITHIN: Final = """
    AND i.location && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
"""
SINCE: Final = " AND i.occurred_from >= to_timestamp(%(since)s)"
UNTIL: Final = " AND i.occurred_from <= to_timestamp(%(until)s)"
METRES_A_DEGREE: Final = 111_000.0
"""Of latitude, rounded down, so that margins come out too wide and never too narrow."""


@dataclass(frozen=True)
class Region:
    """A box in degrees and hours since 1970, edges included. Infinite: no edge on that side."""

    west: float = -np.inf
    south: float = -np.inf
    east: float = np.inf
    north: float = np.inf
    since: float = -np.inf
    until: float = np.inf

    def widened(self, metres: float, hours: float) -> Region:
        """The same with a margin of at least that much on every side; a negative one makes it smaller."""
        up = metres / METRES_A_DEGREE
        farthest = min(max(abs(self.south), abs(self.north)), 89.0) if np.isfinite(self.south) else 0.0
        aside = up / np.cos(np.radians(farthest))
        return Region(
            self.west - aside,
            self.south - up,
            self.east + aside,
            self.north + up,
            self.since - hours,
            self.until + hours,
        )

    def joined(self, other: Region) -> Region:
        """The smallest region around both."""
        low = {name: min(getattr(self, name), getattr(other, name)) for name in ("west", "south", "since")}
        high = {name: max(getattr(self, name), getattr(other, name)) for name in ("east", "north", "until")}
        return Region(**low, **high)

    def holds(self, rows: pl.DataFrame) -> Bools:
        """bool[n]: which rows lie in it. What no rule may speak of has no place in any region."""
        inside = (
            pl.col("longitude").is_between(self.west, self.east)
            & pl.col("latitude").is_between(self.south, self.north)
            & pl.col("begins").is_between(self.since, self.until)
        )
        return rows.select((pl.col("placed") & inside).fill_null(False))["placed"].to_numpy()


def clustered(regions: Iterable[Region], apart_h: float) -> list[Region]:
    """Joined wherever they lie less than that many hours apart, so that a late correction does not drag years along."""
    found: list[Region] = []
    for region in sorted(regions, key=lambda region: region.since):
        if found and region.since - found[-1].until <= apart_h:
            found[-1] = found[-1].joined(region)
        else:
            found.append(region)
    return found


def bindings(rules: Rules) -> dict[str, Any]:
    """The values of LINKABLE."""
    longest = f"{rules.longest_h} hours"
    return {"categories": rules.categories, "coarsest_m": rules.coarsest_m, "longest": longest}


def read(connection: Connection, region: Region, rules: Rules) -> pl.DataFrame:
    """The reports in a region that a rule may speak of, as SCHEMA says, in no order."""
    edges = {name: getattr(region, name) for name in ("west", "south", "east", "north")}
    statement, values = READ, bindings(rules) | edges
    if np.isfinite(list(edges.values())).all():
        statement += WITHIN
    for name, condition in (("since", SINCE), ("until", UNTIL)):
        if np.isfinite(hours := getattr(region, name)):
            statement, values = statement + condition, values | {name: hours * 3600}
    return copied(connection, statement, values, SCHEMA)


def in_order(rows: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Both, each incident once, by their keys: whatever order rows come in, they are worked on in this one."""
    if len(more):
        more = more.unique(KEY, keep="any")
        rows = pl.concat([rows.join(more, on=KEY, how="anti"), more])
    return rows.sort(KEY)


def exists(connection: Connection, query: str) -> bool:
    """Whether the query finds anything."""
    return bool(connection.execute(text(f"SELECT EXISTS ({query})")).scalar_one())
