"""Empirical Bayes rates: esda's and spdep's, and the printed formula cell by cell."""

from dataclasses import replace
from pathlib import Path

import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.grid import Grid, from_hex, to_hex
from aim.hotspots.method import Scores
from aim.hotspots.methods.rates import METHOD, empirical_bayes, spatial_empirical_bayes
from tests import facts, oracles


def read(shared: Path) -> tuple[Grid, pl.DataFrame]:
    path = shared / "reference/memphis_r8_eb_bivariate.csv"
    table = pl.read_csv(path, null_values="NA", infer_schema_length=None).sort("cell")
    return Grid.of(from_hex(table["cell"].to_list())), table


def test_rates_are_those_of_esda_and_spdep(shared: Path) -> None:
    grid, table = read(shared)
    events, exposure = (table[name].to_numpy().astype(np.float64) for name in ("count", "pop"))
    for column in ("eb_rate_esda_global", "eb_rate_spdep_EBest"):
        np.testing.assert_allclose(empirical_bayes(events, exposure), table[column].to_numpy(), atol=1e-9)
    found = spatial_empirical_bayes(events, exposure, grid.neighbours(1))
    expected = table["eb_rate_esda_spatial_ring1"].to_numpy()
    known = ~np.isnan(expected)
    np.testing.assert_allclose(found[known], expected[known], atol=1e-9)
    assert set(found[~known & (exposure > 0)]) <= {0.0}, "esda divides nothing by nothing where nothing happened around"


CELLS = sorted(h3.grid_disk(facts.HOME, 2))


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0, 3, 40, 900])), min_size=1, max_size=19))
def test_two_answers_agree(rows: list[tuple[int, int]]) -> None:
    cells = CELLS[: len(rows)]
    grid = Grid.of(from_hex(cells))
    events, exposure = np.array(rows, dtype=np.float64).T
    found = empirical_bayes(events, exposure)
    around = spatial_empirical_bayes(events, exposure, grid.neighbours(1))
    near = oracles.neighbours(to_hex(grid.cells), 1)
    everything = [row for row in rows if row[1]]
    for at, (e, p) in enumerate(rows):
        if not p:
            assert np.isnan(found[at])
            assert np.isnan(around[at])
            continue
        assert found[at] == pytest.approx(oracles.marshall(e, p, everything), abs=1e-12)
        beside = [rows[cells.index(cell)] for cell in near[cells[at]]] + [(e, p)]
        assert around[at] == pytest.approx(oracles.marshall(e, p, [row for row in beside if row[1]]), abs=1e-12)


def test_too_little_to_speak_of_a_rate_is_not_shown() -> None:
    whole = facts.whole(k=1)
    exposure = np.array([0, 49, 50, 500, 500, 500, 500], dtype=np.float64)
    found = METHOD.score(replace(whole, exposure=exposure))
    assert isinstance(found, Scores)
    assert found.columns["shown"].tolist() == [False, False, True, True, True, True, True]
    assert found.score[:2].tolist() == [0, 0]
    assert np.isnan(found.columns["rate"][0])
    rare = METHOD.score(replace(whole, exposure=exposure, counts=np.array([0, 0, 1, 0, 0, 0, 0], dtype=np.float64)))
    assert isinstance(rare, Scores)
    assert not rare.columns["shown"].any(), "one incident in all: nowhere is as much as one expected"
