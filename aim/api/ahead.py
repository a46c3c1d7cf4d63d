"""First pages made ahead: when a run is published, before the first client asks for its layers.

A thread of its own looks at the versions as often as requests do. It makes the first page of what was asked for lately,
for those who asked and at the address they asked, in each coding that a browser may want.
"""

import logging
from threading import Event, Thread
from typing import Final

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request

from aim.access.principal import Principal
from aim.api import features
from aim.api.answers import CODINGS
from aim.api.catalogue import LIFETIME, Snapshot
from aim.api.habits import Habit
from aim.api.item_parameters import ItemsParameters
from aim.api.service import Call, Service

log: Final = logging.getLogger(__name__)


class Ahead:
    """Prepares what is new until it is stopped."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._seen: dict[Habit, Snapshot] = {}
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="pages-ahead", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends after the page in hand."""
        self._stopped.set()
        self._thread.join()

    def look(self) -> None:
        """Prepare what has changed since the last look. Raises DBAPIError while the database is away."""
        lately = self._service.habits.lately()
        self._seen = {habit: self._seen[habit] for habit, _ in lately if habit in self._seen}
        for habit, principal in lately:
            snapshot = self._service.catalogue.look(principal)
            if self._seen.get(habit) is not snapshot and not self._stopped.is_set():
                self._prepare(habit, principal, snapshot)
                self._seen[habit] = snapshot

    def _prepare(self, habit: Habit, principal: Principal, snapshot: Snapshot) -> None:
        if habit.layer in snapshot.layers:
            for coding in CODINGS:
                call = Call(Request(habit.scope(principal, coding)), self._service)
                features.prepare_page(call, habit.layer, snapshot.layer(habit.layer), ItemsParameters())

    def _run(self) -> None:
        while not self._stopped.wait(LIFETIME):
            try:
                self.look()
            except DBAPIError as error:
                log.warning("Nothing is made ahead while the database does not answer: %s", error.orig)
