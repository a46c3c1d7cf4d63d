"""Signing in: a name and a password, or an identity provider's word, against the secret of a session.

Guesses are slowed down by account, in the database, so that they count whichever process they reach.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, case, delete, func, insert, literal, null, select, update

from aim.access.accounts import NAME, access_of
from aim.access.passwords import hashed, matches, outdated
from aim.access.principal import Admission, Principal
from aim.access.secrets import credential_of, digest_of, new_secret
from aim.audit.log import Action, record
from aim.db.tables import account, sign_in
from aim.errors import SignInFailed

IDLE: Final = timedelta(minutes=60)
ABSOLUTE: Final = timedelta(hours=12)
STEP: Final = timedelta(minutes=1)
"""How exactly the last use of a session is known: writing it down at each request would cost more than it tells."""
FREE_GUESSES: Final = 5
PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60))
"""After the fifth wrong password, the sixth, and so on; the last one holds."""


def sign_in_with(engine: Engine, name: str, password: str, now: datetime) -> str:
    """The secret of a new session.

    Raises SignInFailed, always in the same words and after the same work, where the name or the password is wrong, the
    account is disabled or locked, or has no password.
    """
    proven = prove(engine, name, password, now)
    with engine.begin() as connection:
        return open_sign_in(connection, proven, now)


def prove(engine: Engine, name: str, password: str, now: datetime) -> int:
    """The id of the account that has this name and password. Raises SignInFailed as `sign_in_with` does.

    A guess is counted and that is committed before it is looked at: guesses made side by side count as well.
    """
    with engine.begin() as connection:
        tried = _count_guess(connection, name.strip().lower(), now)
    if not matches(tried.password if tried else None, password) or tried is None:
        with engine.begin() as connection:
            _note_failure(connection, name.strip().lower())
        raise SignInFailed
    stored = hashed(password) if outdated(tried.password) else tried.password
    with engine.begin() as connection:
        _forgive(connection, tried, stored)
    return tried.id


def open_sign_in(connection: Connection, account_id: int, now: datetime) -> str:
    """A new session for somebody who has proved who they are: the secret of their cookie. Drops those that are over."""
    secret = new_secret()
    connection.execute(delete(sign_in).where(sign_in.c.expires_at <= now))
    row = {"digest": digest_of(credential_of(secret)), "account": account_id}
    times = {"created_at": now, "seen_at": now, "expires_at": now + IDLE}
    connection.execute(insert(sign_in).values(row | times))
    name = connection.execute(select(account.c.name).where(account.c.id == account_id)).scalar_one()
    record(connection, Action.ACCESS, f"account:{name}", "session", {"event": "signed in"})
    return secret


def close_sign_in(connection: Connection, credential: str) -> None:
    """End a session; one that has ended stays so."""
    here = (sign_in.c.digest == digest_of(credential), sign_in.c.account == account.c.id)
    name = connection.execute(delete(sign_in).where(*here).returning(account.c.name)).scalar_one_or_none()
    if name is not None:
        record(connection, Action.ACCESS, f"account:{name}", "session", {"event": "signed out"})


def find(connection: Connection, credential: str, now: datetime) -> Admission | None:
    """Who holds a session, which thereby goes on for another hour, but never past twelve; None where it is over."""
    here = sign_in.c.digest == digest_of(credential)
    joined = select(account, sign_in.c.seen_at, sign_in.c.expires_at).join(sign_in, sign_in.c.account == account.c.id)
    row = connection.execute(joined.where(here, sign_in.c.expires_at > now, account.c.disabled_at.is_(None))).first()
    if row is None:
        return None
    expires = row.expires_at
    if now - row.seen_at >= STEP:
        later = func.least(sign_in.c.created_at + ABSOLUTE, literal(now + IDLE))
        seen = update(sign_in).where(here).values(seen_at=now, expires_at=later).returning(sign_in.c.expires_at)
        expires = connection.execute(seen).scalar_one_or_none()
    if expires is None:  # closed between the two statements
        return None
    return Admission(Principal(f"account:{row.name}", access_of(row), credential), expires)


def _count_guess(connection: Connection, name: str, now: datetime) -> Row[Any, Any] | None:
    """One more guess for an account that may be tried now; None where there is none. One statement, so none is lost."""
    if not NAME.fullmatch(name):
        return None
    failures = account.c.failures + 1
    pauses = [(failures == FREE_GUESSES + nth, now + pause) for nth, pause in enumerate(PAUSES)]
    until = case((failures < FREE_GUESSES, null()), *pauses, else_=now + PAUSES[-1])
    open_to = (
        account.c.name == name,
        account.c.password.is_not(None),
        account.c.disabled_at.is_(None),
        func.coalesce(account.c.locked_until <= now, True),
    )
    counted = update(account).where(*open_to).values(failures=failures, locked_until=until)
    return connection.execute(counted.returning(account.c.id, account.c.password)).first()


def _note_failure(connection: Connection, name: str) -> None:
    """Log what failed. Of a name that there is not, only that: people type passwords into the wrong field."""
    known = None
    if NAME.fullmatch(name):
        known = connection.execute(select(account).where(account.c.name == name)).first()
    if known is None:
        event = "sign-in with an unknown name"
    elif known.disabled_at is not None:
        event = "sign-in to a disabled account"
    else:
        event = "wrong password" if known.locked_until is None else "wrong password or locked"
    detail = {"event": event} if known is None else {"event": event, "failures": known.failures}
    record(connection, Action.ACCESS, f"account:{known.name}" if known else "unknown", "session", detail)


def _forgive(connection: Connection, tried: Row[Any, Any], stored: str) -> None:
    """The password was right. Raises SignInFailed where it was changed or the account disabled in between."""
    same = (account.c.id == tried.id, account.c.password == tried.password, account.c.disabled_at.is_(None))
    change = {"failures": 0, "locked_until": None, "password": stored}
    if connection.execute(update(account).where(*same).values(change)).rowcount != 1:
        raise SignInFailed
