"""The surge alarm: the test beside its printed sum, and what is compared with what."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.facts import Facts
from aim.hotspots.method import Lacking, Scores
from aim.hotspots.methods.surge import METHOD, more_than_before
from tests import facts, oracles
from tests.facts import UNTIL


def scored(days: dict[int, list[int]]) -> Scores | Lacking:
    """Of a town of 91 cells where each of these cells had an incident so many days before the end."""
    cells = np.repeat(list(days), [len(before) for before in days.values()])
    before = np.array([day for row in days.values() for day in row])
    grid = facts.grid_of(5)
    events = facts.events(grid, len(cells))
    day = UNTIL - before.astype("timedelta64[D]")
    found = replace(events, cell=cells, day=day, time_precision=np.full(len(cells), "exact"))
    return METHOD.score(Facts(grid, np.zeros(len(grid)), events=found, until=UNTIL))


def test_a_cell_with_a_sudden_rise_is_told_from_one_that_is_always_busy() -> None:
    found = scored({3: [1, 2, 3, 4, 5, 6, 7, 14, 200], 7: list(range(1, 380, 2)), 9: [1, 300]})
    assert isinstance(found, Scores)
    assert found.q is not None
    assert np.flatnonzero(found.q <= 0.05).tolist() == [3]
    assert found.columns["recent"][[3, 7, 9, 0]].tolist() == [8, 7, 1, 0]
    np.testing.assert_allclose(found.columns["expected"][[3, 7]], [14 / 365, 183 * 14 / 365])
    assert found.score[3] == pytest.approx(8 - 14 / 365)


def test_a_short_base_is_counted_as_short_and_one_too_short_is_refused() -> None:
    found = scored({3: [1, 114]})
    assert isinstance(found, Scores)
    assert found.chosen["base_days"] == 100
    assert found.columns["expected"][3] == pytest.approx(0.14)
    short = scored({3: [1, 50]})
    assert isinstance(short, Lacking)
    assert "the data begin 36 before" in short.why


@settings(deadline=None, max_examples=40)
@given(recent=st.integers(0, 9), base=st.integers(0, 9), days=st.sampled_from([14, 28, 90]))
def test_two_answers_agree(recent: int, base: int, days: int) -> None:
    [found] = more_than_before(np.array([recent]), np.array([base]), 14, days).tolist()
    if recent * days <= base * 14:
        assert found == 1, "no more than before is no surge"
    else:
        assert found == pytest.approx(oracles.e_test(recent, 14, base, days, one_sided=True), abs=1e-8)
