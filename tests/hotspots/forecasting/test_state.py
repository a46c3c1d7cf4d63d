"""The memory of a forecast: what it holds is what plain loops find, however it was brought there."""

from datetime import date, timedelta

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.forecasting.state import FADE, HALF_LIVES, RINGS, State, advance, rings, state_on, states
from aim.hotspots.grid import Grid, from_hex, to_hex
from tests.hotspots.forecasting import plain
from tests.hotspots.forecasting.town import DAY, HOME, incidents, patch

FIRST = date(2025, 1, 1)
FINE = sorted(h3.grid_disk(HOME, 2))
EVENTS = st.lists(st.tuples(st.integers(0, len(FINE) - 1), st.integers(0, 60)), max_size=20)


def loaded(grid: Grid, events: list[tuple[int, int]]) -> Incidents:
    cells = np.array([cell for cell, _ in events], dtype=np.int64)
    return incidents(grid, cells, np.datetime64(FIRST) + np.array([day for _, day in events], dtype=np.int64) * DAY)


@given(events=EVENTS, later=st.integers(0, 90))
def test_each_incident_fades_by_its_age(events: list[tuple[int, int]], later: int) -> None:
    grid, as_of = patch(2), FIRST + timedelta(later)
    (found,) = states(loaded(grid, events), np.array([as_of], dtype="datetime64[D]"))
    expected = plain.state([(to_hex(grid.cells)[cell], FIRST + timedelta(day)) for cell, day in events], as_of)
    slow = [[expected.get((cell, half_life), 0.0) for half_life in HALF_LIVES] for cell in to_hex(grid.cells)]
    np.testing.assert_allclose(found.decayed, slow, rtol=1e-9)


@given(events=EVENTS, stop=st.integers(0, 70))
def test_a_stored_state_brought_forward_is_bit_for_bit_that_of_a_run_from_the_start(
    events: list[tuple[int, int]], stop: int
) -> None:
    record = loaded(patch(2), events)
    half, end = np.datetime64(FIRST) + stop * DAY, np.datetime64(FIRST) + 75 * DAY
    once = list(states(record, np.array([half, end])))
    (again,) = states(record, np.array([end]), start=once[0])
    (at_once,) = states(record, np.array([end]))
    assert np.array_equal(once[1].decayed, at_once.decayed)
    assert np.array_equal(again.decayed, at_once.decayed)


@given(
    events=st.lists(st.tuples(st.integers(0, len(FINE) - 1), st.integers(0, 60), st.booleans()), max_size=20),
    stop=st.integers(0, 90),
)
def test_the_state_at_once_is_that_of_a_walk(events: list[tuple[int, int, bool]], stop: int) -> None:
    cells, days, monthly = (np.array([event[part] for event in events]) for part in range(3))
    flags = np.zeros(len(events), dtype=np.bool_)
    when = np.datetime64(FIRST) + days.astype(np.int64) * DAY
    known = Incidents.of(cells.astype(np.int64), when, len(FINE), enforcement=flags, monthly=monthly.astype(np.bool_))
    end = np.datetime64(FIRST) + stop * DAY
    (walked,) = states(known, np.array([end]))
    np.testing.assert_allclose(state_on(known, end).decayed, walked.decayed, rtol=1e-9, atol=1e-12)


def test_a_day_halves_by_the_half_life_and_adds_the_day_s_count() -> None:
    state = State(np.datetime64("2025-01-01"), np.array([[8.0] * 5]))
    for _ in range(7):
        state = advance(state, np.array([0.0]))
    assert state.decayed[0, 0] == pytest.approx(4)
    assert advance(state, np.array([2.0])).decayed[0, 0] == pytest.approx(4 * FADE[0] + 2)


def test_a_month_enters_when_it_is_over_as_the_mean_over_its_days() -> None:
    grid = patch(1)
    cells, days = np.array([3, 3]), np.array(["2025-02-01", "2025-02-10"], dtype="datetime64[D]")
    record = Incidents.of(cells, days, len(grid), enforcement=np.zeros(2, bool), monthly=np.ones(2, bool))
    eve, end = states(record, np.array(["2025-02-27", "2025-02-28"], dtype="datetime64[D]"))
    assert not eve.decayed.any()
    for at, half_life in enumerate(HALF_LIVES):
        assert end.decayed[3, at] == pytest.approx(2 * np.mean([2 ** (-age / half_life) for age in range(28)]))


@st.composite
def towns(draw: st.DrawFn) -> list[str]:
    """Part of a patch, with gaps and cells that stand alone."""
    whole = sorted(h3.grid_disk(HOME, 6))
    return draw(st.lists(st.sampled_from(whole), min_size=1, max_size=60, unique=True))


@settings(deadline=None)
@given(cells=towns(), seed=st.integers(0, 9))
def test_a_ring_sums_the_cells_that_many_steps_away(cells: list[str], seed: int) -> None:
    grid = Grid.of(from_hex(cells))
    values = np.random.default_rng(seed).integers(0, 9, len(grid)).astype(np.float64)
    named = dict(zip(to_hex(grid.cells), values, strict=True))
    for which, matrix in enumerate(rings(grid)):
        slow = [sum(named[other] for other in plain.ring(cell, which, set(named))) for cell in named]
        np.testing.assert_array_equal(matrix @ values, slow)


def test_rings_do_not_overlap_and_together_are_the_disk() -> None:
    together = np.sum([ring.toarray() for ring in rings(patch(6))], axis=0)
    assert together.max() == 1
    assert together.sum() == patch(6).neighbours(RINGS[-1][-1]).sizes.sum()
