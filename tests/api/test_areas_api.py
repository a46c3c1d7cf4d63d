"""The study areas over HTTP."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import CELLS, World, ring


@pytest.fixture
def areas(client: TestClient, world: World) -> TestClient:
    for number, kind in enumerate(("ward", "ward", "ward", "partnership")):
        world.add_area(f"E{number}", kind, CELLS[number])
    return client


def names(page: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in page["features"]]


def test_areas_come_by_kind_with_a_word_on_their_boundaries(areas: TestClient) -> None:
    response = areas.get("/areas")
    assert response.headers["content-type"] == "application/geo+json"
    page = response.json()
    assert names(page) == ["E3", "E0", "E1", "E2"]
    assert (page["numberMatched"], page["numberReturned"]) == (4, 4)
    assert page["simplified_by_degrees"] == 0.0001
    assert page["features"][0]["properties"] == {
        "id": "E3", "kind": "partnership", "name": "Area E3", "partnership": None, "repaired": False, "made_up": False,
    }  # fmt: skip
    assert page["features"][0]["geometry"]["type"] == "MultiPolygon"


def test_areas_of_one_kind_page_by_page(areas: TestClient) -> None:
    page = areas.get("/areas", params={"kind": "ward", "limit": 2}).json()
    assert (names(page), page["numberMatched"]) == (["E0", "E1"], 3)
    by_rel = {link["rel"]: link["href"] for link in page["links"]}
    following = areas.get(by_rel["next"]).json()
    assert names(following) == ["E2"]
    assert {link["rel"] for link in following["links"]} == {"self", "prev"}


def test_a_kind_of_area_that_does_not_exist(areas: TestClient) -> None:
    response = areas.get("/areas", params={"kind": "parish"})
    assert response.status_code == 400
    assert response.json()["detail"] == (
        "“parish” will not do for kind: input should be 'partnership', 'borough', 'ward', 'beat' or 'lsoa'."
    )


def test_one_area_has_its_whole_boundary(areas: TestClient) -> None:
    area = areas.get("/areas/E1").json()
    assert (area["type"], area["id"], area["properties"]["name"]) == ("Feature", "E1", "Area E1")
    corners = area["geometry"]["coordinates"][0][0]
    assert {tuple(corner) for corner in corners} == {tuple(corner) for corner in ring(CELLS[1])}


def test_an_area_that_does_not_exist(areas: TestClient) -> None:
    response = areas.get("/areas/E9")
    assert response.status_code == 404
    assert response.json()["detail"] == "There is no area “E9”: /areas lists those there are."
