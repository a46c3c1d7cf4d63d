"""The contract of a kind of source. One file in `kinds/` is one kind.

A kind plans: a generator that says what it wants next (`Ask`, `Keep`, `Load`, `Remember`, `Note`) and is told what came
of it. It touches neither the network, nor the database, nor the clock, so a simulated server is all that a test needs.
`run.py` carries the steps out.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from aim.errors import AimError
from aim.ingest.fetching.raw import Kept
from aim.ingest.source import Payload

Checkpoint = dict[str, Any]
"""How far a source has got, as JSON objects know it. Its keys are the kind's own."""
USUAL_LIMIT: Final = 256 << 20
"""Bytes of an answer, unpacked."""


class KindSettings(BaseModel):
    """What a kind needs to know of a source. A misspelt name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


@dataclass(frozen=True)
class Ask:
    """A request. It is a POST where there is a `form`; `name` is what the payload is called in the raw folder."""

    url: str
    name: str
    form: dict[str, str] | None = None
    expected: frozenset[int] = frozenset()
    """Statuses, beside 200, that mean something to the kind: they are answers, not failures, and not asked again."""
    etag: str | None = None
    last_modified: str | None = None
    """What the server said of the payload that is loaded already: it may answer 304, not modified."""
    limit: int = USUAL_LIMIT
    """Bytes, unpacked; a larger answer is given up."""
    counted: bool = False
    """Whether the kind wants to know how many rows the answer holds."""


@dataclass(frozen=True)
class Answer:
    """What came of a step. `kept` is None where there is no payload: the status says why."""

    status: int = 200
    kept: Kept | None = None
    rows: int = 0

    @property
    def payload(self) -> Kept:
        """The payload of an answer that has one."""
        assert self.kept is not None, f"an answer of status {self.status} has no payload"  # noqa: S101
        return self.kept


@dataclass(frozen=True)
class Keep:
    """A payload that the kind has put together from several, to be kept like one that came."""

    body: bytes
    name: str
    url: str


def everything(_: Payload) -> bool:
    """Every member of an archive is wanted."""
    return True


@dataclass(frozen=True)
class Load:
    """A file to load as the source's feed, and the checkpoint to remember once that is committed.

    `name` is what the load is called in reports: the same for each delivery of the same thing. `wanted` chooses the
    members of an archive. With `refused`, a file that cannot be loaded is handed to it and the run goes on.
    """

    path: Path
    name: str
    checkpoint: Checkpoint | None = None
    wanted: Callable[[Payload], bool] = everything
    loaded: Callable[[], None] = field(default=lambda: None)
    refused: Callable[[AimError], None] | None = None


@dataclass(frozen=True)
class Remember:
    """A checkpoint that follows from no load."""

    checkpoint: Checkpoint


@dataclass(frozen=True)
class Note:
    """A sentence for the operator."""

    sentence: str


Step = Ask | Keep | Load | Remember | Note
Steps = Generator[Step, Answer, None]
S = TypeVar("S", bound=KindSettings)


@dataclass(frozen=True)
class Kind(Generic[S]):
    """A kind of source. `plan` is given the settings, the checkpoint and the time of the run (with a zone)."""

    name: str
    title: str
    settings: type[S]
    plan: Callable[[S, Checkpoint, datetime], Steps]
