"""The weights: each step of EM is that of plain loops, and they rest on nothing but the past."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.errors import UsageError
from aim.hotspots.forecasting.state import HALF_LIVES, RINGS, rings, states
from aim.hotspots.forecasting.weights import HORIZONS, Lesson, em_step, eves_before, features, fit, fixed, learn, lesson
from aim.hotspots.grid import to_hex
from tests.hotspots.forecasting import plain
from tests.hotspots.forecasting.town import CUT_OFF, DAY, incidents, patch, two_years

NUMBERS = st.floats(0, 10, allow_subnormal=False).map(lambda x: round(x, 3))


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[list[float]], list[float], list[float]]:
    """Features with a first column of ones, counts of which at least one is positive, and positive weights."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=1, max_size=8))
    observed = [float(draw(st.integers(0, 3))) for _ in rows]
    observed[0] = 1.0
    weights = draw(st.lists(st.floats(0.01, 2), min_size=width + 1, max_size=width + 1))
    return [[1.0, *row] for row in rows], observed, weights


@given(problem=problems())
def test_a_step_of_em_is_that_of_plain_loops_and_never_less_likely(
    problem: tuple[list[list[float]], list[float], list[float]],
) -> None:
    rows, observed, weights = problem
    matrix, counts = np.array(rows), np.array(observed)
    some = counts > 0
    found = em_step(np.array(weights), matrix[some], counts[some], matrix.sum(axis=0))
    np.testing.assert_allclose(found, plain.em_step(weights, rows, observed), rtol=1e-9)
    assert (found >= 0).all()
    before, after = (plain.likelihood(list(each), rows, observed) for each in (weights, found))
    assert after >= before - 1e-9 * abs(before)


def test_after_a_step_as_much_is_expected_as_was_observed() -> None:
    rows, counts = np.array([[1.0, 3.0], [1.0, 0.0], [1.0, 1.0]]), np.array([4.0, 0.0, 1.0])
    found = em_step(np.array([1.0, 1.0]), rows[counts > 0], counts[counts > 0], rows.sum(axis=0))
    assert (rows @ found).sum() == pytest.approx(5)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 999))
def test_a_lesson_is_what_plain_loops_find(seed: int) -> None:
    grid = patch(3)
    cells, days = two_years(grid, 60, seed)
    record, eve = incidents(grid, cells, days), CUT_OFF - 20 * DAY
    (state,) = states(record, np.array([eve]))
    found = lesson(rings(grid), record, state, 7)
    names = to_hex(grid.cells)
    events = [(names[cell], day.astype(date)) for cell, day in zip(cells, days, strict=True)]
    faded = plain.state(events, eve.astype(date))
    slow = np.array([plain.features(cell, set(names), faded) for cell in names])
    week = plain.days(eve.astype(date) + timedelta(1), eve.astype(date) + timedelta(7))
    counts = np.array([sum(cell == other and day in week for other, day in events) for cell in names])
    np.testing.assert_allclose(found.totals, slow.sum(axis=0), rtol=1e-9)
    np.testing.assert_allclose(found.rows, slow[counts > 0], rtol=1e-9)
    np.testing.assert_array_equal(found.observed, counts[counts > 0])


@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_past_periods_touch_do_not_overlap_and_end_with_the_last_day_known(horizon: int) -> None:
    grid = patch()
    record = incidents(grid, *two_years(grid, 400))
    eves = eves_before(record, CUT_OFF, horizon)
    assert (np.diff(eves) == horizon * DAY).all()
    assert eves[-1] + horizon * DAY == CUT_OFF
    assert eves[0] >= record.day[0] + 59 * DAY


@pytest.mark.parametrize("horizon", HORIZONS)
def test_the_fit_is_calibrated_never_negative_and_refitted_for_each_horizon(horizon: int) -> None:
    grid = patch()
    near, record = rings(grid), incidents(grid, *two_years(grid, 600))
    weights, _ = fit(near, record, CUT_OFF, horizon)
    assert weights.fitted
    assert (weights.of >= 0).all()
    assert weights.constant >= 0
    flat = np.append(weights.constant, weights.of.ravel())
    eves = eves_before(record, CUT_OFF, horizon)
    everyone = np.arange(len(grid))
    expected = sum((features(near, state, everyone) @ flat).sum() for state in states(record, eves))
    assert expected == pytest.approx(weights.incidents, rel=1e-6)
    assert weights.origins == len(eves)


def test_under_200_incidents_the_weights_are_fixed_and_say_so() -> None:
    lessons = [Lesson(np.ones((1, 21)), np.array([199.0]), np.full(21, 400.0))]
    weights = learn(lessons, CUT_OFF, 7)
    assert (weights.fitted, weights.incidents, weights.origins) == (False, 199, 1)
    np.testing.assert_array_equal(weights.of, fixed(CUT_OFF, 7).of)
    assert learn([Lesson(np.ones((1, 21)), np.array([200.0]), np.full(21, 400.0))], CUT_OFF, 7).fitted


def test_the_fixed_weights_are_the_mean_daily_rates_as_printed() -> None:
    weights = fixed(CUT_OFF, 14)
    assert weights.of.shape == (len(HALF_LIVES), len(RINGS))
    assert weights.of[3, 1] == pytest.approx(14 * 0.20 * np.log(2) / 365 * 0.10)
    assert weights.of[0, 3] == 0


def test_a_place_whose_incidents_repeat_within_the_week_gets_weight_on_the_week() -> None:
    grid, random = patch(), np.random.default_rng(3)
    first = random.integers(0, len(grid), 300)
    days = CUT_OFF - random.integers(10, 600, 300) * DAY
    cells = np.concatenate([first, first, first])
    again = np.concatenate([days, days + 2 * DAY, days + 4 * DAY])
    weights, _ = fit(rings(grid), incidents(grid, cells, again), CUT_OFF, 7)
    assert weights.of[0, 0] == weights.of.max()


def test_other_horizons_are_refused() -> None:
    grid = patch(1)
    with pytest.raises(UsageError, match="for 30 days is not made: choose 1, 7, 14"):
        fit(rings(grid), incidents(grid, *two_years(grid, 9)), CUT_OFF, 30)
