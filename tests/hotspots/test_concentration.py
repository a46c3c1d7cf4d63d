"""Concentration: other software's Gini, pairs of cells told off one by one, and what chance does by itself."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aim.hotspots.facts import Facts
from aim.hotspots.method import Table
from aim.hotspots.methods.concentration import METHOD, cells_holding, figures, generalised_gini, gini
from tests import facts, oracles

FILES = {
    "memphis_robbery_r8": "gistar_h3_memphis_robbery_r8_k1.csv",
    "memphis_robbery_r9": "gistar_h3_memphis_robbery_r9_k1.csv.gz",
    "synth": "gistar_h3_synth_k1.csv",
}
TINY = ("tiny_0_0_0_10", "tiny_1_2_3_4", "tiny_equal")


@pytest.mark.parametrize("name", [*FILES, *TINY])
def test_the_figures_are_those_of_the_reference(shared: Path, name: str) -> None:
    expected = json.loads((shared / "reference/concentration_global.json").read_text())[name]
    values = expected.get("x") or pl.read_csv(shared / "reference" / FILES[name], infer_schema_length=None)["count"]
    counts = np.array(values, dtype=np.float64)
    assert gini(counts) == pytest.approx(expected["gini"], abs=1e-9)
    assert generalised_gini(counts) == pytest.approx(expected["gini_generalised"], abs=1e-9)
    if "total" in expected:
        found = figures(counts)
        assert counts.sum() == expected["total"]
        assert (found["cells_25%"], found["cells_50%"]) == (expected["cells_for_25"], expected["cells_for_50"])
        assert found["percent_cells_25%"] == pytest.approx(expected["pct_cells_25"], abs=1e-9)
        assert found["percent_cells_50%"] == pytest.approx(expected["pct_cells_50"], abs=1e-9)


@settings(deadline=None)
@given(counts=st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_two_answers_agree(counts: list[int]) -> None:
    assume(sum(counts))
    values = np.array(counts, dtype=np.float64)
    ours = (cells_holding(values, 0.25), cells_holding(values, 0.5), gini(values), generalised_gini(values))
    assert ours == pytest.approx(oracles.concentration(counts), abs=1e-9)


def test_few_incidents_look_concentrated_and_chance_shows_it() -> None:
    grid = facts.grid_of(9)
    thrown = np.random.default_rng(7).multinomial(60, np.full(len(grid), 1 / len(grid))).astype(np.float64)
    found = METHOD.table(Facts(grid, thrown))
    assert isinstance(found, Table)
    row = found.columns["figure"].tolist().index("gini")
    assert found.columns["observed"][row] > 0.7
    assert found.columns["by_chance_low"][row] <= found.columns["observed"][row] <= found.columns["by_chance_high"][row]
