"""The samples, scored once for all tests that only look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aim.db.engine import make_engine
from aim.layers.publishing.publish import Run, publish
from tests.conftest import copy_of


@pytest.fixture(scope="session")
def scored_samples(cluster_home: Path, sampled: str) -> Iterator[tuple[Engine, Run]]:
    """A database with the samples loaded and scored, to be read only, and the run's report."""
    with copy_of(cluster_home, sampled) as url:
        engine = make_engine(url)
        yield engine, publish(engine)
        engine.dispose()


@pytest.fixture
def published(scored_samples: tuple[Engine, Run]) -> Engine:
    """The database of `scored_samples`."""
    return scored_samples[0]


@pytest.fixture
def run(scored_samples: tuple[Engine, Run]) -> Run:
    """The report of `scored_samples`."""
    return scored_samples[1]
