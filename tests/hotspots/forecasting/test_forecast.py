"""The forecast: what it looks at, what it never looks at, and that it explains itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.forecasting.forecast import TIMESCALES, Forecast, apply, forecast, hashed, rank
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.forecasting.state import rings, states
from aim.hotspots.forecasting.weights import Weights, fixed
from aim.hotspots.grid import to_hex
from tests.hotspots.forecasting import plain
from tests.hotspots.forecasting.town import CUT_OFF, DAY, incidents, patch, two_years

GRID = patch()
CELLS, DAYS = two_years(GRID, 500)


def of_town(cells: "np.ndarray[tuple[int], np.dtype[np.int64]]" = CELLS, horizon: int = 7) -> Forecast:
    return forecast(GRID, incidents(GRID, cells, DAYS), CUT_OFF, horizon)


def same(one: Forecast, other: Forecast) -> bool:
    """To the last bit, weights and explanation too."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in ("expected", "rank", "share", "near")]
    pairs += [(one.weights.of, other.weights.of), (one.weights.constant, other.weights.constant)]
    return all(np.array_equal(*pair) for pair in pairs)


@settings(deadline=None, max_examples=15)
@given(number=st.integers(1, 3000), seed=st.integers(0, 99))
def test_any_number_of_enforcement_driven_rows_changes_nothing_bit_for_bit(number: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    cells = np.concatenate([CELLS, random.integers(-1, len(GRID), number)])
    days = np.concatenate([DAYS, CUT_OFF - random.integers(-30, 900, number) * DAY])
    flags = np.arange(len(cells)) >= len(CELLS)
    mixed = random.permutation(len(cells))
    record = incidents(GRID, cells[mixed], days[mixed], flags[mixed])
    assert record.enforcement_driven == number
    assert same(forecast(GRID, record, CUT_OFF, 7), of_town())


def test_what_happened_later_changes_nothing() -> None:
    later = np.random.default_rng(5).integers(1, 60, 80)
    cells, days = np.concatenate([CELLS, later % len(GRID)]), np.concatenate([DAYS, CUT_OFF + later * DAY])
    assert same(forecast(GRID, incidents(GRID, cells, days), CUT_OFF, 7), of_town())


def test_the_last_day_counts() -> None:
    cells, days = np.append(CELLS, 7), np.append(DAYS, CUT_OFF)
    assert not same(forecast(GRID, incidents(GRID, cells, days), CUT_OFF, 7), of_town())


@pytest.mark.parametrize("horizon", [1, 7, 14])
def test_the_shares_add_up_to_all_that_is_expected(horizon: int) -> None:
    found = of_town(horizon=horizon)
    assert found.share.shape == (len(GRID), len(TIMESCALES))
    np.testing.assert_allclose(found.share.sum(axis=1), 1)
    assert ((found.near >= 0) & (found.near <= 1)).all()


def test_the_expected_number_and_the_shares_are_those_of_plain_loops() -> None:
    cells, days = CELLS[:40], DAYS[:40]
    record, near = incidents(GRID, cells, days), rings(GRID)
    (state,) = states(record, np.array([CUT_OFF]))
    of = np.random.default_rng(2).random((5, 4))
    found = apply(GRID, near, state, Weights(0.25, of, 7, CUT_OFF, 0, 0, fitted=True))
    names = to_hex(GRID.cells)
    events = [(names[cell], day.astype(object)) for cell, day in zip(cells, days, strict=True)]
    faded = plain.state(events, CUT_OFF.astype(object))
    for at, cell in enumerate(names):
        row = plain.features(cell, set(names), faded)
        parts = [sum(row[1 + 4 * h + r] * of[h, r] for r in range(4)) for h in range(5)]
        own = sum(row[1 + 4 * h] * of[h, 0] for h in range(5))
        whole = sum(parts) + 0.25
        assert found.expected[at] == pytest.approx(whole)
        np.testing.assert_allclose(found.share[at], [part / whole for part in [*parts, 0.25]], rtol=1e-9)
        assert found.near[at] == pytest.approx((sum(parts) - own) / whole)


def test_with_no_incidents_nothing_is_expected_and_nothing_explains_it() -> None:
    none = incidents(GRID, CELLS[:0], DAYS[:0])
    found = forecast(GRID, none, CUT_OFF, 7)
    assert not found.expected.any()
    assert not found.share.any()
    assert sorted(found.rank) == list(range(1, len(GRID) + 1))


def test_the_fallback_ranks_by_long_run_counts_first() -> None:
    cells = np.array([10] * 20 + [50])
    days = np.append(CUT_OFF - np.arange(300, 320) * DAY, CUT_OFF)
    found = forecast(GRID, incidents(GRID, cells, days), CUT_OFF, 7)
    assert not found.weights.fitted
    assert found.rank[10] == 1
    assert found.rank[50] == 2


def test_equal_scores_go_by_a_hash_and_not_by_where_a_cell_lies() -> None:
    score = np.zeros(len(GRID))
    ranks = rank(score, GRID.cells)
    assert ranks.tolist() == (np.argsort(np.argsort(hashed(GRID.cells))) + 1).tolist()
    assert abs(np.corrcoef(ranks, np.arange(len(GRID)))[0, 1]) < 0.3
    score[5] = 1
    assert rank(score, GRID.cells)[5] == 1


def test_the_hash_is_splitmix64() -> None:
    """The first number of that generator from seed 0 is the finaliser of its constant."""
    assert hashed(np.array([0x9E3779B97F4A7C15], dtype=np.uint64)).tolist() == [0xE220A8397B1DCDAF]


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 99))
def test_the_order_of_the_rows_is_of_no_account(seed: int) -> None:
    mixed = np.random.default_rng(seed).permutation(len(CELLS))
    assert same(forecast(GRID, incidents(GRID, CELLS[mixed], DAYS[mixed]), CUT_OFF, 7), of_town())


def test_which_day_of_its_month_a_monthly_row_has_is_of_no_account() -> None:
    months = np.ones(len(CELLS), dtype=np.bool_)
    none = np.zeros(len(CELLS), dtype=np.bool_)
    first = DAYS.astype("datetime64[M]").astype("datetime64[D]")
    one, other = (
        forecast(GRID, Incidents.of(CELLS, days, len(GRID), enforcement=none, monthly=months), CUT_OFF, 7)
        for days in (DAYS, first)
    )
    assert same(one, other)


def test_frozen_weights_give_the_same_again() -> None:
    record, near = incidents(GRID, CELLS, DAYS), rings(GRID)
    (state,) = states(record, np.array([CUT_OFF]))
    assert same(*(apply(GRID, near, state, fixed(CUT_OFF, 7)) for _ in range(2)))
