"""What a reviewer may do: see links, make one, break one. Later loads and runs respect it, and all of it is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Engine, text

from aim.audit.log import Action, operator, record
from aim.db.bulk import copied
from aim.db.tables.links import KEY, PAIR
from aim.errors import UnknownName, UsageError
from aim.ingest.links.listing import listed
from aim.ingest.links.rows import COLUMNS, SCHEMA, Region, bindings
from aim.ingest.links.rules import shipped
from aim.ingest.links.run import relink
from aim.ingest.links.store import Linked

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('aim-ingest'))"
"""The loads' own: links are worked out from incidents that nobody changes meanwhile."""
MOST: Final = 20
"""Incidents that an ambiguous name lists."""

# The statements are put together from this program's own constants; values are bound.
NAMED: Final = f"""
SELECT {COLUMNS}, i.source_id FROM incident AS i
WHERE i.feed = %(feed)s AND %(rest)s LIKE i.source_id || '%%' AND %(rest)s IN (
    i.source_id, i.source_id || '@' || i.scope, i.source_id || '#' || i.ordinal,
    i.source_id || '@' || i.scope || '#' || i.ordinal)
ORDER BY i.scope, i.ordinal
"""  # noqa: S608
VALUES: Final = ", ".join(f":{name}" for name in PAIR)
A, B = ("(:feed_a, :scope_a, :identity_a, :ordinal_a)", "(:feed_b, :scope_b, :identity_b, :ordinal_b)")
KEY_A, KEY_B = ("(l.feed_a, l.scope_a, l.identity_a, l.ordinal_a)", "(l.feed_b, l.scope_b, l.identity_b, l.ordinal_b)")
IN_THE_WAY: Final = f"""
SELECT i.feed || ':' || coalesce(i.source_id, i.identity::text)
FROM incident_link AS l JOIN incident AS i ON (i.feed, i.scope, i.identity, i.ordinal) IN ({KEY_A}, {KEY_B})
WHERE l.status = 'made' AND (l.feed_a, l.feed_b) = (:feed_a, :feed_b) AND ({KEY_A} = {A}) <> ({KEY_B} = {B})
    AND (i.feed, i.scope, i.identity, i.ordinal) NOT IN ({A}, {B})
"""  # noqa: S608
DECIDE: Final = f"""
INSERT INTO incident_link ({", ".join(PAIR)}, rule, parts, status, began, decided_by, decided_at, reason)
VALUES ({VALUES}, 'reviewer', '{{}}', :decision, to_timestamp(:began), :by, :at, :reason)
ON CONFLICT ({", ".join(PAIR)}) DO UPDATE
    SET status = excluded.status, decided_by = excluded.decided_by, decided_at = excluded.decided_at,
        reason = excluded.reason
RETURNING score
"""  # noqa: S608
REMEMBER: Final = f"""
INSERT INTO incident_link_decision ({", ".join(PAIR)}, decision, score, decided_by, decided_at, reason)
VALUES ({VALUES}, :decision, :score, :by, :at, :reason)
RETURNING id
"""  # noqa: S608


@dataclass(frozen=True)
class Decision:
    """Who says it, when (with a zone) and why."""

    by: str
    at: datetime
    reason: str


def run(engine: Engine, since: datetime | None = None) -> Linked:
    """Bring the automatic links up to date: all, or those that incidents from `since` (with a zone) on can bear on."""
    changed = None if since is None else [Region(since=since.timestamp() / 3600)]
    with engine.begin() as connection:
        connection.execute(text(LOCK))
        linked = relink(connection, changed)
        record(connection, Action.COMBINATION, operator(), "links", linked.as_dict())
    return linked


def make(engine: Engine, one: str, other: str, decision: Decision) -> dict[str, Any]:
    """Link two incidents, each named FEED:SOURCE_ID, for good; the link as `aim links list` shows it.

    Raises UnknownName where there is no such incident, and UsageError where a name fits several, where both are of one
    feed, or where a reviewer has given one of them to another incident of that feed.
    """
    return _decide(engine, one, other, "made", decision)


def unmake(engine: Engine, one: str, other: str, decision: Decision) -> dict[str, Any]:
    """Keep two incidents apart for good, linked or not; the link as `aim links list` shows it. Raises as `make`."""
    return _decide(engine, one, other, "broken", decision)


def _decide(engine: Engine, one: str, other: str, decided: str, decision: Decision) -> dict[str, Any]:
    if not decision.reason.strip() or not decision.by.strip():
        raise UsageError("Say who decides and why: the next reviewer will ask.")
    with engine.begin() as connection:
        connection.execute(text(LOCK))
        rows = pl.concat([_named(connection, one), _named(connection, other)]).sort(KEY)
        pair = _pair(rows)
        if decided == "made":
            _check_free(connection, pair)
        said = {"decision": decided, "by": decision.by, "at": decision.at, "reason": decision.reason}
        began = float(rows["begins"].min()) * 3600  # type: ignore[arg-type]  # of two rows
        score = connection.execute(text(DECIDE), pair | said | {"began": began}).scalar_one()
        number = connection.execute(text(REMEMBER), pair | said | {"score": score}).scalar_one()
        relink(connection, [], about=rows)
        link = listed(connection, pair=pair)[0]
        told = {"decision": decided, "decided_by": decision.by, "feeds": [pair["feed_a"], pair["feed_b"]]}
        record(connection, Action.ALTERATION, operator(), f"link-decision/{number}", told)
    return link


def _named(connection: Connection, name: str) -> pl.DataFrame:
    """The one row of an incident called FEED:SOURCE_ID, FEED:SOURCE_ID@SCOPE or either with #ORDINAL."""
    feed, colon, rest = name.partition(":")
    if not colon or not rest:
        raise UsageError(f"{name!r} names no incident: give FEED:SOURCE_ID, such as lfb-incidents:000123-01032026.")
    values = bindings(shipped()) | {"feed": feed, "rest": rest}
    found = copied(connection, NAMED, values, SCHEMA | {"source_id": pl.String()})
    if found.is_empty():
        raise UnknownName(f"There is no incident {rest!r} in the feed {feed!r}.")
    if len(found) > 1:
        names = ", ".join(
            f"{row['feed']}:{row['source_id']}{'@' if row['scope'] else ''}{row['scope']}#{row['ordinal']}"
            for row in found.head(MOST).iter_rows(named=True)
        )
        raise UsageError(f"{name!r} is the name of {len(found)} incidents. Give one of {names}.")
    return found.drop("source_id")


def _pair(rows: pl.DataFrame) -> dict[str, Any]:
    if rows["feed"].n_unique() < 2:
        raise UsageError("A link is between two feeds: what repeats inside one feed is that feed's own matter.")
    return {f"{name}_{side}": rows[name][at] for at, side in enumerate("ab") for name in KEY}


def _check_free(connection: Connection, pair: dict[str, Any]) -> None:
    others = connection.execute(text(IN_THE_WAY), pair).scalars().all()
    if others:
        raise UsageError(f"A reviewer has linked it with {', '.join(others)} already: break that link first.")
