"""From the incoming table into `incident`, inside the load's one transaction.

Rows arrive in `incoming`, partitioned by year like `incident`. A load of something new hands its partitions over as
they are (indexes are then built once, over all rows); any other load is compared row by row, on identity and content.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, text

from aim.db.bulk import copy_data
from aim.ingest.enrich import Block
from aim.ingest.feed import Delivery
from aim.ingest.links.follow import followed_by_links

START: Final = """
CREATE TABLE incoming (LIKE incident INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (occurred_from)
"""
YEAR: Final = "CREATE TABLE incoming_{year} PARTITION OF incoming FOR VALUES FROM ({since}) TO ({until})"
# The statements below are put together from these constants and a year, nothing that came from outside.
SAME: Final = "i.feed = n.feed AND i.scope = n.scope AND i.identity = n.identity AND i.ordinal = n.ordinal"

STATISTICS: Final = "ANALYZE incoming (feed, scope, identity, ordinal, category, occurred_from)"
KNOWN: Final = """
SELECT EXISTS (SELECT FROM feed_volume JOIN (SELECT DISTINCT feed, scope FROM incoming) AS n USING (feed, scope))
"""
HELD: Final = """
SELECT coalesce(sum(rows), 0) FROM feed_volume JOIN (SELECT DISTINCT feed, scope FROM incoming) AS n USING (feed, scope)
"""
# `feed_volume` counts the rows of each scope, in the transaction of each change: no need to look at them.
COMPARE: Final = f"""
SELECT count(*) FILTER (WHERE i.content_hash = n.content_hash) AS unchanged,
       count(*) FILTER (WHERE i.content_hash <> n.content_hash) AS updated
FROM incoming AS n JOIN incident AS i ON {SAME}
"""
DROP_CHANGED: Final = f"DELETE FROM incident AS i USING incoming AS n WHERE {SAME} AND i.content_hash <> n.content_hash"
DROP_GONE: Final = f"""
DELETE FROM incident AS i USING (
    SELECT feed, scope, identity, ordinal
    FROM incident JOIN (SELECT DISTINCT feed, scope FROM incoming) AS s USING (feed, scope)
    EXCEPT SELECT feed, scope, identity, ordinal FROM incoming
) AS n
WHERE {SAME}
"""
# EXCEPT, because an anti-join is quadratic where the planner takes a scope it has no statistics of for one row.
ADD: Final = (
    f"INSERT INTO incident SELECT n.* FROM incoming AS n WHERE NOT EXISTS (SELECT FROM incident AS i WHERE {SAME})"
)


@dataclass(frozen=True)
class Merged:
    """What became of the rows that were good."""

    inserted: int
    updated: int
    unchanged: int
    removed: int
    spared: int
    """Rows that a snapshot no longer holds, kept because some of its rows were rejected: they may be the same ones."""
    alone: bool = False
    """Whether nothing was stored in the scopes before."""


class Incoming:
    """The table that a load fills; it lives and dies in the load's transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.years: set[int] = set()
        self.rows = 0
        connection.execute(text(START))

    def take(self, block: Block) -> None:
        """Copy a block in, making room for its years."""
        for year in sorted(block.years - self.years):
            self.connection.execute(text(YEAR.format(year=year, since=_instant(year), until=_instant(year + 1))))
        self.years |= block.years
        self.rows += block.incidents.rows
        copy_data(self.connection, "incoming", block.incidents)

    def merge(self, delivery: Delivery, *, complete: bool) -> Merged:
        """Bring `incident` to what the rows say, and its links with it, and drop the table.

        `complete`: no row of the file was rejected.
        """
        self.connection.execute(text(STATISTICS))
        with followed_by_links(self.connection, delivery):
            known = bool(self.connection.execute(text(KNOWN)).scalar_one())
            merged = self._compare(delivery, complete) if known else self._hand_over()
            self.connection.execute(text("DROP TABLE incoming"))
        return merged

    def _hand_over(self) -> Merged:
        for year in sorted(self.years):
            if self._has_partition(year):
                self.connection.execute(text(f"INSERT INTO incident SELECT * FROM incoming_{year}"))
            else:
                self.connection.execute(text(f"ALTER TABLE incoming DETACH PARTITION incoming_{year}"))
                self.connection.execute(text(f"ALTER TABLE incoming_{year} RENAME TO incident_{year}"))
                self._attach(year)
        return Merged(self.rows, 0, 0, 0, 0, alone=True)

    def _compare(self, delivery: Delivery, complete: bool) -> Merged:
        for year in sorted(self.years):
            if not self._has_partition(year):
                self.connection.execute(text(f"CREATE TABLE incident_{year} (LIKE incident INCLUDING ALL)"))
                self._attach(year)
        unchanged, updated = self.connection.execute(text(COMPARE)).one()
        gone = self._gone(unchanged + updated) if delivery is Delivery.SNAPSHOT else 0
        if gone and complete:
            self.connection.execute(text(DROP_GONE))
        if updated:
            self.connection.execute(text(DROP_CHANGED))
        added = self.rows - unchanged
        if added:
            self.connection.execute(text(ADD))
        removed, spared = (gone, 0) if complete else (0, gone)
        return Merged(added - updated, updated, unchanged, removed, spared)

    def _gone(self, still_there: int) -> int:
        """How many stored rows a snapshot no longer holds. Counting spares the usual case, where it is none."""
        return self.connection.execute(text(HELD)).scalar_one() - still_there

    def _has_partition(self, year: int) -> bool:
        return (
            self.connection.execute(text("SELECT to_regclass(:name)"), {"name": f"incident_{year}"}).scalar()
            is not None
        )

    def _attach(self, year: int) -> None:
        """Attaching, unlike creating a partition in place, lets readers go on."""
        bounds = f"FROM ({_instant(year)}) TO ({_instant(year + 1)})"
        self.connection.execute(text(f"ALTER TABLE incident ATTACH PARTITION incident_{year} FOR VALUES {bounds}"))


def _instant(year: int) -> str:
    """The first instant of a year as an SQL literal; `year` is a number, so nothing can be smuggled in."""
    return f"'{year:04d}-01-01 00:00:00+00'"
