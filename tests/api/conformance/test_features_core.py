"""OGC API - Features - Part 1: Core (17-069r4), annex A: Core, GeoJSON, HTML, OpenAPI 3.0."""

from typing import Any

import openapi_spec_validator
import pytest
import shapely
from starlette.testclient import TestClient

from tests.api.conftest import CELLS

BASE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
CLASSES = [f"{BASE}/{name}" for name in ("core", "geojson", "html", "oas30")]
COLLECTION = "/collections/all-crime"
ITEMS = f"{COLLECTION}/items"
PATHS = ["/", "/conformance", "/collections", COLLECTION, ITEMS, f"{ITEMS}/{CELLS[0]}"]


def get(client: TestClient, path: str, **parameters: Any) -> Any:
    response = client.get(path, params=parameters)
    assert response.status_code == 200
    return response.json()


def rels(document: dict[str, Any]) -> set[str]:
    return {link["rel"] for link in document["links"]}


def parameter(client: TestClient, name: str) -> dict[str, Any]:
    described = get(client, "/api")["paths"]["/collections/{collectionId}/items"]["get"]["parameters"]
    return next(each for each in described if each["name"] == name)


def test_http(published: TestClient) -> None:
    """/conf/core/http: the paths answer over HTTP 1.1."""
    assert [published.get(path).status_code for path in PATHS] == [200] * len(PATHS)


def test_root(published: TestClient) -> None:
    """/conf/core/root-op, root-success: the landing page leads to the rest."""
    found = rels(get(published, "/"))
    assert found >= {"service-desc", "service-doc", "conformance", "data"}


def test_api_definition(published: TestClient) -> None:
    """/conf/core/api-definition-op, api-definition-success: the definition is where the landing page says."""
    for link in get(published, "/")["links"]:
        if link["rel"] in ("service-desc", "service-doc"):
            response = published.get(link["href"], headers={"accept": link["type"]})
            assert response.status_code == 200
            assert response.headers["content-type"].startswith(link["type"])


def test_conformance(published: TestClient) -> None:
    """/conf/core/conformance-op, conformance-success: the declaration is a list of texts with this class."""
    claimed = get(published, "/conformance")["conformsTo"]
    assert set(CLASSES) <= set(claimed)
    assert all(isinstance(each, str) for each in claimed)


def test_collections(published: TestClient) -> None:
    """/conf/core/fc-md-op, fc-md-success, fc-md-links, fc-md-items: all collections, each with links to its items."""
    document = get(published, "/collections")
    assert {"self", "alternate"} <= rels(document)
    assert [each["id"] for each in document["collections"]] == ["all-crime"]


def test_collection_links(published: TestClient) -> None:
    """/conf/core/fc-md-items-links: items in every encoding, each link with rel and type."""
    links = [link for link in get(published, "/collections")["collections"][0]["links"] if link["rel"] == "items"]
    assert {link["type"] for link in links} >= {"application/geo+json", "text/html"}


def test_extent(published: TestClient) -> None:
    """/conf/core/fc-md-extent, fc-md-extent-multi: one box of four numbers that holds the features, one interval."""
    extent = get(published, COLLECTION)["extent"]
    (west, south, east, north), *others = extent["spatial"]["bbox"]
    assert west < east
    assert south < north
    assert others == []
    assert len(extent["temporal"]["interval"][0]) == 2


def test_one_collection(published: TestClient) -> None:
    """/conf/core/sfc-md-op, sfc-md-success: what /collections says of a collection, its own document says too."""
    assert get(published, COLLECTION) == get(published, "/collections")["collections"][0]


def test_items(published: TestClient) -> None:
    """/conf/core/fc-op, fc-response, fc-links: a page of features with its links."""
    page = get(published, ITEMS, limit=5)
    assert page["type"] == "FeatureCollection"
    assert {"self", "alternate", "next"} <= rels(page)
    assert all("type" in link for link in page["links"])


def test_counts(published: TestClient) -> None:
    """/conf/core/fc-numberMatched, fc-numberReturned, fc-timeStamp: the numbers are right, the time is one."""
    page = get(published, ITEMS, limit=5)
    assert (page["numberMatched"], page["numberReturned"], len(page["features"])) == (44, 5, 5)
    assert page["timeStamp"].endswith("Z")


@pytest.mark.parametrize(("name", "kind"), [("bbox", "array"), ("limit", "integer"), ("datetime", "string")])
def test_definitions(published: TestClient, name: str, kind: str) -> None:
    """/conf/core/fc-bbox-definition, fc-limit-definition, fc-time-definition: as the standard writes them."""
    found = parameter(published, name)
    assert (found["in"], found.get("required", False), found["schema"]["type"]) == ("query", False, kind)
    assert found.get("explode") is (False if name == "bbox" else None)


@pytest.mark.parametrize("box", ["-1.24,54.57,-1.23,54.58", "-1.24,54.57,-100,-1.23,54.58,100"])
def test_bbox(published: TestClient, box: str) -> None:
    """/conf/core/fc-bbox-response: only features that meet the box, and all of those."""
    inside = shapely.box(-1.24, 54.57, -1.23, 54.58)
    everything = get(published, ITEMS)["features"]
    expected = [
        each["id"] for each in everything if shapely.Polygon(each["geometry"]["coordinates"][0]).intersects(inside)
    ]
    assert [each["id"] for each in get(published, ITEMS, bbox=box)["features"]] == expected
    assert expected


@pytest.mark.parametrize("limit", [1, 10, 10_000, 20_000])
def test_limit(published: TestClient, limit: int) -> None:
    """/conf/core/fc-limit-response: never more than asked for; more than the maximum is no error."""
    assert len(get(published, ITEMS, limit=limit)["features"]) == min(limit, 44)


@pytest.mark.parametrize(
    ("when", "found"),
    [("2024-01-01T00:00:00Z", True), ("2024-01-01T00:00:00Z/..", True), ("../2020-01-01T00:00:00Z", False)],
)
def test_time(published: TestClient, when: str, found: bool) -> None:
    """/conf/core/fc-time-response: only features of that time."""
    assert bool(get(published, ITEMS, datetime=when)["features"]) is found


def test_one_feature(published: TestClient) -> None:
    """/conf/core/f-op, f-success, f-links: a feature with links to itself, its other forms and its collection."""
    feature = get(published, f"{ITEMS}/{CELLS[0]}")
    assert feature["id"] == CELLS[0]
    assert rels(feature) == {"self", "alternate", "collection"}


def test_crs84(published: TestClient) -> None:
    """/conf/core/crs84: longitude before latitude where no other system is asked for."""
    for longitude, latitude in get(published, ITEMS, bbox="-2,54,-1,55")["features"][0]["geometry"]["coordinates"][0]:
        assert -2 < longitude < -1
        assert 54 < latitude < 55


@pytest.mark.parametrize("path", PATHS)
def test_parameters_that_do_not_exist(published: TestClient, path: str) -> None:
    """/conf/core/query-param-unknown: 400."""
    assert published.get(path, params={"unknown": "1"}).status_code == 400


@pytest.mark.parametrize(("name", "value"), [("limit", "-1"), ("limit", "x"), ("bbox", "1,2,3"), ("datetime", "x")])
def test_parameters_that_cannot_be(published: TestClient, name: str, value: str) -> None:
    """/conf/core/query-param-invalid: 400."""
    assert published.get(ITEMS, params={name: value}).status_code == 400


def test_geojson(published: TestClient) -> None:
    """/conf/geojson/definition, content: valid GeoJSON of its media type; links and counts are members."""
    for path in (ITEMS, f"{ITEMS}/{CELLS[0]}"):
        response = published.get(path, headers={"accept": "application/geo+json"})
        assert response.headers["content-type"] == "application/geo+json"
        document = response.json()
        assert "links" in document
        for feature in document.get("features", [document]):
            assert feature["type"] == "Feature"
            assert shapely.is_valid(shapely.Polygon(*feature["geometry"]["coordinates"]))


@pytest.mark.parametrize("path", ["/", "/collections", COLLECTION, ITEMS, f"{ITEMS}/{CELLS[0]}"])
def test_html(published: TestClient, path: str) -> None:
    """/conf/html/definition, content: an HTML 5 page with the content and links."""
    response = published.get(path, headers={"accept": "text/html"})
    assert response.headers["content-type"].startswith("text/html")
    assert response.text.lstrip().lower().startswith("<!doctype html>")
    assert "<a " in response.text


def test_openapi(published: TestClient) -> None:
    """/conf/oas30/oas-definition-1, oas-definition-2, oas-impl: a valid document, and a page for people."""
    response = published.get("/api", headers={"accept": "application/vnd.oai.openapi+json;version=3.0"})
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    openapi_spec_validator.validate(response.json())
    assert published.get("/api.html").headers["content-type"].startswith("text/html")


def test_openapi_is_complete(published: TestClient) -> None:
    """/conf/oas30/completeness, exceptions-codes, security: each operation has its answers and its problems."""
    for path, operations in get(published, "/api")["paths"].items():
        assert {"200", "default"} <= operations["get"]["responses"].keys(), path
