"""Looking back: plain loops, hand-made cases, and the benchmark file of rankings."""

import h3
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.errors import Refused, UsageError
from aim.hotspots.forecasting.forecast import hashed, order
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.grid import Floats, Grid, from_hex
from aim.hotspots.hindsight import Hindsight, Periods, Ranking, hindsight
from aim.hotspots.simple_rankings import ForecastRanking, density, simple_rankings
from tests.hotspots.forecasting.town import CUT_OFF, DAY, HOME, incidents, patch, two_years

FIRST, LAST = CUT_OFF - 69 * DAY, CUT_OFF


def of_counts(counts: list[list[int]]) -> tuple[Incidents, Grid, Periods]:
    """Incidents of some weeks (rows) and cells (columns), each on the first day of its week."""
    grid = Grid.of(from_hex(sorted(h3.grid_disk(HOME, 3))[: len(counts[0])]))
    cells = [cell for week in counts for cell, number in enumerate(week) for _ in range(number)]
    days = [FIRST + 7 * at * DAY for at, week in enumerate(counts) for number in week for _ in range(number)]
    record = incidents(grid, np.array(cells, dtype=np.int64), np.array(days, dtype="datetime64[D]"))
    return record, grid, Periods.of_days(FIRST, FIRST + (7 * len(counts) - 1) * DAY, 7)


def test_pai_pei_and_hit_rate_by_hand() -> None:
    record, grid, periods = of_counts([[6, 7, 3, 2, 1, 0]])
    found = hindsight(
        {"ours": lambda _: np.array([8.0, 4, 4, 2, 1, 0])}, record, grid.cells, periods, [1 / 6, 0.5], ties=np.zeros(6)
    ).table()
    assert found["flagged"].to_list() == [1, 3]
    assert found["hits"].to_list() == [6, 16]
    np.testing.assert_allclose(found["pai"], [1.894737, 1.684211], rtol=1e-6)
    np.testing.assert_allclose(found["pei"], [0.857143, 1], rtol=1e-6)
    np.testing.assert_allclose(found["hit_rate"], [6 / 19, 16 / 19])


@settings(deadline=None)
@given(
    counts=st.lists(st.lists(st.integers(0, 4), min_size=8, max_size=8), min_size=1, max_size=5),
    values=st.lists(st.integers(0, 3), min_size=8, max_size=8),
    share=st.floats(0.01, 1),
)
def test_two_answers_agree(counts: list[list[int]], values: list[int], share: float) -> None:
    record, grid, periods = of_counts(counts)
    score: Floats = np.array(values, dtype=np.float64)
    (row,) = hindsight({"ours": lambda _: score}, record, grid.cells, periods, [share]).table().to_dicts()
    hashes = hashed(grid.cells)
    chosen = sorted(range(8), key=lambda cell: (-values[cell], hashes[cell]))[: max(1, round(share * 8))]
    hits = sum(week[cell] for week in counts for cell in chosen)
    best = sum(sum(sorted(week, reverse=True)[: len(chosen)]) for week in counts)
    total = sum(map(sum, counts))
    assert (row["hits"], row["total"], row["origins"]) == (hits, total, len(counts))
    assert row["hit_rate"] == (pytest.approx(hits / total) if total else None)
    assert row["pai"] == (pytest.approx(hits / total / (len(chosen) / 8)) if total else None)
    assert row["pei"] == (pytest.approx(hits / best) if best else None)


def town() -> tuple[Grid, Incidents, Periods]:
    grid = patch(6)
    return grid, incidents(grid, *two_years(grid, 2500)), Periods.of_days(FIRST, LAST, 7)


def test_every_ranking_stands_beside_the_simple_ones() -> None:
    grid, record, periods = town()
    rankings = simple_rankings(grid, record) | {"forecast": ForecastRanking(grid, record, 7)}
    found = hindsight(rankings, record, grid.cells, periods, [0.05])
    table = found.table()
    assert table["name"].to_list() == [
        "last_28_days",
        "last_365_days",
        "all_history",
        "kde_250m_365_days",
        "random",
        "forecast",
    ]
    pai = dict(zip(table["name"], table["pai"], strict=True))
    assert 0.3 < pai["random"] < 2 < pai["forecast"]
    assert table.filter((pl.col("pai_low") > pl.col("pai")) | (pl.col("pai_high") < pl.col("pai"))).is_empty()
    ratio, low, high = found.ratio("forecast", "random", 0.05)
    assert ratio == pytest.approx(pai["forecast"] / pai["random"])
    assert low < ratio < high


def test_no_ranking_sees_what_happens_later() -> None:
    grid, record, periods = town()
    eve = periods.eves[4]
    past = record.known(eve)
    every = [simple_rankings(grid, each) | {"forecast": ForecastRanking(grid, each, 7)} for each in (record, past)]
    for name, ranking in every[0].items():
        assert np.array_equal(ranking(eve), every[1][name](eve)), name


def test_the_forecast_says_the_same_in_whatever_order_it_is_asked() -> None:
    grid, record, periods = town()
    forwards, backwards = (ForecastRanking(grid, record, 7) for _ in range(2))
    early, late = periods.eves[0], periods.eves[3]
    one = [forwards(early), forwards(late), forwards(early)]
    assert np.array_equal(one[0], one[2])
    assert backwards(early).shape == (len(grid),)
    assert np.array_equal(backwards(late), one[1])


def test_flagged_cells_are_those_that_the_forecast_ranks_first() -> None:
    grid, record, periods = town()
    expected = ForecastRanking(grid, record, 7)(periods.eves[0])
    one = Periods(periods.eves[:1], periods.ends[:1])
    found = hindsight({"forecast": lambda _: expected}, record, grid.cells, one, [0.1])
    tested = record.counts(periods.eves[0] + DAY, periods.ends[0] + DAY)
    assert found.hits[0, 0, 0] == tested[order(expected, grid.cells)[: round(0.1 * len(grid))]].sum()


def test_the_density_spreads_each_incident_over_the_rings_round_it() -> None:
    grid = patch(6)
    at = int(grid.index_of(from_hex([HOME]))[0])
    record = incidents(grid, np.array([at]), np.array([CUT_OFF]))
    found = density(grid, record, 250, 365)(CUT_OFF)
    apart = h3.average_hexagon_edge_length(9, "m") * 3**0.5
    for steps in range(7):
        ring = grid.index_of(from_hex(sorted(h3.grid_ring(HOME, steps))))
        expected = np.exp(-((steps * apart) ** 2) / (2 * 250**2)) if steps <= 5 else 0
        np.testing.assert_allclose(found[ring], expected, rtol=1e-12)


def test_the_interval_is_the_same_twice_and_another_for_another_seed() -> None:
    grid, record, periods = town()
    found = hindsight(simple_rankings(grid, record), record, grid.cells, periods, [0.05])
    assert found.table(seed=1).equals(found.table(seed=1))
    assert not found.table(seed=1).equals(found.table(seed=2))


def test_periods_touch_and_fit_between_the_days() -> None:
    periods = Periods.of_days(np.datetime64("2025-01-01"), np.datetime64("2025-01-15"), 7)
    assert periods.eves.astype(str).tolist() == ["2024-12-31", "2025-01-07"]
    assert periods.ends.astype(str).tolist() == ["2025-01-07", "2025-01-14"]
    assert periods.days() == 7


def test_months_known_whole_can_be_judged_and_weeks_of_them_cannot() -> None:
    grid = patch(2)
    cells, days = two_years(grid, 300)
    nobody, everyone = np.zeros(300, bool), np.ones(300, bool)
    record = Incidents.of(cells, days, len(grid), enforcement=nobody, monthly=everyone)
    months = Periods.of_months(np.datetime64("2025-01-10"), CUT_OFF)
    assert months.eves.astype(str).tolist() == ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]
    found = hindsight(simple_rankings(grid, record), record, grid.cells, months, [0.2])
    assert found.totals.tolist() == [
        (days.astype("datetime64[M]") == month).sum()
        for month in np.arange("2025-02", "2025-07", dtype="datetime64[M]")
    ]
    with pytest.raises(Refused, match="known to the month only"):
        hindsight(simple_rankings(grid, record), record, grid.cells, Periods.of_days(FIRST, LAST, 7))


@pytest.mark.parametrize(("weeks", "shares"), [(0, [0.01]), (1, [0.0]), (1, [1.5])])
def test_a_look_back_at_nothing_is_refused(weeks: int, shares: list[float]) -> None:
    grid, record, _ = town()
    periods = Periods.of_days(FIRST, FIRST + (7 * weeks - 1) * DAY, 7)
    with pytest.raises(UsageError, match="at least one day"):
        hindsight(simple_rankings(grid, record), record, grid.cells, periods, shares)


def test_with_no_incidents_in_the_days_looked_at_there_is_no_accuracy() -> None:
    grid, record, _ = town()
    later = Periods.of_days(CUT_OFF + 10 * DAY, CUT_OFF + 30 * DAY, 7)
    found: Hindsight = hindsight(simple_rankings(grid, record), record, grid.cells, later, [0.05])
    assert found.table()["pai"].null_count() == 5


def test_against_a_ranking_that_caught_nothing_the_ratio_is_infinite() -> None:
    record, grid, periods = of_counts([[3, 0], [2, 0]])
    rankings: dict[str, Ranking] = {"right": lambda _: np.array([1.0, 0]), "wrong": lambda _: np.array([0.0, 1])}
    found = hindsight(rankings, record, grid.cells, periods, [0.5])
    assert found.ratio("right", "wrong", 0.5) == (np.inf, np.inf, np.inf)
    assert found.ratio("wrong", "right", 0.5) == (0, 0, 0)
