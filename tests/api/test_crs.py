"""Coordinates in other systems: out, in, and what is said of them."""

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from starlette.testclient import TestClient

from aim.api.crs import CRS84, NATIONAL_GRID, SYSTEMS, WEB_MERCATOR, WGS84, Bbox, Crs, caveats, has_ostn15
from tests.api.conftest import CELLS, OVER_THERE
from tests.api.test_items import ITEMS, get, href, ids
from tests.api.test_selecting import problem

BASE = "http://www.opengis.net/def/crs"
OTHERS = [WGS84, NATIONAL_GRID, WEB_MERCATOR]


def ring(feature: dict[str, dict[str, list[list[list[float]]]]]) -> list[list[float]]:
    return feature["geometry"]["coordinates"][0]


def test_the_axis_order_of_4326_is_latitude_first(published: TestClient) -> None:
    lon, lat = ring(get(published, limit=1)["features"][0])[0]
    assert ring(get(published, limit=1, crs=WGS84.uri)["features"][0])[0] == [lat, lon]


@pytest.mark.parametrize("crs", OTHERS, ids=lambda crs: crs.name)
def test_coordinates_turn_into_the_system_that_is_asked_for(published: TestClient, crs: Crs) -> None:
    there = Transformer.from_crs("OGC:CRS84", crs.name)
    for plain, other in zip(get(published)["features"], get(published, crs=crs.uri)["features"], strict=True):
        expected = np.column_stack(there.transform(*np.array(ring(plain)).T))
        assert np.abs(expected - np.array(ring(other))).max() <= 0.5 * 10**-crs.decimals + 1e-9
        assert plain["properties"] == other["properties"]


def test_the_national_grid_is_where_the_ordnance_survey_has_it() -> None:
    """The worked example of its guide to coordinate systems: Caister water tower; to 5 m without the OSTN15 grid."""
    east, north = NATIONAL_GRID.from_degrees(np.array([[1.716073973, 52.658007833]]))[0]
    assert (east, north) == pytest.approx((651409.804, 313177.450), abs=5)


@pytest.mark.parametrize("crs", SYSTEMS.values(), ids=lambda crs: crs.name)
def test_there_and_back_is_the_same_place(crs: Crs) -> None:
    places = np.array([[-1.235, 54.574], [-2.99, 53.4]])
    assert np.abs(crs.to_degrees(crs.from_degrees(places)) - places).max() < 1e-7


@pytest.mark.parametrize("path", [ITEMS, f"{ITEMS}/{CELLS[0]}"])
@pytest.mark.parametrize("crs", SYSTEMS)
def test_the_answer_names_its_system(published: TestClient, path: str, crs: str) -> None:
    assert published.get(path, params={"crs": crs}).headers["content-crs"] == f"<{crs}>"
    assert published.get(path).headers["content-crs"] == f"<{CRS84.uri}>"


def test_links_keep_the_systems(published: TestClient) -> None:
    page = get(published, limit=2, crs=NATIONAL_GRID.uri, **{"bbox-crs": WGS84.uri, "bbox": "54,-2,55,-1"})
    address = href(page, "next") or ""
    assert f"crs={BASE}/EPSG/0/27700" in address
    assert f"bbox-crs={BASE}/EPSG/0/4326" in address
    assert "bbox=54,-2,55,-1" in address
    assert published.get(href(page, "self") or "").json() == page


@pytest.mark.parametrize(
    ("crs", "box"),
    [
        (CRS84, "-3.2,53.2,-2.8,53.6"),
        (WGS84, "53.2,-3.2,53.6,-2.8"),
        (NATIONAL_GRID, "330000,385000,340000,395000"),
        (WEB_MERCATOR, "-350000,7030000,-320000,7060000"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_box_in_any_system_finds_what_lies_there(published: TestClient, crs: Crs, box: str) -> None:
    assert ids(get(published, bbox=box, **{"bbox-crs": crs.uri})) == OVER_THERE


@pytest.mark.parametrize("crs", [NATIONAL_GRID, WEB_MERCATOR], ids=lambda crs: crs.name)
def test_a_box_in_metres_takes_the_cells_that_meet_it_there(published: TestClient, crs: Crs) -> None:
    """Held to the outlines turned into metres, one by one."""
    middle = crs.from_degrees(np.array([[-1.235, 54.5742]]))[0]
    box = Bbox((middle[0] - 400, middle[1] - 250, middle[0] + 300, middle[1] + 350), crs)
    shape = shapely.box(*box.edges)
    found = [
        feature["id"]
        for feature in get(published, crs=crs.uri)["features"]
        if shapely.Polygon(ring(feature)).intersects(shape)
    ]
    assert ids(get(published, bbox=str(box), **{"bbox-crs": crs.uri})) == found
    assert 3 < len(found) < 37


def test_a_box_beyond_the_reach_of_the_national_grid_finds_what_lies_within_it(published: TestClient) -> None:
    grid = {"bbox-crs": NATIONAL_GRID.uri}
    assert get(published, bbox="-1e9,-1e9,1e9,1e9", **grid)["numberMatched"] == 44
    assert get(published, bbox="5e6,5e6,6e6,6e6", **grid)["numberMatched"] == 0


@pytest.mark.parametrize(
    ("crs", "box", "told"),
    [
        (NATIONAL_GRID, "1,2,3", "give four numbers in metres of EPSG:27700, least east, least north"),
        (NATIONAL_GRID, "5,0,1,9", "the lesser edge comes before the greater"),
        (WGS84, "1,2,3", "give four numbers in degrees, south,west,north,east"),
        (WGS84, "60,0,50,1", "the south edge comes before the north edge"),
        (WGS84, "0,-181,50,1", "the west and east edges lie between -180 and 180"),
    ],
)
def test_a_box_that_cannot_be(published: TestClient, crs: Crs, box: str, told: str) -> None:
    found = problem(published, bbox=box, **{"bbox-crs": crs.uri})
    assert found["parameter"] == "bbox"
    assert told in found["detail"]


@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
def test_a_system_that_is_not_served_is_answered_with_those_that_are(published: TestClient, name: str) -> None:
    found = problem(published, **{name: "EPSG:27700"})
    assert found["parameter"] == name
    assert f"the systems served are {', '.join(SYSTEMS)}" in found["detail"]


def test_without_the_grid_of_the_ordnance_survey_the_answer_says_how_far_off_it_is(published: TestClient) -> None:
    told = get(published, crs=NATIONAL_GRID.uri)["caveats"]
    assert told == caveats(NATIONAL_GRID)
    assert bool(told) is not has_ostn15()
    assert caveats(CRS84) == caveats(WGS84) == []
