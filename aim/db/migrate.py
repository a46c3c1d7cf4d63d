"""Migrations, forward only, safe when two processes start at once."""

from pathlib import Path

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.sql import column, table

from aim.errors import SetupError

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"
VERSIONS = table("alembic_version", column("version_num"))
LOCK = "SELECT pg_advisory_xact_lock(hashtext('aim-migrate'))"


def head() -> str:
    """The revision that this version of the program needs: migrations are numbered, and the last one's number is it."""
    numbered = sorted(script.name.partition("_")[0] for script in (SCRIPTS / "versions").glob("[0-9]*.py"))
    if not numbered:
        raise SetupError(f"There are no migrations in {SCRIPTS}: install the package again.")
    return numbered[-1]


def current(engine: Engine) -> str | None:
    """The revision the database stands at; None for one that was never migrated."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSIONS.name):
            return None
        return connection.execute(select(VERSIONS.c.version_num)).scalar()


def upgrade(engine: Engine) -> None:
    """Bring the database to `head()` in one transaction.

    An advisory lock lets a second process wait instead of failing; a lock time-out keeps a migration from queueing
    behind a long query with every reader behind it. Alembic is imported here, where it is needed: it is slow to import.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        connection.execute(text(LOCK))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def ensure(engine: Engine) -> None:
    """Migrate if, and only if, the database is behind."""
    if current(engine) != head():
        upgrade(engine)
