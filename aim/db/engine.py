"""The engine: one place that knows how to reach the database."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from aim.db.roles import APP, DOOR
from aim.errors import DatabaseUnavailable
from aim.settings import Settings

UTC: Final = "-c timezone=UTC"
SESSION: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that is gone without a word is given up: after 5 s at connecting, 30 s (here in milliseconds) with something
unanswered on the way, 45 s while a statement runs."""
POOL_SECONDS: Final = 5
"""For which a request waits for a free connection, before it says that the database does not answer."""
SERVICE_SECONDS: Final = 30
"""After which a statement of the service is stopped: nobody waits longer, and a statement that would hold up others."""
SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
UNAVAILABLE: Final = (OperationalError, InterfaceError, NoConnectionFree)
"""What SQLAlchemy raises where the database is away, going away, or has no connection left for us."""


class ServiceEngines(NamedTuple):
    """What `aim serve` works with: `app` reads what is published, `door` reaches accounts, keys and the log."""

    app: Engine
    door: Engine


def make_engine(url: str, options: str = UTC) -> Engine:
    """An engine for a `postgresql://` URL, whose sessions are in UTC.

    Raises DatabaseUnavailable for any other URL: there is one kind of database.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in SCHEMES:
        raise DatabaseUnavailable("AIM_DATABASE_URL has to start with postgresql:// and name a database with PostGIS.")
    try:
        return create_engine(
            f"postgresql+psycopg://{rest}",
            connect_args={"options": options, **SESSION},
            pool_pre_ping=True,
            pool_timeout=POOL_SECONDS,
            max_overflow=10,
        )
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailable(f"AIM_DATABASE_URL cannot be read: {error}.") from error


def service_engines(settings: Settings, url: str) -> ServiceEngines:
    """Engines of the two roles that own nothing, over the database that its owner reaches by `url`.

    In the private cluster they sign in as the roles. Elsewhere they do so where AIM_SERVICE_DATABASE_URL and
    AIM_DOOR_DATABASE_URL say how; where not, they sign in as the owner and lay down its rights (SET ROLE). That guards
    against mistakes of this program, and not against somebody who can make it send statements of their own.
    """
    given = {APP: settings.service_database_url, DOOR: settings.door_database_url}
    private = settings.database_url is None
    return ServiceEngines(*(role_engine(role, given[role], url, private=private) for role in (APP, DOOR)))


def role_engine(role: str, given: str | None, url: str, *, private: bool) -> Engine:
    """An engine whose sessions work as `role`."""
    options = f"{UTC} -c statement_timeout={SERVICE_SECONDS}s"
    if given is not None:
        return make_engine(given, options)
    if private:
        return make_engine(as_user(url, role), options)
    return make_engine(url, f"{options} -c role={role}")


def as_user(url: str, user: str) -> str:
    """A URL of the private cluster, for another user."""
    return make_url(url).update_query_dict({"user": user}).render_as_string(hide_password=False)


@contextmanager
def reading(engine: Engine, credential: str) -> Generator[Connection]:
    """A connection that tells the database, for this one transaction, who asks; it works the rights out by itself."""
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('aim.credential', :credential, true)"), {"credential": credential})
        yield connection


def check(engine: Engine) -> None:
    """Raise DatabaseUnavailable, with the server's own words, where the database does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except UNAVAILABLE as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        advice = "Check AIM_DATABASE_URL, or run `aim db status`."
        raise DatabaseUnavailable(f"The database does not answer ({reason}). {advice}") from error
