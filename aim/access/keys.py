"""Keys of map clients and scripts. Changes happen inside the caller's transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from aim.access.accounts import access_of, check_name, stored
from aim.access.principal import Access, Admission, Principal
from aim.access.secrets import credential_of, digest_of, new_secret
from aim.audit.log import Action, record
from aim.db.tables import api_key
from aim.errors import NameTaken, UnknownName, UsageError

DAYS: Final = 365
MOST_DAYS: Final = 730
"""A key that outlives two years outlives the memory of what it was for."""


@dataclass(frozen=True)
class Key:
    """A key without its secret, which only its holder has. Times are UTC."""

    name: str
    access: Access
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    last_used: date | None


def create(connection: Connection, name: str, access: Access, by: str, now: datetime, days: int = DAYS) -> str:
    """The secret of a new key, which is told this once.

    Raises UsageError for a name or a span that cannot be, NameTaken.
    """
    check_name(name)
    if not 1 <= days <= MOST_DAYS:
        raise UsageError(f"A key lasts 1 to {MOST_DAYS} days, and this would be {days}.")
    secret = new_secret()
    row = {"name": name, "digest": digest_of(credential_of(secret)), "role": access.role, "agency": access.agency}
    row |= {"areas": stored(access.areas), "layers": stored(access.layers)}
    row |= {"created_at": now, "created_by": by, "expires_at": now + timedelta(days=days)}
    try:
        connection.execute(insert(api_key).values(row))
    except IntegrityError as error:
        raise NameTaken(
            f"There is a key “{name}” already: names are not given twice, so that the log stays clear."
        ) from error
    detail = {"event": "key made", "role": access.role, "agency": access.agency, "days": days}
    detail |= {"areas": row["areas"], "layers": row["layers"]}
    record(connection, Action.ACCESS, by, f"key/{name}", detail)
    return secret


def listed(connection: Connection) -> list[Key]:
    """All keys by name, those that were revoked too."""
    return [_key(row) for row in connection.execute(select(api_key).order_by(api_key.c.name))]


def revoke(connection: Connection, name: str, now: datetime, by: str) -> None:
    """It opens nothing from now on. Raises UnknownName."""
    revoked = update(api_key).where(api_key.c.name == name, api_key.c.revoked_at.is_(None)).values(revoked_at=now)
    if connection.execute(revoked).rowcount == 0:
        raise UnknownName(f"There is no key “{name}” that could be revoked: see `aim keys list`.")
    record(connection, Action.ACCESS, by, f"key/{name}", {"event": "key revoked"})


def remove(connection: Connection, credential: str) -> None:
    """Forget a key that was made for one run of the demo."""
    connection.execute(delete(api_key).where(api_key.c.digest == digest_of(credential)))


def find(connection: Connection, credential: str, now: datetime) -> Admission | None:
    """Whose key it is; None where it is none, over or revoked. Notes the day."""
    here = api_key.c.digest == digest_of(credential)
    good = (here, api_key.c.expires_at > now, api_key.c.revoked_at.is_(None))
    row = connection.execute(select(api_key).where(*good)).first()
    if row is None:
        return None
    if row.last_used != now.date():
        connection.execute(update(api_key).where(here).values(last_used=now.date()))
    return Admission(Principal(f"key:{row.name}", access_of(row), credential), row.expires_at)


def _key(row: Row[Any]) -> Key:
    times = (row.created_at, row.created_by, row.expires_at, row.revoked_at, row.last_used)
    return Key(row.name, access_of(row), *times)
