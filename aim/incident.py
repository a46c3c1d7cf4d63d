"""`Incident`: the one normal form that all feeds meet, as columns.

A feed's `normalise` gives a frame with the columns of `NORMAL_FORM`; the loader adds what does not depend on the feed
(category, agency, cells, content hash). Times are UTC; positions WGS84 degrees; precisions metres.
"""

from enum import StrEnum
from typing import Final

import polars as pl


class TimePrecision(StrEnum):
    """The unit in which the source states when. `occurred_from` to `occurred_to` spans it."""

    EXACT = "exact"
    DAY = "day"
    MONTH = "month"


class LocationMethod(StrEnum):
    """How the point came about: as recorded, rounded to a grid, snapped to an anonymous map point, or none given."""

    EXACT = "exact"
    ROUNDED = "rounded"
    SNAPPED = "snapped"
    NONE = "none"


RESOLUTIONS: Final = (8, 9, 10)
"""H3 resolutions at which each incident is indexed: force-wide, default, street."""


def cell_column(resolution: int) -> str:
    """The column that holds an incident's cell at a resolution."""
    return f"h3_r{resolution}"


NORMAL_FORM: Final[dict[str, pl.DataType]] = {
    "line": pl.Int64(),  # of the record in its file, the first being 1
    "scope": pl.String(),  # what a snapshot replaces: "Cleveland Police 2018-10"; "" for incremental feeds
    "source_id": pl.String(),  # null where the source gives none
    "occurred_from": pl.Datetime("us", "UTC"),
    "occurred_to": pl.Datetime("us", "UTC"),  # exclusive, except that an exact time has to = from
    "time_precision": pl.String(),
    "longitude": pl.Float64(),  # null: no location
    "latitude": pl.Float64(),
    "location_precision_m": pl.Float32(),  # radius that holds the true place; null without location
    "location_method": pl.String(),
    "source_category": pl.String(),
    "outcome": pl.String(),  # what the source last said became of it
    "attributes": pl.String(),  # a JSON object of what a feed keeps beside this, or null
    "reason": pl.String(),  # a RejectReason, or null for a good row
    "detail": pl.String(),  # the offending value, for the person who mends it
}
