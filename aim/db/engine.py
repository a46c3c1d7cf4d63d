"""The engine: one place that knows how to reach the database."""

from typing import Any, Final

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from aim.errors import DatabaseUnavailable

SESSION: Final[dict[str, Any]] = {
    "options": "-c timezone=UTC",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Sessions are in UTC. A server that is gone without a word is given up: after 10 s at connecting, 30 s (here in
milliseconds) with something unanswered on the way, 45 s while a statement runs."""
POOL_SECONDS: Final = 10
"""For which a request waits for a free connection, before it says that the database does not answer."""
SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
UNAVAILABLE: Final = (OperationalError, InterfaceError, NoConnectionFree)
"""What SQLAlchemy raises where the database is away, going away, or has no connection left for us."""


def make_engine(url: str) -> Engine:
    """An engine for a `postgresql://` URL, whose sessions are in UTC.

    Raises DatabaseUnavailable for any other URL: there is one kind of database.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise DatabaseUnavailable("AIM_DATABASE_URL has to start with postgresql:// and name a database with PostGIS.")
    try:
        return create_engine(
            f"postgresql+psycopg://{rest}",
            connect_args=SESSION,
            pool_pre_ping=True,
            pool_timeout=POOL_SECONDS,
            max_overflow=10,
        )
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailable(f"AIM_DATABASE_URL cannot be read: {error}.") from error


def check(engine: Engine) -> None:
    """Raise DatabaseUnavailable, with the server's own words, where the database does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except UNAVAILABLE as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        advice = "Check AIM_DATABASE_URL, or run `aim db status`."
        raise DatabaseUnavailable(f"The database does not answer ({reason}). {advice}") from error
