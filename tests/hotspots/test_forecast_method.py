"""The forecast as a method: the same numbers, nothing that was looked for, hours only where hours are known."""

from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from aim.hotspots.facts import Events, Facts
from aim.hotspots.forecasting.forecast import TIMESCALES, forecast
from aim.hotspots.forecasting.incidents import DAY, Incidents
from aim.hotspots.method import Lacking, Scores, Table
from aim.hotspots.methods import forecast_hours
from aim.hotspots.methods.forecast import METHOD
from tests import facts as made_up
from tests.facts import UNTIL

FRIDAY_22H = np.datetime64("2026-09-25T21:10:00")
"""UTC; London's clocks are an hour ahead."""


def scored(facts: Facts) -> Scores:
    found = METHOD.score(facts)
    assert isinstance(found, Scores), found
    return found


def facts_of(events: Events) -> Facts:
    grid = made_up.grid_of(5)
    return Facts(grid, np.zeros(len(grid)), events=events, until=UNTIL, history=made_up.history(events, len(grid)))


def discovered(events: Events, number: int = 500) -> Events:
    """The same incidents and many in one cell, at one hour, that a patrol found by looking for them."""
    more = _taken(events, np.append(np.arange(len(events)), np.zeros(number, dtype=np.int64)))
    added = np.arange(len(more)) >= len(events)
    night = np.datetime64("2026-09-24T02:00:00")
    return replace(
        more,
        cell=np.where(added, 90, more.cell),
        begins=np.where(added, night, more.begins),
        ends=np.where(added, night, more.ends),
        day=np.where(added, night.astype("datetime64[D]"), more.day),
        time_precision=np.where(added, "exact", more.time_precision),
        enforcement_driven=added,
    )


def _taken(events: Events, at: NDArray[np.int64]) -> Events:
    return Events(**{field.name: getattr(events, field.name)[at] for field in fields(events)})


def test_it_is_the_forecast_as_of_the_eve() -> None:
    whole = made_up.whole()
    assert whole.history is not None
    found, same = scored(whole), forecast(whole.grid, whole.history, UNTIL - DAY, 7)
    assert np.array_equal(found.score, same.expected)
    assert np.array_equal(found.columns["rank"], same.rank)
    assert np.array_equal(found.columns["near"], same.near)
    shares = np.column_stack([found.columns[f"share_{name}"] for name in TIMESCALES])
    assert np.array_equal(shares, same.share)
    said = found.chosen
    assert (said["horizon_days"], said["weights"], said["cut_off"]) == (7, "fitted", "2026-09-30")
    assert (said["origins"], said["incidents"]) == (same.weights.origins, 800)


def test_what_happened_later_is_not_looked_at() -> None:
    events = made_up.events(made_up.grid_of(5))
    before = scored(facts_of(events.where(events.day < UNTIL - 30)))
    later = replace(facts_of(events), until=UNTIL)
    assert not np.array_equal(scored(later).score, before.score)
    early = [replace(each, until=UNTIL - 30) for each in (later, facts_of(events.where(events.day < UNTIL - 30)))]
    assert np.array_equal(scored(early[0]).score, scored(early[1]).score)
    assert scored(early[0]).chosen == scored(early[1]).chosen


def test_what_police_find_by_looking_for_it_never_enters() -> None:
    events = made_up.events(made_up.grid_of(5))
    without, with_ = (scored(facts_of(each)) for each in (events, discovered(events)))
    assert np.array_equal(with_.score, without.score)
    left_out = "enforcement_driven_left_out"
    assert (without.chosen[left_out], with_.chosen[left_out]) == (0, 500)
    assert {**with_.chosen, left_out: 0} == without.chosen, "nor do their hours"
    reported = replace(discovered(events), enforcement_driven=np.zeros(len(events) + 500, dtype=np.bool_))
    assert scored(facts_of(reported)).score.argmax() == 90, "so that this can fail"


def test_few_incidents_have_fixed_weights_and_it_says_so() -> None:
    said = scored(made_up.whole(m=150)).chosen
    assert said["weights"] == "fixed"


@pytest.mark.parametrize("lacks", [{"history": None}, {"until": None}])
def test_without_a_past_or_a_day_there_is_none(lacks: dict[str, None]) -> None:
    found = METHOD.score(replace(made_up.whole(), **lacks))
    assert isinstance(found, Lacking)
    assert "by cell and day, and the day it begins on" in found.why


def test_with_an_empty_past_there_is_none() -> None:
    nothing = np.empty(0, dtype=np.int64)
    empty = Incidents.of(nothing, nothing.astype("datetime64[D]"), 91, enforcement=nothing.astype(np.bool_))
    found = METHOD.score(replace(made_up.whole(), history=empty))
    assert isinstance(found, Lacking)
    assert "Nothing is known of the area on 2026-09-30" in found.why


def test_shifts_share_out_the_week_and_the_hours_of_a_busy_night_stand_out() -> None:
    events = made_up.events(made_up.grid_of(5), 400)
    at = np.where(np.arange(400) < 300, FRIDAY_22H, events.begins)
    busy = replace(events, begins=at, ends=at, time_precision=np.full(400, "exact"))
    found = forecast_hours.METHOD.table(facts_of(busy))
    assert isinstance(found, Table)
    assert found.columns["day"][[0, 24]].tolist() == ["Thursday", "Friday"]
    share = found.columns["share"]
    assert share.sum() == pytest.approx(1)
    top = np.argsort(-share)[:3]
    assert set(found.columns["day"][top].tolist()) == {"Friday"}
    assert sorted(found.columns["hour"][top].tolist()) == [21, 22, 23]
    for name in forecast_hours.NAMES:
        expected = share[found.columns["shift"] == name].sum()
        assert found.figures[f"shift_{name}"] == pytest.approx(expected, abs=1e-4)
    assert scored(facts_of(busy)).chosen["shift_22:00-06:00"] == found.figures["shift_22:00-06:00"]


@pytest.mark.parametrize("precision", ["day", "month"])
def test_where_no_time_of_day_is_known_there_are_no_hours_and_it_says_why(precision: str) -> None:
    events = made_up.events(made_up.grid_of(5))
    found = scored(facts_of(replace(events, time_precision=np.full(len(events), precision))))
    assert "No incident has a known time of day" in str(found.chosen["hours"])
    assert not [name for name in found.chosen if name.startswith("shift_")]


def test_a_handful_of_times_makes_no_shifts() -> None:
    events = made_up.events(made_up.grid_of(5))
    few = replace(events, time_precision=np.where(np.arange(len(events)) < 29, "exact", "day"))
    assert str(scored(facts_of(few)).chosen["hours"]).startswith("Only 29 incidents have a known time of day")
    without = forecast_hours.METHOD.table(replace(facts_of(few), events=None))
    assert isinstance(without, Lacking)
