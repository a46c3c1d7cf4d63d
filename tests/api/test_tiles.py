"""Vector tiles, decoded."""

import json
from typing import Any

import h3
import mapbox_vector_tile
import polars as pl
import pytest
from starlette.testclient import TestClient

from aim.api.coarse import native_from, parents, resolution_at
from tests.api.conftest import CELLS, CENTRE, OVER_THERE, Clock, World

TILES = "/collections/all-crime/tiles/WebMercatorQuad"
HERE = "10/325/508"
"""Zoom, row, column of a tile that holds most of the hexagons in Middlesbrough."""


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
    assert set(by_id) < set(CELLS)
    assert len(by_id) > 30
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
    cells = [feature["properties"] for feature in layers(published, "6/20/31")["all-crime"]["features"]]
    assert sum(cell["cells"] for cell in cells) == len({*CELLS, *OVER_THERE})


def test_a_tile_of_an_earlier_run(published: TestClient, world: World, clock: Clock) -> None:
    whole = found(published, HERE)
    world.publish("all-crime", {"middlesbrough": CELLS[:2]})
    clock.pass_on()
    assert found(published, HERE) == set(CELLS[:2])
    assert found(published, HERE, run=1) == whole
    assert len(whole) > 30


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
    assert set(document["vector_layers"][0]["fields"]) == {"id", "confidence", "h3_res", "cells"}
    address = document["tiles"][0].replace("{z}", "10").replace("{x}", "508").replace("{y}", "325")
    assert published.get(address).status_code == 200
    assert address.endswith("?run=1")


def test_from_afar_cells_are_drawn_as_their_parents(published: TestClient) -> None:
    """At zoom 9 a cell of resolution 9 is 4 pixels wide, and its parent 10."""
    tile = layers(published, "9/162/254")["all-crime"]["features"]
    drawn = {feature["properties"]["id"]: feature for feature in tile}
    assert set(drawn) == {h3.cell_to_parent(cell, 8) for cell in CELLS}
    for parent, feature in drawn.items():
        ranks = [rank for rank, cell in enumerate(CELLS, 1) if h3.cell_to_parent(cell, 8) == parent]
        assert feature["properties"] == {
            "id": parent, "h3": parent, "h3_res": 8, "cells": len(ranks), "rank": min(ranks),
            "count_total": sum(50 - rank for rank in ranks), "confidence": "99 %",
        }  # fmt: skip
        assert feature["geometry"]["type"] == "Polygon"


def test_every_tile_of_a_zoom_together_holds_every_cell(published: TestClient) -> None:
    for zoom in (0, 4, 8):
        held: dict[str, int] = {}
        for row in range(2**zoom * 318 // 1024, 2**zoom * 340 // 1024 + 1):
            for column in range(2**zoom * 500 // 1024, 2**zoom * 510 // 1024 + 1):
                if published.get(f"{TILES}/{zoom}/{row}/{column}").status_code == 200:
                    drawn = layers(published, f"{zoom}/{row}/{column}")["all-crime"]["features"]
                    held |= {each["properties"]["id"]: each["properties"]["cells"] for each in drawn}
        assert sum(held.values()) == 44


def rows(*cells: tuple[str, int, str, int]) -> pl.DataFrame:
    columns = ("h3", "rank", "confidence", "count_total")
    return pl.DataFrame(list(cells), schema=columns, orient="row").with_columns(hotspot_class=pl.lit("new"))


def test_a_parent_has_the_strongest_confidence_and_the_best_rank_of_all_areas() -> None:
    first, second = h3.cell_to_children(h3.cell_to_parent(CENTRE, 8), 9)[:2]
    here, there = rows((first, 7, "90 %", 2)), rows((second, 3, "not significant", 5))
    made = parents([here, there], 8, ["confidence", "hotspot_class"])
    assert [json.loads(each) for each in made.properties] == [
        {"id": h3.cell_to_parent(CENTRE, 8), "h3": h3.cell_to_parent(CENTRE, 8), "h3_res": 8, "confidence": "90 %",
         "rank": 3, "count_total": 7, "hotspot_class": "new", "cells": 2}
    ]  # fmt: skip


@pytest.mark.parametrize(("zoom", "resolution"), [(0, 1), (5, 5), (9, 8), (10, 9), (14, 9)])
def test_parents_are_wide_enough_to_see(zoom: int, resolution: int) -> None:
    assert resolution_at(zoom, 9) == resolution


def test_a_layer_says_from_which_zoom_its_own_cells_are_drawn() -> None:
    assert [native_from(each) for each in (7, 8, 9, 10)] == [8, 9, 10, 12]
