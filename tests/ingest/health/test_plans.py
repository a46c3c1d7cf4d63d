"""The statements find what they need by an index, once there is much of it."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from aim.ingest.health import gate, status, volume

MANY = """
INSERT INTO feed_volume
SELECT 'feed-' || f, 'Force ' || u || ' ' || to_char(date '2020-01-01' + make_interval(months => m), 'YYYY-MM'),
       'month', date '2020-01-01' + make_interval(months => m), 1000, 990, 999
FROM generate_series(1, 20) AS f, generate_series(1, 40) AS u, generate_series(0, 60) AS m;
INSERT INTO load_check (feed, file_name, as_of, report, checks, limits, first_day)
SELECT 'feed-' || n % 20, 'file-' || n, now(), '{}', '[]', '{}', '2020-01-01' FROM generate_series(1, 20000) AS n;
ANALYZE feed_volume, load_check
"""
FEED: dict[str, Any] = {"feed": "feed-7"}
ONE = {"only": "feed-7", "until": "2025-01-01", "back": 1000, "loads": 20}


@pytest.fixture
def many(engine: Engine) -> Engine:
    """Years of national archives and of daily loads."""
    with engine.begin() as connection:
        for statement in MANY.split(";"):
            connection.execute(text(statement))
    return engine


@pytest.mark.parametrize(
    ("statement", "values", "index"),
    [
        (volume.STORED, FEED, "feed_volume_pkey"),
        (gate.EARLIER, FEED | {"most": 50}, "load_check_latest"),
        (status.STATE, ONE, "load_check_latest"),
        (status.STATE, ONE, "feed_volume_pkey"),
    ],
    ids=["what is held", "earlier loads", "the state: loads", "the state: volumes"],
)
def test_a_statement_uses_its_index(many: Engine, statement: str, values: dict[str, Any], index: str) -> None:
    with many.connect() as connection:
        plan = "\n".join(connection.execute(text(f"EXPLAIN {statement}"), values).scalars())
    assert index in plan
