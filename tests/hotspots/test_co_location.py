"""Co-location: esda's and spdep's indices, sums told off one by one, and what exposure explains."""

import json
from dataclasses import replace
from pathlib import Path

import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Grid, from_hex, to_hex
from aim.hotspots.method import Lacking, Table
from aim.hotspots.methods.co_location import METHOD, local_lee, local_moran
from tests import facts, oracles


def test_indices_are_those_of_esda_and_spdep(shared: Path) -> None:
    table = pl.read_csv(
        shared / "reference/memphis_r8_eb_bivariate.csv", null_values="NA", infer_schema_length=None
    ).sort("cell")
    near = Grid.of(from_hex(table["cell"].to_list())).neighbours(1)
    count, day, night = (table[name].to_numpy().astype(np.float64) for name in ("count", "day_count", "night_count"))
    n = len(table)
    lee = local_lee(day, night, near)
    np.testing.assert_allclose(lee, table["lee_L_local_esda"], atol=1e-9)
    np.testing.assert_allclose(lee, table["lee_L_local_spdep"], atol=1e-9)
    assert lee.mean() == pytest.approx(0.3763474, abs=1e-7)
    local = local_moran(day, night, near)
    np.testing.assert_allclose(local * (n - 1) / n, table["bv_moran_day_Wnight_Ii_esda"], atol=1e-9)
    own = local_moran(count, count, near)
    for column in ("local_moran_Ii_esda", "local_moran_Ii_spdep"):  # both put n - 1 where the global index has n
        np.testing.assert_allclose(own * (n - 1) / n, table[column], atol=1e-9)
    told = json.loads((shared / "reference/concentration_global.json").read_text())["global"]
    assert local.mean() == pytest.approx(told["moran_bv_day_Wnight"], abs=1e-9)
    assert own.mean() == pytest.approx(told["moran_I_count"], abs=1e-9)


CELLS = sorted(h3.grid_disk(facts.HOME, 2))


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=19))
def test_two_answers_agree(rows: list[tuple[int, int]]) -> None:
    grid = Grid.of(from_hex(CELLS[: len(rows)]))
    names = to_hex(grid.cells)
    near = oracles.neighbours(names, 1)
    x, y = ([float(value) for value in column] for column in zip(*rows, strict=True))
    others = [[names.index(other) for other in near[cell] if other != cell] for cell in names]
    found = (fn(np.array(x), np.array(y), grid.neighbours(1)).mean() for fn in (local_moran, local_lee))
    assert tuple(found) == pytest.approx(oracles.co_location(x, y, others), abs=1e-9)


def two_agencies(exposure: bool) -> Facts:
    """Both follow the people of a town, and nothing else."""
    whole = facts.whole(k=7)
    people = np.where(np.arange(len(whole.grid)) % 8 == 0, 400.0, 10.0)
    random = np.random.default_rng(4)
    counts = [random.poisson(people / 100) for _ in range(2)]
    cell = np.concatenate([np.repeat(np.arange(len(people)), each) for each in counts])
    agency = np.repeat(np.array(["fire", "police"]), [each.sum() for each in counts])
    events = replace(facts.events(whole.grid, len(cell)), cell=cell, agency=agency)
    return replace(whole, events=events, exposure=people if exposure else None)


def test_what_people_explain_is_no_co_location_once_people_are_known() -> None:
    found = [METHOD.table(two_agencies(exposure)) for exposure in (False, True)]
    assert all(isinstance(table, Table) for table in found)
    blind, aware = (float(table.columns["p"][0]) for table in found if isinstance(table, Table))
    assert blind <= 0.02
    assert aware > 0.05


def test_one_agency_alone_is_not_compared() -> None:
    whole = facts.whole()
    assert whole.events is not None
    alone = replace(whole, events=whole.events.where(whole.events.agency == "fire"))
    assert METHOD.table(alone) == Lacking("Co-location needs single incidents of two agencies.")
