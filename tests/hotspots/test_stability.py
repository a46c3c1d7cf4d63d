"""Stability: a spot that any grid finds, one that only this grid has, and what the locations do not bear."""

from dataclasses import replace

import numpy as np
import pytest

from aim.hotspots.facts import Facts
from aim.hotspots.method import Table
from aim.hotspots.methods.stability import METHOD
from tests import facts


def spot(wide_m: float, precision_m: float = 10.0) -> Facts:
    """A town with 200 incidents thrown evenly round its middle, and one in each cell."""
    whole = facts.whole(k=12)
    n, random = len(whole.grid), np.random.default_rng(2)
    middle = facts.centres(whole.grid).mean(axis=0)
    places = np.vstack([facts.centres(whole.grid), middle + random.uniform(-wide_m, wide_m, (200, 2))])
    events = facts.events(whole.grid, n + 200)
    from aim.hotspots.places import cells_at

    cell = whole.grid.index_of(cells_at(places[:, 0], places[:, 1], 9))
    precision = np.full(len(cell), precision_m)
    found = replace(events, cell=cell, x=places[:, 0], y=places[:, 1], location_precision_m=precision)
    return replace(whole, events=found)


def shares(found: object, measure: str) -> dict[str, float]:
    assert isinstance(found, Table)
    rows = zip(*(found.columns[name].tolist() for name in ("variant", "measure", "share")), strict=True)
    return {variant: share for variant, what, share in rows if what == measure}


def test_a_wide_spot_is_hot_however_the_grid_is_laid() -> None:
    found = shares(METHOD.table(spot(wide_m=300)), "Gi*")
    assert set(found) == {
        "resolution 8",
        "resolution 10",
        *(f"half a cell {d}" for d in ("east", "north", "north-west")),
    }
    assert min(found.values()) > 0.8


def test_where_nothing_gathers_the_hottest_cells_depend_on_the_grid() -> None:
    found = shares(METHOD.table(facts.whole(k=12)), "top 1 %")
    assert min(found.values()) < 0.6


def test_finer_cells_than_the_locations_bear_are_not_tried() -> None:
    assert "resolution 10" not in shares(METHOD.table(spot(300, precision_m=71)), "Gi*")


@pytest.mark.parametrize("variant", ["half a cell east", "resolution 8"])
def test_counts_are_told_with_the_shares(variant: str) -> None:
    found = METHOD.table(spot(300))
    assert isinstance(found, Table)
    at = found.columns["variant"].tolist().index(variant)
    incidents, kept = int(found.columns["incidents"][at]), int(found.columns["kept"][at])
    assert 0 < kept <= incidents <= 200 + 60
    assert found.columns["share"][at] == kept / incidents
