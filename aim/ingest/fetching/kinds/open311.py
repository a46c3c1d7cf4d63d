"""An Open311 GeoReport v2 server, asked window by window.

A server answers with at most 1,000 requests and at most 90 days, and does not say that it left any out. So an answer of
1,000 is taken as cut off, and its window is asked for again in halves.

Whether `start_date` and `end_date` are inclusive is not laid down. Neighbouring windows therefore overlap by a second:
each instant lies strictly inside one of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from pydantic import AwareDatetime, Field

from aim.errors import FetchFailed
from aim.ingest.fetching.kind import Ask, Checkpoint, Kind, KindSettings, Load, Remember, Steps
from aim.ingest.fetching.secrets import PlainUrl

SECOND: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(days=90) - SECOND
"""What is asked for is a second longer, and may span 90 days."""


class Settings(KindSettings):
    """Which server, and how far back."""

    url: PlainUrl = Field(description="The server's address up to the version: https://.../open311/v2.")
    jurisdiction_id: str | None = Field(default=None, description="Where the server serves several.")
    format: Literal["json", "xml"] = Field(default="json", description="Every server speaks xml, most json.")
    since: AwareDatetime | None = Field(
        default=None, description="Where to begin, with its zone; left out: 90 days back."
    )
    overlap_hours: float = Field(
        default=24.0, ge=0, description="Asked for again each time: late and changed requests."
    )
    cut_off: int = Field(default=1000, gt=0, description="An answer of this many requests is taken as cut off.")


@dataclass(frozen=True)
class Window:
    """From an instant up to, not including, another; whole seconds, UTC."""

    since: datetime
    until: datetime

    def halves(self) -> "list[Window]":
        """Two windows that make up this one; none where it is a second long."""
        seconds = (self.until - self.since) // SECOND
        middle = self.since + seconds // 2 * SECOND
        return [Window(self.since, middle), Window(middle, self.until)] if seconds > 1 else []


def windows(since: datetime, until: datetime) -> Iterator[Window]:
    """The time from one instant to another in windows that a server may be asked for."""
    while since < until:
        yield Window(since, min(since + LONGEST, until))
        since += LONGEST


def plan(settings: Settings, checkpoint: Checkpoint, as_of: datetime) -> Steps:
    """Oldest first, so that the checkpoint is always the end of what is loaded without a gap.

    Raises FetchFailed at a second that holds more requests than the server gives.
    """
    pending = [*windows(_start(settings, checkpoint, as_of), _whole(as_of) + SECOND)][::-1]
    while pending:
        window = pending.pop()
        answer = yield _ask(settings, window)
        reached: Checkpoint = {"until": window.until.isoformat()}
        if answer.rows >= settings.cut_off:
            pending += (window.halves() or _too_many(settings, window, answer.rows))[::-1]
        elif answer.rows:
            yield Load(answer.payload.path, _name(settings, window), reached)
        else:
            yield Remember(reached)


def _start(settings: Settings, checkpoint: Checkpoint, as_of: datetime) -> datetime:
    """The whole overlap and two seconds: the last window's end was rounded up, and the bound itself may be left out."""
    if "until" in checkpoint:
        overlap = timedelta(hours=settings.overlap_hours) + 2 * SECOND
        return _whole(datetime.fromisoformat(checkpoint["until"]) - overlap)
    return _whole(settings.since or as_of - LONGEST) - SECOND


def _whole(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _too_many(settings: Settings, window: Window, rows: int) -> list[Window]:
    raise FetchFailed(
        f"{settings.url} gives {rows:,} requests for the one second from {window.since:%Y-%m-%dT%H:%M:%SZ}: more may "
        "be cut off, and no shorter time can be asked for. What lies before is loaded; ask the council for a bulk file."
    )


def _name(settings: Settings, window: Window) -> str:
    return f"{window.since:%Y%m%dT%H%M%SZ}-{window.until:%Y%m%dT%H%M%SZ}.{settings.format}"


def _ask(settings: Settings, window: Window) -> Ask:
    query = {
        "start_date": f"{window.since:%Y-%m-%dT%H:%M:%SZ}",
        "end_date": f"{window.until + SECOND:%Y-%m-%dT%H:%M:%SZ}",
    }
    if settings.jurisdiction_id is not None:
        query["jurisdiction_id"] = settings.jurisdiction_id
    url = f"{settings.url.rstrip('/')}/requests.{settings.format}?{urlencode(query)}"
    return Ask(url, _name(settings, window), counted=True)


KIND = Kind("open311", "An Open311 GeoReport v2 server", Settings, plan)
