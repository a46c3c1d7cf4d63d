"""A folder that appears whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from aim.errors import UsageError


@contextmanager
def whole_folder(out: Path) -> Generator[Path]:
    """A folder beside `out` to write into, which takes its name once the block has ended well.

    Until then `out` does not exist; after an error, a full disk or an interrupt nothing is left. A killed process
    leaves a folder called .NAME.incomplete-*. Only its owner may enter it. Raises UsageError where `out` exists.
    """
    check_free(out)
    unready = Path(tempfile.mkdtemp(prefix=f".{out.name}.incomplete-", dir=out.parent))
    try:
        yield unready
        for path in (*unready.iterdir(), unready):
            _to_disk(path)
        check_free(out)
        unready.rename(out)
    finally:
        shutil.rmtree(unready, ignore_errors=True)  # it is gone where it has taken its name
    _to_disk(out.parent)


def check_free(out: Path) -> None:
    """Raise UsageError where `out` cannot be a new folder: what was disclosed is never written over."""
    if os.path.lexists(out):
        raise UsageError(f"{out} is there already, and a disclosure is not written over: choose another folder.")
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent} is no folder: make it first, or choose another place.")


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
