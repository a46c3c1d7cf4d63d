"""What a layer counts of a record: its incidents, each event once, by cell and time. Frames in, frames out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl
import polars.selectors as cs

from aim.db.tables.links import KEY
from aim.hotspots.fold import KINDS, duplicates, fold
from aim.hotspots.record import Record
from aim.incident import TimePrecision, cell_column
from aim.ingest.health.series import VOLUME_SCHEMA, Span

LONDON: Final = "Europe/London"
INSTANT: Final = pl.duration(microseconds=1)
_AS_TEXT: Final = cs.categorical().cast(pl.String)


@dataclass(frozen=True)
class Window:
    """The time that is scored, [since, until), and the equal time before it, [before, since). UTC."""

    before: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Coverage:
    """The time that an agency's feeds span, from the midnight before the first incident. UTC; `ends` is exclusive."""

    begins: datetime
    ends: datetime


def coverage(record: Record, categories: tuple[str, ...]) -> dict[str, Coverage]:
    """By agency, the time that those of its feeds span that hold any of the categories in and around the area.

    All that such a feed reports counts, because a month without the layer's own kinds of incident is covered too.
    """
    after = pl.max_horizontal("occurred_to", pl.col("occurred_from") + INSTANT).max()
    feeds = record.rows.group_by("agency", "feed").agg(
        first=pl.col("occurred_from").min(),
        after=pl.min_horizontal(after, pl.lit(record.until).cast(pl.Datetime("us", "UTC"))),
        holds=_one_of(categories).any(),
    )
    spans = feeds.filter("holds").group_by("agency").agg(pl.col("first").min(), pl.col("after").max()).sort("agency")
    midnight = pl.col("first").dt.convert_time_zone(LONDON).dt.truncate("1d").dt.convert_time_zone("UTC")
    return {agency: Coverage(begins, ends) for agency, begins, ends in spans.with_columns(midnight).iter_rows()}


def volume(record: Record) -> pl.DataFrame:
    """How many rows the area has of each feed, scope and day or month, as the health of feeds is judged by."""
    monthly = pl.col("time_precision").cast(pl.String) == TimePrecision.MONTH.value
    span = pl.when(monthly).then(pl.lit(Span.MONTH.value)).otherwise(pl.lit(Span.DAY.value))
    inside = record.rows.filter("inside")
    counts = inside.group_by("feed", "scope", span.alias("span"), pl.col("day").alias("starts")).agg(rows=pl.len())
    told = counts.with_columns(_AS_TEXT, placed=0, mapped=0)
    return told.select(pl.col(name).cast(kind) for name, kind in VOLUME_SCHEMA.items())


def incidents(record: Record, categories: tuple[str, ...], resolution: int) -> pl.DataFrame:
    """The record's rows inside the area of these categories, with `cell` at a resolution."""
    rows = record.rows.filter(pl.col("inside") & _one_of(categories))
    return rows.with_columns(cell=pl.col(cell_column(resolution))).drop("inside", "^h3_r.*$")


def outside(record: Record, categories: tuple[str, ...], window: Window) -> int:
    """How many incidents of the window and of these categories lie around the area and not in it."""
    around = record.rows.filter(~pl.col("inside") & _one_of(categories))
    return around.filter(pl.col("occurred_from").is_between(window.since, window.until, closed="left")).height


def once(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Of `incidents`, one for each event: the report that stands for it where several agencies' are linked."""
    again = duplicates(_linked(rows, links)).with_columns(pl.col("feed", "scope").cast(pl.Categorical))
    return rows if again.is_empty() else rows.join(again, on=KEY, how="anti", maintain_order="left")


def events(rows: pl.DataFrame, links: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Counts of `incidents` by cell, agency, category, kind of place and feed, in the window and the one before it.

    `current` says in which; `precision_m` is the worst of a group. An event that several agencies reported is one of
    `events` (see `fold`) and each of its reports one of `reports`.
    """
    inside = rows.filter(pl.col("occurred_from").is_between(window.before, window.until, closed="left"))
    inside = inside.with_columns(current=pl.col("occurred_from") >= window.since)
    counted = inside.group_by(KINDS).agg(pl.col("precision_m").max(), events=pl.len().cast(pl.Int64))
    return fold(counted.with_columns(_AS_TEXT), _linked(inside, links)).sort(KINDS)


def _linked(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """The sides of each link, with what is known of the incident where it is one of `rows`."""
    sides = links.with_columns(pl.col("feed", "scope").cast(pl.Categorical))
    known = [name for name in (*KINDS, "precision_m", "occurred_from") if name in rows.columns and name not in KEY]
    return sides.join(rows.select(*KEY, *known), on=KEY, how="left").with_columns(_AS_TEXT)


def _one_of(categories: tuple[str, ...]) -> pl.Expr:
    return pl.col("category").cast(pl.String).is_in(categories)
