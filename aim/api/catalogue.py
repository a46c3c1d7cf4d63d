"""What is published now: found out again twice a second, held in memory in between."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final

import polars as pl
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from aim.api import store
from aim.api.blocks import Block, Index
from aim.api.cache import ByteCache
from aim.api.columns import columns
from aim.api.versions import Key, Run, Version
from aim.errors import UnknownName

LIFETIME: Final = 0.5
"""Seconds for which a look at the versions counts, so that a new run shows within one second."""

DISK_BYTES: Final = 4 * 2**30
"""Texts and boundaries on the disk."""

MEMORY_BYTES: Final = 32 * 2**20
"""The same in memory: of versions too small for a file, and of all where the disk takes none."""

MOST_FILES: Final = 512
INDEX_BYTES: Final = 24 * 2**20
COLUMN_BYTES: Final = 32 * 2**20
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


class Catalogue:
    """Answers which versions a request reads, and brings their features into memory once.

    `clock` gives seconds that never go back; it is an argument so that a test need not wait.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic, folder: Path | None = None) -> None:
        """`folder`: where texts of versions may lie; None: in memory only."""
        self._engine = engine
        self._folder = folder
        self._clock = clock
        self._lock = Lock()
        self._looked_at: float | None = None
        self._snapshot = Snapshot({}, {})
        self._blocks: ByteCache[Key, Block] = ByteCache(DISK_BYTES, weight)
        self._indexes: ByteCache[Key, Index] = ByteCache(INDEX_BYTES, lambda index: index.size)
        self._columns: ByteCache[Key, pl.DataFrame] = ByteCache(COLUMN_BYTES, lambda frame: int(frame.estimated_size()))
        self._old = self._no_old_runs()

    async def snapshot(self) -> Snapshot:
        """The current versions, at most LIFETIME seconds old."""
        if not self._fresh():
            await run_in_threadpool(self._look)
        return self._snapshot

    def at_hand(self) -> Snapshot | None:
        """The current versions, for who must not wait; None: nobody has looked lately, and nobody is looking now."""
        return self._snapshot if self._fresh() or (self._lock.locked() and self._looked_at is not None) else None

    def look(self) -> Snapshot:
        """As `snapshot`, for a worker thread."""
        if not self._fresh():
            self._look()
        return self._snapshot

    async def versions(self, layer: str, run: int | None) -> Sequence[Version]:
        """The versions of a layer, ordered by area: the current ones, or those of one run. Raises UnknownName."""
        snapshot = await self.snapshot()
        current = snapshot.layer(layer)
        if run is None:
            return current
        old = await self._old.fetch((layer, run), lambda: self._of_run(layer, run))
        if not old:
            known = ", ".join(str(known.id) for known in snapshot.runs[layer][:10])
            raise UnknownName(f"Run {run} published nothing of the layer “{layer}”. Its latest runs are {known}.")
        return old

    def block(self, key: Key) -> Block:
        """The features of a version; reads the database the first time, so call it from a worker thread."""
        return self._blocks.make(key, lambda: self._read_block(key))

    def columns(self, key: Key) -> pl.DataFrame:
        """The properties of a version's features as columns; as `block`, for a worker thread."""
        return self._columns.make(key, lambda: columns(self.block(key)))

    def _fresh(self) -> bool:
        return self._looked_at is not None and self._clock() - self._looked_at < LIFETIME

    def _look(self) -> None:
        """Look at the versions; while one thread does, the others keep what was seen last, unless nothing was."""
        if not self._lock.acquire(blocking=self._looked_at is None):
            return
        try:
            if not self._fresh():
                now = self._clock()
                self._refresh()
                self._looked_at = now
        finally:
            self._lock.release()

    def _refresh(self) -> None:
        known = [version.key for version in self._snapshot.versions()]
        with self._engine.connect() as connection:
            keys = store.current_keys(connection)
            if keys == known:
                return
            versions, runs = store.versions(connection, keys), store.runs(connection)
        layers: dict[str, list[Version]] = {}
        for version in versions:
            layers.setdefault(version.key.layer, []).append(version)
        self._snapshot, self._old = Snapshot(layers, runs), self._no_old_runs()

    def _of_run(self, layer: str, run: int) -> Sequence[Version]:
        with self._engine.connect() as connection:
            return store.versions_of_run(connection, layer, run)

    def _read_block(self, key: Key) -> Block:
        with self._engine.connect() as connection:
            return Block(store.features(connection, key), self._folder, partial(self._indexes.make, key))

    @staticmethod
    def _no_old_runs() -> ByteCache[tuple[str, int], Sequence[Version]]:
        """Old versions are found by run number alone, so what is remembered of them ends with every new snapshot."""
        return ByteCache(OLD_RUNS, lambda _: 1)


def weight(block: Block) -> int:
    """What a block takes of DISK_BYTES: in memory as much more as memory is scarcer, on the disk no less than its share
    of the files that may be open.
    """
    if not block.on_disk:
        return block.size * (DISK_BYTES // MEMORY_BYTES)
    return max(block.size, DISK_BYTES // MOST_FILES)
