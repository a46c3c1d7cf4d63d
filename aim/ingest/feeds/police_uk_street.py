"""data.police.uk street-level crime: one force and month a file, published one to two months late."""

import polars as pl

from aim.incident import LocationMethod
from aim.ingest import normalise as to
from aim.ingest.feed import Delivery, Feed
from aim.ingest.reasons import RejectReason
from aim.ingest.tabular import csv_reader, has_columns
from aim.vocabulary.categories import words
from aim.vocabulary.nim import Agency

COLUMNS = (
    "Crime ID",
    "Month",
    "Reported by",
    "Longitude",
    "Latitude",
    "Crime type",
    "Last outcome category",
)
SNAP_PRECISION_M = 200.0
LONGEST_FORCE = 200
"""Characters; more would not fit the index on scopes."""


def normalise(raw: pl.DataFrame) -> pl.DataFrame:
    """Anti-social behaviour has no Crime ID: its rows stay apart even where they are alike, for each is an incident."""
    longitude, latitude = to.text("Longitude"), to.text("Latitude")
    month, force = to.text("Month"), to.text("Reported by").str.head(LONGEST_FORCE)
    frame = raw.lazy().with_columns(
        scope=pl.concat_str(force.fill_null("unknown force"), pl.lit(" "), month.fill_null("")),
        source_id=to.text("Crime ID"),
        longitude=to.number(longitude),
        latitude=to.number(latitude),
        location_precision_m=pl.lit(SNAP_PRECISION_M),
        location_method=pl.lit(LocationMethod.SNAPPED.value),
        source_category=to.text("Crime type"),
        attributes=pl.lit(None, pl.String),
        outcome=to.text("Last outcome category"),
        **to.month_times(month),
    )
    given = longitude.is_not_null() | latitude.is_not_null()
    return to.in_normal_form(
        frame.with_columns(
            reason=pl.coalesce(
                to.reason_where(pl.col("occurred_from").is_null(), RejectReason.INVALID_DATE),
                to.reason_where(pl.col("source_category").is_null(), RejectReason.MISSING_CATEGORY),
                to.place_reason(given),
            ),
        ).with_columns(detail=_detail())
    )


def _detail() -> pl.Expr:
    place = pl.concat_str(pl.col("Longitude"), pl.lit(", "), pl.col("Latitude"), ignore_nulls=True)
    return (
        pl.when(pl.col("reason") == RejectReason.INVALID_DATE.value)
        .then(pl.col("Month").fill_null("no month"))
        .when(pl.col("reason").is_not_null())
        .then(place)
    )


FEED = Feed(
    name="police-uk-street",
    title="Street-level crime and anti-social behaviour (data.police.uk)",
    agency=Agency.POLICE,
    publisher="Home Office, data.police.uk",
    licence="Open Government Licence v3.0",
    attribution="Contains public sector information from data.police.uk, Open Government Licence v3.0",
    delivery=Delivery.SNAPSHOT,
    words=words("police-uk"),
    recognises=has_columns(COLUMNS),
    read=csv_reader(COLUMNS),
    normalise=normalise,
    columns=COLUMNS,
    location_note=(
        "Points are moved to the nearest of a fixed set of map points, each standing for at least eight addresses or "
        "none. The publisher states no error; 200 m is this project's assumption, which allows H3 resolution 8."
    ),
)
