"""A load's part of the quarantine: corrections are made, rows not taken are marked, old rejects are superseded."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import polars as pl
import shapely
from sqlalchemy import Connection, text, update

from aim.db.tables import feed_run
from aim.ingest.enrich import Block, enrich
from aim.ingest.feed import Feed, Rows
from aim.ingest.ordinals import Ordinals
from aim.ingest.quarantine import corrections, marks, taken, texts
from aim.ingest.reasons import RejectReason
from aim.ingest.retention.door import erased_until, kept_since
from aim.ingest.source import Payload

STATISTICS: Final = "ANALYZE rejected_row (run, fingerprint, occurrence)"
"""Without them the planner takes the rows of a new load for one, and compares each with all others."""
SAME_ROW_AGAIN: Final = """
DELETE FROM rejected_row AS old USING feed_run AS earlier, rejected_row AS new
WHERE earlier.id = old.run AND earlier.feed = :feed AND old.run < :run AND new.run = :run
  AND old.fingerprint = new.fingerprint AND old.occurrence = new.occurrence
"""
CORRECTED: Final = {"line": pl.Int64(), "occurrence": pl.Int32(), "columns": pl.String()}


@dataclass
class Desk:
    """What the rows of one load pass over. `close` it when they all have."""

    feed: Feed
    said: pl.DataFrame
    """The corrections of the feed."""
    ordinals: Ordinals = field(default_factory=Ordinals)
    seen: Ordinals = field(default_factory=Ordinals)
    """Numbers raw rows that are alike."""
    columns: list[str] = field(default_factory=list[str])
    kept: int = 0
    """Rows that went into quarantine."""
    broken: bool = False
    """Whether some of them could not be split into columns."""

    @classmethod
    def of(cls, connection: Connection, feed: Feed) -> "Desk":
        """The desk of a feed; what has been erased before is turned away at it."""
        return cls(kept_since(feed, erased_until(connection, feed.name)), corrections.remembered(connection, feed.name))

    def take(self, rows: Rows, as_of: datetime, areas: shapely.Geometry | None) -> Block:
        """A block of a file as table rows (see `enrich`), its rejected rows with the columns of `rejected_row`."""
        if self.feed.personal:
            rows = replace(rows, broken=rows.broken.with_columns(raw=pl.lit("")))
        self.columns = self.columns or [name for name in rows.frame.columns if name != "line"]
        alike = self._alike(rows)
        said = alike.filter(pl.col("columns").is_not_null())
        mended = corrections.put_right(rows, said)
        block = enrich(self.feed, mended, as_of, self.ordinals, areas)
        rejected = self._numbered(marked(self.feed, _as_published(block.rejected, rows, said), rows, mended), alike)
        self.kept += to_keep(rejected).height
        self.broken |= not rows.broken.is_empty()
        return replace(block, rejected=rejected)

    def close(self, connection: Connection, run: int, payload: Payload) -> None:
        """After the merge: remember what mending needs to know, and take out what this load has superseded."""
        feed = self.feed.name
        if self.kept:
            known = {"columns": self.columns, "taken": taken.dumped(self.ordinals)}
            known |= {"header": texts.header_of(payload)} if self.broken else {}
            connection.execute(update(feed_run).where(feed_run.c.id == run).values(known))
            connection.execute(text(STATISTICS))
            connection.execute(text(SAME_ROW_AGAIN), {"feed": feed, "run": run})
        taken.supersede(connection, feed, run, self.ordinals)
        taken.tidy(connection, feed)

    def _alike(self, rows: Rows) -> pl.DataFrame:
        """The rows that a correction may be about: line, occurrence, and columns where one is."""
        if self.said.is_empty():
            return pl.DataFrame(schema=CORRECTED)
        whole = rows.frame.select("line", fingerprint=marks.fingerprints(rows.frame))
        broken = rows.broken.select("line", fingerprint=marks.broken_fingerprints(pl.col("raw")))
        alike = pl.concat([whole, broken]).join(self.said, on="fingerprint", how="semi").sort("line")
        alike = alike.with_columns(marks.occurrences(alike["fingerprint"], self.seen))
        return alike.join(self.said, on=corrections.MARKS, how="left").select(CORRECTED.keys())

    def _numbered(self, rejected: pl.DataFrame, alike: pl.DataFrame) -> pl.DataFrame:
        numbered = rejected.join(alike.select("line", "occurrence"), on="line")
        others = rejected.join(alike, on="line", how="anti").sort("line")
        return pl.concat([numbered, others.with_columns(marks.occurrences(others["fingerprint"], self.seen))])


def to_keep(rejected: pl.DataFrame) -> pl.DataFrame:
    """The rejected rows that go into quarantine. What is past its period is counted, never kept."""
    return rejected.filter(pl.col("reason") != RejectReason.EXPIRED.value)


def marked(feed: Feed, rejected: pl.DataFrame, rows: Rows, mended: Rows) -> pl.DataFrame:
    """Rejected rows with what is known of them. `mended`: the rows as they were tried."""
    whole, tried = (frame.join(rejected, on="line", how="semi") for frame in (rows.frame, mended.frame))
    raw = pl.col("raw")
    known = pl.concat(
        [
            whole.select("line", fingerprint=marks.fingerprints(whole), broken=False),
            rows.broken.select("line", fingerprint=marks.broken_fingerprints(raw), broken=True),
        ]
    )
    return rejected.join(known, on="line", how="left").join(marks.told(feed, tried), on="line", how="left")


def _as_published(rejected: pl.DataFrame, rows: Rows, said: pl.DataFrame) -> pl.DataFrame:
    """A row that is wrong even as a person mended it is kept as its publisher wrote it."""
    whole = rows.frame.join(said, on="line", how="semi")
    raw = pl.struct(pl.exclude("line")).struct.json_encode()
    broken = rows.broken.join(said, on="line", how="semi")
    written = pl.concat([whole.select("line", written=raw), broken.select("line", written="raw")])
    found = rejected.join(written, on="line", how="left")
    return found.with_columns(raw=pl.coalesce("written", "raw")).drop("written")
