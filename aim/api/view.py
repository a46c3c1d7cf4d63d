"""What is published, as one access may see it: found out again twice a second, held in memory in between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from aim.access.principal import Access, Principal
from aim.api import store
from aim.api.cache import ByteCache
from aim.api.once import Once
from aim.api.versions import Run, Version
from aim.db.engine import reading
from aim.errors import UnknownName

LIFETIME: Final = 0.5
"""Seconds for which a look at the versions counts, so that a new run shows within one second."""

RENEWED: Final = LIFETIME / 2
"""Age of a look at which the next is begun beside the answers, so that under load none of them ever waits for one."""

OLD_RUNS: Final = 64


@dataclass(frozen=True)
class Snapshot:
    """The current versions by layer, each ordered by area, and the runs of each layer, the newest first."""

    layers: Mapping[str, Sequence[Version]]
    runs: Mapping[str, Sequence[Run]]

    def versions(self) -> list[Version]:
        """Every current version, ordered by layer and area."""
        return [version for versions in self.layers.values() for version in versions]

    def layer(self, name: str) -> Sequence[Version]:
        """The current versions of a layer. Raises UnknownName."""
        if not self.layers:
            raise UnknownName(f"There is no layer “{name}”, for none is published yet: run `aim score`.")
        if name not in self.layers:
            raise UnknownName(f"There is no layer “{name}”. The layers are {', '.join(self.layers)}.")
        return self.layers[name]

    def title(self, name: str) -> str:
        """What a layer calls itself. Raises UnknownName."""
        return self.layer(name)[0].description["title"]


class View:
    """What one access sees. All who have that access share it, so any of their credentials serves to look."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = Lock()
        self._looked_at: float | None = None
        self._looking: Once[Access, None] = Once()
        self._rights: str | None = None
        self.snapshot = Snapshot({}, {})
        self._old = self._no_old_runs()

    def fresh(self) -> bool:
        return self._looked_at is not None and self._clock() - self._looked_at < LIFETIME

    async def current(self, principal: Principal) -> Snapshot:
        """The current versions, at most LIFETIME seconds old."""
        if not self.fresh():
            await self._looking.wait(principal.access, partial(self.look, principal))
        return self.snapshot

    def at_hand(self, principal: Principal) -> Snapshot | None:
        """As `current`, without waiting; None: nobody has looked lately, and nobody is looking now. A look that grows
        old is renewed in a thread: else all who ask when it is over would wait at once.
        """
        if self._looked_at is None:
            return None
        if self._clock() - self._looked_at >= RENEWED and self.fresh():
            self._looking.begin(principal.access, partial(self.look, principal, RENEWED))
        return self.snapshot if self.fresh() or self._lock.locked() else None

    def look(self, principal: Principal, age: float = LIFETIME) -> None:
        """Look at the versions, if the last look is that old; while one thread does, the others keep what was seen
        last, unless nothing was.
        """
        if not self._lock.acquire(blocking=self._looked_at is None):
            return
        try:
            now = self._clock()
            if self._looked_at is None or now - self._looked_at >= age:
                self._refresh(principal)
                self._looked_at = now
        finally:
            self._lock.release()

    async def old(self, principal: Principal, layer: str, run: int) -> Sequence[Version]:
        """What one run published of a layer; empty where it published nothing that may be seen."""
        return await self._old.fetch((layer, run), lambda: self._of_run(principal, layer, run))

    def _refresh(self, principal: Principal) -> None:
        edition = principal.access.rights.edition
        known = [version.key for version in self.snapshot.versions()]
        with reading(self._engine, principal.credential) as connection:
            rights, keys = store.rights(connection), store.current_keys(connection, edition)
            if (rights, keys) == (self._rights, known):
                return
            versions, runs = store.versions(connection, keys, edition), store.runs(connection, edition)
        layers: dict[str, list[Version]] = {}
        for version in versions:
            layers.setdefault(version.key.layer, []).append(version)
        self.snapshot, self._rights, self._old = Snapshot(layers, runs), rights, self._no_old_runs()

    def _of_run(self, principal: Principal, layer: str, run: int) -> Sequence[Version]:
        with reading(self._engine, principal.credential) as connection:
            return store.versions_of_run(connection, layer, run, principal.access.rights.edition)

    @staticmethod
    def _no_old_runs() -> ByteCache[tuple[str, int], Sequence[Version]]:
        """What is remembered of old runs ends with every new snapshot: a run number alone names nothing for ever."""
        return ByteCache(OLD_RUNS, lambda _: 1)
