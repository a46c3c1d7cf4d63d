"""OGC API - Features - Part 2: Coordinate Reference Systems by Reference (18-058r1), annex A."""

import re
from typing import Any

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from starlette.testclient import TestClient

from aim.api.crs import CRS84, SYSTEMS
from tests.api.conftest import CELLS

CLASSES = ["http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs"]
COLLECTION = "/collections/all-crime"
ITEMS = f"{COLLECTION}/items"
BOTH = [ITEMS, f"{ITEMS}/{CELLS[0]}"]


def collections(client: TestClient) -> list[dict[str, Any]]:
    return [*client.get("/collections").json()["collections"], client.get(COLLECTION).json()]


def rings(document: dict[str, Any]) -> list[Any]:
    return [np.array(each["geometry"]["coordinates"][0]) for each in document.get("features", [document])]


def test_crs_uri(published: TestClient) -> None:
    """/conf/crs/crs-uri: every identifier is a URI of OGC's form."""
    for each in collections(published):
        for uri in (*each["crs"], each["storageCrs"]):
            assert re.fullmatch(r"http://www\.opengis\.net/def/crs/(EPSG|OGC)/[\d.]+/\w+", uri)


def test_default_crs(published: TestClient) -> None:
    """/conf/crs/default-crs: CRS84 is in every list."""
    assert all(CRS84.uri in each["crs"] for each in collections(published))


def test_storage_crs(published: TestClient) -> None:
    """/conf/crs/storageCrs: the storage system is in the list."""
    assert all(each["storageCrs"] in each["crs"] for each in collections(published))


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("crs", SYSTEMS)
def test_crs_parameter(published: TestClient, path: str, crs: str) -> None:
    """/conf/crs/crs-parameter: every listed system is taken, and named in Content-Crs."""
    response = published.get(path, params={"crs": crs})
    assert (response.status_code, response.headers["content-crs"]) == (200, f"<{crs}>")


@pytest.mark.parametrize("path", BOTH)
def test_crs_parameter_default(published: TestClient, path: str) -> None:
    """/conf/crs/crs-parameter-default: without the parameter it is CRS84."""
    assert published.get(path).headers["content-crs"] == f"<{CRS84.uri}>"


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("crs", ["http://www.opengis.net/def/crs/EPSG/0/4258", "EPSG:4326", "x"])
def test_crs_parameter_invalid(published: TestClient, path: str, crs: str) -> None:
    """/conf/crs/crs-parameter-invalid: 400."""
    assert published.get(path, params={"crs": crs}).status_code == 400


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("crs", SYSTEMS.values(), ids=lambda crs: crs.name)
def test_crs_parameter_transform(published: TestClient, path: str, crs: Any) -> None:
    """/conf/crs/crs-parameter-transform: turned back, the coordinates are those of CRS84."""
    back = Transformer.from_crs(crs.name, CRS84.name)
    plain, other = published.get(path).json(), published.get(path, params={"crs": crs.uri}).json()
    for expected, found in zip(rings(plain), rings(other), strict=True):
        assert np.abs(np.column_stack(back.transform(*found.T)) - expected).max() < 1e-6


@pytest.mark.parametrize("crs", SYSTEMS.values(), ids=lambda crs: crs.name)
def test_bbox_crs_parameter(published: TestClient, crs: Any) -> None:
    """/conf/crs/bbox-crs-parameter: features found by a box of a system meet it there."""
    low, high = crs.from_degrees(np.array([[-1.24, 54.57], [-1.23, 54.58]])).tolist()
    edges = ",".join(map(str, (*low, *high)))
    page = published.get(ITEMS, params={"bbox": edges, "bbox-crs": crs.uri, "crs": crs.uri}).json()
    assert page["numberMatched"] > 5
    assert all(shapely.Polygon(ring).intersects(shapely.box(*low, *high)) for ring in rings(page))


def test_bbox_crs_parameter_default(published: TestClient) -> None:
    """/conf/crs/bbox-crs-parameter-default: without the parameter a box is of CRS84."""
    box = {"bbox": "-1.24,54.57,-1.23,54.58"}
    named = published.get(ITEMS, params=box | {"bbox-crs": CRS84.uri}).json()
    assert named["features"] == published.get(ITEMS, params=box).json()["features"]


def test_bbox_crs_parameter_invalid(published: TestClient) -> None:
    """/conf/crs/bbox-crs-parameter-invalid: 400."""
    assert published.get(ITEMS, params={"bbox": "0,50,1,51", "bbox-crs": "x"}).status_code == 400
