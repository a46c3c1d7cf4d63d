"""Who looked at what over HTTP. The first look is in the log before the answer leaves; the others of its minute are
counted in memory, and the count is written when the minute is over."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from threading import Event, Lock, Thread
from typing import Any, Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from aim.audit.log import NOTHING, Action, record
from aim.errors import LogUnavailable

MINUTE: Final = 60.0
"""Seconds for which a look that is written stands for those that follow it."""
MOST_OPEN: Final = 10_000
"""Looks remembered at a time; beyond that the oldest one's minute ends early."""


def layer_subject(layer: str, runs: Iterable[int]) -> str:
    """What a look at a layer is a look at: `layer/ID@RUN,RUN`, all the runs that it came from."""
    return f"layer/{layer}@{','.join(map(str, sorted(set(runs))))}"


@dataclass(eq=False)
class _Look:
    actor: str
    subject: str
    detail: Mapping[str, Any]
    action: Action
    line: int = 0
    """Its number in the log; 0: not written yet."""
    since: float = 0.0
    again: int = 0
    """Looks that followed it in its minute."""
    error: SQLAlchemyError | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.actor, self.subject


class Looks:
    """The looks of one service. `door` reaches the log; `clock` gives seconds that never go back.

    Whoever waits to be written is written by the one whose turn it is, all in one transaction: many first looks at
    once, as when a run is new, cost a few commits.
    """

    def __init__(self, door: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._door = door
        self._clock = clock
        self._lock = Lock()
        """Of what is below; never held while the database is asked."""
        self._open: dict[tuple[str, str], _Look] = {}
        """By when they were opened, which is the order in which they end."""
        self._over: list[_Look] = []
        """Their minute has ended and their count is not written yet."""
        self._waiting: list[_Look] = []
        self._turn = Lock()
        self._stopped = Event()

    def known(self, actor: str, subject: str) -> bool:
        """Whether this actor's look at the subject is written for this minute; counts one more if so. No I/O."""
        with self._lock:
            return self._count((actor, subject))

    def first(
        self, actor: str, subject: str, detail: Mapping[str, Any] = NOTHING, action: Action = Action.CONSULTATION
    ) -> None:
        """Write a look; call it from a worker thread. Raises LogUnavailable: then the answer must not be sent."""
        look = _Look(actor, subject, detail, action)
        with self._lock:
            self._waiting.append(look)
        with self._turn:
            if look in self._waiting:  # nobody has written it meanwhile
                self._write()
        if look.error:
            raise LogUnavailable from look.error

    def write_counts(self) -> None:
        """Write the counts of the minutes that are over; what cannot be written now is kept for the next time."""
        with self._turn:
            self._write()

    def start(self) -> None:
        """Write counts each minute, however quiet it is, until `close`."""
        Thread(target=self._each_minute, name="looks", daemon=True).start()

    def close(self) -> None:
        """End all minutes and write their counts; for when the service stops."""
        self._stopped.set()
        with self._lock:
            self._end(list(self._open))
        self.write_counts()

    def _each_minute(self) -> None:
        while not self._stopped.wait(MINUTE):
            self.write_counts()

    def _count(self, key: tuple[str, str]) -> bool:
        look = self._open.get(key)
        if look is None or self._ended(look):
            return False
        look.again += 1
        return True

    def _ended(self, look: _Look) -> bool:
        return self._clock() - look.since >= MINUTE

    def _end(self, keys: Iterable[tuple[str, str]]) -> None:
        ended = [self._open.pop(key) for key in keys]
        self._over += [look for look in ended if look.again]

    def _write(self) -> None:
        """Write all that waits, in one transaction. Its caller has the turn."""
        with self._lock:
            self._end([look.key for look in takewhile(self._ended, self._open.values())])
            over, self._over = self._over, []
            waiting, self._waiting = self._waiting, []
            new = {look.key: look for look in waiting if not self._count(look.key)}
        if not over and not new:
            return
        try:
            with self._door.begin() as connection:
                _record(connection, over, new.values())
        except SQLAlchemyError as error:
            self._put_back(over, waiting, error)
        else:
            self._take_in(new, waiting)

    def _put_back(self, over: list[_Look], waiting: list[_Look], error: SQLAlchemyError) -> None:
        with self._lock:
            self._over = over + self._over
            for look in waiting:
                look.error = error

    def _take_in(self, new: dict[tuple[str, str], _Look], waiting: list[_Look]) -> None:
        with self._lock:
            for key, look in new.items():
                look.since = self._clock()
                look.again = sum(other.key == key for other in waiting) - 1
                self._open[key] = look
            self._end(list(self._open)[: max(0, len(self._open) - MOST_OPEN)])


def _record(connection: Connection, over: Iterable[_Look], new: Iterable[_Look]) -> None:
    for look in over:
        record(connection, look.action, look.actor, look.subject, {"again": look.again, "since_line": look.line})
    for look in new:
        look.line = record(connection, look.action, look.actor, look.subject, look.detail)
