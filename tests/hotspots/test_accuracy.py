"""Accuracy of a map: another program's table, and the flagged cells added up one by one."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aim.hotspots.accuracy import accuracy


def test_the_table_is_that_of_the_reference(shared: Path) -> None:
    table = pl.read_csv(shared / "reference/pai_ptools_tiny.csv")
    by_id = table.sort("id")
    found = accuracy(*(by_id[name].to_numpy().astype(np.float64) for name in ("Count", "Pred", "Area")))
    assert (found.order + 1).tolist() == table["id"].to_list()
    for ours, column in (
        (found.hits, "CumCount"),
        (found.hit_rate, "PCumCount"),
        (found.area_share, "PCumArea"),
        (found.pai, "PAI"),
        (found.pei, "PEI"),
        (found.calibration_ratio, "RRI"),
    ):
        np.testing.assert_allclose(ours, table[column].to_numpy(), rtol=1e-9)


@settings(deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=9))
def test_two_answers_agree(rows: list[tuple[int, int]]) -> None:
    total = sum(observed for observed, _ in rows)
    assume(total)
    found = accuracy(*np.array([(*row, 2.0) for row in rows]).T)
    flagged = sorted(rows, key=lambda row: (-row[1], row[0]))
    best = sorted((observed for observed, _ in rows), reverse=True)
    for at in range(len(rows)):
        hits = sum(observed for observed, _ in flagged[: at + 1])
        assert found.hits[at] == hits
        assert found.hit_rate[at] == pytest.approx(hits / total)
        assert found.pai[at] == pytest.approx(hits / total * len(rows) / (at + 1))
        assert found.pei[at] == pytest.approx(hits / sum(best[: at + 1]))
        predicted = sum(predicted for _, predicted in flagged[: at + 1])
        assert found.calibration_ratio[at] == pytest.approx(predicted / hits if hits else np.nan, nan_ok=True)


def test_a_ranking_gains_nothing_by_its_ties() -> None:
    assert accuracy(np.array([5.0, 0, 3]), np.ones(3), np.ones(3)).hits.tolist() == [0, 3, 8]
    assert accuracy(np.array([0.0, 3, 5]), np.ones(3), np.ones(3)).hits.tolist() == [0, 3, 8]


def test_the_best_that_could_be_is_by_density_and_takes_a_last_cell_in_part() -> None:
    found = accuracy(np.array([6.0, 4]), np.array([9.0, 1]), np.array([3.0, 1]))
    assert found.pei[0] == pytest.approx(6 / (4 + 2 / 3 * 6))
    assert np.isnan(accuracy(np.zeros(2), np.ones(2), np.ones(2)).pai).all()
