"""What holds for every hot-spot method. Each has its own test too."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from aim.hotspots.facts import Facts, period_cube
from aim.hotspots.method import AreaMethod, CellMethod, Column, Lacking, Method, Scores, Table, Value
from aim.hotspots.methods import CELL_METHODS, METHODS
from tests import facts as made_up
from tests.facts import grid_of


def bare(values: list[float]) -> Facts:
    """Nothing but counts."""
    return Facts(grid_of(0 if len(values) == 1 else 5), np.array(values, dtype=np.float64))


def no_events(facts: Facts) -> Facts:
    """Every column there is, and nothing in it."""
    assert facts.events is not None
    nothing = facts.events.where(np.zeros(len(facts.events), dtype=np.bool_))
    cube = period_cube(facts.grid, nothing, made_up.UNTIL, 13)
    past = made_up.history(nothing, len(facts.grid))
    return Facts(facts.grid, 0 * facts.counts, cube, nothing, 0 * facts.counts, facts.until, history=past)


CASES: dict[str, Callable[[], Facts]] = {
    "whole": lambda: made_up.whole(m=300),
    "mixed": lambda: bare([float(at % 7) for at in range(91)]),
    "equal": lambda: bare([3.0] * 91),
    "empty": lambda: bare([0.0] * 91),
    "single": lambda: bare([4.0]),
    "one cell of everything": lambda: made_up.whole(0, m=100),
    "columns of nothing": lambda: no_events(made_up.whole(m=300)),
}


@pytest.fixture(params=CASES)
def facts(request: pytest.FixtureRequest) -> Facts:
    return CASES[request.param]()


def answer(method: Method, facts: Facts) -> Scores | Table | Lacking:
    if isinstance(method, CellMethod):
        return method.score(facts)
    assert isinstance(method, AreaMethod), "a method is of one of two kinds"
    return method.table(facts)


def arrays(found: Scores | Table) -> Mapping[str, Column]:
    if isinstance(found, Table):
        return found.columns
    tested = {name: column for name, column in (("p", found.p), ("q", found.q)) if column is not None}
    return {"score": found.score, **tested, **found.columns}


def words(found: Scores | Table) -> dict[str, Value]:
    return {**found.chosen, **(found.figures if isinstance(found, Table) else {})}


@pytest.mark.parametrize("name", METHODS)
def test_it_says_what_it_is_whose_and_when_not_to_use_it(name: str) -> None:
    method = METHODS[name]
    assert method.name == name
    assert all((method.title, method.formula, method.avoid, method.defaults))
    assert any(mark.isdigit() for mark in method.citation), "a citation has a year"


@pytest.mark.parametrize("name", METHODS)
def test_facts_with_nothing_missing_are_answered(name: str) -> None:
    found = answer(METHODS[name], made_up.whole(m=300))
    assert not isinstance(found, Lacking), found
    assert found.chosen


@pytest.mark.parametrize("name", METHODS)
def test_what_is_missing_is_said_in_a_sentence_and_never_an_error(name: str, facts: Facts) -> None:
    found = answer(METHODS[name], facts)
    if isinstance(found, Lacking):
        assert found.why[0].isupper()
        assert found.why.endswith(".")


@pytest.mark.parametrize("name", CELL_METHODS)
def test_scores_are_finite_probabilities_are_such_and_q_is_no_less_than_p(name: str, facts: Facts) -> None:
    scores = CELL_METHODS[name].score(facts)
    if isinstance(scores, Lacking):
        return
    assert scores.score.shape == facts.counts.shape
    assert np.isfinite(scores.score).all()
    assert (scores.p is None) == (scores.q is None)
    if scores.p is not None and scores.q is not None:
        assert ((scores.p >= 0) & (scores.p <= scores.q) & (scores.q <= 1)).all()


@pytest.mark.parametrize("name", METHODS)
def test_it_says_the_same_twice_and_leaves_its_input_alone(name: str, facts: Facts) -> None:
    counts, cube = facts.counts.copy(), facts.periods and facts.periods.counts.copy()
    first, second = (answer(METHODS[name], facts) for _ in range(2))
    assert np.array_equal(facts.counts, counts)
    assert facts.periods is None or np.array_equal(facts.periods.counts, np.asarray(cube))
    if isinstance(first, Lacking) or isinstance(second, Lacking):
        assert first == second
        return
    assert arrays(first).keys() == arrays(second).keys()
    for column, values in arrays(first).items():
        np.testing.assert_array_equal(values, arrays(second)[column])
        assert not np.shares_memory(values, facts.counts)
    assert json.dumps(words(first)) == json.dumps(words(second)), "plain numbers and words only"


def test_the_count_and_gi_star_need_nothing_but_counts() -> None:
    for name in ("count", "gi_star"):
        assert isinstance(CELL_METHODS[name].score(bare([1.0] * 91)), Scores)


def test_scores_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match=r"p is float64\(2,\), not one float64 for each cell"):
        Scores(score=np.zeros(3), p=np.zeros(2), q=None, chosen={})
    with pytest.raises(ValueError, match=r"score is int64\(3,\)"):
        Scores(score=np.zeros(3, dtype=np.int64), p=None, q=None, chosen={})  # type: ignore[arg-type]  # the wrong type is the test
    with pytest.raises(ValueError, match=r"column edge has the shape \(2,\), not one value for each of 3"):
        Scores(np.zeros(3), None, None, {}, {"edge": np.zeros(2)})
    with pytest.raises(ValueError, match="column b has the shape"):
        Table({"a": np.zeros(3), "b": np.zeros(2)}, {}, {})


def test_facts_that_do_not_fit_each_other_are_refused() -> None:
    whole, other = made_up.whole(), made_up.whole(3)
    with pytest.raises(ValueError, match=r"counts has the shape \(2,\), and the grid 91 cells"):
        Facts(whole.grid, np.zeros(2))
    with pytest.raises(ValueError, match="exposure has the shape"):
        Facts(whole.grid, whole.counts, exposure=np.zeros(2))
    with pytest.raises(ValueError, match="not of the cells of the grid"):
        Facts(whole.grid, whole.counts, other.periods)
    with pytest.raises(ValueError, match="The history is of 37 cells, and the grid has 91"):
        Facts(whole.grid, whole.counts, history=other.history)
    assert whole.events is not None
    with pytest.raises(ValueError, match="x has the shape"):
        replace(whole.events, x=np.zeros(2))
