"""Links follow a load: what it changes is noted before the merge, and linked after it, in the load's transaction."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import Connection

from aim.db.bulk import copied
from aim.ingest.feed import Delivery
from aim.ingest.links.rows import LINKABLE, Region, bindings, exists
from aim.ingest.links.rules import Rules, shipped
from aim.ingest.links.store import Linked

EDGES: Final = ("west", "south", "east", "north", "since", "until")
# The statements are put together from this program's own constants; values are bound.
SAME: Final = "i.feed = n.feed AND i.scope = n.scope AND i.identity = n.identity AND i.ordinal = n.ordinal"
THIS: Final = "(SELECT feed FROM incoming LIMIT 1)"
OTHERS: Final = tuple(f"SELECT FROM incident WHERE feed {beside} {THIS}" for beside in "<>")
"""A link needs two feeds: a first one's load has none to make, however many its rows."""
TIMELY: Final = "SELECT FROM incoming WHERE time_precision <> 'month'"
"""A police.uk file has none such: one look through what has arrived is all that its load costs. (A snapshot without any
would have to replace one with some to change a link by what it removes.)"""
NEW: Final = f"""
SELECT i.occurred_from, i.location FROM incoming AS i
WHERE {LINKABLE} AND NOT EXISTS (
    SELECT FROM incident AS n WHERE {SAME} AND i.content_hash = n.content_hash)
"""  # noqa: S608
REPLACED: Final = f"""
SELECT i.occurred_from, i.location FROM incoming AS n JOIN incident AS i ON {SAME}
WHERE i.content_hash <> n.content_hash AND {LINKABLE}
"""  # noqa: S608
GONE: Final = f"""
SELECT i.occurred_from, i.location FROM incident AS i JOIN (
    SELECT feed, scope, identity, ordinal
    FROM incident JOIN (SELECT DISTINCT feed, scope FROM incoming) AS s USING (feed, scope)
    EXCEPT SELECT feed, scope, identity, ordinal FROM incoming
) AS n ON {SAME}
WHERE {LINKABLE}
"""  # noqa: S608
MONTHS: Final = """
SELECT min(ST_X(location)) AS west, min(ST_Y(location)) AS south, max(ST_X(location)), max(ST_Y(location)),
       extract(epoch FROM min(occurred_from))::float8 / 3600, extract(epoch FROM max(occurred_from))::float8 / 3600
FROM ({changed}) AS changed GROUP BY date_trunc('month', occurred_from)
"""
GIVES_AN_ID: Final = "SELECT FROM incident WHERE attributes ? 'external_id'"


@contextmanager
def followed_by_links(connection: Connection, delivery: Delivery) -> Generator[None]:
    """What is merged from `incoming` into `incident` inside the block is linked at its end.

    A load without a row that any rule or id could link is left alone.
    """
    if not any(exists(connection, other) for other in OTHERS):
        yield
        return
    rules = shipped()
    changed = _changes(connection, delivery, rules)
    yield
    if changed or exists(connection, GIVES_AN_ID):
        _relink(connection, changed, rules)


def relink_before(connection: Connection, cutoff: datetime) -> Linked:
    """Bring links up to date after what ended before `cutoff` (with a zone) was erased, in the same transaction."""
    return _relink(connection, [Region(until=cutoff.timestamp() / 3600)], shipped())


def _relink(connection: Connection, changed: list[Region], rules: Rules) -> Linked:
    from aim.ingest.links.run import relink  # brings scipy along, for which a first load would wait longer than for all

    return relink(connection, changed, rules=rules)


def _changes(connection: Connection, delivery: Delivery, rules: Rules) -> list[Region]:
    """Where and when rows come, change and go, a region for each month."""
    if not exists(connection, TIMELY):
        return []
    parts = (NEW, REPLACED, GONE) if delivery is Delivery.SNAPSHOT else (NEW, REPLACED)
    query = MONTHS.format(changed=" UNION ALL ".join(parts))
    found = copied(connection, query, bindings(rules), dict.fromkeys(EDGES, pl.Float64()))
    return [Region(**row) for row in found.iter_rows(named=True)]
