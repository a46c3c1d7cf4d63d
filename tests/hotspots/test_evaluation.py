"""Before and after: other software's estimates and intervals, and what chance gives when nothing was done."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.errors import UsageError
from aim.hotspots.evaluation import (
    Change,
    Counts,
    difference_in_differences,
    e_test,
    rate_ratio,
    wdd,
    wdq,
)
from tests import oracles

PAPER = Counts(Change(308, 318), Change(207, 110), Change(150, 140), Change(178, 157))
CASES = ("paper_2018", "simple", "time_weights")


def read(shared: Path, name: str) -> dict[str, Any]:
    return json.loads((shared / "reference" / name).read_text())


@pytest.mark.parametrize("name", CASES)
def test_displacement_differences_are_those_of_the_reference(shared: Path, name: str) -> None:
    case = read(shared, "wdd_etest_wdq.json")[name]
    given_, out = case["inputs"], case["out"]
    nothing = [0, 0]
    places = ("control", "treated", "disp_control", "disp_treated")
    changes = [Change(*given_.get(place, nothing)) for place in places]
    counts = Counts(*changes, times=tuple(given_.get("time_weights", (1, 1))))
    found = wdd(counts, given_["alpha"])
    ours = [found.local, found.local_se, found.displaced, found.displaced_se, found.total, found.total_se]
    ours += [found.z, found.low, found.high]
    names = ("Est_Local", "SE_Local", "Est_Displace", "SE_Displace", "Est_Total", "SE_Total", "Z", "LowCI", "HighCI")
    assert ours == pytest.approx([out[name] for name in names], rel=1e-9)


def test_areas_of_several_sizes_count_by_their_size() -> None:
    """From the paper: Wheeler & Ratcliffe (2018)."""
    found = wdd(replace(PAPER, areas=(0.9, 1.2, 1.6, 1.5)))
    assert found.total == pytest.approx(-99.694, abs=5e-4)
    assert found.total_se == pytest.approx(35.428, abs=5e-4)


def test_counts_that_vary_more_than_poisson_widen_the_interval() -> None:
    plain, wide = wdd(PAPER), wdd(PAPER, dispersion=4)
    assert wide.total == plain.total
    assert wide.total_se == pytest.approx(2 * plain.total_se)


def test_displacement_quotients_are_those_of_the_reference(shared: Path) -> None:
    for case in read(shared, "wdd_etest_wdq.json")["wdq_formula_cases"]:
        found = wdq(*(Change(case[f"{place}0"], case[f"{place}1"]) for place in "ABC"))
        assert found.quotient is not None
        assert (*found,) == pytest.approx((case["success"], case["buffer"], case["wdq"]), rel=1e-9)


def test_without_success_there_is_no_quotient() -> None:
    assert wdq(Change(10, 12), Change(5, 5), Change(100, 100)).quotient is None
    with pytest.raises(UsageError, match="take a larger one"):
        wdq(Change(10, 12), Change(5, 5), Change(0, 100))


def test_p_of_two_counts_is_that_of_the_reference(shared: Path) -> None:
    for case in read(shared, "wdd_etest_wdq.json")["etest"]:
        assert e_test(case["k1"], case["k2"], (case["n1"], case["n2"])) == pytest.approx(case["p"], abs=1e-9)
    assert e_test(30, 14) == pytest.approx(0.01544, abs=5e-6)


@settings(deadline=None, max_examples=40)
@given(first=st.integers(0, 8), second=st.integers(0, 8), time=st.sampled_from([1.0, 2.0, 0.5]))
def test_two_answers_agree_on_two_counts(first: int, second: int, time: float) -> None:
    expected = oracles.e_test(first, 1, second, time, one_sided=False) if first + second else 1.0
    assert e_test(first, second, (1, time)) == pytest.approx(min(1, expected), abs=1e-7)


def test_rate_ratios_are_those_of_the_reference(shared: Path) -> None:
    for case in read(shared, "did_poisson_R.json")["poisson_test"]:
        found = rate_ratio(Change(case["before"], case["after"]))
        assert (*found,) == pytest.approx((case["ratio"], *case["ci95"], case["p"]), rel=1e-9)


def test_a_base_of_nothing_has_an_endless_ratio() -> None:
    assert rate_ratio(Change(0, 4))[:3] == (math.inf, pytest.approx(rate_ratio(Change(0, 4)).low), math.inf)
    assert rate_ratio(Change(4, 0))[:2] == (0, 0)
    with pytest.raises(UsageError, match="Nothing happened"):
        rate_ratio(Change(0, 0))


def test_twice_the_time_is_half_the_rate() -> None:
    assert rate_ratio(Change(40, 40), times=(1, 2)).ratio == 0.5
    assert rate_ratio(Change(10, 20), times=(1, 2)).p == pytest.approx(1)


def test_differences_in_differences_are_those_of_the_reference(shared: Path) -> None:
    case = read(shared, "did_poisson_R.json")["did_poisson"]
    found = difference_in_differences(Change(*case["counts"]["control"]), Change(*case["counts"]["treated"]))
    assert (found.log_ratio, found.ratio) == pytest.approx((case["log_irr"], case["irr"]), rel=1e-9)
    # R takes the standard error from its last step but one, 1e-7 beside the closed form; z and the interval follow it
    expected = (case["se"], case["z"], *case["ci95"])
    assert (found.se, found.z, found.low, found.high) == pytest.approx(expected, rel=2e-7)
    with pytest.raises(UsageError, match="use the displacement difference"):
        difference_in_differences(Change(1, 0), Change(2, 3))


def test_where_nothing_was_done_the_interval_holds_nothing_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    rows = random.poisson([40, 40, 60, 60, 30, 30, 20, 20], (2_000, 8)).astype(float)
    found = [
        wdd(Counts(Change(a, b), Change(c, d), Change(e, f), Change(g, h))) for a, b, c, d, e, f, g, h in rows.tolist()
    ]
    held = sum(one.low <= 0 <= one.high for one in found) / len(found)
    assert held == pytest.approx(0.95, abs=0.015)


def test_impossible_counts_and_weights_are_refused() -> None:
    with pytest.raises(UsageError, match="below 0"):
        Counts(Change(1, -1), Change(1, 1))
    with pytest.raises(UsageError, match="weight is 0 or less"):
        Counts(Change(1, 1), Change(1, 1), times=(1, 0))
