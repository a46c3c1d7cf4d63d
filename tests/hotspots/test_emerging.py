"""Emerging hot spots: the cases read from the tool's own text, and a slow second answer."""

import json
from pathlib import Path

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.grid import Grid, from_hex, to_hex
from aim.hotspots.method import Scores
from aim.hotspots.methods.emerging import CLASSES, METHOD, classify, emerging, space_time_gi_star
from tests import facts, oracles

CASES = (
    "new",
    "consecutive2",
    "consecutive2_after_cold",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic_final_hot",
    "oscillating",
    "historical",
    "none",
    "persistent_final_not_hot_but_9_of_10_first",
    "persistent_cold",
)
BY_HAND = {
    "no_pattern": "none",
    "AMBIGUOUS: meets both consecutive and oscillating text; first-match order gives consecutive_hot": (
        "consecutive_hot"
    ),
}


def test_there_are_seventeen_classes_each_once() -> None:
    assert len(CLASSES) == len(set(CLASSES)) == 17


@pytest.mark.parametrize("name", CASES)
def test_a_case_read_from_the_tools_own_text_has_its_class(shared: Path, name: str) -> None:
    cases = {case["id"]: case for case in json.loads((shared / "reference/ehsa_cases.json").read_text())}
    assert set(cases) == set(CASES)
    case = cases[name]
    z, significant = np.array([case["gi"]]), np.array([case["sig"]])
    direction = np.array([np.sign(case["tau"]) if case["tau_p"] < 0.05 else 0.0])
    [found] = classify(significant & (z > 0), significant & (z < 0), direction).tolist()
    expected = BY_HAND.get(case["expected"], case["expected"])
    assert found.removesuffix(" spot").replace(" ", "_") == expected


@settings(deadline=None)
@given(
    signs=st.lists(st.sampled_from([-1, 0, 1, 1, 1, 1]), min_size=10, max_size=24),
    direction=st.sampled_from([-1, 0, 1]),
    mirrored=st.booleans(),
)
def test_two_answers_agree_on_the_class(signs: list[int], direction: int, mirrored: bool) -> None:
    periods = np.array([signs]) * (-1 if mirrored else 1)
    hot, cold = periods > 0, periods < 0
    [found] = classify(hot, cold, np.array([float(direction)])).tolist()
    assert found == oracles.emerging_class(hot[0].tolist(), cold[0].tolist(), direction)


@st.composite
def cubes(draw: st.DrawFn) -> dict[str, list[float]]:
    cells = draw(st.lists(st.sampled_from(sorted(h3.grid_disk(facts.HOME, 2))), min_size=1, unique=True))
    periods = draw(st.integers(1, 12))
    row = st.lists(st.integers(0, 4).map(float), min_size=periods, max_size=periods)
    return {cell: draw(row) for cell in cells}


@settings(deadline=None)
@given(counts=cubes(), k=st.integers(0, 2))
def test_two_answers_agree_on_z(counts: dict[str, list[float]], k: int) -> None:
    grid = Grid.of(from_hex(list(counts)))
    z, p, q = space_time_gi_star(np.array([counts[cell] for cell in to_hex(grid.cells)]), grid.neighbours(k))
    expected = oracles.space_time_gi_star(counts, k)
    np.testing.assert_allclose(z, [expected[cell] for cell in to_hex(grid.cells)], rtol=1e-9, atol=1e-9)
    assert (q >= p).all()


def spot(counts: list[int]) -> str:
    """The class of the middle cell of a quiet town where one disk has these counts, period by period."""
    grid = facts.grid_of(7)
    middle = int(grid.index_of(from_hex([facts.HOME]))[0])
    values = np.zeros((len(grid), len(counts)))
    values[grid.neighbours(1).positions[:, middle]] = counts
    return str(emerging(values, grid.neighbours(1), k=1).columns["class"][middle])


def test_places_that_behave_like_a_class_get_it() -> None:
    assert spot([0] * 11 + [9]) == "new hot spot"
    assert spot([0] * 9 + [9] * 3) == "consecutive hot spot"
    assert spot(list(range(8, 20))) == "intensifying hot spot"
    assert spot(list(range(20, 8, -1))) == "diminishing hot spot"
    assert spot([9] * 12) == "persistent hot spot"
    assert spot([0] * 12) == "none"
    assert spot([9, 0, 0, 9, 9, 0, 0, 0, 9, 0, 0, 9]) == "sporadic hot spot"
    assert spot([9] * 9) == "not enough periods"


def test_with_fewer_than_ten_periods_no_class_is_guessed() -> None:
    for periods, enough in ((9, False), (10, True)):
        found = METHOD.score(facts.whole(periods=periods))
        assert isinstance(found, Scores)
        assert ("not enough periods" in found.columns["class"].tolist()) is not enough
