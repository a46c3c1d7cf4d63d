"""Gi*: pictures an analyst can read, reference values made by other software, and a slow second answer."""

from pathlib import Path

import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Grid, from_hex, to_hex
from aim.hotspots.methods.gi_star import confidence, gi_star, score
from aim.hotspots.significance import benjamini_hochberg
from tests import oracles

ORIGIN = "891946548cbffff"
REFERENCE = [
    "gistar_h3_synth_k1.csv",
    "gistar_h3_memphis_robbery_r8_k1.csv",
    "gistar_h3_memphis_robbery_r9_k1.csv.gz",
]
ZEROS_DROPPED = "gistar_h3_synth_k1_ZEROS_DROPPED_WRONG.csv"


def cell_at(row: int, column: int) -> str:
    """The hexagon drawn at a row and column of text: the neighbours of a sign stand two to its left and right, and half
    way between in the rows above and below."""
    i, j = h3.cell_to_local_ij(ORIGIN, ORIGIN)
    return h3.local_ij_to_cell(ORIGIN, i + (row + column) // 2, j + row)


def hot_cells(counts: str) -> str:
    """The same picture with H for each cell that is hot at a false discovery rate of 5 %."""
    rows = counts.strip("\n").splitlines()
    drawn = [(row, column) for row, text in enumerate(rows) for column, sign in enumerate(text) if sign != " "]
    cells = from_hex([cell_at(row, column) for row, column in drawn])
    grid = Grid.of(cells)
    values = np.empty(len(grid))
    values[grid.index_of(cells)] = [float(rows[row][column].replace(".", "0")) for row, column in drawn]
    z, _, q = gi_star(values, grid.neighbours(1))
    hot = (confidence(z, q) >= 2)[grid.index_of(cells)]
    canvas = [[" "] * len(text) for text in rows]
    for (row, column), is_hot in zip(drawn, hot, strict=True):
        canvas[row][column] = "H" if is_hot else "."
    return "\n".join("".join(line) for line in canvas)


def test_a_cluster_is_hot_and_a_single_spike_is_not() -> None:
    counts = """
. . . . . . . . . . . .
 . . . . . . . . . . . .
. . 9 . . . . . . . . .
 . . . . . . . . . . . .
. . . . . . 4 4 . . . .
 . . . . . 4 4 4 . . . .
. . . . . . 4 4 . . . .
 . . . . . . . . . . . .
. . . . . . . . . . . .
 . . . . . . . . . . . .
"""
    hot = """
. . . . . . . . . . . .
 . . . . . . . . . . . .
. . . . . . . . . . . .
 . . . . . . . . . . . .
. . . . . . H H . . . .
 . . . . . H H H . . . .
. . . . . . H H . . . .
 . . . . . . . . . . . .
. . . . . . . . . . . .
 . . . . . . . . . . . .
"""
    assert hot_cells(counts) == hot.strip("\n")


def test_an_empty_cell_in_the_midst_of_a_cluster_lies_in_the_hot_area() -> None:
    counts = """
. . . . . . . . . . . .
 . . . . . . . . . . . .
. . . . . . . . . . . .
 . . . . . . . . . . . .
. . . . . . 4 4 . . . .
 . . . . . 4 . 4 . . . .
. . . . . . 4 4 . . . .
 . . . . . . . . . . . .
. . . . . . . . . . . .
 . . . . . . . . . . . .
"""
    assert hot_cells(counts).splitlines()[5] == " . . . . . H H H . . . ."


def test_where_every_cell_has_as_much_nothing_is_hot() -> None:
    assert "H" not in hot_cells("5 5 5 5\n 5 5 5 5\n5 5 5 5")


@pytest.fixture(params=REFERENCE)
def reference(request: pytest.FixtureRequest, shared: Path) -> pl.DataFrame:
    return read_reference(shared, request.param)


def read_reference(shared: Path, name: str) -> pl.DataFrame:
    """In the order of the grid, which is that of the text too: all cells are of one length and resolution."""
    return pl.read_csv(shared / "reference" / name, infer_schema_length=None).sort("cell")


def scored(table: pl.DataFrame) -> pl.DataFrame:
    grid = Grid.of(from_hex(table["cell"].to_list()))
    assert to_hex(grid.cells) == table["cell"].to_list()
    near = grid.neighbours(1)
    z, p, q = gi_star(table["count"].to_numpy().astype(np.float64), near)
    return table.select("cell", "count").with_columns(neighbours=near.sizes, z=z, p=p, q=q, level=confidence(z, q))


def test_z_p_and_q_are_those_of_the_reference(reference: pl.DataFrame) -> None:
    ours = scored(reference)
    np.testing.assert_array_equal(ours["neighbours"], reference["n_nbrs_incl_self"])
    np.testing.assert_allclose(ours["z"], reference["gi_star_z"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours["p"], reference["p"], rtol=1e-9, atol=0)
    np.testing.assert_allclose(ours["q"], reference["p_fdr_bh"], rtol=1e-9, atol=0)
    np.testing.assert_array_equal(ours["level"], reference["gi_bin_fdr"])


def test_z_and_p_are_those_of_esda_and_spdep(reference: pl.DataFrame) -> None:
    ours = scored(reference)
    np.testing.assert_allclose(ours["z"], reference["gi_star_z_esda"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours["z"], reference["gi_star_z_spdep"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours["p"], 2 * reference["p_norm_esda_1sided"], rtol=1e-9, atol=0)


def test_leaving_out_the_empty_cells_gives_other_scores_and_the_engine_does_not(shared: Path) -> None:
    """The wrong file is what Gi* gives for a study area of the cells near incidents only; given those, so does ours."""
    part = read_reference(shared, ZEROS_DROPPED)
    whole = scored(read_reference(shared, REFERENCE[0]))
    both = whole.join(part, on=["cell", "count"])
    assert len(both) == len(part)
    assert not both.filter((pl.col("z") - pl.col("gi_star_z")).abs() > 2).is_empty()
    assert (len(whole.filter(pl.col("level") >= 2)), len(part.filter(pl.col("gi_bin_fdr") >= 2))) == (75, 39)
    np.testing.assert_allclose(scored(part)["z"], part["gi_star_z"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(scored(part)["q"], part["p_fdr_bh"], rtol=1e-9, atol=0)


@st.composite
def counted_cells(draw: st.DrawFn) -> dict[str, float]:
    """Part of a patch or of two far apart; whole counts, changes, huge or weighted counts, or the same everywhere."""
    patch = sorted(h3.grid_disk(ORIGIN, 3))
    town = draw(st.sampled_from([patch, patch + sorted(h3.grid_disk(h3.latlng_to_cell(51.5, 0, 9), 2))]))
    cells = draw(st.lists(st.sampled_from(town), min_size=1, unique=True))
    whole, huge, weighted = st.integers(0, 5), st.sampled_from([0, 10**12]), st.sampled_from([0, 0.5, 1, 2.25, 40])
    values = draw(st.sampled_from([whole, st.integers(-3, 3), huge, weighted, st.just(0.1)]))
    return {cell: float(draw(values)) for cell in cells}


@settings(deadline=None)
@given(counts=counted_cells(), k=st.integers(0, 3))
def test_two_answers_agree(counts: dict[str, float], k: int) -> None:
    grid = Grid.of(from_hex(list(counts)))
    names = to_hex(grid.cells)
    near = grid.neighbours(k)
    expected = oracles.gi_star(counts, k)
    ours = gi_star(np.array([counts[name] for name in names]), near)
    for mine, slow in zip((near.sizes, *ours), zip(*(expected[name] for name in names), strict=True), strict=True):
        np.testing.assert_allclose(mine, slow, rtol=1e-9, atol=1e-9)


@given(
    p=st.lists(st.floats(0, 1), min_size=1, max_size=30),
    repeats=st.lists(st.integers(1, 4), min_size=30, max_size=30),
)
def test_benjamini_hochberg_counts_a_repeated_p_as_that_many_tests(p: list[float], repeats: list[int]) -> None:
    tests = [value for value, times in zip(p, repeats, strict=False) for _ in range(times)]
    ours = benjamini_hochberg(np.array(p), np.array(repeats[: len(p)]))
    np.testing.assert_allclose(ours, [oracles.adjusted(value, tests) for value in p], rtol=1e-12)


def test_confidence_has_the_sign_of_z_and_the_level_of_q() -> None:
    z = np.array([9.0, 4.0, 3.0, 2.0, -2.0, -3.0, -9.0, 0.0])
    q = np.array([0.01, 0.02, 0.10, 0.11, 0.11, 0.06, 0.001, 1.0])
    assert confidence(z, q).tolist() == [3, 2, 1, 0, 0, -1, -3, 0]


def test_the_neighbourhood_suits_the_resolution() -> None:
    for resolution, k in ((8, 1), (9, 1), (10, 2)):
        grid = Grid.of(from_hex([h3.latlng_to_cell(54.57, -1.23, resolution)]))
        assert score(Facts(grid, np.array([3.0]))).chosen["k"] == k


def test_the_edge_is_the_share_of_the_neighbourhood_where_nobody_looked() -> None:
    grid = Grid.of(from_hex(sorted(h3.grid_disk(ORIGIN, 2))))
    rings = [h3.grid_distance(ORIGIN, cell) for cell in to_hex(grid.cells)]
    edge = score(Facts(grid, np.ones(len(grid)))).columns["edge"]
    found = {
        ring: sorted({round(7 * float(e)) for e, r in zip(edge, rings, strict=True) if r == ring}) for ring in rings
    }
    assert found == {0: [0], 1: [0], 2: [2, 3]}
