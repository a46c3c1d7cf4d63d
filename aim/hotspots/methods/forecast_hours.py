"""Hours of the forecast: when in the next seven days is what is expected to be expected?

    share of an hour = (aoristic weight of that hour of the week + 50/168) / (incidents + 50),
                       then the mean of it and of the hours before and after it, round the week's end

from the incidents of the area whose time of day is known and that nobody found by looking for them. Fifty incidents'
worth of "any hour" are mixed in, so that a few incidents do not make a peak. The share of a shift is the sum of its
hours; a cell's expected number times it is what to expect there in that shift. Hours are those of London's clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from aim.hotspots.facts import Facts
from aim.hotspots.forecasting.hours import (
    BORROWED,
    HOURS,
    hour_profile,
    shift_of_hour,
    split_by_hour,
    split_by_shift,
)
from aim.hotspots.forecasting.incidents import DAY
from aim.hotspots.grid import Floats
from aim.hotspots.method import AreaMethod, Lacking, Table
from aim.hotspots.methods import aoristic

HORIZON: Final = 7
SHIFTS: Final = (6, 14, 22)
"""When shifts begin: early, late and night. A force with others splits the hours of the table by its own."""
NAMES: Final = tuple(
    f"{begins:02}:00-{ends:02}:00" for begins, ends in zip(SHIFTS, (*SHIFTS[1:], SHIFTS[0]), strict=True)
)
FEWEST: Final = 30
"""Incidents with a known time of day, with fewer of which shares of shifts would be luck."""


@dataclass(frozen=True, eq=False)
class Week:
    """`share` is float64[7, 24], of each hour of the days from `facts.until` on, summing to 1."""

    share: Floats
    by_shift: Mapping[str, float]
    incidents: int


def week(facts: Facts) -> Week | Lacking:
    """The hours of the next seven days, or why they cannot be told."""
    if facts.events is None or facts.until is None:
        return Lacking("The hours of a forecast need the times of single incidents, and the day it begins on.")
    events = facts.events.where(~facts.events.enforcement_driven & (facts.events.day < facts.until))
    found = aoristic.table(replace(facts, events=events))
    if isinstance(found, Lacking):
        return found
    incidents = int(found.figures["incidents"])
    if incidents < FEWEST:
        return Lacking(
            f"Only {incidents} incidents have a known time of day: {FEWEST} are the fewest to tell hours by."
        )
    profile = hour_profile(found.columns["weight"], np.ones(HOURS))
    share = split_by_hour(profile, facts.until - DAY, HORIZON)
    by_shift = split_by_shift(np.ones(1), share, SHIFTS).sum(axis=(0, 1))
    named = {f"shift_{name}": round(float(part), 4) for name, part in zip(NAMES, by_shift, strict=True)}
    return Week(share, named, incidents)


def table(facts: Facts) -> Table | Lacking:
    """The 168 hours from `facts.until` on: day, hour, shift and share; the shares of the shifts as figures."""
    found = week(facts)
    if isinstance(found, Lacking):
        return found
    assert facts.until is not None  # noqa: S101  # `week` asked
    dates = facts.until.astype("datetime64[D]") + np.arange(HORIZON)
    columns = {
        "day": np.repeat(np.array(aoristic.WEEKDAYS)[(dates.astype(np.int64) + 3) % 7], 24),  # 1970 began on a Thursday
        "hour": np.tile(np.arange(24), HORIZON),
        "shift": np.tile(np.array(NAMES)[shift_of_hour(SHIFTS)], HORIZON),
        "share": found.share.ravel(),
    }
    chosen = {"borrowed": BORROWED, "shifts": ", ".join(NAMES), "zone": "Europe/London"}
    return Table(columns, {"incidents": found.incidents, **found.by_shift}, chosen)


METHOD = AreaMethod(
    name="forecast_hours",
    title="Hours and shifts of the forecast",
    citation=(
        "Ratcliffe, J. H. (2000). Aoristic analysis: the spatial interpretation of unspecific temporal events. "
        "International Journal of Geographical Information Science 14, 669-679."
    ),
    formula=(
        "Share of an hour of the week = (aoristic weight of the hour + 50/168) / (incidents + 50), smoothed by an hour "
        "either way; share of a shift = the sum of its hours. Expected in a cell and shift = expected in the cell "
        "times the share of the shift."
    ),
    avoid=(
        "For feeds that know days or months only: nothing is told then. For a cell whose hours differ from the area's: "
        "look at its own peak times. On the two nights a year when clocks change."
    ),
    defaults={
        "days": HORIZON,
        "shifts": ", ".join(NAMES),
        "borrowed": f"{BORROWED:.0f} incidents of any hour",
        "fewest": f"{FEWEST} incidents with a known time of day",
        "zone": "Europe/London",
    },
    table=table,
)
