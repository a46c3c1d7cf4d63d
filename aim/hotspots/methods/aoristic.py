"""Aoristic analysis: at which hours of the week, when nobody knows the moment?

An incident between two times counts one in all, spread over the hours of the week in proportion to how much of it
lies in each (Ratcliffe 2000). Where there is no end, an end no later than a minute after the start or one before it,
all falls into the hour of the start; a span of a week or more is spread evenly. Spans are cut at whole hours of
UTC and counted under the hour that London's clocks show: on the day of 25 hours the hour from one to two counts twice,
on the day of 23 hours not at all.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.facts import Bools, Events, Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import AreaMethod, Column, Lacking, Table

LONDON: Final = ZoneInfo("Europe/London")
HOURS: Final = 168
HOUR: Final = 3600
MINUTE: Final = 60
LONG: Final = 24 * HOUR
MOST_LONG: Final = 0.3
"""Share of spans above a day beyond which these are left out: they say nothing of the hour and drown those that do."""
CHUNK: Final = 200_000
"""Incidents spread at a time: at most 169 hours each."""
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Seconds = NDArray[np.int64]
Times = NDArray[np.datetime64]


class Pieces(NamedTuple):
    """Hours that spans touch: `owner` is the position of the span, `hour` that of the week, `weight` its share."""

    owner: NDArray[np.int64]
    hour: NDArray[np.int64]
    weight: Floats


def hours_of_week(begins: Times, ends: Times, zone: ZoneInfo = LONDON) -> Floats:
    """float64[168], Monday 00h first: the weights of m incidents between two times (UTC; NaT for no end), m in sum."""
    even = _seconds(begins, ends) >= HOURS * HOUR
    total = np.full(HOURS, even.sum() / HOURS)
    for _, hour, weight in pieces(begins[~even], ends[~even], zone):
        total += np.bincount(hour, weights=weight, minlength=HOURS)
    return total


def pieces(begins: Times, ends: Times, zone: ZoneInfo = LONDON) -> Iterator[Pieces]:
    """The spans of less than a week cut into the hours they touch, `CHUNK` incidents at a time."""
    start, length = begins.astype("datetime64[s]").astype(np.int64), _seconds(begins, ends)
    length = np.where(length <= MINUTE, 1, length)  # a second: it lies in the hour of the start
    for at in range(0, len(start), CHUNK):
        owner, hour, weight = _cut(start[at : at + CHUNK], length[at : at + CHUNK], zone)
        yield Pieces(at + owner, hour, weight)


def _seconds(begins: Times, ends: Times) -> Seconds:
    """How long each lasts, 0 where there is no end."""
    seconds = (ends - begins).astype("timedelta64[s]").astype(np.int64)
    return np.where(np.isnat(ends), 0, seconds)


def _cut(start: Seconds, length: Seconds, zone: ZoneInfo) -> Pieces:
    """Each piece is weighted by its share of the span."""
    first, last = start // HOUR, (start + length - 1) // HOUR
    number = last - first + 1
    owner = np.repeat(np.arange(len(start)), number)
    hour = first[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)
    inside = np.minimum((hour + 1) * HOUR, (start + length)[owner]) - np.maximum(hour * HOUR, start[owner])
    distinct, at = np.unique(hour, return_inverse=True)
    shown = np.array([_hour_shown(int(one), zone) for one in distinct], dtype=np.int64)
    return Pieces(owner, shown[at], inside / length[owner])


def _hour_shown(hour: int, zone: ZoneInfo) -> int:
    """The hour of the week that clocks show in an hour of UTC since 1970."""
    local = datetime.fromtimestamp(hour * HOUR, UTC).astimezone(zone)
    return local.weekday() * 24 + local.hour


def profile(weights: Floats) -> dict[str, Column]:
    """The 168 weights as columns: `day`, `hour`, `weight`."""
    days = np.repeat(np.array(WEEKDAYS), 24)
    return {"day": days, "hour": np.tile(np.arange(24), 7), "weight": weights}


def table(facts: Facts) -> Table | Lacking:
    """The 168 hours of the incidents whose time is known, and the shares of those that had to be left out."""
    if facts.events is None:
        return Lacking("The hours of the week need the times of single incidents.")
    known = facts.events.where(facts.events.has_hour)
    if not len(known):
        return Lacking("No incident has a known time of day: the hours of the week cannot be told.")
    unknown = 1 - len(known) / len(facts.events)
    kept, long = _without_long(known)
    figures = {"incidents": len(kept), "unknown_time_share": unknown, "over_a_day_share": long}
    weights = hours_of_week(kept.begins, kept.ends)
    return Table(profile(weights), figures, {"zone": "Europe/London", "long_spans": _said(long)})


def _without_long(known: Events) -> tuple[Events, float]:
    """The incidents, and the share that spans more than a day; left out where that share is large."""
    long = too_long(known)
    share = float(long.mean())
    return (known.where(~long) if MOST_LONG < share < 1 else known), share


def too_long(events: Events) -> Bools:
    """Whether each spans more than a day, and so says little of the hour."""
    return _seconds(events.begins, events.ends) > LONG


def _said(long: float) -> str:
    return "left out" if MOST_LONG < long < 1 else "counted"


METHOD = AreaMethod(
    name="aoristic",
    title="Hours of the week (aoristic)",
    citation=(
        "Ratcliffe, J. H. (2000). Aoristic analysis: the spatial interpretation of unspecific temporal events. "
        "International Journal of Geographical Information Science 14, 669-679."
    ),
    formula=(
        "Each incident counts one, spread over the 168 hours of the week in proportion to how much of the time between "
        "its earliest and latest moment lies in each. Hours are those of London's clocks."
    ),
    avoid=(
        "For incidents known by their day or month only: they are left out, and their share is told. Where most spans "
        "are long: a flat profile then shows ignorance. For single cells with a handful of incidents: take the area's."
    ),
    defaults={"zone": "Europe/London", "spans over a day": "left out where they are more than 30 %"},
    table=table,
)
