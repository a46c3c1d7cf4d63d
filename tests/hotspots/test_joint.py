"""Joint cells: ranks, shares and scores told off cell by cell, and a test that exposure alone does not pass."""

from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.facts import Events, Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import Lacking, Scores
from aim.hotspots.methods.joint import METHOD, excess, in_top, joint, percentile, smoothed
from aim.hotspots.strata import members, tenths
from tests import facts, oracles

CELLS = st.integers(20, 60)


@st.composite
def surfaces(draw: st.DrawFn) -> dict[str, list[int]]:
    """Two or three agencies with something each."""
    n = draw(CELLS)
    row = st.lists(st.sampled_from([0, 0, 0, 1, 2, 5]), min_size=n, max_size=n).filter(any)
    names = draw(st.sampled_from([("police", "council"), ("police", "council", "fire")]))
    return {name: draw(row) for name in names}


def as_arrays(rows: dict[str, list[int]]) -> dict[str, Floats]:
    return {name: np.array(row, dtype=np.float64) for name, row in rows.items()}


def answered(rows: dict[str, list[int]]) -> Scores:
    found = joint(as_arrays(rows), None, 0)
    assert isinstance(found, Scores)
    return found


@settings(deadline=None)
@given(rows=surfaces())
def test_two_answers_agree(rows: dict[str, list[int]]) -> None:
    found = answered(rows)
    n = len(rows["police"])
    keys: list[tuple[int, float, float]] = []
    for cell in range(n):
        shares = {name: row[cell] / sum(row) for name, row in rows.items()}
        tops = 0
        for name, row in rows.items():
            lower, as_high = sum(other < row[cell] for other in row), sum(other >= row[cell] for other in row)
            assert found.columns[f"percentile_{name}"][cell] == pytest.approx(lower / n)
            assert found.columns[f"top_{name}"][cell] == (20 * as_high <= n)
            tops += 20 * as_high <= n
            brings = found.columns[f"brings_{name}"][cell]
            if sum(shares.values()):
                assert brings == pytest.approx(shares[name] / sum(shares.values()))
            else:
                assert np.isnan(brings)
        assert found.score[cell] == pytest.approx(prod(shares.values()) ** (1 / len(rows)), abs=1e-12)
        assert found.columns["agencies"][cell] == tops
        assert found.columns["joint"][cell] == (tops >= 2)
        keys.append((tops if tops >= 2 else 0, round(float(found.score[cell]), 12), round(sum(shares.values()), 12)))
    order = found.columns["order"].tolist()
    for cell, other in product(range(n), repeat=2):
        if keys[cell] == keys[other]:
            assert order[cell] == order[other]
        elif keys[cell] > keys[other]:
            assert order[cell] < order[other]
    assert order.index(1) == keys.index(max(keys))
    assert (found.p, found.q) == (None, None)


@given(values=st.lists(st.integers(0, 4), min_size=1, max_size=80))
def test_no_agency_puts_more_than_a_twentieth_of_the_area_in_its_top(values: list[int]) -> None:
    assert in_top(np.array(values, dtype=np.float64)).sum() * 20 <= len(values)


def test_zeros_count_and_equals_share_the_lower_rank() -> None:
    values = np.array([0.0] * 36 + [1, 1, 1, 2])
    assert percentile(values).tolist() == [0] * 36 + [0.9] * 3 + [0.975]
    assert in_top(values).tolist() == [False] * 39 + [True], "three that tie at the edge stay out"
    assert in_top(np.zeros(40)).sum() == 0


def test_smoothing_is_the_mean_over_the_cell_and_its_neighbours() -> None:
    grid = facts.grid_of(3)
    values = np.arange(len(grid), dtype=np.float64)
    names = [format(cell, "x") for cell in grid.cells.tolist()]
    near = oracles.neighbours(names, 1)
    expected = [np.mean([values[names.index(other)] for other in near[name]]) for name in names]
    np.testing.assert_allclose(smoothed(values, grid.neighbours(1)), expected)


SHUFFLES = 4000


@settings(deadline=None, max_examples=30)
@given(rows=surfaces(), seed=st.integers(0, 3))
def test_p_is_what_every_shuffle_within_the_tenth_does(rows: dict[str, list[int]], seed: int) -> None:
    """One tenth of six cells: the exact chance is over all pairs or triples of values, which shuffles come near to."""
    few = {name: np.array([*row[:5], 1], dtype=np.float64) for name, row in rows.items()}
    found = excess(few, np.ones(6), seed, shuffles=SHUFFLES)
    shares = [[value / sum(row) for value in row] for row in (each.tolist() for each in few.values())]
    every = [prod(draw) ** (1 / len(shares)) for draw in product(*shares)]
    mean, five_errors = sum(every) / len(every), 5 * np.std(every) / SHUFFLES**0.5
    for cell in range(6):
        score = prod(share[cell] for share in shares) ** (1 / len(shares))
        exact = sum(other >= score - 1e-12 for other in every) / len(every)
        assert found.p[cell] == pytest.approx(exact, abs=0.04)  # five standard errors of a share, at a half
        assert score / (mean + five_errors) <= found.times[cell] <= score / max(mean - five_errors, 1e-9)


def test_agencies_that_follow_exposure_alone_are_no_news() -> None:
    """Many more incidents where many live: the busiest cells are joint, and p says that this is why."""
    random = np.random.default_rng(4)
    exposure = np.repeat([10.0, 1000.0], [380, 20])
    both = {name: random.poisson(exposure / 10).astype(np.float64) for name in ("police", "council")}
    found = joint(both, exposure, 1)
    assert isinstance(found, Scores)
    assert found.p is not None
    assert found.q is not None
    assert (found.q <= 0.05).sum() == 0
    assert np.median(found.p[380:]) > 0.2
    planted = {name: np.where(np.arange(400) == 7, 60, values) for name, values in both.items()}
    found = joint(planted, exposure, 1)
    assert isinstance(found, Scores)
    assert found.q is not None
    assert np.flatnonzero(found.q <= 0.05).tolist() == [7]
    assert found.columns["times_expected"][7] > 10


def test_in_the_last_tenth_the_cell_with_the_most_people_is_no_news_either() -> None:
    exposure = np.concatenate([np.full(360, 10.0), 100.0 * 1.2 ** np.arange(40)])
    follows = {name: exposure.copy() for name in ("police", "council")}
    found = excess(follows, exposure, 1)
    assert (found.p == 1).all()
    np.testing.assert_allclose(found.times, 1)
    follows["police"][370] *= 3
    follows["council"][370] *= 3
    found = excess(follows, exposure, 1)
    assert found.p.argmin() == 370
    assert found.p[370] < 0.01
    assert 2.5 < found.times[370] < 3


def test_an_area_where_nothing_is_exposed_is_one_group() -> None:
    values = {name: np.arange(40.0) for name in ("police", "council")}
    found = excess(values, np.zeros(40), 1)
    assert found.p[0] == 1
    assert np.isfinite(found.times).all()


def test_tenths_hold_cells_of_like_exposure_and_every_cell_once() -> None:
    exposure = np.array([0.0] * 50 + list(range(1, 51)))
    found = tenths(exposure)
    assert set(found[:50].tolist()) == {0}
    assert (found[50:] > 0).all(), "where nobody lives is apart from where few do"
    assert (np.diff(found) >= 0).all()
    assert sorted(np.concatenate(members(found)).tolist()) == list(range(100))


def whole(**change: Any) -> Facts:
    known = facts.whole(k=6)
    assert known.events is not None
    return replace(known, events=replace(known.events, **change)) if change else known


def test_an_agency_without_data_is_named_and_one_alone_is_not_enough() -> None:
    known = whole()
    assert known.events is not None
    found = METHOD.score(known)
    assert isinstance(found, Scores)
    assert found.chosen["without_data"] == "none"
    no_fire = np.where(known.events.agency == "fire", "council", known.events.agency)
    found = METHOD.score(whole(agency=no_fire))
    assert isinstance(found, Scores)
    assert found.chosen["without_data"] == "fire"
    assert "brings_fire" not in found.columns
    alone = METHOD.score(whole(agency=np.full(len(known.events), "fire")))
    assert alone == Lacking("Joint cells need incidents of two agencies; there are none of police, council.")


def test_without_an_exposure_there_is_no_p() -> None:
    found = METHOD.score(replace(whole(), exposure=None))
    assert isinstance(found, Scores)
    assert (found.p, found.q) == (None, None)
    assert found.chosen["test"] == "none: what is exposed is not known"
    assert "times_expected" not in found.columns


def test_exposure_is_smoothed_like_what_it_explains() -> None:
    """Each cell has as many incidents as people live there, so that all scores are what exposure would do."""
    known = whole()
    assert known.events is not None
    cell = np.concatenate([np.arange(len(known.grid))] * 2)
    many = np.where(np.arange(len(known.grid)) == 40, 300, 3)
    at = np.repeat(cell, np.concatenate([many, many]))
    rows = known.events.where(np.arange(len(known.events)) == 0)
    columns = {name: np.repeat(getattr(rows, name), len(at)) for name in rows.__dataclass_fields__}
    columns |= {"cell": at, "agency": np.where(np.arange(len(at)) < len(at) // 2, "police", "council")}
    found = METHOD.score(replace(known, events=Events(**columns), exposure=many.astype(np.float64)))
    assert isinstance(found, Scores)
    np.testing.assert_allclose(found.columns["times_expected"], 1)
    assert found.p is not None
    assert (found.p == 1).all()


def test_the_same_seed_gives_the_same_p_and_another_seed_nearly_so() -> None:
    one, same, other = (METHOD.score(replace(whole(), seed=seed)) for seed in (1, 1, 2))
    assert isinstance(one, Scores)
    assert isinstance(same, Scores)
    assert isinstance(other, Scores)
    assert one.p is not None
    assert same.p is not None
    assert other.p is not None
    assert np.array_equal(one.p, same.p)
    assert not np.array_equal(one.p, other.p)
    np.testing.assert_allclose(one.p, other.p, atol=0.1)


def test_what_is_sensitive_or_found_by_looking_makes_no_joint_cell() -> None:
    known = whole()
    assert known.events is not None
    half = np.arange(len(known.events)) % 2 == 1
    kept = METHOD.score(replace(known, events=known.events.where(~half)))
    barred = METHOD.score(whole(category=np.where(half, "sexual_offences", known.events.category)))
    driven = METHOD.score(whole(enforcement_driven=half))
    assert isinstance(kept, Scores)
    for found in (barred, driven):
        assert isinstance(found, Scores)
        np.testing.assert_array_equal(found.score, kept.score)


def test_a_small_area_has_no_top() -> None:
    found = METHOD.score(facts.whole(k=2, m=100))
    assert found == Lacking("Fewer than 20 cells have no top 5 %; there are 19.")
