"""OGC API - Features - Part 5: Schemas (23-058r2), annex A."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from starlette.testclient import TestClient

from tests.api.conftest import CELLS

BASE = "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf"
CLASSES = [
    f"{BASE}/{name}"
    for name in ("schemas", "advanced-property-roles", "returnables-and-receivables", "queryables", "sortables")
]
COLLECTION = "/collections/all-crime"
MEDIA_TYPE = "application/schema+json"
KEYWORDS = {"$schema", "$id", "type", "title", "properties", "required", "additionalProperties"}
MEMBERS = {"type", "title", "format", "enum", "items"}
OGC = "http://www.opengis.net/def/rel/ogc/1.0"
NAMES = ("schema", "queryables", "sortables")


def document(client: TestClient, name: str = "schema") -> dict[str, Any]:
    response = client.get(f"{COLLECTION}/{name}", headers={"accept": MEDIA_TYPE})
    assert (response.status_code, response.headers["content-type"]) == (200, MEDIA_TYPE)
    return response.json()


def having(client: TestClient, keyword: str) -> dict[str, Any]:
    return {name: each for name, each in document(client)["properties"].items() if keyword in each}


@pytest.mark.parametrize("name", NAMES)
def test_basic_schema_inspection(published: TestClient, name: str) -> None:
    """/conf/schemas/basic-schema-inspection"""
    found = document(published, name)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"] == f"http://testserver{COLLECTION}/{name}"
    assert published.get(found["$id"], headers={"accept": MEDIA_TYPE}).json() == found
    assert found["type"] == "object"
    Draft202012Validator.check_schema(found)
    assert {key for key in found if not key.startswith("x-")} <= KEYWORDS
    for each in found["properties"].values():
        assert "type" in each or each["format"].startswith("geometry-")
        assert {key for key in each if not key.startswith("x-")} <= MEMBERS


def test_dates_have_their_format(published: TestClient) -> None:
    """/conf/schemas/basic-schema-inspection: temporal instants."""
    dates = {name for name, each in document(published)["properties"].items() if each.get("format") == "date"}
    assert dates == {"window_from", "window_to", "valid_from", "valid_to", "review_at"}


def test_role(published: TestClient) -> None:
    """/conf/schemas/role, role-id: one id, and it is a text."""
    roles = {name: each["x-ogc-role"] for name, each in having(published, "x-ogc-role").items()}
    assert roles == {"geometry": "primary-geometry", "h3": "id"}
    assert document(published)["properties"]["h3"]["type"] == "string"


def test_property_seq(published: TestClient) -> None:
    """/conf/schemas/property-seq"""
    found = [each["x-ogc-propertySeq"] for each in having(published, "x-ogc-propertySeq").values()]
    assert found == list(range(1, len(found) + 1))


def test_unit(published: TestClient) -> None:
    """/conf/schemas/unit, definition, nullvalues: what has a unit is a number; nothing uses the other two."""
    for each in having(published, "x-ogc-unit").values():
        assert {"number", "integer", "null"}.issuperset(
            each["type"] if isinstance(each["type"], list) else [each["type"]]
        )
    assert having(published, "x-ogc-definition") == having(published, "x-ogc-nullValues") == {}


def test_role_primary_geometry(published: TestClient) -> None:
    """/conf/advanced-property-roles/role-primary-geometry, role-primary-temporal"""
    geometry = document(published)["properties"]["geometry"]
    assert geometry["format"] == "geometry-polygon"
    assert not {"type", "$ref"} & geometry.keys()


@pytest.mark.parametrize(("name", "index"), [("schema", 2), ("queryables", 3), ("sortables", 4)])
def test_conformance_is_declared(published: TestClient, name: str, index: int) -> None:
    """/conf/returnables-and-receivables/get-conformance; so too for queryables and sortables"""
    assert {CLASSES[0], CLASSES[index]} <= set(published.get("/conformance").json()["conformsTo"])
    links = {link["rel"]: link["href"] for link in published.get(COLLECTION).json()["links"]}
    assert links[f"{OGC}/{name}"] == f"http://testserver{COLLECTION}/{name}"


def test_features_are_valid(published: TestClient) -> None:
    """/conf/returnables-and-receivables/link, op-and-response, response-1: every feature is as the schema says."""
    validator = Draft202012Validator(document(published), format_checker=FormatChecker())
    single = published.get(f"{COLLECTION}/items/{CELLS[0]}").json()
    for feature in (*published.get(f"{COLLECTION}/items").json()["features"], single):
        validator.validate(feature["properties"])
        assert feature["geometry"]["type"] == "Polygon"


def test_properties_are_in_the_schema(published: TestClient) -> None:
    """/conf/returnables-and-receivables/response-2: no feature has a property that the schema lacks."""
    described = document(published)["properties"].keys()
    for feature in published.get(f"{COLLECTION}/items").json()["features"]:
        assert feature["properties"].keys() <= described


def test_queryables(published: TestClient) -> None:
    """/conf/queryables/link, op-and-response: what is named can be filtered by."""
    for name in document(published, "queryables")["properties"]:
        response = published.get(f"{COLLECTION}/items", params={"filter": f"{name} IS NULL"})
        assert response.status_code == 200, name


def test_sortables(published: TestClient) -> None:
    """/conf/sortables/link, op-and-response: what is named can be sorted by."""
    for name in document(published, "sortables")["properties"]:
        response = published.get(f"{COLLECTION}/items", params={"sortby": f"-{name}", "limit": "1"})
        assert response.status_code == 200, name
