"""Signing in, the account and the administrator's page in a browser: what works without a mouse and without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from aim.access.accounts import make
from aim.access.roles import Role
from aim.api.app import create_app
from aim.api.server import running
from aim.db.engine import make_engine
from aim.settings import Settings
from tests.conftest import MIGRATED, copy_of
from tests.e2e.test_pages import violations
from tests.keys import PASSWORD


@pytest.fixture(scope="module")
def guarded(cluster_home: Path) -> Iterator[str]:
    """The address of a service that asks for a login; ann is its administrator."""
    with copy_of(cluster_home, MIGRATED) as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            make(connection, "ann", Role.ADMINISTRATOR, None, None, PASSWORD)
        with running(create_app(engine, Settings(database_url=url))) as address:
            yield address
        engine.dispose()


@pytest.fixture
def visitor(browser: Browser, guarded: str) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Password", exact=True).press("Enter")


def test_from_a_page_to_the_sign_in_page_and_back(visitor: Page, guarded: str) -> None:
    visitor.goto(f"{guarded}/feeds?f=html")
    expect(visitor).to_have_title("Sign in – Active Intelligence Mapping")
    assert violations(visitor) == []
    sign_in(visitor, "wrong password")
    expect(visitor.locator(".govuk-error-summary")).to_be_focused()
    expect(visitor).to_have_title("Error: Sign in – Active Intelligence Mapping")
    assert violations(visitor) == []
    visitor.get_by_role("button", name="Show password").click()
    expect(visitor.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    sign_in(visitor)
    expect(visitor).to_have_title("Feeds – Active Intelligence Mapping")


def test_an_account_and_a_key_are_made_and_ended(visitor: Page, guarded: str) -> None:
    visitor.goto(f"{guarded}/admin")
    sign_in(visitor)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Accounts and keys")
    form = visitor.locator("#new-account")
    form.get_by_label("Name").fill("jo")
    form.get_by_label("Role").select_option("viewer")
    form.get_by_role("textbox", name="First password").fill("short")
    form.get_by_role("button", name="Add the account").click()
    expect(visitor.get_by_role("alert")).to_contain_text("A password has 12 to 128 characters")
    expect(form.get_by_label("Name")).to_have_value("jo")
    form.get_by_role("textbox", name="First password").fill(PASSWORD)
    form.get_by_role("button", name="Add the account").click()
    visitor.get_by_role("button", name="Disable jo").click()
    expect(visitor.get_by_role("button", name="Enable jo")).to_be_visible()
    form = visitor.locator("#new-key")
    form.get_by_label("Name").fill("qgis")
    form.get_by_label("Role").select_option("viewer")
    form.get_by_role("button", name="Make the key").click()
    assert violations(visitor) == []
    visitor.get_by_role("link", name="Accounts and keys").click()
    assert violations(visitor) == []
    visitor.get_by_role("button", name="Revoke qgis").click()
    expect(visitor.get_by_role("row", name="qgis")).to_contain_text("revoked")


def test_the_account_page_signs_out(visitor: Page, guarded: str) -> None:
    visitor.goto(f"{guarded}/account")
    sign_in(visitor)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Your account")
    assert violations(visitor) == []
    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor).to_have_title("Sign in – Active Intelligence Mapping")
    visitor.goto(f"{guarded}/account")
    expect(visitor).to_have_title("Sign in – Active Intelligence Mapping")
