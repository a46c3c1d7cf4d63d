"""The engine: one place that knows how to reach the database."""

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from aim.errors import DatabaseUnavailable


def make_engine(url: str) -> Engine:
    """An engine for `url` (`postgresql://...`), whatever driver the URL names: psycopg 3 is the one in use."""
    scheme, _, rest = url.partition("://")
    driver = "postgresql+psycopg" if scheme in {"postgres", "postgresql", "postgresql+psycopg"} else scheme
    return create_engine(f"{driver}://{rest}", pool_pre_ping=True, pool_size=5, max_overflow=10)


def check(engine: Engine) -> None:
    """Raise DatabaseUnavailable, with the server's own words, where the database does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
        raise DatabaseUnavailable(
            f"The database does not answer ({reason}). Check AIM_DATABASE_URL, or run `aim db status`."
        ) from error
