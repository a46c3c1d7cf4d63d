"""Migrations, forward only, safe when two processes start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from aim.errors import SetupError

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('aim-migrate'))"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config


def head() -> str:
    """The revision that this version of the program needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise SetupError(f"There are no migrations in {SCRIPTS}: install the package again.")
    return revision


def current(engine: Engine) -> str | None:
    """The revision the database stands at; None for one that was never migrated."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> None:
    """Bring the database to `head()` in one transaction.

    An advisory lock lets a second process wait instead of failing; a lock time-out keeps a migration from queueing
    behind a long query with every reader behind it.
    """
    config = _config()
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        connection.execute(text(LOCK))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def ensure(engine: Engine) -> None:
    """Migrate if, and only if, the database is behind."""
    if current(engine) != head():
        upgrade(engine)
