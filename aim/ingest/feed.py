"""The contract of a feed. One file in `feeds/` is one feed; `docs/how-to/add-a-feed.md` walks through one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import polars as pl

from aim.ingest.limits import Limits
from aim.ingest.source import Payload
from aim.vocabulary.categories import Words
from aim.vocabulary.nim import Agency, Marking

NOTE_END: Final = "\x1e"
"""Between the notes of a row."""
KEPT_MONTHS: Final = 36
"""How long rows are kept unless a feed's agreement says otherwise: as long as police.uk keeps its own."""


class Delivery(StrEnum):
    """What it means when a row is absent from a file.

    A snapshot holds all of its scope (police.uk: one force and month): what is absent is gone.
    An incremental delivery holds some rows: what is absent stays.
    """

    SNAPSHOT = "snapshot"
    INCREMENTAL = "incremental"


@dataclass(frozen=True)
class Rows:
    """A block of a file as its publisher wrote it.

    `frame` holds strings, null where the source has nothing, and `line` (Int64); `broken` the rows that have no
    columns to speak of (line, reason, detail, raw); `notes` what was odd about the block, for the report.
    """

    frame: pl.DataFrame
    broken: pl.DataFrame
    notes: tuple[str, ...] = ()


BROKEN_SCHEMA: dict[str, pl.DataType] = {
    "line": pl.Int64(),
    "reason": pl.String(),
    "detail": pl.String(),
    "raw": pl.String(),
}


def no_broken() -> pl.DataFrame:
    """An empty `Rows.broken`."""
    return pl.DataFrame(schema=BROKEN_SCHEMA)


@dataclass(frozen=True)
class Feed:
    """A feed: what it is, whose it is, and the two pure functions that read it.

    `read` turns bytes into strings and says nothing about meaning; `normalise` turns those strings into the columns
    of `aim.incident.NORMAL_FORM`, a `reason` on each row that cannot be taken. A `detail` on a good row holds notes
    that the report counts, `NOTE_END` between them. Neither touches the network, the database or the clock.
    """

    name: str
    title: str
    agency: Agency
    publisher: str
    licence: str
    attribution: str
    delivery: Delivery
    words: Words
    """What this feed says, and the partnership's categories it means."""
    recognises: Callable[[bytes], bool]
    """Whether the first 64 KB of a file look like this feed."""
    read: Callable[[Payload], Iterator[Rows]]
    normalise: Callable[[pl.DataFrame], pl.DataFrame]
    columns: tuple[str, ...]
    """The columns it needs, for `aim feeds describe`."""
    location_note: str
    """Where its points come from and how far off they may be, with the reason for the figure."""
    open: bool = False
    """Openly licensed: needs no information-sharing agreement."""
    marking: Marking = Marking.OFFICIAL
    personal: tuple[str, ...] = ()
    """Columns that may name a person. They are dropped while the file is read, and the report says which."""
    limits: Limits = field(default=Limits())
    retention_months: int = KEPT_MONTHS
    profile: str | None = None
    """The TOML of a feed that is described, not programmed; it is stored for a feed that an administrator added."""
