"""The forecast does not feed on itself, and says what it rests on."""

import json

import numpy as np
import polars as pl
import pytest

from aim.hotspots.fairness import Recorded, exposure, feedback, model_card
from aim.hotspots.forecasting.forecast import forecast
from aim.hotspots.hindsight import Periods, hindsight
from aim.hotspots.simple_rankings import ForecastRanking, simple_rankings
from tests.hotspots.forecasting.town import CUT_OFF, DAY, incidents, patch, two_years


@pytest.mark.parametrize("seed", range(10))
def test_with_reported_incidents_two_equal_areas_stay_within_a_tenth_of_half_and_half(seed: int) -> None:
    found = feedback(Recorded.REPORTED, seed=seed)
    assert found.patrols.shape == (1000, 2)
    assert 0.45 <= found.shares()[-1, 0] <= 0.55
    assert ((found.patrols[100:] >= 0.45) & (found.patrols[100:] <= 0.55)).all()


@pytest.mark.parametrize("seed", range(10))
def test_with_discovered_incidents_a_head_start_is_never_made_good(seed: int) -> None:
    """So the test above can fail: the same two areas, the same forecast, but what is recorded follows the patrols."""
    found = feedback(Recorded.DISCOVERED, seed=seed)
    assert found.patrols[100:, 0].mean() > 0.6
    assert found.recorded[:, 0].sum() > 1.4 * found.recorded[:, 1].sum()


def test_the_simulation_is_the_same_twice() -> None:
    one, two = (feedback(Recorded.DISCOVERED, seed=3, days=50) for _ in range(2))
    assert np.array_equal(one.patrols, two.patrols)
    assert np.array_equal(one.recorded, two.recorded)


def test_exposure_sets_patrols_beside_reported_harm_and_raises_an_alarm_outside_the_band() -> None:
    groups = np.array(["b", "a", "a", "c", "d"])
    found = exposure(groups, np.array([30.0, 10, 20, 40, 0]), np.array([30.0, 20, 20, 30, 0]))
    assert found.to_dicts() == [
        {"group": "a", "minutes_share": 0.3, "harm_share": 0.4, "ratio": pytest.approx(0.75), "alert": True},
        {"group": "b", "minutes_share": 0.3, "harm_share": 0.3, "ratio": 1.0, "alert": False},
        {"group": "c", "minutes_share": 0.4, "harm_share": 0.3, "ratio": pytest.approx(4 / 3), "alert": True},
        {"group": "d", "minutes_share": 0.0, "harm_share": 0.0, "ratio": None, "alert": False},
    ]


def test_patrols_where_nobody_reports_harm_are_an_alarm() -> None:
    found = exposure(np.array(["a", "b"]), np.array([1.0, 1]), np.array([0.0, 5]))
    assert found.select("ratio", "alert").rows() == [(None, True), (0.5, True)]
    nothing = exposure(np.array(["a"]), np.array([0.0]), np.array([0.0]))
    assert nothing.select("minutes_share", "harm_share", "alert").row(0) == (0, 0, False)


def test_a_model_card_says_what_the_forecast_rests_on() -> None:
    grid = patch()
    cells, days = two_years(grid, 800)
    flags = np.arange(800) < 37
    record = incidents(grid, cells, days, flags)
    rankings = simple_rankings(grid, record) | {"forecast": ForecastRanking(grid, record, 7)}
    tested = hindsight(rankings, record, grid.cells, Periods.of_days(CUT_OFF - 27 * DAY, CUT_OFF, 7), [0.05, 0.1])
    card = json.loads(
        json.dumps(model_card(forecast(grid, record, CUT_OFF, 7), record, tested, "forecast", "random", 0.1))
    )
    assert (card["data_cut_off"], card["horizon_days"], card["incidents_known"]) == ("2025-06-30", 7, 763)
    assert card["left_out"] == {"enforcement_driven": 37, "outside_area": 0}
    assert card["weights"]["fitted"]
    assert list(card["weights"]["by_half_life_and_ring"]["1460d"]) == ["0", "1", "2", "3-5"]
    rows = tested.table().filter(pl.col("area_share") == 0.1)
    pai = dict(zip(rows["name"], rows["pai"], strict=True))
    assert (card["tested"]["pai"], card["tested"]["pai_of_chance"]) == (pai["forecast"], pai["random"])
    assert (card["tested"]["first_day"], card["tested"]["last_day"]) == ("2025-06-03", "2025-06-30")
    assert card["limits"]
    with pytest.raises(ValueError, match="holds no 'tea leaves'"):
        model_card(forecast(grid, record, CUT_OFF, 7), record, tested, "tea leaves", "random", 0.1)
