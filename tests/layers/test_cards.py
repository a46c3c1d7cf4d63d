"""What is stored with each layer for its reader: the card, peak times and harm."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select

from aim.db.tables import published_card
from aim.hotspots.harm.sign import sign
from aim.hotspots.harm.weights import example_text, signed
from aim.hotspots.methods import METHODS
from aim.hotspots.model_card import as_text
from aim.layers.publishing.known import LAYERS
from tests.town import ASB, CENTRE, CRIME, OUTSIDE, Town, at, features, near, properties


def card(engine: Engine, layer: str) -> dict[str, Any]:
    table = published_card.c
    inside = (table.layer == layer) & (table.edition == "inside")
    query = select(table.card).where(inside).order_by(table.run.desc()).limit(1)
    with engine.connect() as connection:
        return connection.execute(query).scalar_one()


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_a_card_that_names_every_method_asked(published: Engine, layer: str) -> None:
    found = card(published, layer)
    assert found["methods"].keys() == set(LAYERS[layer].methods or METHODS)
    assert LAYERS[layer].title in as_text(found)


def test_a_card_counts_what_was_left_out(town: Town) -> None:
    town.crimes("2026-05", [at()] * 4, "Burglary")
    town.crimes("2026-06", [at()] * 3, "Drugs")
    town.crimes("2026-04", [OUTSIDE], "Burglary")
    town.score(layers=[CRIME])
    left_out = card(town.engine, CRIME)["left_out"]
    numbers = {name: told["incidents"] for name, told in left_out.items()}
    assert numbers == {"enforcement_driven": 3, "sensitive": 0, "outside": 0, "month_only": 7}


def test_a_cell_is_told_its_own_peak_times(town: Town) -> None:
    for friday in ("05-01", "05-08", "05-15", "05-22", "05-29", "06-05"):
        town.reports(f"2026-{friday}T20:30:00+01:00", [at()] * 5)
    town.reports("2026-06-03T09:00:00+01:00", [at(near(1))] * 3)
    town.score(layers=[ASB])
    found = properties(town.engine, ASB)
    [window] = found[CENTRE]["peak_windows"]
    day, hours = window.split()
    assert day == "Fridays"
    assert hours[:2] <= "20" < hours.partition("-")[2][:2]
    assert f"on {window} (" in found[CENTRE]["rationale"]
    assert found[near(1)]["peak_windows"] == []


def test_without_signed_weights_no_harm_is_told(town: Town) -> None:
    town.crimes("2026-05", [at()] * 4)
    town.score(layers=[CRIME])
    assert {feature["properties"]["harm_score"] for feature in features(town.engine, CRIME)} == {None}


def test_harm_by_signed_weights_is_told_with_whose_they_are(town: Town) -> None:
    file = town.folder / "harm.toml"
    file.write_text(example_text())
    sign(file, by="A. Person", role="Partnership chair", on=date(2026, 6, 1), why="Agreed in June")
    town.crimes("2026-05", [at()] * 4 + [at(near(1))], "Robbery")
    town.score(layers=[CRIME], weights=signed(file))
    found = properties(town.engine, CRIME)
    assert found[CENTRE]["harm_score"] == pytest.approx(4 * found[near(1)]["harm_score"])
    told = card(town.engine, CRIME)["weights"]
    assert told["signed"]["role"] == "Partnership chair"
    assert "A. Person" not in str(told)
    again = town.score(layers=[CRIME])
    assert not again.layers[0].unchanged, "the harm is no longer there"
