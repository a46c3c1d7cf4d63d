"""What a direct session of the service's roles cannot talk its way round, and what the policies cost."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError

from aim.access.principal import Access
from aim.access.roles import Role
from aim.db.engine import make_engine, role_engine
from aim.db.roles import APP, DOOR, ROLES
from aim.db.tables import api_key
from tests.access.world import Published, published
from tests.conftest import MIGRATED, copy_of

CLOSED_TO_APP = ("account", "sign_in", "api_key", "audit_log", "incident", "incident_part", "incident_month",
                 "rejected_row", "correction", "incident_link", "fetch_source", "role_right")  # fmt: skip
CLOSED_TO_DOOR = ("published_layer", "published_feature", "published_card", "incident", "feed", "area")
MANY = """
INSERT INTO published_feature (run, layer, area, rank, id, body, tile, boundary, edition)
SELECT run, layer, area, n, n::text, '{}', '{}', boundary, 'inside'
FROM published_feature, generate_series(10, 50009) AS n
WHERE layer = 'of-open-data' AND area = 'here' AND edition = 'both'
"""
BLOCK = """
EXPLAIN (ANALYZE, FORMAT JSON) SELECT id, body FROM published_feature
WHERE layer = 'of-open-data' AND area = 'here' AND run = (SELECT min(run) FROM published_layer)
  AND edition IN ('both', 'inside') ORDER BY rank
"""


@pytest.fixture(scope="module")
def world(cluster_home: Path) -> Iterator[Published]:
    with copy_of(cluster_home, MIGRATED) as url, published(url) as world:
        yield world


def refused(engine: Engine, statement: str) -> str:
    """The sentence with which the database refuses a statement."""
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text(statement))
    return str(caught.value.orig)


@pytest.mark.parametrize("table", CLOSED_TO_APP)
def test_who_reads_layers_reaches_neither_incidents_nor_accounts(world: Published, table: str) -> None:
    assert "permission denied" in refused(world.app, f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", CLOSED_TO_DOOR)
def test_the_door_reaches_no_layer_and_no_incident(world: Published, table: str) -> None:
    assert "permission denied" in refused(world.door, f"SELECT * FROM {table}")


def test_a_partition_that_is_made_later_is_as_closed(world: Published) -> None:
    with world.owner.begin() as connection:
        bounds = "FOR VALUES FROM ('2030-01-01Z') TO ('2031-01-01Z')"
        connection.execute(text(f"CREATE TABLE incident_2030 PARTITION OF incident {bounds}"))
    assert "permission denied" in refused(world.app, "SELECT * FROM incident_2030")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SET ROLE aim", "permission denied to set role"),
        ("SET SESSION AUTHORIZATION aim", "permission denied to set session authorization"),
        ("SET row_security = off; SELECT * FROM published_layer", "would be affected by row-level security"),
        ("UPDATE published_layer SET marking = 'OFFICIAL'", "permission denied"),
        ("DELETE FROM published_feature", "permission denied"),
        ("ALTER TABLE published_layer DISABLE ROW LEVEL SECURITY", "must be owner"),
        ("CREATE POLICY mine ON published_layer USING (true)", "must be owner"),
        ("SELECT parameters FROM scoring_run", "permission denied"),
        ("SELECT profile FROM feed", "permission denied"),
        ("CREATE OR REPLACE FUNCTION aim_access() RETURNS text LANGUAGE sql AS 'SELECT 1'", ""),
        ("SELECT audit_append('access', 'x', 'y', '{}')", "permission denied"),
    ],
)
def test_a_session_cannot_give_itself_more(world: Published, statement: str, says: str) -> None:
    assert says in refused(world.app, statement)


def test_neither_role_owns_or_may_anything_beyond_its_grants(world: Published) -> None:
    powers = "rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
    owned = "SELECT count(*) FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE rolname = ANY (:roles)"
    with world.owner.connect() as connection:
        query = text(f"SELECT bool_or({powers}) FROM pg_roles WHERE rolname = ANY (:roles)")
        assert connection.scalar(query, {"roles": list(ROLES)}) is False
        assert connection.scalar(text(owned), {"roles": list(ROLES)}) == 0


def test_a_function_of_its_own_sees_no_row_that_the_policy_hides(world: Published) -> None:
    """A condition with a side effect is put after the policy, whatever it claims to cost."""
    who = world.principal(Access(Role.WARDEN))
    with world.as_app(who.credential) as session:
        session.execute(
            text("""
            CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
            $$ BEGIN IF $1 = 'sensitive' THEN RAISE EXCEPTION 'leaked'; END IF; RETURN true; END $$
        """)
        )
        layers = session.scalars(text("SELECT layer FROM published_layer WHERE pg_temp.leak(layer)")).all()
    assert set(layers) == {"of-open-data"}


@pytest.mark.parametrize("change", [{"revoked_at": text("now()")}, {"expires_at": text("now() - interval '1 second'")}])
def test_a_key_that_is_revoked_or_over_opens_nothing_in_an_open_session(
    world: Published, change: dict[str, object]
) -> None:
    who = world.principal(Access(Role.ANALYST))
    count = text("SELECT count(*) FROM published_layer")
    with world.as_app(who.credential) as session:
        assert session.scalar(count) == 12
        with world.owner.begin() as connection:
            ours = text("digest = sha256(decode(:credential, 'hex'))").bindparams(credential=who.credential)
            connection.execute(update(api_key).where(ours).values(change))
        assert session.scalar(count) == 0


def test_the_rights_are_worked_out_a_few_times_for_fifty_thousand_rows(world: Published) -> None:
    with world.owner.begin() as connection:
        connection.execute(text(MANY))
    who = world.principal(Access(Role.ANALYST))
    with world.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE published_feature, published_layer"))
    with world.as_app(who.credential) as session:
        found = session.execute(text(BLOCK)).scalar_one()
    [explained] = found if isinstance(found, list) else json.loads(found)
    calls = [node for node in nodes(explained["Plan"]) if node.get("Function Name") == "aim_access"]
    rows = explained["Plan"]["Actual Rows"]
    assert rows == 50_002
    assert calls
    assert all(node["Actual Loops"] <= 40 for node in calls), [node["Actual Loops"] for node in calls]


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from nodes(child)


@pytest.mark.parametrize("role", [APP, DOOR])
def test_without_users_of_their_own_sessions_lay_down_the_owners_rights(database_url: str, role: str) -> None:
    """As in a database elsewhere, once the roles are granted to its owner."""
    owner = make_engine(database_url.replace("user=aim", "user=postgres"))
    engine = role_engine(role, None, owner.url.render_as_string(hide_password=False), private=False)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == role
        assert connection.scalar(text("SHOW statement_timeout")) == "30s"
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text("SELECT * FROM incident"))
    engine.dispose()
    owner.dispose()
