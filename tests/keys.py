"""Principals for tests: an analyst's real key, and one for services whose database does not answer."""

from datetime import UTC, datetime
from secrets import token_hex

from sqlalchemy import Engine

from aim.access import keys
from aim.access.principal import Access, Principal
from aim.access.roles import Role
from aim.access.secrets import credential_of

ANALYST = Principal("key:test", Access(Role.ANALYST), credential_of("test"))
"""For a service without a database to know it."""


def new_key(engine: Engine, access: Access = ANALYST.access) -> str:
    """The secret of a key, by default an analyst's."""
    with engine.begin() as connection:
        return keys.create(connection, f"test-{token_hex(4)}", access, "tests", datetime.now(UTC))


def everybody(engine: Engine, access: Access = ANALYST.access) -> Principal:
    """The holder of a key that the database knows, for a service that is to ask nobody for one."""
    return Principal("key:test", access, credential_of(new_key(engine, access)))


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


PASSWORD = "seven lighthouses"  # noqa: S105  # of accounts that tests make
