"""What a test wants to know of the rows that are stored."""

import json
from typing import Any

from tests.ingest.conftest import Store

FOUND = """
SELECT source_id, scope, category, source_category, outcome, time_precision, location_method,
       location_precision_m AS within, attributes,
       to_char(occurred_from AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS since,
       to_char(occurred_to AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS until,
       round(ST_X(location)::numeric, 4)::float AS longitude, round(ST_Y(location)::numeric, 4)::float AS latitude
FROM incident ORDER BY source_id, ordinal
"""
EVERYTHING = """
SELECT (SELECT json_agg(i) FROM incident AS i)::text AS incidents,
       (SELECT json_agg(r) FROM rejected_row AS r)::text AS rejects
"""


def stored(store: Store) -> list[dict[str, Any]]:
    """All incidents."""
    return store.rows(FOUND)


def only(store: Store, feed: str, body: bytes, name: str = "file.csv") -> dict[str, Any]:
    """What the one row of a file becomes."""
    report = store.load(feed, body, name)
    assert report.inserted == 1, store.rejects()
    [row] = stored(store)
    return row


def all_text(store: Store) -> str:
    """Everything that is kept of rows, good and bad."""
    return json.dumps(store.rows(EVERYTHING))


def dropped(warnings: list[str]) -> set[str]:
    """The columns that the report names as dropped."""
    [said] = [warning for warning in warnings if warning.startswith("Dropped at the door")]
    return set(said.partition(": ")[2].rstrip(".").split(", "))
