"""Series and shifts, on made-up facts."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.hotspots.by_shift import by_shift
from aim.hotspots.facts import Events
from aim.hotspots.methods.aoristic import LONDON
from aim.hotspots.peaks import timed_of
from aim.hotspots.series import live_series
from aim.vocabulary.dosage import dosage
from aim.vocabulary.nim import TacticalOption
from aim.vocabulary.shifts import Shift, shifts
from tests.facts import UNTIL, events, whole

FACTS = whole()
EVENTS = events(FACTS.grid)
SHIFTS = tuple(shifts().values())


def moved(chain: list[int], days: list[int], apart: float = 150.0) -> Events:
    """The facts' incidents, of which some are a chain: `apart` metres from one to the next, so many days ago."""
    x, y, day = EVENTS.x.copy(), EVENTS.y.copy(), EVENTS.day.copy()
    x[chain] = 600_000 + apart * np.arange(len(chain))
    y[chain] = 500_000
    day[chain] = UNTIL - np.array(days)
    agency = np.where(np.isin(np.arange(len(EVENTS)), chain), "police", EVENTS.agency)
    kind = np.where(np.isin(np.arange(len(EVENTS)), chain), "robbery", EVENTS.category)
    return replace(EVENTS, x=x, y=y, day=day, agency=agency, category=kind)


FAR = list(range(20, 60))
"""More incidents of the kind, each by itself, so that the chain is more than chance."""


def spread(made: Events) -> Events:
    x, y, day, kind = made.x.copy(), made.y.copy(), made.day.copy(), made.category.copy()
    x[FAR], y[FAR] = 700_000 + 5_000.0 * np.arange(len(FAR)), 500_000
    day[FAR] = UNTIL - np.linspace(1, 360, len(FAR)).astype(np.int64)
    kind[FAR] = "robbery"
    return replace(made, x=x, y=y, day=day, category=kind)


def test_a_live_chain_of_four_is_a_series() -> None:
    [found] = live_series(spread(moved([0, 1, 2, 3], [40, 30, 20, 10])), UNTIL, 1)
    assert (sorted(found.members.tolist()), found.category) == ([0, 1, 2, 3], "robbery")
    assert found.p <= 0.05


@pytest.mark.parametrize(
    ("chain", "days", "apart"),
    [
        ([0, 1, 2], [30, 20, 10], 150.0),
        ([0, 1, 2, 3], [70, 60, 50, 40], 150.0),
        ([0, 1, 2, 3], [55, 40, 25, 10], 150.0),
        ([0, 1, 2, 3], [40, 30, 20, 10], 250.0),
    ],
    ids=["three", "over for 40 days", "15 days apart", "250 m apart"],
)
def test_what_is_short_over_or_far_apart_is_none(chain: list[int], days: list[int], apart: float) -> None:
    assert live_series(spread(moved(chain, days, apart)), UNTIL, 1) == []


def test_an_incident_that_may_not_single_out_a_place_is_in_no_series() -> None:
    made = spread(moved([0, 1, 2, 3], [40, 30, 20, 10]))
    driven = made.enforcement_driven.copy()
    driven[1] = True
    assert live_series(replace(made, enforcement_driven=driven), UNTIL, 1) == []


def minute_by_minute(timed: Events) -> dict[tuple[int, str], float]:
    """What each cell has in each shift, counted in plain loops by London's clocks."""
    owner = {hour: shift.id for shift in SHIFTS for hour in shift.hours}
    total: dict[tuple[int, str], float] = defaultdict(float)
    for cell, begins, ends in zip(timed.cell.tolist(), timed.begins.tolist(), timed.ends.tolist(), strict=True):
        minutes = max(1, (ends - begins) // timedelta(minutes=1))
        for minute in range(minutes):
            local = (begins + timedelta(minutes=minute)).replace(tzinfo=UTC).astimezone(LONDON)
            total[cell, owner[local.hour]] += 1 / minutes
    return total


def test_each_incident_counts_one_over_all_shifts_as_loops_count_it() -> None:
    timed = EVENTS.where(timed_of(EVENTS) & (np.arange(len(EVENTS)) < 150))
    whole_minutes = {
        name: getattr(timed, name).astype("datetime64[m]").astype("datetime64[s]") for name in ("begins", "ends")
    }
    timed = replace(timed, **whole_minutes)
    found, looped = by_shift(timed, len(FACTS.grid), SHIFTS), minute_by_minute(timed)
    assert found.sum() == pytest.approx(len(timed))
    for at, shift in enumerate(SHIFTS):
        assert found[:, at].tolist() == pytest.approx([looped[cell, shift.id] for cell in range(len(FACTS.grid))])


@given(st.integers(0, 23), st.integers(0, 23))
def test_a_shift_holds_its_hours_past_midnight_too(begins: int, ends: int) -> None:
    hours = Shift("x", "X", begins, ends).hours
    assert hours[0] == begins
    assert (hours[-1] + 1) % 24 == ends
    assert len(set(hours)) == len(hours)


def test_shifts_cut_the_day() -> None:
    assert sorted(hour for shift in SHIFTS for hour in shift.hours) == list(range(24))
    assert shifts()["night"].label == "Night shift, 23:00 to 07:00"


@pytest.mark.parametrize(("confidence", "visits"), [("99 %", 3), ("95 %", 2), ("90 %", 1), (None, 1)])
def test_the_surer_the_hot_spot_the_more_visits(confidence: str | None, visits: int) -> None:
    found = dosage(TacticalOption.MANAGE_HOTSPOTS, confidence)
    assert found is not None
    assert (found.visits, found.minutes) == (visits, 15)
    assert found.sentence.startswith(f"{visits} visit")
    assert dosage(TacticalOption.TARGET_OFFENDERS, confidence) is None
