"""What a scoring run published: a version of a layer for one area."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from aim.access.roles import Edition
from aim.api.parameters import LOCAL, Interval


def last_day(end: datetime) -> date:
    """The last day in Europe/London of a span that ends before `end`."""
    return (end - timedelta(microseconds=1)).astimezone(LOCAL).date()


def rfc3339(moment: datetime) -> str:
    """A time of UTC as the standards write it, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class Run(NamedTuple):
    """A scoring run that published something; times are UTC, and `as_of` ends what it looked at."""

    id: int
    as_of: datetime
    published_at: datetime


class Key(NamedTuple):
    """Names a version for ever.

    The moment of publication is part of it because a database that is made anew counts its runs from 1 again, and the
    edition because what leaves the partnership says less.
    """

    layer: str
    area: str
    run: int
    published_at: datetime
    edition: Edition = Edition.INSIDE


@dataclass(frozen=True)
class Version:
    """One layer of one area as one run published it; immutable.

    `valid_from` to `valid_to` is the scored window; its end is not part of it.
    """

    key: Key
    resolution: int
    valid_from: datetime
    valid_to: datetime
    description: Mapping[str, Any]

    def meets(self, interval: Interval | None) -> bool:
        """Whether the scored window shares a moment with the interval."""
        if interval is None:
            return True
        begun = interval.end is None or self.valid_from <= interval.end
        return begun and (interval.start is None or interval.start < self.valid_to)
