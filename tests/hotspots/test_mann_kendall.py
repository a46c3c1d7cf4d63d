"""The trend test: values made by other software, and a slow second answer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.method import Lacking, Table
from aim.hotspots.methods.mann_kendall import (
    METHOD,
    Trend,
    hamed_rao,
    intercept,
    mann_kendall,
    seasonal,
    sen_slope,
    yue_wang,
)
from tests import facts, oracles

SERIES = (
    "increasing_ties",
    "decreasing",
    "no_trend",
    "all_equal",
    "zeros_then_burst",
    "short_n4",
    "monthly_seasonal_36",
)


@pytest.fixture(params=SERIES)
def case(request: pytest.FixtureRequest, shared: Path) -> dict[str, Any]:
    return json.loads((shared / "reference/mann_kendall.json").read_text())[request.param]


def test_every_series_of_the_file_is_tested(shared: Path) -> None:
    assert set(json.loads((shared / "reference/mann_kendall.json").read_text())) == set(SERIES)


def test_s_variance_z_p_tau_and_the_line_are_those_of_the_reference(case: dict[str, Any]) -> None:
    x = np.array([case["x"]], dtype=np.float64)
    found, slope = mann_kendall(x), sen_slope(x)
    ours = [float(values[0]) for values in (*found, slope, intercept(x, slope))]
    expected = [case["original"][name] for name in ("s", "var_s", "z", "p", "Tau", "slope", "intercept")]
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "test"), [("hamed_rao", hamed_rao), ("yue_wang", yue_wang)])
def test_the_corrected_variances_are_those_of_the_reference(case: dict[str, Any], name: str, test: Any) -> None:
    found: Trend = test(np.array(case["x"], dtype=np.float64))
    expected = case[name]
    if not expected["var_s"] > 0:
        assert (found.z[0], found.p[0]) == (0, 1), "the variance is none or negative: nothing can be said"
        return
    np.testing.assert_allclose(found.variance, expected["var_s"], rtol=1e-9)
    np.testing.assert_allclose(found.z, expected["z"], rtol=1e-9)
    np.testing.assert_allclose(found.p, expected["p"], rtol=1e-9, atol=1e-15)


def test_each_season_compared_with_itself_is_that_of_the_reference(shared: Path) -> None:
    case = json.loads((shared / "reference/mann_kendall.json").read_text())["monthly_seasonal_36"]
    found, slope = seasonal(np.array(case["x"], dtype=np.float64), 12)
    expected = case["seasonal_12"]
    ours = [*(float(values[0]) for values in found), slope]
    wanted = [expected[name] for name in ("s", "var_s", "z", "p", "tau", "slope")]
    np.testing.assert_allclose(ours, wanted, rtol=1e-9)


@settings(deadline=None)
@given(
    rows=st.integers(1, 14).flatmap(
        lambda t: st.lists(st.lists(st.sampled_from([0.0, 1, 2, 3.5, -4, 9]), min_size=t, max_size=t), min_size=1)
    )
)
def test_two_answers_agree(rows: list[list[float]]) -> None:
    series = np.array(rows)
    found, slope = mann_kendall(series), sen_slope(series)
    expected = [oracles.mann_kendall(row) for row in rows]
    np.testing.assert_allclose(np.column_stack([*found[:3], slope]), expected, rtol=1e-9, atol=1e-12)


def test_an_area_is_tested_by_season_only_from_two_years_on() -> None:
    for periods, tests in ((10, 3), (25, 3), (26, 4)):
        found = METHOD.table(facts.whole(k=1, periods=periods))
        assert isinstance(found, Table)
        assert len(found.columns["test"]) == tests
    assert METHOD.table(facts.whole(k=1, periods=9)) == Lacking("A trend needs 10 periods of 28 days or more.")
