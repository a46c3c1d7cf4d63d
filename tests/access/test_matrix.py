"""Every role on every route, of its own and of another agency and area; direct SQL shows no more.

What each may see is worked out here from `roles.toml` by plain loops; the database works it out from its own tables.
"""

from collections.abc import Iterator
from itertools import product

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from aim.access.principal import Access
from aim.access.rights import stored_rights
from aim.access.roles import May, Role, rights
from aim.api.app import create_app
from aim.api.openapi import describe
from aim.settings import Settings
from aim.vocabulary.nim import Agency
from tests.access.world import AREAS, BOTH, FEEDS, INSIDE, LAYERS, OUTSIDE, Published, published
from tests.conftest import MIGRATED, copy_of
from tests.keys import bearer, new_key

ACCESSES = [
    Access(role, agency, areas)
    for role, agency, areas in product(
        Role, (None, Agency.POLICE, Agency.COUNCIL), (None, frozenset({"here"}), frozenset({"elsewhere"}))
    )
]
NEEDS: dict[str, May | None] = {
    "/": None,
    "/api": None,
    "/conformance": None,
    "/health/live": None,
    "/health/ready": None,
    "/account": None,
    "/areas": May.READ_LAYERS,
    "/areas/{id}": May.READ_LAYERS,
    "/collections": May.READ_LAYERS,
    "/collections/{collectionId}": May.READ_LAYERS,
    "/collections/{collectionId}/schema": May.READ_LAYERS,
    "/collections/{collectionId}/queryables": May.READ_LAYERS,
    "/collections/{collectionId}/sortables": May.READ_LAYERS,
    "/collections/{collectionId}/items": May.READ_LAYERS,
    "/collections/{collectionId}/items/{id}": May.READ_LAYERS,
    "/collections/{collectionId}/tilejson.json": May.READ_LAYERS,
    "/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}": May.READ_LAYERS,
    "/collections/{collectionId}/card": May.READ_CARDS,
    "/collections/{collectionId}/methods/{method}": May.READ_METHODS,
    "/strategy": May.READ_STRATEGY,
    "/strategy/versions": May.READ_STRATEGY,
    "/strategy/versions/{version}": May.READ_STRATEGY,
    "/feeds": May.READ_FEEDS,
    "/feeds/{feed}": May.READ_FEEDS,
    "/agreements": May.READ_AGREEMENTS,
    "/metrics": May.READ_METRICS,
    "/audit": May.READ_AUDIT,
    "/events": May.READ_LAYERS,
}
OF_A_LAYER = [path for path in NEEDS if path.startswith("/collections/{collectionId}")]
FILLED = {
    "{method}": "count", "{id}": BOTH, "{tileMatrix}": "10", "{tileRow}": "325", "{tileCol}": "508",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(cluster_home: object) -> Iterator[Published]:
    with copy_of(cluster_home, MIGRATED) as url, published(url) as world:  # pyright: ignore[reportArgumentType]
        yield world


@pytest.fixture(scope="module")
def app(world: Published) -> FastAPI:
    """The service as it runs: it reads as `aim_app`, and knows keys as `aim_door`."""
    return create_app(world.app, Settings(), door=world.door)


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def may_see(access: Access) -> set[tuple[str, str]]:
    """The layers and areas, from the table of roles and the rules of sharing; no agreement is recorded here."""
    line = rights()[access.role]
    seen: set[tuple[str, str]] = set()
    for (layer, (marking, feeds)), area in product(LAYERS.items(), AREAS):
        closed = [FEEDS[feed][0] for feed in feeds or [] if not FEEDS[feed][1]]
        shared = line.without or (feeds is not None and all(owner == access.agency for owner in closed))
        here = access.areas is None or area in access.areas
        if May.READ_LAYERS in line.may and marking in line.markings and shared and here:
            seen.add((layer, area))
    return seen


def name_of(access: Access) -> str:
    return f"{access.role}-{access.agency}-{'/'.join(access.areas or ['all'])}"


@pytest.mark.parametrize("access", ACCESSES, ids=name_of)
def test_over_http_and_by_direct_sql_everybody_sees_what_the_table_says_and_no_more(
    world: Published, client: TestClient, access: Access
) -> None:
    secret = new_key(world.owner, access)
    client.headers.update(bearer(secret))
    seen = may_see(access)
    listed = client.get("/collections?f=json").json()["collections"]
    assert {(each["id"], area["id"]) for each in listed for area in each["areas"]} == seen
    for layer in LAYERS:
        visible = layer in {name for name, _ in seen}
        found = client.get(f"/collections/{layer}/items?f=json")
        assert found.status_code == (200 if visible else 404)
        if visible:
            assert {each["id"] for each in found.json()["features"]} == {
                BOTH,
                INSIDE if access.rights.inside else OUTSIDE,
            }
            assert found.headers["X-Protective-Marking"] == LAYERS[layer][0]
            assert ("no-store" in found.headers["Cache-Control"]) == (LAYERS[layer][0] != "OFFICIAL")
    _sql_agrees(world, access, seen)


def _sql_agrees(world: Published, access: Access, seen: set[tuple[str, str]]) -> None:
    who = world.principal(access)
    may = access.rights.may
    with world.as_app(who.credential) as session:

        def keys(table: str) -> set[tuple[str, str]]:
            return {(row.layer, row.area) for row in session.execute(text(f"SELECT DISTINCT layer, area FROM {table}"))}

        assert keys("published_feature") == seen
        assert keys("published_layer") | keys("published_outside") == seen
        assert keys("published_card") == (seen if May.READ_CARDS in may else set())
        assert keys("method_result") == (seen if May.READ_METHODS in may else set())
        found = set(session.scalars(text("SELECT DISTINCT edition FROM published_feature")))
        assert found <= {"both", access.rights.edition.value}
        runs = set(session.scalars(text("SELECT id FROM scoring_run")))
        assert len(runs) == len({layer for layer, _ in seen})
        areas = set(session.scalars(text("SELECT id FROM area")))
        assert areas == {name for name in AREAS if access.areas is None or name in access.areas}
        feeds = set(session.scalars(text("SELECT DISTINCT feed FROM feed_volume")))
        own = {name for name, (agency, _) in FEEDS.items() if access.agency in (None, agency) or access.rights.without}
        assert feeds == (own if May.READ_FEEDS in may else set())
        strategies = session.scalar(text("SELECT count(*) FROM control_strategy"))
        assert strategies == (1 if May.READ_STRATEGY in may else 0)


def test_every_described_path_has_a_line_in_this_table(app: FastAPI) -> None:
    paths = {path for path, verbs in describe(app, "http://x/")["paths"].items() if "get" in verbs}
    assert paths <= NEEDS.keys(), paths - NEEDS.keys()


@pytest.mark.parametrize("role", Role)
def test_every_route_is_for_the_roles_that_the_table_names(world: Published, client: TestClient, role: Role) -> None:
    client.headers.update(bearer(new_key(world.owner, Access(role))))
    for path, need in NEEDS.items():
        if need is None or path in ("/events", "/feeds/{feed}", "/strategy/versions/{version}", "/audit"):
            continue
        filled = path.replace("{collectionId}", "of-open-data")
        filled = filled.replace("{id}", "here") if path.startswith("/areas") else filled
        for name, value in FILLED.items():
            filled = filled.replace(name, value)
        found = client.get(filled).status_code
        assert found != 401
        assert (found == 403) == (need not in rights()[role].may), (path, found)


def test_a_key_for_some_layers_sees_those(world: Published, client: TestClient) -> None:
    access = Access(Role.ANALYST, layers=frozenset({"joint"}))
    client.headers.update(bearer(new_key(world.owner, access)))
    assert [each["id"] for each in client.get("/collections?f=json").json()["collections"]] == ["joint"]
    assert client.get("/collections/of-the-police/items?f=json").status_code == 404


@pytest.mark.parametrize("credential", ["", "0" * 64, "not hexadecimal", "' OR true"])
def test_without_a_credential_there_are_no_rows(world: Published, credential: str) -> None:
    tables = ("published_layer", "published_outside", "published_feature", "published_card", "method_result", "feed",
              "scoring_run", "area", "feed_volume", "load_check", "agreement", "control_strategy")  # fmt: skip
    with world.as_app(credential) as session:
        for table in tables:
            columns = "name" if table == "feed" else "id" if table == "scoring_run" else "*"
            assert session.execute(text(f"SELECT {columns} FROM {table}")).all() == []


def test_the_database_has_the_table_of_roles(world: Published) -> None:
    with world.owner.connect() as connection:
        stored = {row["role"]: row for row in stored_rights(connection)}
    assert stored.keys() == set(Role)
    for role, line in rights().items():
        assert stored[role]["inside"] is line.inside
        assert stored[role]["without"] is line.without
        assert set(stored[role]["may"]) == line.may
        assert stored[role]["markings"][-1] == line.ceiling
