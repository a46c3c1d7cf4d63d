"""Bytes that are read by place: in memory while they are few, else in a file without a name.

The texts of all versions together are several times the memory that a process should take. A file that was never given
a name is nobody else's to open, and its space is free again when the process ends, however it ends.
"""

import logging
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

log: Final = logging.getLogger(__name__)

SMALL: Final = 2**18
"""Bytes that stay in memory: a file for them would cost more than it saves. More are written in parts of this size."""

GAP: Final = 8_192
"""Bytes between two pieces that are read and thrown away, because another call to the system would take longer."""


def spool_folder(home: Path) -> Path:
    """`home` where this process may write into it: it lies on a disk, and the system's own folder may be memory."""
    return home if os.access(home, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


class Spool:
    """Written once, from the start to the end, then read by many threads at once."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` must be there and writable; None: memory alone, where no disk is worth its while."""
        self._folder = folder
        self._memory = bytearray()
        self._file: BinaryIO | None = None
        self.size = 0

    @property
    def on_disk(self) -> bool:
        return self._file is not None

    def write(self, part: bytes) -> int:
        """Add bytes; gives the place where they end."""
        self._memory += part
        self.size += len(part)
        if len(self._memory) >= SMALL:
            self._flush()
        return self.size

    def finish(self) -> None:
        """Nothing more will be written."""
        if self._file is not None:
            self._flush()

    def read(self, start: int, end: int) -> bytes:
        if self._file is None:
            return bytes(self._memory[start:end])
        found = os.pread(self._file.fileno(), end - start, start)
        while len(found) < end - start:  # a signal may cut a read short
            found += os.pread(self._file.fileno(), end - start - len(found), start + len(found))
        return found

    def cut(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[bytes]:
        """Pieces in the order asked for; what lies close together is read at once."""
        pieces = [b""] * len(starts)
        order = np.argsort(starts, kind="stable")
        for run in _runs(starts[order], ends[order]):
            places = order[run]
            base = int(starts[places[0]])
            text = self.read(base, int(ends[places[-1]]))
            bounds = zip(places.tolist(), (starts[places] - base).tolist(), (ends[places] - base).tolist(), strict=True)
            for place, start, end in bounds:
                pieces[place] = text[start:end]
        return pieces

    def _flush(self) -> None:
        """To the disk; where it takes no more, all goes back into memory: slower for others, but no request fails."""
        if self._folder is None:
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115  # open as long as this
            with memoryview(self._memory) as rest:
                _write_all(self._file, rest)
            self._memory.clear()
        except OSError as error:
            log.warning("%s takes no more (%s): texts of layers stay in memory.", self._folder, error.strerror)
            self._back_to_memory()

    def _back_to_memory(self) -> None:
        if self._file is not None:
            written = self.size - len(self._memory)
            self._memory[:0] = self.read(0, written)
            self._file.close()
        self._file = self._folder = None


def _write_all(file: BinaryIO, rest: memoryview) -> None:
    start = file.tell()
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        file.seek(start)  # what is in memory still counts, so a part of it that was written does not
        raise


def _runs(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[slice]:
    """The slices of sorted pieces between which no gap is wide."""
    if len(starts):
        breaks = np.flatnonzero(starts[1:] > ends[:-1] + GAP) + 1
        edges = [0, *breaks.tolist(), len(starts)]
        yield from map(slice, edges[:-1], edges[1:])
