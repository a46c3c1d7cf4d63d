"""OGC API - Tiles - Part 1: Core (20-057), annex A: Core and Mapbox Vector Tiles."""

import mapbox_vector_tile
import pytest
from starlette.testclient import TestClient

BASE = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
CLASSES = [f"{BASE}/{name}" for name in ("core", "mvt")]
TILES = "/collections/all-crime/tiles/WebMercatorQuad"
MVT = "application/vnd.mapbox-vector-tile"
OPERATION = "/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"


def test_conformance_success(published: TestClient) -> None:
    """/conf/core/conformance-success"""
    assert set(CLASSES) <= set(published.get("/conformance").json()["conformsTo"])


def test_tc_op(published: TestClient) -> None:
    """/conf/core/tc-op: the template that the layer gives leads to tiles."""
    template = published.get("/collections/all-crime/tilejson.json").json()["tiles"][0]
    assert published.get(template.format(z=10, y=325, x=508)).status_code == 200


@pytest.mark.parametrize("name", ["tileMatrix", "tileRow", "tileCol"])
def test_tc_definitions(published: TestClient, name: str) -> None:
    """/conf/core/tc-tilematrix-definition, tc-tilerow-definition, tc-tilecol-definition"""
    described = published.get("/api").json()["paths"][OPERATION]["get"]["parameters"]
    found = next(each for each in described if each["name"] == name)
    assert (found["in"], found["required"], found["schema"]["type"]) == ("path", True, "integer")


def test_tc_success(published: TestClient) -> None:
    """/conf/core/tc-success: 200, in the format asked for, with what lies in the tile."""
    response = published.get(f"{TILES}/10/325/508", headers={"accept": MVT})
    assert (response.status_code, response.headers["content-type"]) == (200, MVT)
    assert mapbox_vector_tile.decode(response.content)["all-crime"]["features"]


@pytest.mark.parametrize(
    ("place", "status"), [("10/1024/0", 404), ("10/0/1024", 404), ("23/0/0", 404), ("x/0/0", 404), ("10/0/0", 204)]
)
def test_tc_error(published: TestClient, place: str, status: int) -> None:
    """/conf/core/tc-error: 404 off the world, 204 where the tile is empty."""
    assert published.get(f"{TILES}/{place}").status_code == status


def test_mvt_content(published: TestClient) -> None:
    """/conf/mvt/content: one tile; features with geometry and type, on the tile's own grid."""
    layer = mapbox_vector_tile.decode(published.get(f"{TILES}/10/325/508").content)["all-crime"]
    assert layer["extent"] == 4096
    for feature in layer["features"]:
        assert feature["geometry"]["type"] == "Polygon"
        assert all(
            -64 <= edge <= 4160 for ring in feature["geometry"]["coordinates"] for place in ring for edge in place
        )
