"""Near repeats: the table that two other programs made, and every pair looked at."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.grid import Floats
from aim.hotspots.method import Lacking, Table
from aim.hotspots.methods import near_repeat
from aim.hotspots.methods.near_repeat import (
    METHOD,
    close_pairs,
    how_many_close,
    knox,
    pairs_by_days,
    too_many_close,
)
from tests import facts, oracles


@pytest.fixture
def points(shared: Path) -> tuple[Floats, Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    table = pl.read_csv(shared / "reference/knox_input_memphis600.csv")
    return table["x"].to_numpy(), table["y"].to_numpy(), table["day"].to_numpy().astype(np.int64)


def reference(shared: Path, part: str) -> list[dict[str, Any]]:
    return json.loads((shared / "reference/knox_near_repeat.json").read_text())[part]


def test_pairs_and_expectations_are_those_of_pointpats_and_surveillance(points: Any, shared: Path) -> None:
    x, y, day = points
    for case in reference(shared, "threshold_tests"):
        close = close_pairs(x, y, (float(case["eps_s"]),))
        found = knox(close, day, (1, 1), (case["eps_t"],), 999, 1)
        assert len(close.first) == how_many_close(x, y, case["eps_s"]) == case["n_s"]
        assert pairs_by_days(day, (case["eps_t"],)).tolist() == [case["n_t"]]
        assert found.observed.tolist() == [[case["observed"]]]
        np.testing.assert_allclose(found.expected, case["surveillance_expected"], rtol=1e-9)
        np.testing.assert_allclose(found.expected, case["expected"], rtol=1e-9)
        for simulated in (case["pointpats_p_sim"], case["surveillance_p_sim"]):
            assert abs(found.p[0, 0] - simulated) < band(simulated)


def band(p: float) -> float:
    """Four standard errors of the difference of two shares of 999 shuffles."""
    return 4 * np.sqrt(2 * p * (1 - p) / 999) + 0.002


def test_the_table_of_bands_is_that_of_the_reference(points: Any, shared: Path) -> None:
    found = near_repeat.near_repeat(*points, seed=1)
    cases = reference(shared, "near_repeat_grid")
    assert found.columns["metres_to"].tolist() == [case["s_hi"] for case in cases]
    assert found.columns["metres_over"].tolist() == [case["s_lo"] for case in cases]
    assert found.columns["days_to"].tolist() == [case["t_hi"] for case in cases]
    assert found.columns["days_over"].tolist() == [case["t_lo"] for case in cases]
    assert found.columns["observed"].tolist() == [case["observed"] for case in cases]
    mean = np.array([case["expected_perm_mean"] for case in cases])
    assert (np.abs(found.columns["expected"] - mean) < 4 * np.sqrt(mean / 999) + 0.01).all()
    for ours, case in zip(found.columns["p"].tolist(), cases, strict=True):
        assert abs(ours - case["p"]) < band(case["p"])


@settings(deadline=None)
@given(
    points=st.lists(
        st.tuples(st.sampled_from([0.0, 3, 4, 100]), st.sampled_from([0.0, 4, 200]), st.integers(0, 40)), min_size=2
    )
)
def test_two_answers_agree(points: list[tuple[float, float, int]]) -> None:
    metres, days = (0.0, 5.0, 100.0), (0, 7, 21)
    x, y, day = np.array(points).T
    close = close_pairs(x, y, metres)
    found = knox(close, day.astype(np.int64), (3, 3), days, 9, 1)
    assert found.observed.tolist() == oracles.knox(points, list(metres), list(days))
    pairs = len(points) * (len(points) - 1) // 2
    in_days = [
        sum(row) for row in zip(*oracles.knox([(0.0, 0.0, d) for *_, d in points], [0.0], list(days)), strict=True)
    ]
    assert pairs_by_days(day.astype(np.int64), days).tolist() == in_days
    expected = np.outer(np.bincount(close.band, minlength=3), in_days) / pairs
    np.testing.assert_allclose(found.expected, expected)
    assert ((found.p >= 0.1) & (found.p <= 1)).all()


def test_incidents_known_by_their_month_are_left_out_and_said() -> None:
    whole = facts.whole()
    assert whole.events is not None
    precision = np.where(np.arange(len(whole.events)) < 300, "month", "exact")
    found = METHOD.table(replace(whole, events=replace(whole.events, time_precision=precision)))
    assert isinstance(found, Table)
    assert found.figures == {"incidents": 500, "without_day": 300}
    nothing = METHOD.table(replace(whole, events=replace(whole.events, time_precision=np.full(800, "month"))))
    assert isinstance(nothing, Lacking)
    assert "known by their month only" in nothing.why


@given(
    points=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=60),
    metres=st.sampled_from([0.5, 2.0, 5.0]),
    most=st.integers(0, 300),
)
def test_too_many_is_more_than_the_most(points: list[tuple[int, int]], metres: float, most: int) -> None:
    x, y = np.array(points, dtype=np.float64).T
    assert too_many_close(x, y, metres, most) == (how_many_close(x, y, metres) > most)


def test_days_far_apart_are_counted_like_any_others() -> None:
    """A record of a century has more days than the small numbers hold; gaps in it are cut."""
    x = np.zeros(5)
    for day in ([0, 7, 40_000, 40_007, 40_021], [0, 7, 90_000_000, 90_000_007, 90_000_021]):
        found = knox(close_pairs(x, x, (0.0,)), np.array(day), (1, 4), (7, 14, 21, 28), 19, 1)
        assert found.observed.tolist() == [[2, 1, 1, 0]]
    every = np.arange(40_000)
    close = near_repeat.Close(every[:-1], every[1:], np.zeros(39_999, dtype=np.int64))
    assert knox(close, every, (1, 2), (0, 1), 9, 1).observed.tolist() == [[0, 39_999]]


@pytest.mark.parametrize("pairs", [1, 254, 255, 256, 2 * near_repeat.BLOCK + 300])
def test_pairs_are_counted_in_blocks_of_any_size(pairs: int) -> None:
    day = np.arange(pairs + 1) % 50
    close = near_repeat.Close(np.arange(pairs), np.arange(1, pairs + 1), np.zeros(pairs, dtype=np.int64))
    found = knox(close, day, (1, 1), (7,), near_repeat.AT_ONCE + 3, 1)
    assert found.observed.tolist() == [[int((np.abs(np.diff(day)) <= 7).sum())]]
    assert 0 < found.p[0, 0] <= 1


def test_more_pairs_than_can_be_shuffled_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_repeat, "MOST_PAIRS", 10)
    found = METHOD.table(facts.whole())
    assert isinstance(found, Lacking)
    assert "take one kind of incident" in found.why
