"""The other pages, and the accessibility of all of them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.map_page import MapPage

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
FOREIGN = "#swagger"
"""Swagger UI's own markup is not ours to mend."""


def violations(page: Page) -> list[str]:
    """Axe's findings of WCAG 2.2 AA and of good practice, each with the element it found first."""
    assert AXE.exists(), "axe-core is missing: remove aim/api/static and run script/web."
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(f"axe.run({{ exclude: [['{FOREIGN}']] }})")
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found["violations"]]


PAGES = ("/", "/collections", "/collections/all-crime", "/collections/all-crime/card", "/collections/all-crime/items")


@pytest.mark.parametrize("path", [f"{page}?f=html" for page in PAGES])
def test_a_page_has_no_accessibility_violations(page: Page, live_server: str, path: str) -> None:
    page.goto(live_server + path)
    assert violations(page) == []


def test_the_api_page_lists_the_operations(page: Page, live_server: str) -> None:
    page.goto(f"{live_server}/api.html")
    expect(page.locator(".opblock").first).to_be_visible(timeout=30_000)
    assert violations(page) == []


@pytest.mark.parametrize("width", [360, 1280])
def test_the_map_has_no_accessibility_violations(map_page: MapPage, width: int) -> None:
    map_page.page.set_viewport_size({"width": width, "height": 740})
    map_page.open().choose_hot_spot(0)
    assert violations(map_page.page) == []


def test_the_home_page_leads_to_each_layer_on_the_map(map_page: MapPage) -> None:
    page, first = map_page.page, map_page.collections[0]
    page.goto(f"{map_page.base}/?f=html")
    page.get_by_role("link", name=first["title"]).click()
    expect(page.get_by_role("radio", name=first["title"])).to_be_checked()


def test_the_menu_of_a_phone_opens(page: Page, live_server: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{live_server}/?f=html")
    navigation = page.get_by_role("navigation", name="Menu")
    expect(navigation.get_by_role("link", name="Layers")).to_be_hidden()
    navigation.get_by_role("button", name="Menu").click()
    expect(navigation.get_by_role("link", name="Layers")).to_be_visible()
