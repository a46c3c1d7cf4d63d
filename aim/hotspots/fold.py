"""One event, several reports: a layer counts the event once, where its best placed report is."""

from typing import Final

import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from aim.db.tables.links import KEY

KINDS: Final = ("cell", "agency", "category", "method", "feed", "current")
"""What tells one row of the event cube from another."""


def fold(events: pl.DataFrame, linked: pl.DataFrame) -> pl.DataFrame:
    """Counts with each linked event counted once: in `events`, where `reports` still has every report.

    `events` as the event cube's statement gives it, `linked` as that of the linked reports does: two rows for each
    link, with null for `cell` where the layer does not count that report. The report that stands for an event is the
    one placed most precisely, of those the earliest, of those the first by its key. The event's other reports move to
    its cell and its time, so that in each cell reports less events are the duplicates. Where one agency alone reports
    an event, nothing is folded: within an agency two reports stay two.
    """
    counted = events.with_columns(reports="events")
    members = _members(linked)
    others = members.filter(~pl.col("stands"))
    if others.is_empty():
        return counted
    taken = others.select(*KINDS, "precision_m", events=pl.lit(-1, pl.Int64), reports=pl.lit(-1, pl.Int64))
    moved = others.drop("cell", "current", "precision_m").join(
        members.filter("stands").select("event", "cell", "current", "precision_m"), on="event"
    )
    added = moved.select(*KINDS, "precision_m", events=pl.lit(0, pl.Int64), reports=pl.lit(1, pl.Int64))
    parts = [part.select(counted.columns) for part in (counted, taken, added)]
    summed = (
        pl.concat(parts)
        .group_by(KINDS, maintain_order=True)
        .agg(pl.col("precision_m").max(), pl.col("events", "reports").sum())
    )
    return summed.filter((pl.col("events") > 0) | (pl.col("reports") > 0)).select(counted.columns)


def duplicates(linked: pl.DataFrame) -> pl.DataFrame:
    """The counted reports of `linked` that do not stand for their event: another agency's does."""
    return _members(linked).filter(~pl.col("stands"))


def _members(linked: pl.DataFrame) -> pl.DataFrame:
    """The counted reports of events that several agencies reported: once each, with `event` and whether it `stands`."""
    known = linked.with_columns(event=_events(linked)).filter(pl.col("cell").is_not_null()).unique(KEY)
    several = known.filter(pl.col("agency").n_unique().over("event") > 1)
    ordered = several.sort("event", "precision_m", "occurred_from", *KEY)
    return ordered.with_columns(stands=pl.col("event").is_first_distinct())


def _events(linked: pl.DataFrame) -> pl.Series:
    """The number of the event of each row: reports that links connect, over however many of them."""
    node = linked.select(pl.struct(KEY).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    link = linked.select(pl.col("link").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
    nodes, links = (int(numbers.max(initial=-1)) + 1 for numbers in (node, link))
    ends = coo_array(([1] * len(node), (node, link + nodes)), shape=(nodes + links, nodes + links))
    return pl.Series(connected_components(ends, directed=False)[1][node], dtype=pl.Int64)
