"""The real service over the shipped samples, and a real browser.

Every page that a test opens must stay within its own service and its own security policy.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from aim.api.app import create_app
from aim.api.server import running
from aim.db.engine import make_engine
from aim.demo import everybody, prepare
from aim.settings import Settings
from tests.conftest import MIGRATED, copy_of
from tests.e2e.map_page import MapPage

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def live_server(cluster_home: Path) -> Iterator[str]:
    """The address of the service with the samples loaded and scored."""
    with copy_of(cluster_home, MIGRATED) as url:
        engine = make_engine(url)
        try:
            prepare(engine, say=print)
            with (
                everybody(engine) as principal,
                running(create_app(engine, Settings(database_url=url), everybody=principal)) as address,
            ):
                yield address
        finally:
            engine.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium: Playwright's own browsers are a download from elsewhere."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "/usr/bin/chromium", args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, live_server: str) -> Iterator[Page]:
    """An empty page, without motion so that no test waits for it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    wrong: list[str] = []

    def from_outside(request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https") and url.netloc != urlsplit(live_server).netloc:
            wrong.append(f"asked another host: {request.url}")

    def forbidden(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    page.on("request", from_outside)
    page.on("console", forbidden)
    page.on("pageerror", lambda error: wrong.append(f"script failed: {error}"))
    yield page
    context.close()
    assert wrong == []


@pytest.fixture
def map_page(page: Page, live_server: str) -> MapPage:
    return MapPage(page, live_server)
