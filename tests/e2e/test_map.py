"""The map page in a browser, compared with what the API says."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.map_page import RGB, MapPage


def colour_of(collection: dict[str, Any], feature: dict[str, Any]) -> RGB:
    """The legend's colour for a feature."""
    colour = next(
        entry["colour"] for entry in collection["legend"] if feature["properties"][entry["property"]] == entry["value"]
    ).removeprefix("#")
    return int(colour[0:2], 16), int(colour[2:4], 16), int(colour[4:6], 16)


def words_of(collection: dict[str, Any], feature: dict[str, Any]) -> str:
    """The legend's words for a feature's confidence."""
    confidence = feature["properties"]["confidence"]
    return next(entry["label"] for entry in collection["legend"] if entry["value"] == confidence)


def test_layers_and_legend_are_those_of_the_api(map_page: MapPage) -> None:
    first, *_ = collections = map_page.open().collections
    names = [map_page.layers.nth(index).get_attribute("value") for index in range(map_page.layers.count())]
    assert names == [collection["id"] for collection in collections]
    assert map_page.legend.all_text_contents() == [entry["label"] for entry in first["legend"]]


@pytest.mark.parametrize(
    ("cutoff", "sentence"),
    [
        (
            {"police": "2026-09-30", "council": "2026-10-02", "fire": "2026-10-01"},
            "Data: Police to 30 September 2026, council to 2 October 2026 and fire to 1 October 2026.",
        ),
        (
            {"police": "2026-09-30", "council": None, "fire": None},
            "Data: Police to 30 September 2026. No council or fire data in this layer.",
        ),
    ],
)
def test_says_how_old_the_data_is(map_page: MapPage, cutoff: dict[str, str | None], sentence: str) -> None:
    map_page.alter_collections(data_cutoff=cutoff)
    expect(map_page.open().freshness.get_by_text(sentence)).to_be_visible()


def test_says_which_feed_is_late_and_what_is_made_up(map_page: MapPage) -> None:
    map_page.alter_collections(feeds_late=["open311", "london-fire-brigade"], made_up=True)
    map_page.open()
    expect(map_page.freshness).to_contain_text("Late: open311 and london-fire-brigade.")
    expect(map_page.freshness).to_contain_text("Made-up sample data: nothing on this map happened.")


def test_says_neither_of_real_data_that_is_on_time(map_page: MapPage) -> None:
    map_page.alter_collections(feeds_late=[], made_up=False)
    expect(map_page.open().freshness).not_to_contain_text(re.compile("Late|Made-up"))


def test_the_list_opens_the_panel_and_escape_goes_back(map_page: MapPage) -> None:
    collection = map_page.open().collections[0]
    feature = map_page.top(collection["id"])
    properties = feature["properties"]
    map_page.choose_hot_spot(0)
    expect(map_page.panel.get_by_role("heading", level=2)).to_be_focused()
    expect(map_page.panel).to_contain_text(properties["rationale"])
    expect(map_page.panel).to_contain_text(words_of(collection, feature))
    expect(map_page.panel).to_contain_text(properties["marking"])
    expect(map_page.announcement).to_contain_text(f"Rank {properties['rank']}, ")
    expect(map_page.hot_spots.first).to_have_attribute("aria-pressed", "true")
    map_page.page.keyboard.press("Escape")
    expect(map_page.panel).to_be_hidden()
    expect(map_page.hot_spots.first).to_be_focused()


def test_the_panel_counts_what_each_agency_reported(map_page: MapPage) -> None:
    collection = map_page.open().collections[0]
    properties = map_page.top(collection["id"])["properties"]
    map_page.choose_hot_spot(0)
    rows = [re.split(r"\s*\t\s*", row.strip()) for row in map_page.panel.get_by_role("row").all_inner_texts()]
    assert {label: float(count.replace(",", "")) for label, count, *_ in rows} == {
        "All": properties["count_total"],
        "Police": properties["count_police"],
        "Council": properties["count_council"],
        "Fire": properties["count_fire"],
        "Average": round(properties["expected"], 1),
    }


def test_the_hexagon_has_the_colour_that_the_legend_gives_it(map_page: MapPage) -> None:
    collection = map_page.open().collections[0]
    map_page.choose_hot_spot(0)
    assert map_page.centre_colour() == colour_of(collection, map_page.top(collection["id"]))


def test_a_click_on_a_hexagon_opens_it(map_page: MapPage) -> None:
    map_page.open().choose_hot_spot(0)
    title = map_page.panel.get_by_role("heading", level=2).inner_text()
    map_page.panel.get_by_role("button", name="Close").click()
    expect(map_page.panel).to_be_hidden()
    map_page.click_centre()
    expect(map_page.panel.get_by_role("heading", level=2)).to_have_text(title)


def test_enter_on_the_map_opens_the_hexagon_at_its_centre(map_page: MapPage) -> None:
    feature = map_page.top(map_page.open().collections[0]["id"])
    map_page.open(cell=feature["id"])
    map_page.page.keyboard.press("Escape")
    map_page.drawing.focus()
    map_page.page.keyboard.press("Enter")
    expect(map_page.panel).to_contain_text(feature["properties"]["rationale"])


def test_the_address_brings_back_layer_and_hexagon(map_page: MapPage) -> None:
    last = map_page.open().last
    map_page.choose_layer(last["title"])
    map_page.choose_hot_spot(0)
    title = map_page.panel.get_by_role("heading", level=2).inner_text()
    map_page.page.reload()
    expect(map_page.page.get_by_role("radio", name=last["title"])).to_be_checked()
    expect(map_page.panel.get_by_role("heading", level=2)).to_have_text(title)


def test_another_layer_brings_its_own_list_and_closes_the_panel(map_page: MapPage) -> None:
    map_page.open().choose_hot_spot(0)
    last = map_page.last
    map_page.choose_layer(last["title"])
    expect(map_page.panel).to_be_hidden()
    properties = map_page.top(last["id"])["properties"]
    expect(map_page.hot_spots.first).to_contain_text(f"{properties['count_total']:,} incident")
    expect(map_page.page.locator("#small-print")).to_contain_text(last["description"])


def test_marking_stands_above_and_below(map_page: MapPage) -> None:
    map_page.alter_collections(marking="OFFICIAL-SENSITIVE")
    map_page.open()
    assert map_page.markings.all_text_contents() == ["OFFICIAL-SENSITIVE"] * 2


def test_a_layer_without_hot_spots_says_so(map_page: MapPage) -> None:
    map_page.page.route(re.compile("/items"), lambda route: route.fulfill(json={"features": []}))
    map_page.open()
    expect(map_page.page.get_by_text("No hexagon of this layer stands out from the rest.")).to_be_visible()


def test_only_hexagons_that_are_proposed_are_listed(map_page: MapPage) -> None:
    def first_not_proposed(route: Route) -> None:
        answer = route.fetch().json()
        answer["features"][0]["properties"]["tactical_option"] = None
        route.fulfill(json=answer)

    map_page.page.route(re.compile("/items"), first_not_proposed)
    map_page.open()
    expect(map_page.hot_spots.first).to_contain_text("Rank 2")


def test_an_unknown_layer_is_named(map_page: MapPage) -> None:
    map_page.open(layer="witchcraft")
    expect(map_page.problem).to_contain_text("There is no layer called witchcraft.")


def test_an_unknown_hexagon_gets_the_answer_of_the_api(map_page: MapPage) -> None:
    layer = map_page.open().collections[0]["id"]
    detail = map_page.get(f"/collections/{layer}/items/nowhere?f=json")["detail"]
    map_page.visit(cell="nowhere")
    expect(map_page.problem).to_contain_text(detail)


def test_nothing_published_says_what_to_do(map_page: MapPage) -> None:
    map_page.page.route(re.compile(r"/collections\?"), lambda route: route.fulfill(json={"collections": []}))
    map_page.visit()
    expect(map_page.page.get_by_text("No layer is published yet: run aim score.")).to_be_visible()


def refuse(route: Route) -> None:
    route.fulfill(status=503, json={"detail": "The database is being updated."})


def answer_as_a_proxy(route: Route) -> None:
    route.fulfill(status=502, body="<h1>Bad gateway</h1>")


def abort(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (refuse, "The database is being updated."),
        (answer_as_a_proxy, "/collections?f=json answered 502."),
        (abort, "/collections?f=json could not be reached."),
    ],
)
def test_a_failing_api_becomes_a_sentence(map_page: MapPage, answer: Callable[[Route], None], sentence: str) -> None:
    map_page.page.route(re.compile(r"/collections\?"), answer)
    map_page.visit()
    expect(map_page.problem).to_contain_text(sentence)
    expect(map_page.page.get_by_text("Loading the layers…")).to_be_hidden()


def test_a_missing_tile_is_said_once(map_page: MapPage) -> None:
    map_page.page.route("**/tiles/**", lambda route: route.fulfill(status=500))
    map_page.open()
    assert map_page.problem.get_by_text("A part of the map did not load.").count() == 1


def test_words_from_the_data_never_become_markup(map_page: MapPage) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    map_page.alter_collections(title=hostile, description=hostile, attribution=hostile, caveats=[hostile])
    map_page.open()
    expect(map_page.page.get_by_role("radio", name=hostile)).to_be_checked()
    assert map_page.page.locator("img").count() == 0


def test_without_graphics_the_list_still_works(map_page: MapPage) -> None:
    map_page.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    map_page.visit()
    expect(map_page.problem).to_contain_text("WebGL is switched off")
    map_page.hot_spots.first.click()
    expect(map_page.panel).to_be_visible()


def test_a_base_map_shines_through_the_hexagons(map_page: MapPage) -> None:
    black = {"id": "ground", "type": "background", "paint": {"background-color": "#000000"}}
    map_page.with_basemap({"version": 8, "sources": {}, "layers": [black]})
    collection = map_page.open().collections[0]
    map_page.choose_hot_spot(0)
    legend = colour_of(collection, map_page.top(collection["id"]))
    for seen, full in zip(map_page.centre_colour(), legend, strict=True):
        assert abs(seen - 0.7 * full) <= 3


def test_a_missing_base_map_leaves_the_plain_background(map_page: MapPage) -> None:
    map_page.with_basemap(None)
    map_page.open()
    expect(map_page.problem).to_contain_text("The base map is missing: /basemap.json answered 404.")


@pytest.mark.parametrize("width", [320, 640], ids=["narrow", "zoomed to 200 %"])
def test_a_small_window_never_scrolls_sideways(map_page: MapPage, width: int) -> None:
    map_page.page.set_viewport_size({"width": width, "height": 450})
    map_page.open().choose_hot_spot(0)
    assert map_page.page.evaluate("document.documentElement.scrollWidth") <= width
    drawn, listed = map_page.canvas.bounding_box(), map_page.hot_spots.first.bounding_box()
    assert drawn is not None
    assert listed is not None
    assert listed["y"] >= drawn["y"] + drawn["height"]


def test_the_first_tab_stop_skips_to_the_content(map_page: MapPage) -> None:
    map_page.open()
    map_page.page.keyboard.press("Tab")
    expect(map_page.page.get_by_role("link", name="Skip to main content")).to_be_focused()
    map_page.page.keyboard.press("Enter")
    expect(map_page.page.locator("#main-content")).to_be_focused()


def test_without_scripts_the_page_points_to_the_tables(browser: Browser, live_server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page: Page = context.new_page()
    page.goto(f"{live_server}/map")
    expect(page.get_by_role("link", name="layers as tables")).to_be_visible()
    context.close()
