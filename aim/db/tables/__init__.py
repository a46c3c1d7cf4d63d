"""The tables (SQLAlchemy Core), a module for each concern. Long, not wide: a new feed, method or layer needs no DDL.

Indexes come from the queries that use them; `tests/db/test_explain.py` shows that each is used.
"""

from aim.db.tables.core import (
    area,
    feed,
    feed_run,
    hex_score,
    incident,
    metadata,
    published_feature,
    published_layer,
    rejected_row,
    scoring_run,
)

__all__ = [
    "area",
    "feed",
    "feed_run",
    "hex_score",
    "incident",
    "metadata",
    "published_feature",
    "published_layer",
    "rejected_row",
    "scoring_run",
]
