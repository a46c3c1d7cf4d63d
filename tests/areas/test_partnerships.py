"""A partnership is the union of its areas, whatever becomes of them."""

from pathlib import Path

import pytest

from aim.areas import load_areas
from aim.vocabulary.kinds import AreaKind
from tests.areas.wards import ONE, TWO, Office, collection, square

CLEVELAND = ("E06000001", "E06000002", "E06000003", "E06000004")


def sizes(office: Office, *names: str) -> list[float]:
    """In thousandths of a square degree; a square of the default side has 0.1."""
    stored = office.stored()
    return [round(stored[name].boundary.area * 1000, 6) for name in names]


def test_it_grows_with_each_file_and_shrinks_with_its_areas(office: Office) -> None:
    assert office.load(collection((ONE, square())), partnership="Safer Town").partnership == "safer-town"
    assert sizes(office, "safer-town") == [0.1]
    office.load(collection((TWO, square(-1.20))), partnership="Safer Town")
    assert sizes(office, "safer-town", "W1", "W2") == [0.2, 0.1, 0.1]
    office.load(collection((TWO, square(-1.20, side=0.005))), partnership="Safer Town")
    assert sizes(office, "safer-town") == [0.125]


def test_the_boroughs_of_cleveland_become_one(office: Office, shared: Path) -> None:
    counted = 0
    for borough in CLEVELAND:
        file = shared / f"data/boundaries/uk-geojson/lsoa_by_lad/{borough}.json"
        counted += len(load_areas(office.engine, file, AreaKind.LSOA, partnership="Safer Cleveland").areas)
    assert counted == 352
    whole = office.stored()["safer-cleveland"]
    assert (whole.kind, whole.name, whole.partnership) == (AreaKind.PARTNERSHIP, "Safer Cleveland", None)
    assert office.square_metres("safer-cleveland") == pytest.approx(597e6, rel=0.02)


def test_areas_that_touch_become_one_without_a_seam(office: Office) -> None:
    office.load(collection((ONE, square(-1.24)), (TWO, square(-1.23))), partnership="Town")
    assert len(office.stored()["town"].boundary.geoms) == 1


def test_an_area_loaded_again_stays_in_it_and_it_follows(office: Office) -> None:
    office.load(collection((ONE, square()), (TWO, square(-1.20))), partnership="Town")
    office.load(collection((ONE, square(side=0.005))))
    assert office.stored()["W1"].partnership == "town"
    assert sizes(office, "town") == [0.125]


def test_an_area_that_moves_to_another_leaves_the_first(office: Office) -> None:
    office.load(collection((ONE, square()), (TWO, square(-1.20))), partnership="East")
    office.load(collection((ONE, square())), partnership="West")
    assert sizes(office, "east", "west") == [0.1, 0.1]
    office.load(collection((TWO, square(-1.20))), partnership="West")
    assert office.stored().keys() == {"W1", "W2", "west"}


def test_one_of_made_up_places_is_made_up(office: Office) -> None:
    office.load(collection((ONE | {"made_up": True}, square())), partnership="Town")
    assert office.stored()["town"].made_up
