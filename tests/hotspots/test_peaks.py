"""Peak times: a cell's own hours, enough of them or none, and each window tried one by one."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.facts import Events
from aim.hotspots.peaks import CHANCE, DAY_SETS, FEWEST, Window, hours_by_cell, peak_windows, phrase, timed_of
from tests import facts

FRIDAY = datetime(2026, 9, 25, 19, 10)
"""UTC: London's clocks show ten past eight in the evening."""
HERE = np.array([0], dtype=np.int64)


def at(times: Sequence[datetime], minutes: Sequence[int] | int = 0, cell: Sequence[int] | int = 0) -> Events:
    """Incidents of one kind that begin then, each so long."""
    begins = np.array(times, dtype="datetime64[s]")
    blank = facts.events(facts.grid_of(1), len(times))
    return replace(
        blank,
        cell=np.broadcast_to(np.asarray(cell, dtype=np.int64), len(times)),
        begins=begins,
        ends=begins + np.asarray(minutes) * np.timedelta64(60, "s"),
        day=begins.astype("datetime64[D]"),
        time_precision=np.full(len(times), "exact"),
    )


def round_the_week(number: int) -> list[datetime]:
    """Times that no hour of the week has more of than another."""
    return [datetime(2026, 6, 1, 0, 30) + timedelta(hours=168 * each / number) for each in range(number)]


def test_a_busy_night_is_found_with_its_share_in_a_sentence() -> None:
    found = peak_windows(at([FRIDAY] * 15 + round_the_week(22)), HERE)
    (window,) = found[0]
    assert (window.days, window.timed) == ((4,), 37)
    assert 17 <= window.hour <= 20
    assert 15 / 37 <= window.share <= 17 / 37
    assert phrase(found[0]) == f"Most often on {window.label} ({100 * window.share:.0f} % of 37 timed incidents)."
    assert window.label.startswith("Fridays ")


def test_two_nights_are_one_window_and_the_school_run_another() -> None:
    nights = [FRIDAY + timedelta(days=day) for day in (0, 1)] * 12
    school = [datetime(2026, 9, 21 + day, 14, 30) for day in range(5)] * 4
    (windows,) = peak_windows(at(nights + school), HERE)
    assert [window.days for window in windows] == [(4, 5), (0, 1, 2, 3, 4)]
    assert [window.share for window in windows] == pytest.approx([24 / 44, 20 / 44])
    said = phrase(windows)
    assert said.startswith("Most of it on Fridays and Saturdays ")
    assert "(55 % of 44 timed incidents), then on Mondays to Fridays " in said
    assert said.endswith(" (45 %).")


def test_a_window_goes_on_past_midnight_and_past_the_end_of_the_week() -> None:
    sunday = [datetime(2026, 9, 27, 21, 30), datetime(2026, 9, 28, 0, 20)] * 15
    (windows,) = peak_windows(at(sunday), HERE)
    assert windows[0].days == (6,)
    assert windows[0].share == 1
    assert windows[0].label == "Sundays 22:00-02:00"


def test_every_day_at_the_same_hours_is_any_day() -> None:
    (windows,) = peak_windows(at([datetime(2026, 9, day, 15, 30) for day in range(1, 29)]), HERE)
    assert windows[0].days == tuple(range(7))
    assert windows[0].label.startswith("any day ")


def test_hours_are_those_of_londons_clocks_on_the_nights_when_they_change() -> None:
    spring = at([datetime(2026, 3, 29, 0, 59), datetime(2026, 3, 29, 1, 1)] * 10)
    autumn = at([datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)] * 10)
    assert np.flatnonzero(hours_by_cell(spring, HERE)).tolist() == [6 * 24, 6 * 24 + 2]
    assert hours_by_cell(autumn, HERE)[0, 6 * 24 + 1] == 20, "the hour that comes twice"
    (windows,) = peak_windows(autumn, HERE)
    assert windows[0].hour >= 22 or windows[0].hour <= 1


def test_a_small_base_gets_nothing_and_never_its_neighbours_hours() -> None:
    few, many = [FRIDAY] * (FEWEST - 1), [FRIDAY] * 400
    events = at(few + many, cell=[0] * len(few) + [1] * len(many))
    none, windows = peak_windows(events, np.array([0, 1]))
    assert none == ()
    assert windows
    assert phrase(none) == ""
    assert peak_windows(at([FRIDAY] * FEWEST), HERE)[0]


def test_hours_that_are_all_alike_have_no_peak() -> None:
    assert peak_windows(at(round_the_week(500)), HERE) == [()]


def test_chance_seldom_makes_one() -> None:
    random = np.random.default_rng(1)
    begins = [datetime(2026, 6, 1) + timedelta(minutes=int(each)) for each in random.integers(0, 100_800, 60_000)]
    found = peak_windows(at(begins, cell=random.integers(0, 2_000, 60_000).tolist()), np.arange(2_000))
    assert np.mean([bool(windows) for windows in found]) < 2 * CHANCE


@pytest.mark.parametrize("precision", ["day", "month"])
def test_what_is_known_to_the_day_or_month_has_no_peak(precision: str) -> None:
    events = at([FRIDAY] * 60)
    assert peak_windows(replace(events, time_precision=np.full(60, precision)), HERE) == [()]


def test_long_spans_and_what_is_sensitive_or_looked_for_are_left_out() -> None:
    events = at([FRIDAY] * 80, [0] * 20 + [24 * 60 + 1] * 20 + [24 * 60] * 40)
    looked_for = replace(events, enforcement_driven=np.arange(80) >= 60)
    assert np.flatnonzero(timed_of(looked_for)).tolist() == [*range(20), *range(40, 60)]
    sensitive = replace(events, category=np.where(np.arange(80) < 10, "sexual_offences", "burglary"))
    assert np.flatnonzero(timed_of(sensitive)).tolist() == [*range(10, 20), *range(40, 80)]


def test_cells_are_answered_in_the_order_they_are_asked_for_and_none_is_none() -> None:
    events = at([FRIDAY] * 60, cell=[3] * 30 + [5] * 30)
    asked = np.array([5, 2, 3, 5])
    found = peak_windows(events, asked)
    assert [bool(windows) for windows in found] == [True, False, True, True]
    assert peak_windows(events, np.empty(0, dtype=np.int64)) == []
    assert peak_windows(events.where(np.zeros(60, dtype=np.bool_)), asked) == [()] * 4


LONDON = ZoneInfo("Europe/London")
MINUTES = st.integers(0, 300) | st.sampled_from([0, 60, 720, 1441])
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
    lambda time: time.replace(second=0, microsecond=0)
)


@st.composite
def on_sunday_mornings(draw: st.DrawFn) -> datetime:
    """The first hours of Sundays from March to November, among them those in which the clocks change."""
    minutes = draw(st.integers(0, 5)) * 60 + draw(st.sampled_from([0, 30, 59]))
    return datetime(2026, 3, 22) + timedelta(weeks=draw(st.integers(0, 35)), minutes=minutes)


@settings(deadline=None, max_examples=25)
@given(spans=st.lists(st.tuples(MOMENTS | on_sunday_mornings(), MINUTES), min_size=FEWEST, max_size=45))
def test_two_answers_agree(spans: list[tuple[datetime, int]]) -> None:
    times, minutes = zip(*spans, strict=True)
    (found,) = peak_windows(at(times, minutes), HERE)
    week = hours_told_off([span for span in spans if span[1] <= 1440])
    if sum(week) < FEWEST - 1e-9:
        assert found == ()
        return
    best, p = most_likely(week)
    if not found:
        assert p * 384 > CHANCE * (1 - 1e-6)
        return
    window = found[0]
    assert p * 384 <= CHANCE * (1 + 1e-6)
    assert window.timed == round(sum(week))
    assert window.share == pytest.approx(held_by(window, week) / sum(week))
    assert ratio_of(held_by(window, week), 4 * len(window.days), sum(week)) == pytest.approx(best)


def hours_told_off(spans: Sequence[tuple[datetime, int]]) -> list[float]:
    """The 168 hours: each minute of each span looked up on London's clocks."""
    week = [0.0] * 168
    for start, minutes in spans:
        for minute in range(max(1, minutes)):
            local = (start.replace(tzinfo=UTC) + timedelta(minutes=minute)).astimezone(LONDON)
            week[local.weekday() * 24 + local.hour] += 1 / max(1, minutes)
    return week


def held_by(window: Window, week: list[float]) -> float:
    return sum(week[(day * 24 + window.hour + more) % 168] for day in window.days for more in range(4))


def ratio_of(held: float, hours: int, total: float) -> float:
    expected = total * hours / 168
    if held <= expected:
        return 0.0
    rest = total - held
    return held * math.log(held / expected) + (rest * math.log(rest / (total - expected)) if rest > 1e-9 else 0.0)


def most_likely(week: list[float]) -> tuple[float, float]:
    """The highest ratio of all windows, and the binomial tail of the first that has it."""
    total, tried = sum(week), [Window(days, hour, 0.0, 0) for days in DAY_SETS for hour in range(24)]
    ratios = [ratio_of(held_by(window, week), 4 * len(window.days), total) for window in tried]
    first = next(at for at, ratio in enumerate(ratios) if ratio >= max(ratios) - 1e-9)
    n, share, least = round(total), 4 * len(tried[first].days) / 168, math.floor(held_by(tried[first], week) + 1e-6)
    return max(ratios), sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(least, n + 1))
