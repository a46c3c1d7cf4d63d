"""Feeds of short rows: what matters here is when they were."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from aim.ingest.report import Report
from aim.ingest.retention.expiry import Erasure, expire
from tests.ingest.conftest import Store
from tests.ingest.files import fire, police

Expire = Callable[..., dict[str, Erasure]]
AS_OF = datetime(2026, 10, 1, 11, tzinfo=UTC)
FIRES = "lfb-incidents"
CRIMES = "police-uk-street"


def load_fires(store: Store, *days: str, name: str = "fire.csv") -> Report:
    """A fire at half past nine in the evening of each of these days; its number is its place in the list."""
    rows = ({"IncidentNumber": f"{number:03}", "DateOfCall": day} for number, day in enumerate(days))
    return store.load(FIRES, fire(*rows), name)


def load_crimes(store: Store, *months: str, name: str = "street.csv") -> Report:
    """A burglary in each of these months."""
    rows = ({"Crime ID": f"{number:03}", "Month": month} for number, month in enumerate(months))
    return store.load(CRIMES, police(*rows), name)


@pytest.fixture
def run(store: Store) -> Expire:
    """Expire on a day; what went by feed."""

    def run(as_of: datetime = AS_OF, feed: str | None = None) -> dict[str, Erasure]:
        return {gone.feed: gone for gone in expire(store.engine, as_of, store.folder, "a tester", feed)}

    return run


def days(store: Store) -> list[str]:
    """The days on which what is stored began, in London."""
    rows = store.rows("SELECT to_char(occurred_from AT TIME ZONE 'Europe/London', 'YYYY-MM-DD') d FROM incident")
    return sorted(row["d"] for row in rows)


def aggregates(store: Store) -> list[tuple[Any, ...]]:
    """Feed, category, month and count of what is kept of the rest."""
    columns = "feed, category, to_char(month, 'YYYY-MM'), incidents::integer"
    return [tuple(row.values()) for row in store.rows(f"SELECT {columns} FROM incident_month ORDER BY 1, 2, 3, cell")]


def partitions(store: Store) -> list[str]:
    """The years that have a table."""
    query = "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'incident'::regclass ORDER BY 1"
    return [row["name"] for row in store.rows(query)]
