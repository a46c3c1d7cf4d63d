"""What has been erased does not come back: neither its rows nor, in the aggregates, its count."""

from dataclasses import replace
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, func, select

from aim.db.tables import erasure_log
from aim.ingest.feed import Feed
from aim.ingest.reasons import RejectReason


def erased_until(connection: Connection, feed: str) -> datetime | None:
    """The instant before which incidents of a feed have been erased; None where none have."""
    query = select(func.max(erasure_log.c.cutoff)).where(erasure_log.c.feed == feed)
    return connection.execute(query).scalar_one()


def kept_since(feed: Feed, floor: datetime | None) -> Feed:
    """The feed, rejecting rows that ended before `floor` (with a zone) whatever else is wrong with them."""
    if floor is None:
        return feed

    def normalise(raw: pl.DataFrame) -> pl.DataFrame:
        frame = feed.normalise(raw)
        gone = (pl.col("occurred_to") < floor).fill_null(False)
        return frame.with_columns(
            reason=pl.when(gone).then(pl.lit(RejectReason.EXPIRED.value)).otherwise("reason"),
            detail=pl.when(gone).then(pl.lit("")).otherwise("detail"),
        )

    return replace(feed, normalise=normalise)
