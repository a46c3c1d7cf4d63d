"""What leaves the partnership: small numbers, and all that would give one away, stay inside."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from aim.access.roles import Edition
from aim.access.suppression import SMALLEST_TOLD
from aim.db.tables import published_card, published_layer, published_outside
from aim.errors import UnknownName
from aim.layers.publishing.export import export
from tests.town import CENTRE, CRIME, Town, at, features, near

FAR, FARTHER = near(2), near(3)


@pytest.fixture
def scored(town: Town) -> Town:
    """A busy cell, one beside it that is small, and others away from it: a small one, and one that is not."""
    places = [(CENTRE, 40), (near(1), 3), (FAR, 2), (FARTHER, 9)]
    town.crimes("2026-05", [at(cell) for cell, number in places for _ in range(number)], "Robbery")
    town.score(layers=[CRIME])
    return town


def outside(engine: Engine) -> dict[str, dict[str, Any]]:
    return {each["id"]: each["properties"] for each in features(engine, CRIME, edition="outside")}


def described(engine: Engine) -> dict[str, Any]:
    with engine.connect() as connection:
        return connection.execute(select(published_outside.c.description)).scalar_one()


def test_small_cells_leave_without_a_number_after_the_others(scored: Town) -> None:
    found = outside(scored.engine)
    hidden = [cell for cell, each in found.items() if each["count_total"] is None]
    assert {near(1), FAR} <= set(hidden)
    assert list(found)[-len(hidden) :] == sorted(hidden)
    assert [each["rank"] for each in found.values()] == list(range(1, len(found) + 1))
    for cell in hidden:
        told = {name for name, value in found[cell].items() if value not in (None, [])}
        assert not told & {"score", "z", "confidence", "harm_score", "hotspot_class", "status", "count_police"}
        assert "no number of this cell leaves the partnership" in found[cell]["rationale"]


def test_no_number_below_five_is_anywhere_in_what_leaves(scored: Town) -> None:
    for each in outside(scored.engine).values():
        counts = [value for name, value in each.items() if name.startswith("count_") and value is not None]
        assert all(count == 0 or count >= SMALLEST_TOLD for count in counts), each


def test_nothing_that_comes_from_gi_star_is_told_beside_a_small_cell(scored: Town) -> None:
    """With it, and the other counts of the disk, the small one could be solved for."""
    inside = {each["id"]: each["properties"] for each in features(scored.engine, CRIME)}
    centre = outside(scored.engine)[CENTRE]
    assert inside[CENTRE]["confidence"] != "not significant"
    assert (centre["count_total"], centre["confidence"], centre["z"], centre["status"]) == (40, None, None, None)
    assert "confidence" not in centre["rationale"]


def test_the_layer_says_how_many_are_held_back(scored: Town) -> None:
    found, told = outside(scored.engine), described(scored.engine)
    assert told["suppressed_count"] == sum(each["count_total"] is None for each in found.values())
    assert any("held back" in caveat for caveat in told["caveats"])
    assert told["hindsight"]["methods"] == []


def test_a_single_small_cell_takes_the_next_with_it(town: Town) -> None:
    town.crimes("2026-05", [at(CENTRE)] * 12 + [at(near(1))] * 2, "Robbery")
    town.score(layers=[CRIME])
    found = outside(town.engine)
    assert {each["count_total"] for each in found.values()} <= {None, 0, 12}
    if found[CENTRE]["count_total"] == 12:
        assert described(town.engine)["incidents"] == 12, "the sum would give the small one away"


def test_the_card_outside_has_no_counts(scored: Town) -> None:
    with scored.engine.connect() as connection:
        card = connection.execute(
            select(published_card.c.card).where(published_card.c.edition == "outside")
        ).scalar_one()
    assert all("incidents" not in feed for feed in card["data"]["feeds"])
    assert all(each.keys() == {"why"} for each in card["left_out"].values())
    assert all("chosen" not in method for method in card["methods"].values())


def test_a_version_knows_its_marking_and_whose_incidents_it_counts(scored: Town) -> None:
    with scored.engine.connect() as connection:
        row = connection.execute(select(published_layer)).one()
    assert (row.marking, row.feeds) == ("OFFICIAL", ["police-uk-street"])


def test_an_export_for_outside_is_the_edition_for_outside(scored: Town, tmp_path: Path) -> None:
    export(scored.engine, CRIME, "geojson", tmp_path / "out.geojson", edition=Edition.OUTSIDE)
    written = json.loads((tmp_path / "out.geojson").read_text())["features"]
    assert written == features(scored.engine, CRIME, edition="outside")
    with pytest.raises(UnknownName):
        export(scored.engine, "joint-cells", "csv", tmp_path / "no.csv", edition=Edition.OUTSIDE)
