"""Bytes that are read by place: in memory while they are few, else in a file without a name.

The texts of all versions together are several times the memory that a process should take. A file that was never given
a name is nobody else's to open, and its space is free again when the process ends, however it ends.
"""

import logging
import mmap
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

log: Final = logging.getLogger(__name__)

SMALL: Final = 2**18
"""Bytes that stay in memory: a file for them would cost more than it saves. More are written in parts of this size."""

AROUND: Final = 2**16
"""Bytes that the system brings in around one that is looked at."""
HELD: Final = 2**20
"""Bytes of a mapped file that may count as this process's memory."""


def spool_folder(home: Path) -> Path:
    """`home` where this process may write into it: it lies on a disk, and the system's own folder may be memory."""
    return home if os.access(home, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


class Spool:
    """Written once, from the start to the end, then read by many threads at once."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` must be there and writable; None: memory alone, where no disk is worth its while."""
        self._folder = folder
        self._memory = bytearray()
        self._written = 0
        self._file: int | None = None
        self._close: Callable[[], object] = lambda: None
        self._mapped: mmap.mmap | None = None
        """The file as memory, once it is whole: a piece of it costs no call to the system, at each of which the thread
        would have to wait for its turn again."""
        self._looked_at = 0

    @property
    def size(self) -> int:
        return self._written + len(self._memory)

    @property
    def on_disk(self) -> bool:
        return self._file is not None

    def write(self, part: bytes) -> None:
        """Add bytes at the end."""
        self._memory += part
        if len(self._memory) >= SMALL:
            self._flush()

    def finish(self) -> None:
        """Nothing more will be written."""
        if self._file is not None:
            self._flush()
        if self._file is not None:
            self._mapped = mmap.mmap(self._file, self._written, access=mmap.ACCESS_READ)

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to before `end`."""
        if self._file is None:
            return bytes(self._memory[start:end])
        return os.pread(self._file, end - start, start) if self._mapped is None else self._mapped[start:end]

    def cut(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> list[bytes]:
        """Pieces in the order asked for."""
        bounds, mapped = zip(starts.tolist(), ends.tolist(), strict=True), self._mapped
        if mapped is None:
            return [self.read(start, end) for start, end in bounds]
        pieces = [mapped[start:end] for start, end in bounds]
        self._looked_at += len(pieces) * AROUND
        if self._looked_at > HELD:
            self._let_go(mapped)
        return pieces

    def _let_go(self, mapped: mmap.mmap) -> None:
        """Give pages back that were looked at; the system keeps them at hand, and they no longer count as ours."""
        self._looked_at = 0
        mapped.madvise(mmap.MADV_DONTNEED)

    def _flush(self) -> None:
        """To the disk; where it takes no more, all goes back into memory: slower for others, but no request fails."""
        if self._folder is None:
            return
        try:
            self._to_disk(self._folder)
        except OSError as error:
            log.warning("%s takes no more (%s): texts of layers stay in memory.", self._folder, error.strerror)
            self._back_to_memory()

    def _to_disk(self, folder: Path) -> None:
        if self._file is None:
            with tempfile.TemporaryFile(dir=folder) as file:
                self._file = os.dup(file.fileno())
            self._close = finalize(self, os.close, self._file)
        with memoryview(self._memory) as rest:
            done = 0
            while done < len(rest):
                done += os.pwrite(self._file, rest[done:], self._written + done)
        self._written += len(self._memory)
        self._memory.clear()

    def _back_to_memory(self) -> None:
        if self._written:
            self._memory[:0] = self.read(0, self._written)
        self._close()
        self._file, self._folder, self._written = None, None, 0
