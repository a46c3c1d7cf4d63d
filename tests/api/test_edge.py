"""Headers that guard a browser."""

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from aim.api.app import create_app
from aim.api.edge import content_security_policy
from aim.settings import Settings
from tests.keys import everybody


@pytest.mark.parametrize("path", ["/", "/collections", "/nowhere", "/collections?f=html"])
def test_every_answer_carries_them(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]


@pytest.mark.parametrize(
    ("style", "connect"),
    [
        (None, "connect-src 'self';"),
        ("/static/style.json", "connect-src 'self';"),
        ("https://tiles.example.org:8443/style.json?key=1", "connect-src 'self' https://tiles.example.org:8443;"),
    ],
)
def test_the_policy_lets_the_map_reach_its_basemap_and_nothing_else(style: str | None, connect: str) -> None:
    assert connect in content_security_policy(style)


def test_the_map_page_knows_its_basemap(engine: Engine) -> None:
    style = "https://tiles.example.org/style.json"
    with TestClient(create_app(engine, Settings(basemap_style=style), everybody=everybody(engine))) as client:
        response = client.get("/map")
    assert f'data-basemap-style="{style}"' in response.text
    assert "https://tiles.example.org" in response.headers["content-security-policy"]


def test_other_sites_may_read_and_ask_whether_they_have_it(client: TestClient) -> None:
    asked = {"origin": "https://maps.example.org"}
    assert client.get("/collections", headers=asked).headers["access-control-allow-origin"] == "*"
    preflight = asked | {"access-control-request-method": "GET", "access-control-request-headers": "if-none-match"}
    assert client.options("/collections", headers=preflight).status_code == 200
    preflight["access-control-request-method"] = "DELETE"
    assert client.options("/collections", headers=preflight).status_code == 400
