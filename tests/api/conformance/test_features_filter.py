"""OGC API - Features - Part 3: Filtering (19-079r2), annex A: Queryables, Filter, Features Filter."""

from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from aim.api.crs import SYSTEMS

BASE = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
CLASSES = [f"{BASE}/{name}" for name in ("queryables", "filter", "features-filter")]
COLLECTION = "/collections/all-crime"
ITEMS = f"{COLLECTION}/items"
RELATION = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA = "application/schema+json"


def matched(client: TestClient, **parameters: str) -> int:
    response = client.get(ITEMS, params={name.replace("_", "-"): value for name, value in parameters.items()})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/geo+json")
    return response.json()["numberMatched"]


def status(client: TestClient, **parameters: str) -> int:
    return client.get(ITEMS, params={name.replace("_", "-"): value for name, value in parameters.items()}).status_code


def claimed(client: TestClient) -> list[str]:
    return client.get("/conformance").json()["conformsTo"]


def test_queryables_are_declared(published: TestClient) -> None:
    """/conf/queryables/get-conformance"""
    assert CLASSES[0] in claimed(published)


def test_queryables_are_linked_from_what_can_be_filtered(published: TestClient) -> None:
    """/conf/queryables/get-queryables-uris"""
    link = published.head(ITEMS, headers={"accept": "application/json"}).headers["link"]
    assert link == f'<http://testserver{COLLECTION}/queryables>; rel="{RELATION}"; type="{SCHEMA}"'


def test_queryables(published: TestClient) -> None:
    """/conf/queryables/get-queryables"""
    response = published.get(f"{COLLECTION}/queryables", headers={"accept": SCHEMA})
    assert (response.status_code, response.headers["content-type"]) == (200, SCHEMA)
    document = response.json()
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"http://testserver{COLLECTION}/queryables"
    assert document["type"] == "object"
    assert document["properties"]
    assert all("type" in each or each["format"].startswith("geometry-") for each in document["properties"].values())
    Draft202012Validator.check_schema(document)


def test_filters_are_declared(published: TestClient) -> None:
    """/conf/filter/get-conformance"""
    assert CLASSES[1] in claimed(published)


@pytest.mark.parametrize("language", [{"filter_lang": "cql2-text"}, {}])
def test_filter_param(published: TestClient, language: dict[str, str]) -> None:
    """/conf/filter/filter-param, filter-lang-default"""
    assert matched(published) == 44
    assert matched(published, filter="harm_score IS NULL", **language) == 44
    assert matched(published, filter="rank IS NULL", **language) == 0
    assert status(published, filter="THIS IS NOT A FILTER", **language) == 400


def test_expression_construction(published: TestClient) -> None:
    """/conf/filter/expression-construction: what is not queryable is refused, as additionalProperties says."""
    assert published.get(f"{COLLECTION}/queryables").json()["additionalProperties"] is False
    assert status(published, filter="this_is_not_a_queryable IS NULL") == 400


def test_filter_crs_wgs84(published: TestClient) -> None:
    """/conf/filter/filter-crs-wgs84"""
    west, south, east, north = published.get(COLLECTION).json()["extent"]["spatial"]["bbox"][0]
    assert matched(published, filter=f"S_INTERSECTS(geometry,BBOX({west},{south},{east},{north}))") == 44
    assert status(published, filter="S_INTERSECTS(geometry,BBOX(1000000,1000000,2000000,2000000))") == 400


@pytest.mark.parametrize("crs", SYSTEMS.values(), ids=lambda crs: crs.name)
def test_filter_crs_param(published: TestClient, crs: Any) -> None:
    """/conf/filter/filter-crs-param; the box is taken a little wider, for its corners turn with it."""
    low, high = crs.from_degrees(np.array([[-3.4, 53.0], [-0.9, 54.9]])).tolist()
    box = f"S_INTERSECTS(geometry,BBOX({low[0]},{low[1]},{high[0]},{high[1]}))"
    assert matched(published, filter=box, filter_crs=crs.uri) == 44
    nowhere = "http://www.opengis.net/def/crs/OGC/0/does_not_exist"
    assert status(published, filter=box, filter_crs=nowhere) == 400


def test_functions(published: TestClient) -> None:
    """/conf/filter/get-functions: there are none of our own, so there is no such resource."""
    assert published.get("/functions").status_code == 404


def test_features_filter_is_declared(published: TestClient) -> None:
    """/conf/features-filter/get-conformance, get-collections, get-collection: every collection leads to queryables."""
    assert CLASSES[2] in claimed(published)
    for collection in published.get("/collections").json()["collections"]:
        links = [link["href"] for link in collection["links"] if link["rel"] == RELATION]
        assert links == [f"http://testserver/collections/{collection['id']}/queryables"]


def test_filter_on_items(published: TestClient) -> None:
    """/conf/features-filter/filter-on-items, mixing-expressions: with other parameters, all must hold."""
    assert matched(published, filter="rank <= 3") == 6
    assert matched(published, filter="rank <= 3", bbox="-2,54,-1,55") == 3
    assert matched(published, filter="rank <= 3", datetime="../2020-01-01") == 0
