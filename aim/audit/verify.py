"""`verify`: whether the log is what was written, and if not, which line first and how."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Engine, text

from aim.audit.chain import BEGINNING, Head, Line, lines, one_look
from aim.errors import AuditBroken, UsageError

WITH_DIGEST: Final = text("SELECT min(id) FROM audit_log WHERE digest = :digest")
ALSO_AFTER: Final = text("SELECT min(id) FROM audit_log WHERE previous = :digest AND id > :id")
NONE_YET: Final = Line(0, 0, (), b"", BEGINNING)


class Fault(StrEnum):
    """What was done to the log."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut off"


@dataclass(frozen=True)
class Verified:
    """A log that is whole: how many lines, and the last one. `notes` say what is odd and no fault."""

    lines: int
    head: Head | None
    notes: list[str]


def verify(engine: Engine, written_down: str | None = None) -> Verified:
    """Work every digest out anew, in the order of the chain; a few lines are in memory at a time.

    `written_down` is the digest of a head that was noted before, elsewhere: only it shows that the end was cut off or
    that all was written anew. Raises AuditBroken, and UsageError where it is no digest.
    """
    walk = _Walk(_digest(written_down))
    with one_look(engine) as connection:
        stray = next((line for line in lines(connection) if not walk.goes_on(line)), None)
    if stray:
        with one_look(engine) as connection:
            raise _blame(connection, stray, walk.last)
    if walk.wanted:
        raise _broken(walk.last.id + 1, Fault.CUT_OFF, "No line has the digest that was written down: it was taken "
                      "away with those after it, or the whole log was written anew.")  # fmt: skip
    head = Head(walk.last.id, walk.last.digest.hex()) if walk.last.id else None
    return Verified(walk.last.id, head, walk.notes())


def _digest(written_down: str | None) -> bytes | None:
    if written_down is None:
        return None
    try:
        digest = bytes.fromhex(written_down)
    except ValueError:
        digest = b""
    if len(digest) != len(BEGINNING):
        raise UsageError("A head is 64 figures and letters a to f, as `aim audit head` prints it.")
    return digest


@dataclass
class _Walk:
    """The lines so far. The order is the chain's: a clock that was set back is told and breaks nothing."""

    wanted: bytes | None
    """A digest that is still to be met."""
    last: Line = NONE_YET
    back: int = 0
    first_back: int = 0

    def goes_on(self, line: Line) -> bool:
        """Take a line, unless it does not follow from the last one."""
        if line.id != self.last.id + 1 or line.previous != self.last.digest or not line.whole:
            return False
        if line.at < self.last.at:
            self.back, self.first_back = self.back + 1, self.first_back or line.id
        if line.digest == self.wanted:
            self.wanted = None
        self.last = line
        return True

    def notes(self) -> list[str]:
        if not self.back:
            return []
        times = "once" if self.back == 1 else f"{self.back:,} times"
        return [f"The server's clock went back {times}, first at line {self.first_back:,}; the order is right."]


def _blame(connection: Connection, line: Line, last: Line) -> AuditBroken:
    """What was done before or at `line`, the first that does not follow from `last`."""
    due = last.id + 1
    if line.id < due:
        return _broken(line.id, Fault.INSERTED, "Lines are numbered from 1, each once.")
    if line.id > due:
        return _broken(due, Fault.REMOVED, f"After line {last.id:,} comes line {line.id:,}.")
    if not line.whole:
        true = connection.scalar(ALSO_AFTER, {"digest": last.digest, "id": line.id})
        if true is not None:
            return _broken(due, Fault.INSERTED, f"What followed line {last.id:,} is line {true:,} now.")
        return _broken(due, Fault.CHANGED, "What it says does not give its digest.")
    followed = connection.scalar(WITH_DIGEST, {"digest": line.previous})
    if followed is None:
        return _broken(due, Fault.REMOVED, "The one that it followed was taken out, or another put in its place.")
    if followed > line.id:
        return _broken(due, Fault.REORDERED, f"It followed what is line {followed:,} now.")
    return _broken(followed + 1, Fault.INSERTED, f"Line {line.id:,} followed line {followed:,}.")


def _broken(line: int, fault: Fault, sentence: str) -> AuditBroken:
    advice = "Keep the database as it is, and find out who could change it."
    return AuditBroken(f"The log is broken at line {line:,}, {fault}. {sentence} {advice}", line, fault)
