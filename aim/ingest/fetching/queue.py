"""The queue's tables: procrastinate's own, in a PostgreSQL schema of their own.

The queue holds nothing that is not in `fetch_source` too: what is due follows from the schedules, and how far a source
has got from its checkpoint. So a new release of the library gets a new, empty queue, not a chain of its migrations.
"""

from importlib.metadata import version
from typing import Final

from procrastinate.schema import SchemaManager
from psycopg import Connection as Psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, text

SCHEMA: Final = "queue"
SEARCH_PATH: Final = f"-c search_path={SCHEMA},public -c timezone=UTC"
"""For connections of the queue: its functions name its tables without their schema."""
MADE_BY: Final = "SELECT obj_description(to_regnamespace(:schema)::oid, 'pg_namespace')"
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('aim-queue'))"


def make_queue(connection: Connection) -> None:
    """Make the queue of the installed release, inside the caller's transaction."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, Psycopg), "the queue speaks psycopg"  # noqa: S101  # a programming error, not input
    schema = sql.Identifier(SCHEMA)
    with driver.cursor() as cursor:
        before = cursor.execute("SELECT current_setting('search_path')").fetchone()
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
        cursor.execute(sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, release()))
        cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(schema))
        cursor.execute(SchemaManager.get_schema())
        cursor.execute("SELECT set_config('search_path', %s, true)", before)


def ensure_queue(engine: Engine) -> None:
    """Make the queue anew where another release of the library made it."""
    with engine.begin() as connection:
        connection.execute(text(LOCK))
        if connection.execute(text(MADE_BY), {"schema": SCHEMA}).scalar() != release():
            connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            make_queue(connection)


def release() -> str:
    """The installed library and its version."""
    return f"procrastinate {version('procrastinate')}"
