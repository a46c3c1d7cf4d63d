"""The links as people and scripts see them, and the history of decisions."""

from typing import Any, Final

from sqlalchemy import Connection, text

from aim.db.tables.links import KEY, PAIR

LINKS: Final = f"""
SELECT l.feed_a, l.scope_a, l.ordinal_a, a.source_id AS id_a, l.feed_b, l.scope_b, l.ordinal_b, b.source_id AS id_b,
       l.rule, l.score, l.parts, l.status, l.decided_by, l.decided_at, l.reason, l.began,
       a.feed IS NULL AS lost_a, b.feed IS NULL AS lost_b, a.category AS category_a, b.category AS category_b
FROM incident_link AS l
LEFT JOIN incident AS a ON {" AND ".join(f"a.{name} = l.{name}_a" for name in KEY)}
LEFT JOIN incident AS b ON {" AND ".join(f"b.{name} = l.{name}_b" for name in KEY)}
WHERE (CAST(:feed AS text) IS NULL OR :feed IN (l.feed_a, l.feed_b))
    AND (CAST(:status AS text) IS NULL OR l.status = :status)
"""  # noqa: S608
ORDER: Final = " ORDER BY l.began DESC, l.feed_a, l.scope_a, l.identity_a, l.ordinal_a, l.feed_b LIMIT :limit"
HISTORY: Final = "SELECT * FROM incident_link_decision ORDER BY id"


def listed(
    connection: Connection,
    feed: str | None = None,
    status: str | None = None,
    limit: int | None = None,
    pair: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Links as JSON objects know them, the newest events first; `lost` where one of the incidents is gone."""
    only = " AND " + " AND ".join(f"l.{name} = :{name}" for name in PAIR) if pair else ""
    values = {"feed": feed, "status": status, "limit": limit} | (pair or {})
    return [_shown(dict(row)) for row in connection.execute(text(LINKS + only + ORDER), values).mappings()]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    incidents = {
        side: {
            "feed": row[f"feed_{side}"],
            "source_id": row[f"id_{side}"],
            "scope": row[f"scope_{side}"],
            "ordinal": row[f"ordinal_{side}"],
            "category": row[f"category_{side}"],
        }
        for side in "ab"
    }
    same = ("rule", "score", "parts", "status", "began", "decided_by", "decided_at", "reason")
    return incidents | {name: row[name] for name in same} | {"lost": row["lost_a"] or row["lost_b"]}


def history(connection: Connection) -> list[dict[str, Any]]:
    """Every decision ever made, the oldest first."""
    return [dict(row) for row in connection.execute(text(HISTORY)).mappings()]
