"""The first administrator: a link that the start of the service prints, for who can read its terminal or its log."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hmac import compare_digest
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from aim.access.accounts import Account, has_administrator, make
from aim.access.roles import Role
from aim.access.secrets import credential_of, new_secret
from aim.errors import NotAllowed

LIFETIME: Final = timedelta(hours=1)


class FirstAdministrator:
    """One link for one hour and one use. Only its digest is held, and only in memory: a restart makes a new one."""

    def __init__(self, door: Engine, now: Callable[[], datetime]) -> None:
        self.door = door
        self.now = now
        self.digest = ""
        self.until: datetime | None = None
        self.lock = Lock()

    def open(self) -> str | None:
        """The secret of a new link; None where there is an administrator who can sign in."""
        with self.door.begin() as connection:
            if has_administrator(connection):
                return None
        secret = new_secret()
        self.digest, self.until = credential_of(secret), self.now() + LIFETIME
        return secret

    def check(self, secret: str) -> None:
        """Raise NotAllowed where this is not the link, or no longer."""
        fresh = self.until is not None and self.now() < self.until
        if not fresh or not compare_digest(self.digest, credential_of(secret)):
            raise NotAllowed("This link was used, is over an hour old, or is wrong: restart `aim serve` for a new one.")

    def make(self, secret: str, name: str, password: str) -> Account:
        """The administrator, after which the link is dead.

        Raises NotAllowed as `check` does, or where somebody else has become administrator in the meantime; UsageError,
        NameTaken and UnfitPassword, after which the link still works.
        """
        with self.lock:  # two browsers with one link make one administrator
            self.check(secret)
            with self.door.begin() as connection:
                if has_administrator(connection):
                    raise NotAllowed("There is an administrator already: ask them for an account.")
                made = make(connection, name, Role.ADMINISTRATOR, None, None, password)
            self.until = None
        return made
