"""Refusals of query parameters: each names the parameter and says what to write."""

import pytest
from starlette.testclient import TestClient

from aim.api.app import create_app
from aim.db.engine import make_engine
from aim.settings import Settings
from tests.keys import ANALYST

ITEMS = "/collections/all-crime/items"
BBOX = "give four numbers in degrees, west,south,east,north (or six, with heights)"
WHEN = "write a time as 2024-05-01T09:00:00Z, a day as 2024-05-01, a span as START/END with .. for an open end"
NUMBER = "give a whole number, at most 2147483647"


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A service whose database does not exist: parameters are refused before it is asked."""
    return TestClient(create_app(make_engine("postgresql:///aim?host=/nonexistent"), Settings(), everybody=ANALYST))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("bbox", "1,2,3", BBOX),
        ("bbox", "1,2,3,4,5", BBOX),
        ("bbox", "a,b,c,d", BBOX),
        ("bbox", "nan,0,1,1", BBOX),
        ("bbox", "", BBOX),
        ("bbox", "0,60,1,50", "the south edge comes before the north edge, and both lie between -90 and 90"),
        ("bbox", "0,50,1,91", "the south edge comes before the north edge, and both lie between -90 and 90"),
        ("bbox", "-1,50,181,60", "the west and east edges lie between -180 and 180"),
        ("datetime", "yesterday", WHEN),
        ("datetime", "2024-02-30", WHEN),
        ("datetime", "2024-02-01T25:00:00Z", WHEN),
        ("datetime", "2024-02-01T10:00:00", WHEN),
        ("datetime", "2024-01-01/2024-02-01/2024-03-01", WHEN),
        ("datetime", "2024-02-01/2024-01-01", "the interval ends before it starts"),
        ("limit", "0", "input should be greater than or equal to 1"),
        ("limit", "ten", NUMBER),
        ("limit", "1_000", NUMBER),
        ("limit", "1.0", NUMBER),
        ("limit", "9" * 30, NUMBER),
        ("offset", "-1", NUMBER),
        ("run", "latest", NUMBER),
        ("f", "xml", "input should be 'json', 'html' or 'csv'"),
    ],
)
def test_a_value_that_will_not_do(client: TestClient, name: str, value: str, reason: str) -> None:
    response = client.get(ITEMS, params={name: value})
    assert response.status_code == 400
    problem = response.json()
    assert problem["type"] == "urn:problem-type:aim:invalid-parameter"
    assert problem["parameter"] == name
    assert problem["detail"] == f"“{value}” will not do for {name}: {reason}."


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/", "f"),
        ("/conformance", "f"),
        ("/collections", "f"),
        ("/collections/all-crime", "f"),
        (
            ITEMS,
            "f, run, crs, bbox-crs, bbox, datetime, filter-lang, filter-crs, filter, sortby, properties, limit, offset",
        ),
        (f"{ITEMS}/nowhere", "f, run, crs"),
        ("/collections/all-crime/tilejson.json", "run"),
        ("/collections/all-crime/tiles/WebMercatorQuad/0/0/0", "run"),
        ("/areas", "f, kind, limit, offset"),
        ("/areas/nowhere", "f"),
    ],
)
def test_an_unknown_parameter_is_answered_with_the_known_ones(client: TestClient, path: str, known: str) -> None:
    response = client.get(path, params={"bbbox": "1,2,3,4"})
    assert response.status_code == 400
    assert response.json()["parameter"] == "bbbox"
    assert response.json()["detail"] == f"There is no parameter “bbbox” here. Those there are: {known}."


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/areas/%00", 404),
        (f"{ITEMS}/%00", 404),
        (f"{ITEMS}?filter=h3='%00'", 400),
        ("/audit?actor=%00", 400),
        ("/audit?subject=layer%00", 400),
    ],
)
def test_what_no_text_in_the_database_has_is_refused(client: TestClient, path: str, status: int) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert "NUL (%00)" in response.json()["detail"]


def test_a_long_value_is_not_said_back_whole(client: TestClient) -> None:
    detail = client.get(ITEMS, params={"bbox": "9" * 5_000}).json()["detail"]
    assert len(detail) < 250
