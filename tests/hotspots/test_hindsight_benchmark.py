"""Looking back at Portland and Memphis: the simple rankings' numbers are those of the benchmark file, to the hit."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from aim.hotspots.hindsight import AREA_SHARES, Periods, hindsight
from aim.hotspots.points import PointColumns, Points, read_points
from aim.hotspots.simple_rankings import simple_rankings

NAMES = {
    "last_28_days": "last_28d",
    "last_365_days": "last_365d",
    "all_history": "all_history",
    "kde_250m_365_days": "kde250m_365d",
}
PORTLAND = ("pdx_toa", Periods.of_days(np.datetime64("2016-03-01"), np.datetime64("2017-05-31"), 7))
MEMPHIS = ("mem_rob", Periods.of_days(np.datetime64("2019-08-01"), np.datetime64("2019-12-31"), 7))


def read(shared: Path, name: str) -> Points:
    timed = shared / "data" / "timed"
    if name == "pdx_toa":
        columns = PointColumns("x_coordina", "y_coordina", "occ_date", "EPSG:2913")
        portland = timed / "portland_nij"
        return read_points(portland / "crimes_veh.csv.gz", columns, portland / "portland-police-districts.zip", 9)
    columns = PointColumns("lon", "lat", "date", "EPSG:4326")
    memphis = timed / "memphis"
    return read_points(memphis / "memphis_robberies.csv.gz", columns, memphis / "memphis_precincts.geojson", 9)


@pytest.mark.parametrize(("name", "periods"), [PORTLAND, MEMPHIS])
def test_simple_rankings_catch_as_many_as_in_the_benchmark_file(shared: Path, name: str, periods: Periods) -> None:
    """Ties go as they did there: by numbers of a generator seeded with 0, drawn in the order of the cells."""
    town = read(shared, name)
    rankings = simple_rankings(town.grid, town.incidents)
    del rankings["random"]
    ties = np.random.default_rng(0).random(len(town.grid))
    found = hindsight(rankings, town.incidents, town.grid.cells, periods, AREA_SHARES, ties).table()
    file = pl.read_csv(shared / "reference" / "forecast_rolling_benchmark.csv").filter(
        pl.col("dataset") == name, pl.col("res") == 9, pl.col("H") == 7
    )
    both = found.with_columns(model=pl.col("name").replace_strict(NAMES)).join(
        file, left_on=["model", "area_share"], right_on=["model", "budget"], suffix="_file"
    )
    assert len(both) == len(NAMES) * len(AREA_SHARES)
    assert both["hits"].to_list() == both["hits_file"].to_list()
    assert both["total"].to_list() == both["N"].to_list()
    assert (both["flagged"] * both["origins"]).to_list() == both["k"].to_list()
    for ours, theirs in (("hit_rate", "hit_rate_file"), ("pai", "PAI"), ("pei", "PEI")):
        np.testing.assert_allclose(both[ours], both[theirs], rtol=1e-4)  # the file has five figures
