"""The forecast's accuracy in hindsight beside simple rankings and the best of a file of 29: one command, one table.

    python benchmarks/forecast.py [--shared ../shared] [--horizon 7]

Pooled PAI at 0.5, 1, 2 and 5 % of the cells of H3 resolution 9, from rolling origins that touch and do not overlap.
At each origin nothing later is known, and weights are those fitted at the end of the month before. What was chosen by
hand (half-lives, rings, the mean of two fits, windows, steps) was chosen on other origins: see CHOICES. The simple
rankings break ties as the file's do, so that their hits are the file's; the forecast breaks them by its own hash.
"""

import argparse
import time
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl

from aim.hotspots.hindsight import AREA_SHARES, Hindsight, Periods, hindsight
from aim.hotspots.points import PointColumns, Points, read_points
from aim.hotspots.simple_rankings import ForecastRanking, simple_rankings

CHOICES: Final = """Choices were made on: Portland thefts of auto, origins 2013-12-01 to 2016-02-29, and the same record
begun anew in each of 2012 to 2015 (origins of its last five months, none after 2016-02-29); Memphis robberies, origins
2019-04-01 to 2019-07-31; Pittsburgh fires 2015 to 2020 and single years of them; Chicago graffiti 2017 to 2018.
None was made on the origins below."""


class Series(NamedTuple):
    """A dated series: its files, and the days that are foretold."""

    title: str
    key: str
    points: str
    columns: PointColumns
    area: str
    first: str
    last: str


FEET: Final = PointColumns("x_coordina", "y_coordina", "occ_date", "EPSG:2913")
DISTRICTS: Final = "portland_nij/portland-police-districts.zip"
SERIES: Final = (
    Series(
        "Portland thefts of auto", "pdx_toa", "portland_nij/crimes_veh.csv.gz", FEET, DISTRICTS,
        "2016-03-01", "2017-05-31",
    ),
    Series(
        "Memphis robberies", "mem_rob", "memphis/memphis_robberies.csv.gz",
        PointColumns("lon", "lat", "date", "EPSG:4326"), "memphis/memphis_precincts.geojson",
        "2019-08-01", "2019-12-31",
    ),
    Series(
        "Portland burglaries", "pdx_bur", "portland_nij/crimes_bur.csv.gz", FEET, DISTRICTS,
        "2016-03-01", "2017-05-31",
    ),
)  # fmt: skip


def look_back(series: Series, timed: Path, horizon: int) -> Hindsight:
    """Every ranking over the series' days."""
    town: Points = read_points(timed / series.points, series.columns, timed / series.area, 9)
    rankings = simple_rankings(town.grid, town.incidents)
    periods = Periods.of_days(np.datetime64(series.first), np.datetime64(series.last), horizon)
    ties = np.random.default_rng(0).random(len(town.grid))  # as the file's
    simple = hindsight(rankings, town.incidents, town.grid.cells, periods, AREA_SHARES, ties)
    ranking = {"forecast": ForecastRanking(town.grid, town.incidents, horizon)}
    ours = hindsight(ranking, town.incidents, town.grid.cells, periods)
    hits = np.concatenate([ours.hits, simple.hits])
    names = (*ours.names, *simple.names)
    return Hindsight(names, periods, AREA_SHARES, hits, ours.best, ours.totals, ours.flagged, ours.cells)


def report(series: Series, found: Hindsight, file: pl.DataFrame, horizon: int) -> None:
    """A block for each share: the rankings, then the ratios asked for."""
    print(f"\n{series.title}: {found.cells:,} cells, {len(found.periods)} origins {series.first} to {series.last}")
    table = found.table()
    for share in AREA_SHARES:
        rows = table.filter(pl.col("area_share") == share)
        best = file.filter(
            pl.col("dataset") == series.key, pl.col("res") == 9, pl.col("H") == horizon, pl.col("budget") == share
        ).sort("hits", descending=True)
        print(f"  {share:.1%} of cells ({rows['flagged'][0]}), {rows['total'][0]:.0f} incidents")
        for row in rows.to_dicts():
            ratio, low, high = found.ratio("forecast", row["name"], share)
            beside = "" if row["name"] == "forecast" else f"forecast {ratio:.2f}x ({low:.2f}-{high:.2f})"
            print(
                f"    {row['name']:18} {row['hits']:5.0f} hits  PAI {row['pai']:6.2f}  PEI {row['pei']:.3f}  {beside}"
            )
        if not best.is_empty():
            model, hits, pai = best.select("model", "hits", "PAI").row(0)
            times = rows["pai"][0] / pai  # the file's origins for one day are not these, so hits would not compare
            print(f"    {'best of the file':18} {hits:5} hits  PAI {pai:6.2f}  ({model})  forecast {times:.2f}x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    beside = Path(__file__).resolve().parents[2] / "shared"
    parser.add_argument("--shared", type=Path, default=beside, help="the folder of reference material")
    parser.add_argument("--horizon", type=int, choices=(1, 7, 14), default=7)
    options = parser.parse_args()
    print(CHOICES)
    file = pl.read_csv(options.shared / "reference" / "forecast_rolling_benchmark.csv")
    timed = options.shared / "data" / "timed"
    for series in SERIES:
        if not (timed / series.points).is_file():
            print(f"\n{series.title}: {series.points} is not in {timed}, left out")
            continue
        start = time.perf_counter()
        report(series, look_back(series, timed, options.horizon), file, options.horizon)
        print(f"  {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
