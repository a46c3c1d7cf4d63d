"""Vector tiles, decoded."""

from typing import Any

import h3
import mapbox_vector_tile
import pytest
from starlette.testclient import TestClient

from tests.api.conftest import CELLS, OVER_THERE, Clock, World

TILES = "/collections/all-crime/tiles/WebMercatorQuad"
HERE = "9/162/254"
"""Zoom, row, column of a tile that holds all of the hexagons in Middlesbrough."""


def layers(client: TestClient, place: str, **parameters: Any) -> dict[str, Any]:
    response = client.get(f"{TILES}/{place}", params=parameters)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    return mapbox_vector_tile.decode(response.content)


def found(client: TestClient, place: str, **parameters: Any) -> set[str]:
    return {feature["properties"]["id"] for feature in layers(client, place, **parameters)["all-crime"]["features"]}


def test_a_tile_holds_the_cells_and_the_properties_that_a_map_colours_by(published: TestClient) -> None:
    tile = layers(published, HERE)
    assert list(tile) == ["all-crime"]
    assert tile["all-crime"]["extent"] == 4096
    by_id = {feature["properties"]["id"]: feature for feature in tile["all-crime"]["features"]}
    assert set(by_id) == set(CELLS)
    first = by_id[CELLS[0]]
    assert first["properties"] == {"id": CELLS[0], "rank": 1, "confidence": "99 %"}
    assert first["geometry"]["type"] == "Polygon"
    assert len(first["geometry"]["coordinates"][0]) == 7


def test_row_comes_before_column(published: TestClient) -> None:
    assert published.get(f"{TILES}/9/254/162").status_code == 204


def test_neighbouring_tiles_share_the_cells_on_their_edge(published: TestClient) -> None:
    """At zoom 14 a cell is wider than the buffer, so only cells that touch a tile are in it."""
    lat, lng = h3.cell_to_latlng(CELLS[0])
    tiles = [f"14/{row}/{column}" for row in range(5213, 5218) for column in range(8133, 8139)]
    held = [found(published, place) for place in tiles if published.get(f"{TILES}/{place}").status_code == 200]
    assert set.union(*held) == set(CELLS)
    assert sum(map(len, held)) > len(CELLS), f"no cell near {lat}, {lng} crosses an edge"


def test_a_tile_holds_every_area(published: TestClient) -> None:
    assert found(published, "6/20/31") == {*CELLS, *OVER_THERE}


def test_a_tile_of_an_earlier_run(published: TestClient, world: World, clock: Clock) -> None:
    assert len(found(published, HERE)) == 37
    world.publish("all-crime", {"middlesbrough": CELLS[:2]})
    clock.pass_on()
    assert found(published, HERE) == set(CELLS[:2])
    assert found(published, HERE, run=1) == set(CELLS)


def test_a_tile_without_cells_is_no_content(published: TestClient) -> None:
    response = published.get(f"{TILES}/10/0/0")
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    ("place", "detail"),
    [
        ("3/8/0", "At zoom 3 rows and columns run from 0 to 7; this is 8, 0."),
        ("3/0/8", "At zoom 3 rows and columns run from 0 to 7; this is 0, 8."),
        ("23/0/0", "“23” will not do for tileMatrix: input should be less than or equal to 22."),
        ("3/-1/0", "“-1” will not do for tileRow: input should be greater than or equal to 0."),
    ],
)
def test_a_tile_off_the_world(published: TestClient, place: str, detail: str) -> None:
    response = published.get(f"{TILES}/{place}")
    assert response.status_code == 404
    assert response.json()["detail"] == detail


def test_tilejson_leads_to_the_tiles(published: TestClient) -> None:
    document = published.get("/collections/all-crime/tilejson.json", params={"run": 1}).json()
    assert document["tilejson"] == "3.0.0"
    assert document["bounds"] == [-3.1, 53.3, -1.1, 54.6]
    assert document["vector_layers"][0]["id"] == "all-crime"
    assert set(document["vector_layers"][0]["fields"]) == {"id", "confidence"}
    address = document["tiles"][0].replace("{z}", "9").replace("{x}", "254").replace("{y}", "162")
    assert published.get(address).status_code == 200
    assert address.endswith("?run=1")
