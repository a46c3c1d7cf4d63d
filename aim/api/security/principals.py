"""Who holds which secret, as the database says, remembered for a few seconds."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from aim.access import keys, sign_ins
from aim.access.principal import Admission, Principal
from aim.access.secrets import credential_of
from aim.api.security.credentials import Shown, Shows

REMEMBERED: Final = 4.0
"""Seconds: what was revoked or disabled is shut out within five."""
MOST: Final = 4_096
"""Secrets remembered, wrong ones among them: a stranger who tries many fills no memory."""


@dataclass(frozen=True)
class Remembered:
    """What the database said; `until` is in seconds of the service's clock."""

    admission: Admission | None
    until: float


class Principals:
    """`clock` gives seconds and never goes back; `now` is the time of day (UTC), by which sessions and keys expire."""

    def __init__(self, door: Engine, clock: Callable[[], float], now: Callable[[], datetime]) -> None:
        self.door = door
        self.clock = clock
        self.now = now
        self.remembered: OrderedDict[tuple[bool, str], Remembered] = OrderedDict()
        self.lock = Lock()

    def recall(self, shows: Shows) -> tuple[bool, Principal | None]:
        """Whether it is known who this is, and who; no I/O, for the event loop."""
        held = self.remembered.get(_key(shows))
        if held is None or self.clock() >= held.until:
            return False, None
        if held.admission is None or held.admission.expires_at <= self.now():
            return True, None
        return True, held.admission.principal

    def look_up(self, shows: Shows) -> Principal | None:
        """Ask the database; for a worker thread. Raises OperationalError where it does not answer."""
        session, credential = key = _key(shows)
        find = sign_ins.find if session else keys.find
        until = self.clock() + REMEMBERED
        with self.door.begin() as connection:
            admission = find(connection, credential, self.now())
        with self.lock:
            self.remembered[key] = Remembered(admission, until)
            self.remembered.move_to_end(key)
            while len(self.remembered) > MOST:
                self.remembered.popitem(last=False)
        return None if admission is None else admission.principal

    def forget(self) -> None:
        """Ask anew for everybody: this process has itself changed something."""
        with self.lock:
            self.remembered.clear()


def _key(shows: Shows) -> tuple[bool, str]:
    """A session opens nothing as a key, nor a key as a session."""
    return shows.how is Shown.COOKIE, credential_of(shows.secret)
