"""What the methods said comes back as it was written."""

from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import Engine, insert, select

from aim.db.tables import method_result, scoring_run
from aim.hotspots import store
from aim.hotspots.method import Lacking
from aim.hotspots.methods import AREA_METHODS
from aim.hotspots.run import cell_answers
from tests import facts


@pytest.fixture
def run(engine: Engine) -> store.Version:
    statement = insert(scoring_run).values(as_of=datetime(2026, 10, 1, tzinfo=UTC), parameters={})
    with engine.begin() as connection:
        number = connection.execute(statement.returning(scoring_run.c.id)).scalar_one()
    return store.Version(number, "all-crime", "testby")


def test_answers_come_back_as_they_were_written(engine: Engine, run: store.Version) -> None:
    whole = facts.whole()
    answers = cell_answers(whole) | {"near_repeat": AREA_METHODS["near_repeat"].table(whole)}
    with engine.begin() as connection:
        store.write_answers(connection, run, "digest", whole.grid, answers)
        gi = store.columns_of(connection, run, "gi_star")
        bands = store.columns_of(connection, run, "near_repeat")
    assert gi is not None
    np.testing.assert_array_equal(gi["cell"].to_numpy(), whole.grid.cells)
    np.testing.assert_array_equal(gi["score"].to_numpy(), answers["gi_star"].score)  # type: ignore[union-attr]
    assert bands is not None
    assert {"observed", "expected", "p"} <= set(bands.columns)


def test_what_a_method_lacks_is_kept_as_well(engine: Engine, run: store.Version) -> None:
    grid = facts.whole().grid
    with engine.begin() as connection:
        store.write_answers(connection, run, "digest", grid, {"rates": Lacking("No dwellings.")})
        assert connection.execute(select(method_result.c.lacking)).scalar_one() == "No dwellings."
        assert store.columns_of(connection, run, "rates") is None
