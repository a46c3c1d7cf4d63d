"""The map page as a person meets it: what can be read, chosen and pressed. It knows no fixture, only an address."""

import re
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, Route, expect

RGB = tuple[int, int, int]

CENTRE_COLOUR = """() => {
    const drawn = document.querySelector("#map canvas");
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [drawn.width, drawn.height];
    const context = copy.getContext("2d");
    context.drawImage(drawn, 0, 0);
    const side = 25;
    const { data } = context.getImageData((drawn.width - side) / 2, (drawn.height - side) / 2, side, side);
    const counts = new Map();
    for (let at = 0; at < data.length; at += 4) {
        const colour = data.slice(at, at + 3).join();
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1])[0][0].split(",").map(Number);
}"""
"""The commonest colour round the centre, so that a name or a boundary written there does not matter."""


class MapPage:
    """`/map` of the service at `base`, in an open browser page."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base

    def open(self, **query: str) -> "MapPage":
        """Load the page and wait until its picture is complete."""
        self.visit(**query)
        self.wait_until_drawn()
        return self

    def visit(self, **query: str) -> None:
        self.page.goto(f"{self.base}/map?{urlencode(query)}")

    def wait_until_drawn(self) -> None:
        expect(self.canvas).to_have_attribute("data-state", "drawn", timeout=30_000)

    def get(self, path: str) -> Any:
        """What the API answers at `path`, to compare the page with."""
        return self.page.request.get(self.base + path).json()

    @property
    def collections(self) -> list[dict[str, Any]]:
        return self.get("/collections?f=json")["collections"]

    @property
    def last(self) -> dict[str, Any]:
        """The last layer that has hot spots: one of the samples' has none."""
        return [each for each in self.collections if each["significant"]][-1]

    def top(self, layer: str) -> dict[str, Any]:
        """The feature of the highest rank."""
        return self.get(f"/collections/{layer}/items?f=json&limit=1")["features"][0]

    @property
    def canvas(self) -> Locator:
        return self.page.locator("#map")

    @property
    def drawing(self) -> Locator:
        """The part of the map that takes the focus."""
        return self.page.get_by_role("region", name="Map of hot spots")

    @property
    def layers(self) -> Locator:
        return self.page.get_by_role("group", name="Layer").get_by_role("radio")

    @property
    def legend(self) -> Locator:
        return self.page.locator("#legend li")

    @property
    def freshness(self) -> Locator:
        return self.page.locator("#freshness")

    @property
    def hot_spots(self) -> Locator:
        return self.page.locator("#hot-spots").get_by_role("button")

    @property
    def panel(self) -> Locator:
        return self.page.locator("#panel")

    @property
    def problem(self) -> Locator:
        return self.page.get_by_role("alert")

    @property
    def announcement(self) -> Locator:
        return self.page.get_by_role("status")

    @property
    def markings(self) -> Locator:
        return self.page.locator("[data-marking]")

    def choose_layer(self, title: str) -> None:
        # The visible control is drawn by the label, over the input.
        self.page.get_by_text(title, exact=True).click()
        expect(self.page.get_by_role("radio", name=title)).to_be_checked()

    def choose_hot_spot(self, place: int) -> None:
        """Press an entry of the list (from 0), and wait until its panel and its picture are there."""
        self.hot_spots.nth(place).click()
        expect(self.panel).to_be_visible()
        self.wait_until_drawn()

    def click_centre(self) -> None:
        box = self.canvas.bounding_box()
        assert box is not None
        self.canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})

    def centre_colour(self) -> RGB:
        red, green, blue = self.page.evaluate(CENTRE_COLOUR)
        return red, green, blue

    def alter_collections(self, **members: Any) -> None:
        """Let the first collection answer with other members; an unlikely state is made here, not in a database."""

        def altered(route: Route) -> None:
            answer = route.fetch().json()
            answer["collections"][0].update(members)
            route.fulfill(json=answer)

        self.page.route(re.compile(r"/collections\?"), altered)

    def with_basemap(self, style: dict[str, Any] | None) -> None:
        """Let the page name a base map; None: one that is missing."""

        def named(route: Route) -> None:
            response = route.fetch()
            body = response.text().replace('data-basemap-style=""', 'data-basemap-style="/basemap.json"')
            route.fulfill(response=response, body=body)

        self.page.route(re.compile(r"/map\?"), named)
        self.page.route("**/basemap.json", lambda route: route.fulfill(status=200 if style else 404, json=style or {}))
