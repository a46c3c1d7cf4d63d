"""What holds for every hot-spot method. Each has its own test too."""

import h3
import numpy as np
import pytest

from aim.hotspots.grid import Floats, Grid, from_hex
from aim.hotspots.method import Scores
from aim.hotspots.methods import METHODS


def grid_of(k: int) -> Grid:
    return Grid.of(from_hex(sorted(h3.grid_disk("891946548cbffff", k))))


@pytest.fixture(params=["mixed", "equal", "empty", "single"])
def counts(request: pytest.FixtureRequest) -> Floats:
    n = len(grid_of(5))
    kinds = {"mixed": np.arange(n) % 7, "equal": np.full(n, 3), "empty": np.zeros(n), "single": np.array([4])}
    return kinds[request.param].astype(np.float64)


@pytest.fixture
def grid(counts: Floats) -> Grid:
    return grid_of(0) if len(counts) == 1 else grid_of(5)


@pytest.mark.parametrize("name", METHODS)
def test_it_scores_each_cell_with_no_options(name: str, counts: Floats, grid: Grid) -> None:
    scores = METHODS[name].score(counts, grid)
    assert scores.score.shape == counts.shape
    assert np.isfinite(scores.score).all()


@pytest.mark.parametrize("name", METHODS)
def test_its_probabilities_are_such_and_q_is_no_less_than_p(name: str, counts: Floats, grid: Grid) -> None:
    scores = METHODS[name].score(counts, grid)
    assert (scores.p is None) == (scores.q is None)
    if scores.p is not None and scores.q is not None:
        assert ((scores.p >= 0) & (scores.p <= scores.q) & (scores.q <= 1)).all()


@pytest.mark.parametrize("name", METHODS)
def test_it_says_the_same_twice_and_leaves_its_input_alone(name: str, counts: Floats, grid: Grid) -> None:
    before = counts.copy()
    first, second = (METHODS[name].score(counts, grid) for _ in range(2))
    assert np.array_equal(counts, before)
    assert not np.shares_memory(first.score, counts)
    for one, other in ((first.score, second.score), (first.p, second.p), (first.q, second.q)):
        assert one is other is None or np.array_equal(one, other)  # type: ignore[arg-type]  # both are arrays by here
    assert first.chosen == second.chosen


@pytest.mark.parametrize("name", METHODS)
def test_it_says_what_it_chose_and_whose_method_it_is(name: str, counts: Floats, grid: Grid) -> None:
    method = METHODS[name]
    assert method.name == name
    assert method.title
    assert any(mark.isdigit() for mark in method.citation), "a citation has a year"
    assert method.score(counts, grid).chosen


def test_the_count_and_gi_star_are_there() -> None:
    assert {"count", "gi_star"} <= METHODS.keys()


def test_scores_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"p is float64\(2,\), not one float64 for each cell"):
        Scores(score=np.zeros(3), p=np.zeros(2), q=None, chosen={})
    with pytest.raises(ValueError, match=r"score is int64\(3,\)"):
        Scores(score=np.zeros(3, dtype=np.int64), p=None, q=None, chosen={})  # type: ignore[arg-type]  # the wrong type is the test
