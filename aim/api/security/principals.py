"""Who holds which secret, as the database says, remembered for a few seconds."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Final, TypeAlias

from sqlalchemy import Engine

from aim.access import keys, sign_ins
from aim.access.principal import Admission, Principal
from aim.access.secrets import credential_of
from aim.api.once import Once
from aim.api.security.credentials import Shown, Shows

REMEMBERED: Final = 4.0
"""Seconds: what was revoked or disabled is shut out within five."""
RENEWED: Final = 2.0
"""Seconds after which it is asked anew beside the answers, which go on with what is remembered."""
MOST: Final = 4_096
"""Secrets remembered, wrong ones among them: a stranger who tries many fills no memory."""

Secret: TypeAlias = tuple[bool, str]
"""Whether it is a session's, and its digest."""


@dataclass
class Remembered:
    """What the database said; the times are in seconds of the service's clock."""

    admission: Admission | None
    renew: float
    until: float


class Principals:
    """`clock` gives seconds and never goes back; `now` is the time of day (UTC), by which sessions and keys expire."""

    def __init__(self, door: Engine, clock: Callable[[], float], now: Callable[[], datetime]) -> None:
        self.door = door
        self.clock = clock
        self.now = now
        self.remembered: OrderedDict[Secret, Remembered] = OrderedDict()
        self.asking: Once[Secret, Principal | None] = Once()
        self.lock = Lock()

    async def tell(self, shows: Shows) -> Principal | None:
        """Who shows this. Raises one of UNAVAILABLE."""
        key, clock, look_up = _key(shows), self.clock(), partial(self.look_up, shows)
        held = self.remembered.get(key)
        if held is None or clock >= held.until:
            return await self.asking.wait(key, look_up)
        if clock >= held.renew:
            held.renew = held.until
            self.asking.begin(key, look_up)
        if held.admission is None or held.admission.expires_at <= self.now():
            return None
        return held.admission.principal

    def look_up(self, shows: Shows) -> Principal | None:
        """Ask the database; for a worker thread. Raises one of UNAVAILABLE where it does not answer."""
        session, credential = key = _key(shows)
        find = sign_ins.find if session else keys.find
        asked, remembered = self.clock(), self.remembered
        with self.door.begin() as connection:
            admission = find(connection, credential, self.now())
        with self.lock:
            remembered[key] = Remembered(admission, asked + RENEWED, asked + REMEMBERED)
            remembered.move_to_end(key)
            while len(remembered) > MOST:
                remembered.popitem(last=False)
        return None if admission is None else admission.principal

    def forget(self) -> None:
        """Ask anew for everybody: this process has itself changed something. What is being asked now came before it."""
        self.remembered, self.asking = OrderedDict(), Once()


def _key(shows: Shows) -> Secret:
    """A session opens nothing as a key, nor a key as a session."""
    return shows.how is Shown.COOKIE, credential_of(shows.secret)
