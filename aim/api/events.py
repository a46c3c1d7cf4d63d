"""Server-sent events: a client that stays connected hears of each new run.

All clients of one access share the catalogue's look at the versions, twice a second at most, however many listen.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

from aim.access.principal import Principal
from aim.api.catalogue import LIFETIME, Catalogue, Snapshot
from aim.api.documents import run_member
from aim.db.engine import UNAVAILABLE

HEARTBEAT: Final = 30
"""Pauses without news after which a comment is sent, so that nothing on the way takes the connection for dead."""

RETRY_MILLISECONDS: Final = 2_000
MOST_MISSED: Final = 100
"""Events made up for to a client that comes back; who was away for longer reads /collections."""


class Events:
    """The listeners of one service; `close` lets them go, so that it can stop."""

    def __init__(self, catalogue: Catalogue, pause: Callable[[], Awaitable[None]] | None = None) -> None:
        self._catalogue = catalogue
        self._pause = pause or (lambda: asyncio.sleep(LIFETIME))
        self._closed = False

    def close(self) -> None:
        self._closed = True

    async def stream(self, principal: Principal, last_seen: int | None) -> AsyncIterator[str]:
        """The events that somebody may hear of, after the run `last_seen`; None: those to come."""
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        seen, quiet = last_seen, 0
        while not self._closed:
            events, seen = await self._news(principal, seen)
            for each in events:
                yield each
            quiet = 0 if events else quiet + 1
            if quiet == HEARTBEAT:
                quiet = 0
                yield ": still here\n\n"
            await self._pause()

    async def _news(self, principal: Principal, seen: int | None) -> tuple[list[str], int | None]:
        """What is new since the run `seen`, and the newest run now; nothing while the database does not answer."""
        try:
            runs = runs_of(await self._catalogue.snapshot(principal))
        except UNAVAILABLE:
            return [], seen
        newest = max(runs, default=0)
        if seen is None:
            return [], newest
        if newest < seen:  # the database was made anew, and counts from 1 again
            seen = newest - 1
        return [event(runs[run]) for run in sorted(runs) if run > seen][-MOST_MISSED:], newest


def runs_of(snapshot: Snapshot) -> dict[int, dict[str, Any]]:
    """What is told of each run, by its number."""
    told: dict[int, dict[str, Any]] = {}
    for layer, runs in snapshot.runs.items():
        for run in runs:
            told.setdefault(run.id, run_member(run) | {"layers": []})["layers"].append(layer)
    return told


def event(told: dict[str, Any]) -> str:
    return f"id: {told['run']}\nevent: run\ndata: {json.dumps(told)}\n\n"
