"""The statements find what they need by an index, once there are many runs."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from aim.access.roles import Edition
from aim.api import store
from aim.api.versions import Key
from tests.api.conftest import CELLS, VALID_TO, World

MANY_RUNS = """
INSERT INTO scoring_run (as_of, parameters) SELECT timestamptz '2024-11-01Z', '{}' FROM generate_series(1, 400);
INSERT INTO published_layer
SELECT n, layer, area, resolution, valid_from, valid_to, description FROM published_layer, generate_series(2, 400) AS n;
INSERT INTO published_feature
SELECT n, layer, area, rank, id, body, tile, boundary FROM published_feature, generate_series(2, 400) AS n;
VACUUM ANALYZE
"""


@pytest.fixture
def many_runs(world: World) -> Engine:
    """400 runs of 37 cells each: more than a year of daily scoring."""
    world.publish("all-crime", {"middlesbrough": CELLS})
    with world.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in MANY_RUNS.split(";"):
            connection.execute(text(statement))
    return world.engine


def plans(engine: Engine, ask: Callable[[Connection], object]) -> str:
    """The plans of the statements that a function of the store sends."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    with engine.connect() as connection:
        event.listen(connection, "before_cursor_execute", note)
        ask(connection)
        event.remove(connection, "before_cursor_execute", note)
        rows = [row for statement, given in sent for row in connection.exec_driver_sql(f"EXPLAIN {statement}", given)]
    return "\n".join(row[0] for row in rows)


def test_the_look_at_the_versions(many_runs: Engine) -> None:
    assert "published_layer_latest" in plans(many_runs, lambda c: store.current_keys(c, Edition.INSIDE))


def test_the_features_of_a_version(many_runs: Engine) -> None:
    key = Key("all-crime", "middlesbrough", 200, VALID_TO)
    found = plans(many_runs, lambda c: list(store.features(c, key)))
    assert "Index Scan using published_feature_run_layer_area_edition_id_key" in found
    assert "Sort" not in found


def test_a_tile(many_runs: Engine) -> None:
    key = Key("all-crime", "middlesbrough", 200, VALID_TO)
    found = plans(many_runs, lambda c: store.tile(c, [key], (14, 5215, 8135)))
    assert "Seq Scan on published_feature" not in found
    assert "Index Cond: ((run = " in found
