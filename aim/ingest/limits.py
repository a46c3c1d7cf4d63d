"""What a healthy feed looks like: a floor and a ceiling for each figure, with the reason beside the number."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Limit:
    """The range a figure of a feed is expected in. None: no bound on that side."""

    reason: str
    floor: float | None = None
    ceiling: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value lies in the range; its ends do."""
        return not self.below(value) and (self.ceiling is None or value <= self.ceiling)

    def below(self, value: float) -> bool:
        """Whether a value lies under the floor."""
        return self.floor is not None and value < self.floor


ROWS: Final = Limit(
    "A delivery of less than half, or more than three times, the median of the feed's last deliveries is more often a "
    "fault of the export than a change of the world.",
    floor=0.5,
    ceiling=3.0,
)
AGE_DAYS: Final = Limit("A tasking meeting that looks at last week's picture looks at the wrong one.", ceiling=7)
PLACED: Final = Limit("With over a fifth of the rows nowhere, a map leaves out too much to rank places.", floor=0.8)
MAPPED: Final = Limit("A category that nobody mapped is in no layer; one row in fifty may wait for it.", floor=0.98)


@dataclass(frozen=True)
class Limits:
    """The limits of one feed.

    `rows`: good rows of a load, as a multiple of what is comparable: for a snapshot the median of the unit's other
    periods, or, against the floor, the rows that it replaces; for an incremental delivery the median of the last
    deliveries of about the same length. `age_days`: days from the end of the newest day or month that has rows to now.
    `placed`, `mapped`: shares (0 to 1) of the good rows with a location, and with a category of the partnership's.
    """

    rows: Limit = field(default=ROWS)
    age_days: Limit = field(default=AGE_DAYS)
    placed: Limit = field(default=PLACED)
    mapped: Limit = field(default=MAPPED)
