"""What is published, by who asks; the features themselves are held once, whoever reads them."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
from sqlalchemy import Engine

from aim.access.principal import Access, Principal
from aim.api import store
from aim.api.blocks import Block, Index
from aim.api.cache import ByteCache
from aim.api.columns import columns
from aim.api.versions import Key, Version
from aim.api.view import LIFETIME, Snapshot, View
from aim.db.engine import reading
from aim.errors import DatabaseUnavailable, UnknownName
from aim.memory import trim

__all__ = ["LIFETIME", "Catalogue", "Snapshot"]

DISK_BYTES: Final = 4 * 2**30
"""Texts and boundaries on the disk."""

MEMORY_BYTES: Final = 32 * 2**20
"""The same in memory: of versions too small for a file, and of all where the disk takes none."""

MOST_FILES: Final = 512
INDEX_BYTES: Final = 16 * 2**20
COLUMN_BYTES: Final = 32 * 2**20
VIEWS: Final = 256
"""Accesses whose snapshot is kept: those of a partnership are a few dozen, and the one used longest ago goes first."""


class Catalogue:
    """Answers which versions a request reads, and brings their features into memory once.

    The database decides what an access sees. A version's key names the edition too, so whoever holds a key was shown
    it, and its features are shared. `clock` gives seconds that never go back; it is an argument so that a test need not
    wait.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic, folder: Path | None = None) -> None:
        """`folder`: where texts of versions may lie; None: in memory only."""
        self._engine = engine
        self._folder = folder
        self._clock = clock
        self._views: ByteCache[Access, View] = ByteCache(VIEWS, lambda _: 1)
        self._blocks: ByteCache[Key, Block] = ByteCache(DISK_BYTES, weight)
        self._indexes: ByteCache[Key, Index] = ByteCache(INDEX_BYTES, lambda index: index.size)
        self._columns: ByteCache[Key, pl.DataFrame] = ByteCache(COLUMN_BYTES, lambda frame: int(frame.estimated_size()))

    async def snapshot(self, principal: Principal) -> Snapshot:
        """The current versions that they may see, at most LIFETIME seconds old."""
        return await self._view(principal.access).current(principal)

    def look(self, principal: Principal) -> Snapshot:
        """As `snapshot`, for a worker thread."""
        view = self._view(principal.access)
        if not view.fresh():
            view.look(principal)
        return view.snapshot

    def at_hand(self, principal: Principal) -> Snapshot | None:
        """As `snapshot`, for the event loop, which must not wait; None: nobody with this access has looked lately."""
        return self._view(principal.access).at_hand(principal)

    async def versions(self, principal: Principal, layer: str, run: int | None) -> Sequence[Version]:
        """The versions of a layer, ordered by area: the current ones, or those of one run. Raises UnknownName."""
        snapshot = await self.snapshot(principal)
        current = snapshot.layer(layer)
        if run is None:
            return current
        old = await self._view(principal.access).old(principal, layer, run)
        if not old:
            known = ", ".join(str(known.id) for known in snapshot.runs[layer][:10])
            raise UnknownName(f"Run {run} published nothing of the layer “{layer}”. Its latest runs are {known}.")
        return old

    def block(self, principal: Principal, key: Key) -> Block:
        """The features of a version; reads the database the first time, so call it from a worker thread.

        Raises DatabaseUnavailable where the credential has lost its rights meanwhile: what it no longer sees must not
        stand as an empty layer for all.
        """
        return self._blocks.make(key, lambda: self._read_block(principal, key))

    def columns(self, principal: Principal, key: Key) -> pl.DataFrame:
        """The properties of a version's features as columns; as `block`, for a worker thread."""
        return self._columns.make(key, lambda: self._read_columns(principal, key))

    def _view(self, access: Access) -> View:
        return self._views.make(access, lambda: View(self._engine, self._clock))

    def _read_columns(self, principal: Principal, key: Key) -> pl.DataFrame:
        frame = columns(self.block(principal, key))
        trim()
        return frame

    def _read_block(self, principal: Principal, key: Key) -> Block:
        with reading(self._engine, principal.credential) as connection:
            block = Block(store.features(connection, key), self._folder, partial(self._indexes.make, key))
            if not len(block) and not store.versions(connection, [key], key.edition):
                raise DatabaseUnavailable(f"What may be seen of {key.layer} has just changed: ask again.")
        trim()
        return block


def weight(block: Block) -> int:
    """What a block takes of DISK_BYTES: in memory as much more as memory is scarcer, on the disk no less than its share
    of the files that may be open.
    """
    if not block.on_disk:
        return block.size * (DISK_BYTES // MEMORY_BYTES)
    return max(block.size, DISK_BYTES // MOST_FILES)
