"""A layer says where the reporting behind it broke down: an outage is no cold spot."""

from pathlib import Path
from typing import Any

import pytest

from aim.layers.publishing.publish import publish
from tests.ingest.conftest import Store
from tests.ingest.health.deliveries import load_months
from tests.town import CRIME, FIRES, Town, at, description

MONTHS = {"2026-05": 500, "2026-06": 510, "2026-07": 490, "2026-08": 60}
OUTAGE = (
    "Dyfed-Powys Police, August 2026: 60 rows came where 500 were expected. "
    "This is an outage of the reporting, not a fall."
)


@pytest.fixture
def described(town: Town, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What each layer says of itself where a force fell silent and the fire service did not."""
    town.fires("2026-08-20 20:00", [at()])
    store = Store(town.engine, tmp_path)
    load_months(store, MONTHS)
    publish(store.engine)
    return {layer: description(store.engine, layer) for layer in (CRIME, FIRES)}


def test_a_layer_of_the_silent_force_says_so_once(described: dict[str, dict[str, Any]]) -> None:
    assert described[CRIME]["caveats"].count(OUTAGE) == 1


def test_a_layer_that_does_not_count_that_feed_says_nothing(described: dict[str, dict[str, Any]]) -> None:
    assert OUTAGE not in described[FIRES]["caveats"]
