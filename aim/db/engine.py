"""The engine: one place that knows how to reach the database."""

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ArgumentError, OperationalError

from aim.errors import DatabaseUnavailable

UTC = {"options": "-c timezone=UTC"}
SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")


def make_engine(url: str) -> Engine:
    """An engine for a `postgresql://` URL, whose sessions are in UTC.

    Raises DatabaseUnavailable for any other URL: there is one kind of database.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise DatabaseUnavailable("AIM_DATABASE_URL has to start with postgresql:// and name a database with PostGIS.")
    try:
        return create_engine(f"postgresql+psycopg://{rest}", connect_args=UTC, pool_pre_ping=True, max_overflow=10)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailable(f"AIM_DATABASE_URL cannot be read: {error}.") from error


def check(engine: Engine) -> None:
    """Raise DatabaseUnavailable, with the server's own words, where the database does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        advice = "Check AIM_DATABASE_URL, or run `aim db status`."
        raise DatabaseUnavailable(f"The database does not answer ({reason}). {advice}") from error
