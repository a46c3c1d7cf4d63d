"""The pages of the feeds in a browser: accessible, and in the width of a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_pages import violations

PATHS = ("/feeds?f=html&as_of=2026-10-01", "/feeds/open311?f=html&as_of=2026-10-01")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_feeds_is_accessible_and_never_scrolls_sideways(
    page: Page, live_server: str, path: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(live_server + path)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_bars_have_a_name_that_says_what_they_show(page: Page, live_server: str) -> None:
    page.goto(live_server + PATHS[1])
    bars = page.get_by_role("img")
    expect(bars).to_have_count(1)
    expect(bars).to_have_accessible_name(r"36 days from 25 August 2026: lowest 7 rows, highest 26, last 8.")


def test_the_menu_leads_to_a_feed_by_keyboard(page: Page, live_server: str) -> None:
    page.goto(f"{live_server}/?f=html")
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Feeds").press("Enter")
    expect(page).to_have_title("Feeds – Active Intelligence Mapping")
    page.get_by_role("link", name="Reports to the council").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reports to the council")
    page.get_by_role("link", name="All feeds").press("Enter")
    expect(page).to_have_title("Feeds – Active Intelligence Mapping")
