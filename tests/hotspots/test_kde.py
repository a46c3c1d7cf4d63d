"""Kernel density: another program's values, and each incident's hill added up one by one."""

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.grid import Floats
from aim.hotspots.method import Scores
from aim.hotspots.methods.kde import METHOD, best_bandwidth, density, gaussian, held_out, quartic, scott
from tests import facts


@pytest.fixture
def points(shared: Path) -> Floats:
    return pl.read_csv(shared / "reference/knox_input_memphis600.csv").select("x", "y").to_numpy()


def test_densities_are_those_of_the_reference(points: Floats, shared: Path) -> None:
    table = pl.read_csv(shared / "reference/kde_points_h1500.csv")
    at = table.select("qx", "qy").to_numpy()
    ones = np.ones(len(points))
    for column in ("gauss_density_per_m2", "gauss_spatstat"):
        np.testing.assert_allclose(density(at, points, ones, 1500), table[column], rtol=1e-9)
    np.testing.assert_allclose(density(at, points, ones, 1500, quartic), table["quartic_normalised_per_m2"], rtol=1e-9)


def test_bandwidths_are_those_of_the_reference(points: Floats, shared: Path) -> None:
    """Scott's rule to the digit; the best by likelihood, which spatstat corrects at an edge, among all of the file."""
    told = json.loads((shared / "reference/kde_bandwidths_memphis600.json").read_text())
    np.testing.assert_allclose(scott(points), told["bw_scott_xy"], rtol=1e-9)
    others = [told["bw_diggle"], told["bw_CvL"], told["sparr_OS"], *told["bw_scott_xy"], *told["MASS_bandwidth_nrd_xy"]]
    assert best_bandwidth(points, [*others, told["bw_ppl"]]) == told["bw_ppl"]
    assert all(
        held_out(points, told["bw_ppl"]) > held_out(points, h) for h in (0.8 * told["bw_ppl"], 1.3 * told["bw_ppl"])
    )


@settings(deadline=None)
@given(
    points=st.lists(
        st.tuples(st.integers(-900, 900), st.integers(-900, 900), st.sampled_from([1.0, 0.5, 3])), min_size=1
    ),
    h=st.sampled_from([60.0, 200]),
)
def test_two_answers_agree(points: list[tuple[int, int, float]], h: float) -> None:
    at = np.array([[0.0, 0], [100, 50], [5000, 5000]])
    places, weights = np.array([point[:2] for point in points], dtype=np.float64), np.array([w for *_, w in points])
    for kernel in (gaussian, quartic):
        expected = [0.0] * 3
        for row, (u, v) in enumerate(at):
            for x, y, weight in points:
                d = math.hypot(x - u, y - v)
                bell = math.exp(-d * d / (2 * h * h)) / (2 * math.pi * h * h)
                bowl = 3 / (math.pi * h * h) * (1 - d * d / (h * h)) ** 2 if d < h else 0.0
                expected[row] += weight * (bell if kernel is gaussian else bowl)
        np.testing.assert_allclose(density(at, places, weights, h, kernel), expected, rtol=1e-9, atol=1e-18)


def test_no_incident_is_lost_far_from_the_edge_and_few_at_it() -> None:
    found = METHOD.score(facts.whole(k=9))
    assert isinstance(found, Scores)
    assert found.score.sum() == pytest.approx(800, rel=0.1)
    assert found.columns["inside"].min() < 0.75 < 0.99 < found.columns["inside"].max()
