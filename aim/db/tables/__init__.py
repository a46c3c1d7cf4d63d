"""The tables (SQLAlchemy Core), a module for each concern. Long, not wide: a new feed, method or layer needs no DDL.

Indexes come from the queries that use them; `tests/db/test_explain.py` shows that each is used.
"""

from aim.db.tables.access import account, api_key, sign_in
from aim.db.tables.audit import audit_log
from aim.db.tables.core import (
    area,
    feed,
    feed_run,
    incident,
    metadata,
    published_feature,
    published_layer,
    rejected_row,
    scoring_run,
)
from aim.db.tables.fetching import fetch_source
from aim.db.tables.health import feed_volume, load_check
from aim.db.tables.links import incident_link, incident_link_decision
from aim.db.tables.quarantine import correction
from aim.db.tables.record import incident_part, incident_version, method_result
from aim.db.tables.retention import erasure_log, incident_month
from aim.db.tables.sharing import agreement, published_card, published_outside, role_right
from aim.db.tables.strategy import control_strategy

__all__ = [
    "account",
    "agreement",
    "api_key",
    "area",
    "audit_log",
    "control_strategy",
    "correction",
    "erasure_log",
    "feed",
    "feed_run",
    "feed_volume",
    "fetch_source",
    "incident",
    "incident_link",
    "incident_link_decision",
    "incident_month",
    "incident_part",
    "incident_version",
    "load_check",
    "metadata",
    "method_result",
    "published_card",
    "published_feature",
    "published_layer",
    "published_outside",
    "rejected_row",
    "role_right",
    "scoring_run",
    "sign_in",
]
