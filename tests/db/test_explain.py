"""Every statement fits the migrated schema, and the planner reaches for the indexes that were made for it."""

import json
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from aim.db.engine import make_engine
from aim.hotspots import record
from aim.ingest import merge
from tests.conftest import MIGRATED, copy_of

ROWS = 20_000
YEARS = (2023, 2024, 2025, 2026)
FILL = """
INSERT INTO incident
SELECT 'feed-' || n % 3, 'force ' || to_char(day, 'YYYY'), hashint8extended(n, 0), 0, n, n::text,
       (ARRAY['police', 'council', 'fire'])[1 + n % 3], 'category-' || n % 40, 'words', NULL, 'OFFICIAL',
       day, day + interval '1 hour', 'exact',
       ST_SetSRID(ST_MakePoint(-3 + n % 211 / 100.0, 53 + n % 197 / 100.0), 4326),
       10, 'exact', n, n, n
FROM (SELECT n, timestamptz '2023-01-01 00:00+00' + n * interval '1 day' * 1460 / :rows AS day
      FROM generate_series(0, :rows - 1) AS n) AS made
"""
AREA = """
INSERT INTO area (id, kind, name, boundary)
SELECT 'here', 'partnership', 'Here', ST_Multi(ST_MakeEnvelope(-1.29, 54.52, -1.19, 54.62, 4326))
"""
SOME_ARRIVE = (
    "INSERT INTO incoming SELECT * FROM incident WHERE identity IN (SELECT identity FROM incident LIMIT :rows)"
)
A_YEAR_ARRIVES = "INSERT INTO incoming SELECT * FROM incident WHERE scope = 'force 2025'"
VALUES: dict[str, Any] = {
    "area": "here",
    "feed": "feed-1",
    "since": datetime(2025, 7, 1, tzinfo=UTC),
    "until": datetime(2026, 1, 1, tzinfo=UTC),
}

MERGING = {
    name: statement
    for name, statement in vars(merge).items()
    if isinstance(statement, str) and statement.strip().split(" ")[0] in {"SELECT", "INSERT", "DELETE"}
}
PART = re.sub(r"%\((\w+)\)s", r":\1", record.PART)
"""Its names as this file binds them."""

Node = dict[str, Any]


@contextmanager
def twenty_thousand(home: Path, *, analysed: bool) -> Generator[Engine]:
    """Incidents over four years; the test cluster analyses nothing of its own accord."""
    with copy_of(home, MIGRATED) as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            for year in YEARS:
                bounds = "FROM ('{since}') TO ('{until}')".format(**bounds_of(year))
                connection.execute(text(f"CREATE TABLE incident_{year} PARTITION OF incident FOR VALUES {bounds}"))
            connection.execute(text(FILL), {"rows": ROWS})
            connection.execute(text(AREA))
            if analysed:
                connection.execute(text("ANALYZE incident, area"))
        yield engine
        engine.dispose()


def bounds_of(year: int) -> dict[str, str]:
    """The first instants of a year and of the next."""
    return {"since": f"{year}-01-01 00:00+00", "until": f"{year + 1}-01-01 00:00+00"}


@contextmanager
def under_way(engine: Engine) -> Generator[Connection]:
    """A transaction that is rolled back, in which a load has begun."""
    with engine.connect() as connection:
        merge.Incoming(connection)
        for year in YEARS:
            quoted = {name: f"'{instant}'" for name, instant in bounds_of(year).items()}
            connection.execute(text(merge.YEAR.format(year=year, **quoted)))
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def engine(cluster_home: Path) -> Iterator[Engine]:
    """A database that the planner knows."""
    with twenty_thousand(cluster_home, analysed=True) as engine:
        yield engine


@pytest.fixture(scope="module")
def unknown_engine(cluster_home: Path) -> Iterator[Engine]:
    """The same, before anybody has analysed it: so it is just after a first load."""
    with twenty_thousand(cluster_home, analysed=False) as engine:
        yield engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with under_way(engine) as connection:
        yield connection


@pytest.fixture
def unknown(unknown_engine: Engine) -> Iterator[Connection]:
    with under_way(unknown_engine) as connection:
        yield connection


def arrive(connection: Connection, rows: int) -> None:
    """Rows that are known already, and statistics of them."""
    connection.execute(text(SOME_ARRIVE), {"rows": rows})
    connection.execute(text(merge.STATISTICS))


def plan(connection: Connection, statement: str, **values: Any) -> list[Node]:
    """All nodes of a statement's plan."""
    query = text(f"EXPLAIN (FORMAT JSON) {statement}")
    found = connection.execute(query, values).scalar_one()
    [explained] = found if isinstance(found, list) else json.loads(found)
    return list(nodes(explained["Plan"]))


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("Plans", []):
        yield from nodes(child)


def indexes(connection: Connection, plan: list[Node]) -> set[str]:
    """The indexes a plan uses, by the name that the schema gives them: a partition's index is its parent's."""
    query = text("""
        SELECT coalesce((SELECT inhparent FROM pg_inherits WHERE inhrelid = c.oid), c.oid)::regclass::text
        FROM pg_class AS c WHERE c.oid = CAST(:index AS regclass)
    """)
    used = {node["Index Name"] for node in plan if "Index Name" in node}
    return {connection.execute(query, {"index": f'"{index}"'}).scalar_one() for index in used}


def incident_partitions(plan: list[Node]) -> set[str]:
    """The partitions of `incident` that a plan reads."""
    return {node["Relation Name"] for node in plan if node.get("Relation Name", "").startswith("incident_")}


def test_the_statements_are_all_here() -> None:
    assert {"COMPARE", "HELD", "DROP_GONE", "DROP_CHANGED", "ADD", "KNOWN"} <= MERGING.keys()


@pytest.mark.parametrize("name", MERGING)
def test_a_statement_of_loading_fits_the_schema(connection: Connection, name: str) -> None:
    assert plan(connection, MERGING[name])


@pytest.mark.parametrize("name", ["COMPARE", "DROP_CHANGED", "ADD"])
def test_a_few_rows_are_looked_up_by_their_identity(connection: Connection, name: str) -> None:
    arrive(connection, 5)
    assert indexes(connection, plan(connection, MERGING[name])) == {"incident_identity"}


@pytest.mark.parametrize("name", ["KNOWN", "HELD"])
def test_what_is_known_of_a_scope_does_not_need_its_rows(connection: Connection, name: str) -> None:
    arrive(connection, 1)
    assert incident_partitions(plan(connection, MERGING[name])) == set()


def test_a_scope_can_be_looked_up_by_its_name(connection: Connection) -> None:
    """Twenty thousand rows are read through faster than looked up; without the index there is no choice."""
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    found = plan(connection, "SELECT count(*) FROM incident WHERE feed = 'feed-1' AND scope = 'force 2024'")
    assert indexes(connection, found) == {"incident_scope"}


@pytest.mark.parametrize("name", MERGING)
def test_no_statement_of_loading_is_quadratic(connection: Connection, name: str) -> None:
    assert_linear(connection, name)


@pytest.mark.parametrize("name", MERGING)
def test_nor_before_anybody_has_analysed_the_table(unknown: Connection, name: str) -> None:
    assert_linear(unknown, name)


def assert_linear(connection: Connection, name: str) -> None:
    """A nested loop must find its inner rows by an index."""
    connection.execute(text(A_YEAR_ARRIVES))
    connection.execute(text(merge.STATISTICS))
    for node in plan(connection, MERGING[name]):
        if node["Node Type"] == "Nested Loop":
            assert "Seq Scan" not in [below["Node Type"] for below in nodes(node["Plans"][1])]


def test_a_part_of_the_record_is_sought_in_its_year_alone(connection: Connection) -> None:
    assert incident_partitions(plan(connection, PART, **VALUES)) == {"incident_2025"}


def test_a_part_in_a_small_area_is_sought_by_place(connection: Connection) -> None:
    assert "incident_location" in indexes(connection, plan(connection, PART, **VALUES))


def test_the_area_is_looked_up_by_its_id(connection: Connection) -> None:
    others = "SELECT 'a' || n, kind, name, NULL, false, false, boundary FROM area, generate_series(1, 2000) AS n"
    connection.execute(text(f"INSERT INTO area {others}"))
    connection.execute(text("ANALYZE area"))
    assert "area_pkey" in indexes(connection, plan(connection, PART, **VALUES))


def test_the_quarantine_of_a_file_is_found_by_its_runs(connection: Connection) -> None:
    runs = "SELECT 'f', 'file-' || n, '{}' FROM generate_series(1, 5000) AS n"
    rejects = "SELECT id, 1, 'r', '', '' FROM feed_run"
    connection.execute(text("INSERT INTO feed VALUES ('f', 't', 'police', 'snapshot', 'a')"))
    connection.execute(text(f"INSERT INTO feed_run (feed, file_name, report) {runs}"))
    connection.execute(text(f"INSERT INTO rejected_row (run, line, reason, detail, raw) {rejects}"))
    connection.execute(text("ANALYZE feed_run, rejected_row"))
    same_file = "SELECT id FROM feed_run WHERE feed = 'f' AND file_name = 'file-7'"
    found = plan(connection, f"DELETE FROM rejected_row WHERE run IN ({same_file})")
    assert indexes(connection, found) == {"feed_run_feed_file", "ix_rejected_row_run"}
