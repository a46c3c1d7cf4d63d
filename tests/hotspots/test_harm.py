"""Harm by place: events told off one by one, and what a single grave event or a single weight can do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.method import Lacking, Scores
from aim.hotspots.methods.harm import METHOD, harm_ranks, harm_scores, sensitivity
from tests import facts

WEIGHTS = st.lists(st.sampled_from([0.0, 0.2, 0.4, 1.0, 8.4, 7979.0]), min_size=1, max_size=5)


@st.composite
def surfaces(draw: st.DrawFn) -> tuple[list[list[int]], list[float]]:
    """Incidents by cell and category, and a weight for each category."""
    weights = draw(WEIGHTS)
    row = st.lists(st.integers(0, 6), min_size=len(weights), max_size=len(weights))
    return draw(st.lists(row, min_size=1, max_size=9)), weights


def events_of(row: list[int], weights: list[float]) -> list[float]:
    return [weight for number, weight in zip(row, weights, strict=True) for _ in range(number)]


def capped(events: list[float]) -> float:
    """The largest S that is the sum of its events, each at most S/4: from above, round after round."""
    s = sum(events)
    for _ in range(4000):
        s = sum(min(weight, s / 4) for weight in events)
    return s


def rank(values: list[tuple[float, float]], at: int) -> int:
    return 1 + sum(other > values[at] for other in values)


@settings(deadline=None)
@given(surface=surfaces())
def test_two_answers_agree(surface: tuple[list[list[int]], list[float]]) -> None:
    rows, weights = surface
    found = harm_scores(np.array(rows, dtype=np.float64), np.array(weights))
    for at, row in enumerate(rows):
        events = events_of(row, weights)
        assert found.raw[at] == pytest.approx(sum(events), abs=1e-9)
        assert found.capped[at] == pytest.approx(capped(events), abs=1e-6)
        assert found.heaviest[at] == pytest.approx(max(events) / sum(events) if sum(events) else 0, abs=1e-9)
    pairs = [(round(float(s), 9), round(float(r), 9)) for s, r in zip(found.capped, found.raw, strict=True)]
    assert harm_ranks(found).tolist() == [rank(pairs, at) for at in range(len(rows))]


@settings(deadline=None, max_examples=50)
@given(surface=surfaces())
def test_what_the_top_depends_on_is_found_by_trying(surface: tuple[list[list[int]], list[float]]) -> None:
    rows, weights = surface
    counts = np.array(rows, dtype=np.float64)
    found = sensitivity(counts, np.array(weights), np.arange(len(weights)), 200)
    tried = [harm_ranks(harm_scores(counts, np.array(weights))).tolist()]
    for at in range(len(weights)):
        for factor in (0.5, 2):
            other = [weight * (factor if at == place else 1) for place, weight in enumerate(weights)]
            tried.append(harm_ranks(harm_scores(counts, np.array(other))).tolist())
    for cell in range(len(rows)):
        mine = [each[cell] for each in tried]
        assert found.best[cell] == min(mine)
        assert found.worst[cell] == max(mine)
        assert found.top[cell] == (mine[0] <= 2)
        assert found.fragile[cell] == (len({place <= 2 for place in mine}) == 2)


def test_one_homicide_is_no_hot_spot() -> None:
    """A hundred acts of damage, the same with a homicide, a homicide alone, three robberies, nothing."""
    rows = np.array([[0, 0, 100], [1, 0, 100], [1, 0, 0], [0, 3, 0], [0, 0, 0]], dtype=np.float64)
    found = harm_scores(rows, np.array([7979, 8.4, 1]))
    assert found.raw.tolist() == pytest.approx([100, 8079, 7979, 25.2, 0])
    assert found.capped.tolist() == pytest.approx([100, 400 / 3, 0, 0, 0])
    assert harm_ranks(found).tolist() == [2, 1, 3, 4, 5]


def scored(weight: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None) -> Scores:
    whole = facts.whole()
    assert whole.events is not None
    known = whole if weight is None else replace(whole, events=replace(whole.events, weight=weight))
    found = METHOD.score(known)
    assert isinstance(found, Scores)
    return found


def test_both_ranks_stand_side_by_side_and_cells_without_harm_come_last() -> None:
    found = scored()
    whole = facts.whole()
    assert whole.events is not None
    raw = np.bincount(whole.events.cell, whole.events.weight, len(whole.grid))
    np.testing.assert_allclose(found.columns["harm"], raw)
    np.testing.assert_array_equal(found.columns["count"], whole.counts)
    bare = whole.counts == 0
    assert bare.any()
    for name in ("rank_harm", "rank_count", "rank_best", "rank_worst"):
        assert set(found.columns[name][bare]) == {1 + (~bare).sum()}
    assert not found.columns["top"][bare].any()
    assert found.columns["top"].sum() == 1
    assert found.chosen["incidents"] == len(whole.events)


def test_what_is_sensitive_or_found_by_looking_does_not_count() -> None:
    whole = facts.whole()
    assert whole.events is not None
    for change in (
        {"category": np.where(np.arange(len(whole.events)) % 2, "sexual_offences", "burglary")},
        {"enforcement_driven": np.arange(len(whole.events)) % 2 == 1},
        {"weight": np.where(np.arange(len(whole.events)) % 2, 0.0, 2.0)},
        {"day": np.where(np.arange(len(whole.events)) % 2, facts.UNTIL - 366, facts.UNTIL - 1)},
    ):
        found = METHOD.score(replace(whole, events=replace(whole.events, **change)))
        assert isinstance(found, Scores)
        expected = np.bincount(whole.events.cell[::2], minlength=len(whole.grid))
        np.testing.assert_array_equal(found.columns["count"], expected)
        assert found.chosen["left_out"] == len(whole.events) // 2


def test_without_weights_it_says_so_and_is_not_the_count_again() -> None:
    whole = facts.whole()
    assert whole.events is not None
    found = METHOD.score(replace(whole, events=replace(whole.events, weight=np.ones(len(whole.events)))))
    assert found == Lacking(
        "No harm weights are applied: each incident counts 1. Sign a file of weights: `aim harm sign`."
    )
    nothing = METHOD.score(replace(whole, events=replace(whole.events, weight=np.zeros(len(whole.events)))))
    assert isinstance(nothing, Lacking)


def test_a_category_may_have_several_weights_and_is_doubled_as_one() -> None:
    """Two sizes of one kind: both are halved and doubled together, so that their order never changes."""
    counts = np.array([[6.0, 0], [0, 5]])
    together = sensitivity(counts, np.array([1.0, 1.5]), np.array(["tip", "tip"]), 100)
    assert together.fragile.tolist() == [False, False]
    apart = sensitivity(counts, np.array([1.0, 1.5]), np.array(["tip", "fire"]), 100)
    assert apart.fragile.tolist() == [True, True]
    assert (apart.best.tolist(), apart.worst.tolist()) == ([1, 1], [2, 2])
