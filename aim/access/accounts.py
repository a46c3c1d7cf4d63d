"""Accounts of people. Changes happen inside the caller's transaction."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from aim.access.passwords import check_fit, hashed
from aim.access.principal import Access
from aim.access.roles import Role
from aim.audit.log import Action, record
from aim.db.tables import account, area, sign_in
from aim.errors import LastAdministrator, NameTaken, UnknownName, UsageError
from aim.vocabulary.nim import Agency

SERVICE: Final = "service"
"""Who makes an account, to the log, where no person does: the service, on the word of an identity provider."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in. `locked_until` and `disabled_at` are UTC."""

    id: int
    name: str
    access: Access
    issuer: str | None
    locked_until: datetime | None
    disabled_at: datetime | None

    @property
    def actor(self) -> str:
        """How the log calls them."""
        return f"account:{self.name}"


def all_accounts(connection: Connection) -> list[Account]:
    return [_account(row) for row in connection.execute(select(account).order_by(account.c.name))]


def by_name(connection: Connection, name: str) -> Account:
    """Raises UnknownName."""
    found = _find(connection, account.c.name == name.lower())
    if found is None:
        raise UnknownName(f"There is no account “{name}”: see `aim users list`.")
    return found


def by_identity(connection: Connection, issuer: str, subject: str) -> Account | None:
    """Whom an identity provider knows by `subject`."""
    return _find(connection, account.c.issuer == issuer, account.c.subject == subject)


def make(
    connection: Connection,
    name: str,
    role: Role,
    agency: Agency | None,
    areas: Iterable[str] | None,
    password: str | None = None,
    issuer: str | None = None,
    subject: str | None = None,
    by: str = SERVICE,
) -> Account:
    """A new account; without a password it signs in with the identity provider only. `by` is who makes it, for the log.

    Raises UsageError for a name that cannot be, NameTaken, UnfitPassword.
    """
    check_name(name)
    row = {"name": name, "role": role, "agency": agency, "areas": stored(areas), "issuer": issuer, "subject": subject}
    if password is not None:
        check_fit(name, password)
        row["password"] = hashed(password)
    try:
        made = connection.execute(insert(account).values(row).returning(account)).one()
    except IntegrityError as error:
        raise NameTaken(f"There is an account “{name}” already, or one of the same identity.") from error
    detail = {"event": "account made", "role": role, "agency": agency, "areas": row["areas"]}
    record(connection, Action.ACCESS, by, f"account/{name}", detail)
    return _account(made)


def set_password(connection: Connection, name: str, password: str, by: str) -> None:
    """A new password; every session of the account ends, and a lock too. Raises UnknownName, UnfitPassword."""
    known = by_name(connection, name)
    check_fit(known.name, password)
    change = {"password": hashed(password), "failures": 0, "locked_until": None}
    connection.execute(update(account).where(account.c.id == known.id).values(change))
    _end_sessions(connection, known.id)
    record(connection, Action.ACCESS, by, f"account/{known.name}", {"event": "password set"})


def disable(connection: Connection, name: str, now: datetime, by: str) -> None:
    """Nobody signs in with it any more, and its sessions end. Raises UnknownName, LastAdministrator."""
    known = by_name(connection, name)
    if known.access.role == Role.ADMINISTRATOR and not has_administrator(connection, but=known.id):
        raise LastAdministrator(f"{known.name} is the last administrator: add or enable another one first.")
    disabled = func.coalesce(account.c.disabled_at, now)
    connection.execute(update(account).where(account.c.id == known.id).values(disabled_at=disabled))
    _end_sessions(connection, known.id)
    record(connection, Action.ACCESS, by, f"account/{known.name}", {"event": "account disabled"})


def enable(connection: Connection, name: str, by: str) -> None:
    """Undo `disable`, and a lock after wrong passwords. Raises UnknownName."""
    known = by_name(connection, name)
    change = {"disabled_at": None, "failures": 0, "locked_until": None}
    connection.execute(update(account).where(account.c.id == known.id).values(change))
    record(connection, Action.ACCESS, by, f"account/{known.name}", {"event": "account enabled"})


def has_administrator(connection: Connection, but: int | None = None) -> bool:
    """Whether somebody (other than `but`) can manage accounts. Waits for whoever is changing that at this moment."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("aim.administrator"))))
    wanted = (account.c.role == Role.ADMINISTRATOR, account.c.disabled_at.is_(None), account.c.id.is_distinct_from(but))
    return connection.execute(select(account.c.id).where(*wanted).limit(1)).first() is not None


def check_name(name: str) -> None:
    """Raise UsageError where it cannot be the name of an account or a key."""
    if not NAME.fullmatch(name):
        raise UsageError(f"“{name[:64]}” cannot be a name: up to 64 of a-z, 0-9 and . _ @ - and the first no mark.")


def check_areas(connection: Connection, areas: Iterable[str]) -> None:
    """Raise UnknownName for an area that is not loaded: a misspelt one would let its account see nothing."""
    known = select(area.c.id).where(area.c.id.in_(wanted := sorted(set(areas))))
    if missing := set(wanted).difference(connection.scalars(known)):
        raise UnknownName(f"There is no area {', '.join(sorted(missing))}: see `aim areas list`.")


def stored(names: Iterable[str] | None) -> list[str] | None:
    """Areas or layers as a column keeps them: in order; None, and None alone, is no limit."""
    return None if names is None else sorted(set(names))


def access_of(row: Row[Any]) -> Access:
    """What a row of accounts or keys lets its holder see. Raises ValueError for a role that there is not."""
    layers = getattr(row, "layers", None)
    return Access(
        Role(row.role),
        Agency(row.agency) if row.agency else None,
        frozenset(row.areas) if row.areas is not None else None,
        frozenset(layers) if layers is not None else None,
    )


def _find(connection: Connection, *wanted: ColumnElement[bool]) -> Account | None:
    row = connection.execute(select(account).where(*wanted)).first()
    return None if row is None else _account(row)


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.name, access_of(row), row.issuer, row.locked_until, row.disabled_at)


def _end_sessions(connection: Connection, account_id: int) -> None:
    connection.execute(delete(sign_in).where(sign_in.c.account == account_id))
