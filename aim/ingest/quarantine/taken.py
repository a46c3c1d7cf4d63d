"""Which rows a load took, remembered while some of its others are in quarantine.

Rows that are alike are told apart by a number (`Ordinals`). A row that is mended later is given the number it would
have had in its file: only so is it neither taken for one of its like nor, in an overlapping delivery, stored twice.
"""

import numpy as np
import polars as pl
from sqlalchemy import Connection, select, text

from aim.db.tables import feed_run, rejected_row
from aim.ingest.ordinals import Keys, Ordinals

TIDY = """
UPDATE feed_run AS r SET header = NULL, columns = NULL, taken = NULL
WHERE feed = :feed AND taken IS NOT NULL AND NOT EXISTS (SELECT FROM rejected_row WHERE run = r.id)
"""


def dumped(ordinals: Ordinals) -> bytes:
    """The keys, sorted, eight bytes each (little-endian)."""
    keys = np.concatenate(ordinals.runs) if ordinals.runs else np.empty(0, np.int64)
    return np.sort(keys).astype("<i8", copy=False).tobytes()


def recalled(connection: Connection, run: int) -> Ordinals:
    """The ordinals of a load that has rows in quarantine; of none, where that was before they were kept."""
    dump = connection.execute(select(feed_run.c.taken).where(feed_run.c.id == run)).scalar_one()
    keys: Keys = np.frombuffer(dump or b"", "<i8").astype(np.int64)
    return Ordinals([keys] if len(keys) else [])


def supersede(connection: Connection, feed: str, run: int, ordinals: Ordinals) -> None:
    """Take out of quarantine what this load had in good order and an earlier one had not."""
    query = select(rejected_row.c.id, rejected_row.c.key).join(feed_run, feed_run.c.id == rejected_row.c.run)
    query = query.where(feed_run.c.feed == feed, rejected_row.c.run < run, rejected_row.c.key.is_not(None))
    waiting = pl.DataFrame(connection.execute(query).all(), schema={"id": pl.Int64, "key": pl.Int64}, orient="row")
    found = np.zeros(waiting.height, bool)
    keys = waiting["key"].to_numpy()
    for taken in ordinals.runs:
        found |= taken.take(np.searchsorted(taken, keys), mode="clip") == keys
    if found.any():
        release(connection, waiting["id"].filter(pl.Series(found)).to_list())


def release(connection: Connection, ids: list[int]) -> None:
    """Take rows out of quarantine."""
    connection.execute(text("DELETE FROM rejected_row WHERE id = ANY(:ids)"), {"ids": ids})


def tidy(connection: Connection, feed: str) -> None:
    """Forget the keys of loads that have nothing in quarantine any more."""
    connection.execute(text(TIDY), {"feed": feed})
