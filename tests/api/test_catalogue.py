"""Freshness: a new run shows without a restart, and the database is not asked more than needed."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from starlette.testclient import TestClient

from aim.api.catalogue import LIFETIME, Catalogue
from aim.errors import DatabaseUnavailable
from tests.api.conftest import CELLS, Clock, World
from tests.keys import ANALYST

ITEMS = "/collections/all-crime/items"


@contextmanager
def statements(engine: Engine) -> Generator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def matched(client: TestClient) -> int:
    return client.get(ITEMS).json()["numberMatched"]


def test_what_a_credential_no_longer_sees_does_not_stand_as_an_empty_layer(engine: Engine, world: World) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS})
    catalogue = Catalogue(engine)
    key = catalogue.look(ANALYST).layer("all-crime")[0].key
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE published_layer RENAME TO hidden"))
        connection.execute(text("CREATE TABLE published_layer (LIKE hidden INCLUDING ALL)"))
        connection.execute(text("CREATE TABLE kept AS TABLE published_feature"))
        connection.execute(text("DELETE FROM published_feature"))
    with pytest.raises(DatabaseUnavailable, match="ask again"):
        catalogue.block(ANALYST, key)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE published_layer"))
        connection.execute(text("ALTER TABLE hidden RENAME TO published_layer"))
        connection.execute(text("INSERT INTO published_feature SELECT * FROM kept"))
    assert len(catalogue.block(ANALYST, key)) == len(CELLS)


def test_a_look_at_the_versions_counts_for_less_than_a_second() -> None:
    assert LIFETIME < 1


def test_a_new_run_is_seen_when_the_last_look_is_old(published: TestClient, world: World, clock: Clock) -> None:
    assert matched(published) == 44
    world.publish("all-crime", {"middlesbrough": CELLS[:3]})
    assert matched(published) == 44
    clock.pass_on()
    assert matched(published) == 7 + 3


def test_a_new_layer_is_seen_too(published: TestClient, world: World, clock: Clock) -> None:
    assert published.get("/collections/fires").status_code == 404
    world.publish("fires", {"middlesbrough": CELLS[:3]}, title="Fires")
    clock.pass_on()
    assert published.get("/collections/fires").json()["title"] == "Fires"
    assert [each["id"] for each in published.get("/collections").json()["collections"]] == ["all-crime", "fires"]


def test_a_page_asked_for_again_costs_no_statement(published: TestClient, engine: Engine) -> None:
    first = published.get(ITEMS).content
    with statements(engine) as sent:
        assert published.get(ITEMS).content == first
    assert sent == []


def test_an_old_look_costs_three_small_statements(published: TestClient, engine: Engine, clock: Clock) -> None:
    matched(published)
    clock.pass_on()
    with statements(engine) as sent:
        matched(published)
    assert len(sent) == 3, "who asks, what the database grants them, and the newest versions"


def test_another_page_of_a_version_costs_no_statement(published: TestClient, engine: Engine) -> None:
    matched(published)
    with statements(engine) as sent:
        published.get(ITEMS, params={"bbox": "-2,54,-1,55", "limit": 3})
        published.get(f"{ITEMS}/{CELLS[0]}")
    assert sent == []


def test_a_database_made_anew_is_not_taken_for_the_old_one(published: TestClient, world: World, clock: Clock) -> None:
    """Its runs count from 1 again, so run 1 is not what it was."""
    assert published.get(ITEMS, params={"run": 1}).json()["numberMatched"] == 44
    with world.engine.begin() as connection:
        connection.execute(text("TRUNCATE scoring_run RESTART IDENTITY CASCADE"))
    assert world.publish("all-crime", {"middlesbrough": CELLS[:3]}) == 1
    clock.pass_on()
    assert matched(published) == 3
    assert published.get(ITEMS, params={"run": 1}).json()["numberMatched"] == 3


def test_a_layer_lists_its_runs_the_newest_first(published: TestClient, world: World, clock: Clock) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS[:3]})
    clock.pass_on()
    collection = published.get("/collections/all-crime").json()
    assert [(run["run"], run["as_of"]) for run in collection["runs"]] == [(2, "2024-10-31"), (1, "2024-10-31")]
    assert [(area["id"], area["run"]) for area in collection["areas"]] == [("liverpool", 1), ("middlesbrough", 2)]
