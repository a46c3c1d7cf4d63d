"""A run after a load makes anew what the load can have changed, and is what a run from the start would be."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import Engine, func, select, text

from aim.db.tables import incident_part, published_feature, published_layer
from aim.hotspots.methods import METHODS
from aim.hotspots.store import Version, columns_of
from aim.layers.publishing.backtest import Asked, backtest
from aim.layers.publishing.current import current_layers
from aim.layers.publishing.publish import publish
from tests.town import ASB, CRIME, FEW, FIRES, TOWN, Town, at, near

MAY, JUNE = "2026-05-03T09:00:00+01:00", "2026-06-03T09:00:00+01:00"

pytestmark = pytest.mark.usefixtures("few_layers")


def served(engine: Engine) -> dict[str, Any]:
    """All that each layer's current version says, the run's number apart."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for layer in current_layers(engine):
            here = {"run": layer["run"], "layer": layer["id"], "area": layer["area"]}
            feature, version = published_feature.c, published_layer.c
            body = select(feature.body).where(*(feature[key] == value for key, value in here.items()))
            told = select(version.description).where(*(version[key] == value for key, value in here.items()))
            found[layer["id"]] = {
                "features": connection.execute(body.order_by(feature.rank)).scalars().all(),
                "description": json.dumps(connection.execute(told).scalar_one(), sort_keys=True),
                "methods": {name: columns_of(connection, Version(**here), name) for name in METHODS},
            }
    return found


def assert_same(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Bit for bit."""
    assert found.keys() == wanted.keys()
    for layer in found:
        for part in ("features", "description"):
            assert found[layer][part] == wanted[layer][part], f"{part} of {layer}"
        for name, columns in found[layer]["methods"].items():
            other = wanted[layer]["methods"][name]
            assert (columns is None) == (other is None), f"{name} of {layer}"
            if columns is not None:
                assert_frame_equal(columns, other, check_exact=True)


def afresh(town: Town) -> None:
    """All layers from the incidents themselves."""
    with town.engine.begin() as connection:
        connection.execute(incident_part.delete())
    town.score(full=True)


def begun(town: Town) -> None:
    """A year of all three agencies, and its maps."""
    for month in range(1, 6):
        town.reports(f"2026-{month:02d}-03T09:00:00+00:00", [at(), at(near(1)), at(near(month))])
        town.crimes(f"2026-{month:02d}", [at()] * 3 + [at(near(month))], "Burglary")
        town.fires(f"2026-{month:02d}-04 04:00", [at(near(1)), at(near(2))])
    town.score()


LOADS: dict[str, tuple[Callable[[Town], None], str]] = {
    "reports": (lambda town: town.reports(JUNE, [at(near(2))] * 2), ASB),
    "fires": (lambda town: town.fires("2026-06-04 04:00", [at(near(3))]), FIRES),
    "crimes": (lambda town: town.crimes("2026-06", [at(near(3))] * 4, "Drugs"), CRIME),
    "reports that come late": (lambda town: town.reports(MAY, [at()]), ASB),
}
"""And the one layer that counts them."""


@pytest.mark.parametrize("name", LOADS)
def test_a_load_makes_its_own_layer_anew_and_leaves_what_a_full_run_would(town: Town, name: str) -> None:
    load, layer = LOADS[name]
    begun(town)
    load(town)
    run = town.score()
    assert {made.id for made in run.layers if not made.unchanged} == {layer}
    assert {made.id for made in run.layers} == set(FEW)
    found = served(town.engine)
    afresh(town)
    assert_same(found, served(town.engine))


def test_a_boundary_that_moves_makes_every_layer_anew(town: Town) -> None:
    begun(town)
    town.found(shape=TOWN.buffer(0.003))
    assert not any(layer.unchanged for layer in town.score().layers)


def test_a_reviewer_who_breaks_a_link_has_the_layers_made_anew(sample_engine: Engine) -> None:
    publish(sample_engine)
    with sample_engine.begin() as connection:
        broken = "UPDATE incident_link SET status = 'broken' WHERE id = (SELECT min(id) FROM incident_link)"
        assert connection.execute(text(broken)).rowcount == 1
    assert not all(layer.unchanged for layer in publish(sample_engine).layers)


def test_a_look_back_keeps_nothing_that_a_run_would_have_to_wait_for(sample_engine: Engine) -> None:
    backtest(sample_engine, Asked(layer=FIRES))
    with sample_engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(incident_part)).scalar_one() == 0
