"""Rows that could not be split into columns: their text is read again as their file would be."""

import io
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from aim.errors import SourceError
from aim.ingest.feed import Feed, Rows, no_broken
from aim.ingest.quarantine.corrections import Cells
from aim.ingest.source import Payload

BOM: Final = b"\xef\xbb\xbf"
OF_THE_SOURCE: Final = " (of the source)"
"""Follows the name of a column that the program uses for something else."""


@dataclass(frozen=True)
class InMemory(Payload):
    """A file that is only a few lines of text."""

    body: bytes = b""

    @contextmanager
    def open(self) -> Generator[BinaryIO]:
        """The bytes."""
        yield io.BytesIO(self.body)


def header_of(payload: Payload) -> str | None:
    """The first line of a table of text; None of anything else, and of what can be read only once."""
    if not payload.path.is_file():
        return None
    line = payload.head().removeprefix(BOM).partition(b"\n")[0].rstrip(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("cp1252", errors="replace")
    return None if "\0" in text or text.lstrip()[:1] in ("[", "{", "<") else text


def read_again(feed: Feed, file: str, header: str | None, text: str) -> Rows:
    """The rows of a text under the header of its file; no rows where they cannot be read."""
    payload = InMemory(Path(file), file, body=f"{header}\n{text}\n".encode())
    try:
        found = [] if header is None else list(feed.read(payload))
    except SourceError:
        found = []
    return found[0] if len(found) == 1 else Rows(pl.DataFrame(schema={"line": pl.Int64()}), no_broken())


def cells_of_text(feed: Feed, file: str, header: str | None, text: str) -> Cells | None:
    """The one row of a text by its columns; None where it is not one whole row."""
    rows = read_again(feed, file, header, text)
    if rows.frame.height != 1 or not rows.broken.is_empty():
        return None
    return rows.frame.drop("line").row(0, named=True)


def cells_of_file(feed: Feed, file: str, header: str | None) -> Cells | None:
    """What the reader adds to each row of a file (a scope that its name tells). None where it is not known.

    A header that is read as a row tells the file's own columns, each of which then holds its name.
    """
    row = cells_of_text(feed, file, header, header or "")
    if row is None:
        return None
    own = {name: name.removesuffix(OF_THE_SOURCE) for name in row}
    return {name: value for name, value in row.items() if value is not None and value.strip() != own[name]}
