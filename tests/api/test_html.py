"""The pages of layers for people."""

import pytest
from starlette.testclient import TestClient

from aim.api.pages import words
from tests.api.conftest import CELLS, World

SCRIPT = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


def page(client: TestClient, path: str) -> str:
    response = client.get(path, headers={"accept": "text/html"})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return response.text


@pytest.mark.parametrize("path", ["/", "/collections"])
def test_before_anything_is_published_the_pages_say_what_to_do(client: TestClient, path: str) -> None:
    assert "No layer is published yet: run <code>aim score</code>." in page(client, path)


@pytest.mark.parametrize(
    "path",
    ["/", "/collections", "/collections/x%22y", "/collections/x%22y/items", f"/collections/x%22y/items/{CELLS[0]}"],
)
def test_what_comes_from_data_is_escaped(client: TestClient, world: World, path: str) -> None:
    world.publish('x"y', {"middlesbrough": CELLS[:1]}, title=SCRIPT, description=SCRIPT, attribution=SCRIPT)
    text = page(client, path)
    assert SCRIPT not in text
    assert ESCAPED in text
    assert 'x"y' not in text
    if "items" in path:
        assert "<b>all</b>" not in text
        assert "&lt;b&gt;all&lt;/b&gt; &amp; more" in text


def test_the_home_page_lists_the_layers(published: TestClient) -> None:
    text = page(published, "/")
    assert "All crime" in text
    assert "31 October 2024" in text
    assert "440" in text


def test_the_page_of_a_layer_tells_what_it_rests_on(published: TestClient) -> None:
    text = page(published, "/collections/all-crime")
    assert "police: 2024-10-31, council: none, fire: 2024-10-30" in text
    assert "Locations are approximate." in text
    assert "1 November 2023" in text
    assert "/items?f=html&amp;limit=50&amp;run=1" in text
    assert "Made-up data" not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ([], "none"),
        (False, "no"),
        (0, "0"),
        (["a", None], "a, none"),
        ({"k": 1, "gi_star": {"alpha": 0.05, "late": []}}, "k: 1, gi_star (alpha: 0.05, late: none)"),
    ],
)
def test_a_property_is_put_in_words(value: object, text: str) -> None:
    assert words(value) == text


@pytest.mark.parametrize("path", ["", "/items", f"/items/{CELLS[0]}"])
def test_made_up_data_and_their_marking_are_on_every_page(client: TestClient, world: World, path: str) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS[:1]}, made_up=True, marking="OFFICIAL-SENSITIVE")
    text = page(client, f"/collections/all-crime{path}")
    assert "Made-up data: no incident on this page happened." in text
    assert "data-marking>OFFICIAL-SENSITIVE<" in text
    assert "Contains public sector information." in text


@pytest.mark.parametrize("path", ["/", "/collections"])
def test_pages_of_many_layers_bear_the_strictest_marking(client: TestClient, world: World, path: str) -> None:
    world.publish("a", {"middlesbrough": CELLS[:1]}, marking="OFFICIAL-SENSITIVE")
    world.publish("b", {"middlesbrough": CELLS[:1]})
    assert "data-marking>OFFICIAL-SENSITIVE<" in page(client, path)


def test_a_page_of_hexagons_leads_to_its_neighbours_and_to_each_hexagon(published: TestClient) -> None:
    text = page(published, "/collections/all-crime/items?limit=10&offset=10&run=1")
    assert "Hexagons 11 to 20 of 44" in text
    assert 'items?f=html&amp;run=1&amp;limit=10&amp;offset=20" rel="next"' in text
    assert 'items?f=html&amp;run=1&amp;limit=10" rel="prev"' in text
    assert f"/items/{CELLS[3]}?f=html&amp;run=1" in text


def test_a_page_without_hexagons_says_so(published: TestClient) -> None:
    assert "No hexagon matches." in page(published, "/collections/all-crime/items?bbox=10,50,11,51")


def test_the_page_of_a_hexagon_shows_every_property(published: TestClient) -> None:
    text = page(published, f"/collections/all-crime/items/{CELLS[0]}")
    for shown in ("rank", "count_total", "49", "Burglary, Robbery", f"map?layer=all-crime&amp;cell={CELLS[0]}"):
        assert shown in text


@pytest.mark.parametrize("path", ["/map", "/map?layer=all-crime&cell=1", "/api.html"])
def test_pages_with_scripts_of_their_own(client: TestClient, path: str) -> None:
    assert "<script" in page(client, path)
