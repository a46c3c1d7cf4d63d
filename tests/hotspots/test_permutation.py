"""The audit of Gi* by permutation: the exact chances, esda's own draws, and every draw there is in a small town."""

from itertools import combinations
from pathlib import Path

import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.grid import Grid, from_hex, to_hex
from aim.hotspots.methods.gi_star_permutation import draws, permuted_p
from tests import oracles
from tests.facts import HOME


@pytest.mark.parametrize("name", ["gistar_h3_synth_k1.csv", "gistar_h3_memphis_robbery_r8_k1.csv"])
def test_p_is_the_exact_one_within_what_chance_allows_and_so_is_esdas(shared: Path, name: str) -> None:
    """esda adds up fractions, and loses some of the draws that equal what was seen: it lies between "more" and "as many
    or more". It folds p to the smaller side too; so only the hot side is compared."""
    table = pl.read_csv(shared / "reference" / name, infer_schema_length=None).sort("cell")
    grid = Grid.of(from_hex(table["cell"].to_list()))
    near, counts = grid.neighbours(1), table["count"].to_numpy()
    ours = permuted_p(counts.astype(np.float64), near, 9_999, seed=1)
    theirs = table["p_sim_esda_1sided"].to_numpy()
    seen = near.sum(counts.astype(np.float64)).astype(int) - counts
    hot = np.flatnonzero(table["z_sim_esda"].to_numpy() > 1)
    assert len(hot) > 100
    for at in hot.tolist():
        chances = oracles.sums_of_draws(tuple(sorted(np.delete(counts, at).tolist())), int(near.sizes[at]) - 1)
        more, as_many = (sum(p for total, p in chances.items() if total >= least) for least in (seen[at] + 1, seen[at]))
        slack = 5 * np.sqrt(as_many / 9_999) + 2e-4
        assert abs(ours[at] - as_many) < slack
        assert more - slack < theirs[at] < as_many + slack


@settings(deadline=None, max_examples=30)
@given(
    counts=st.lists(st.sampled_from([0.0, 0, 0, 1, 2, 5]), min_size=7, max_size=7),
    weight=st.sampled_from([1.0, 0.1]),
    missing=st.integers(0, 3),
)
def test_p_is_the_share_of_all_draws_there_are(counts: list[float], weight: float, missing: int) -> None:
    """In a town of a few cells each set of neighbours can be told off; 20,000 draws come near its share."""
    cells = sorted(h3.grid_disk(HOME, 1))[missing:]
    grid = Grid.of(from_hex(cells))
    values = np.array(counts[missing:]) * weight
    p = permuted_p(values, grid.neighbours(1), 20_000, seed=3)
    near = oracles.neighbours(to_hex(grid.cells), 1)
    for at, cell in enumerate(to_hex(grid.cells)):
        others = [value for other, value in enumerate(values) if other != at]
        size = len(near[cell]) - 1
        seen = sum(values[to_hex(grid.cells).index(other)] for other in near[cell] if other != cell)
        sums = [sum(chosen) for chosen in combinations(others, size)]
        share = sum(total >= seen - 1e-9 for total in sums) / len(sums)
        assert p[at] == pytest.approx(share, abs=0.02)


def test_draws_are_different_numbers_each_as_likely_in_each_row() -> None:
    drawn = draws(6, 4, 30_000, np.random.default_rng(5))
    assert drawn.shape == (4, 30_000)
    assert all(len(set(column)) == 4 for column in drawn[:, :500].T.tolist())
    for row in drawn:
        np.testing.assert_allclose(np.bincount(row, minlength=6) / 30_000, 1 / 6, atol=0.01)


def test_another_seed_gives_other_draws_and_the_same_seed_the_same() -> None:
    grid = Grid.of(from_hex(sorted(h3.grid_disk(HOME, 6))))
    counts = np.random.default_rng(1).poisson(1, len(grid)).astype(np.float64)
    first, again, other = (permuted_p(counts, grid.neighbours(1), 99, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
