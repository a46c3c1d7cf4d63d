"""The documents that lead a client to the features, and the description of the API."""

from typing import Any

import openapi_spec_validator
import pytest
from starlette.testclient import TestClient

from tests.api.conftest import CELLS, World

GEOJSON = "application/geo+json"
FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"


def links(document: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


@pytest.mark.parametrize("path", ["/", "/collections", "/collections/all-crime"])
def test_every_link_answers_with_the_media_type_it_promises(published: TestClient, path: str) -> None:
    for link in published.get(path).json()["links"]:
        ask = published.head if link["href"].endswith("/events") else published.get  # that answer has no end
        response = ask(link["href"], headers={"accept": link["type"]})
        assert response.status_code == 200, link
        assert response.headers["content-type"].removesuffix("; charset=utf-8") == link["type"]


def test_the_landing_page_leads_to_what_the_standard_asks_for(client: TestClient) -> None:
    rels = {"self", "alternate", "service-desc", "service-doc", "conformance", "data"}
    assert rels <= set(links(client.get("/").json()))


def test_conformance_names_the_four_classes_of_features(client: TestClient) -> None:
    claimed = client.get("/conformance").json()["conformsTo"]
    assert {f"{FEATURES}/{name}" for name in ("core", "geojson", "html", "oas30")} <= set(claimed)


def test_no_layer_yet(client: TestClient) -> None:
    assert client.get("/collections").json()["collections"] == []


def test_a_layer_says_what_it_rests_on(published: TestClient) -> None:
    collection = published.get("/collections/all-crime").json()
    assert (collection["id"], collection["title"], collection["itemType"]) == ("all-crime", "All crime", "feature")
    assert collection["extent"] == {
        "spatial": {"bbox": [[-3.1, 53.3, -1.1, 54.6]]},
        "temporal": {"interval": [["2023-11-01T00:00:00Z", "2024-11-01T00:00:00Z"]]},
    }
    assert collection["crs"][0] == collection["storageCrs"] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
    assert (collection["cells"], collection["incidents"], collection["significant"]) == (244, 440, 2)
    assert collection["resolution"] == 9
    assert collection["legend"][0]["colour"] == "#99000d"
    assert collection["caveats"] == ["Locations are approximate."]
    assert published.get("/collections").json()["collections"] == [collection]
    assert {"items", "self", "alternate", "tilejson"} <= set(links(collection))


def test_links_lead_back_to_the_name_the_client_used(published: TestClient) -> None:
    headers = {"host": "aim.example.org:81", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}
    for path in ("/", "/collections/all-crime", "/collections/all-crime/items"):
        document = published.get(path, headers=headers).json()
        assert all(link["href"].startswith("http://aim.example.org:81/") for link in document["links"])


def test_links_keep_the_prefix_that_the_service_is_mounted_at(published: TestClient) -> None:
    with TestClient(published.app, root_path="/aim", headers=dict(published.headers)) as client:
        document = client.get("/aim/collections/all-crime/items", params={"limit": 1}).json()
    assert links(document)["next"].startswith("http://testserver/aim/collections/all-crime/items?")


def test_the_description_is_valid_openapi_3_0(client: TestClient) -> None:
    response = client.get("/api")
    assert response.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = response.json()
    assert document["openapi"].startswith("3.0.")
    openapi_spec_validator.validate(document)
    assert document["servers"] == [{"url": "http://testserver"}]


def test_the_description_writes_parameters_as_the_standard_does(client: TestClient) -> None:
    described = client.get("/api").json()["paths"]["/collections/{collectionId}/items"]["get"]["parameters"]
    by_name = {parameter["name"]: parameter for parameter in described}
    assert set(by_name) == {
        "collectionId", "f", "run", "crs", "bbox-crs", "bbox", "datetime", "filter-lang", "filter-crs", "filter",
        "sortby", "properties", "limit", "offset",
    }  # fmt: skip
    assert (by_name["bbox"]["style"], by_name["bbox"]["explode"]) == ("form", False)
    limit = by_name["limit"]["schema"]
    assert (limit["type"], limit["minimum"], limit["maximum"], limit["default"]) == ("integer", 1, 10_000, 1_000)


def test_every_described_path_answers(published: TestClient, world: World) -> None:
    world.add_area("E1", "ward", CELLS[0])
    world.add_feed("open311")
    world.add_answer("all-crime", "gi_star")
    values = {"collectionId": "all-crime", "feed": "open311", "tileMatrix": "10", "tileRow": "325", "tileCol": "508"}
    values |= {"method": "gi_star"}
    paths = published.get("/api").json()["paths"]
    for path, operations in paths.items():
        if path in ("/events", "/audit"):  # the one has no end, the other is not for an analyst
            continue
        identity = "E1" if path.startswith("/areas") else CELLS[0]
        response = published.get(path.format(**values, id=identity))
        assert response.status_code == 200, path
        media_type = response.headers["content-type"].removesuffix("; charset=utf-8").removesuffix("; version=0.0.4")
        assert media_type in operations["get"]["responses"]["200"]["content"]
    assert len(paths) == 26
