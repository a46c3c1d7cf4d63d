"""Where people go, from plain files and with no database: `aim analyse cover` and `aim analyse rounds`.

Both raise WrongColumns, and UnreadableFile naming the first line at fault.
"""

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from aim.deployment.cover import Floats, cover
from aim.deployment.rounds import rounds
from aim.errors import UnreadableFile
from aim.hotspots import plain_files as plain

VISIT: Final = {"round": pl.Int64, "visit": pl.Int64, "place": pl.String, "score": pl.Float64, "minutes": pl.Float64}


def cover_file(demand_csv: Path, sites_csv: Path, radius: float, number: int) -> pl.DataFrame:
    """Which sites (`x`, `y`) reach most of the demand (`x`, `y`, `weight`): a row for each site, in the file's order.

    Gives `x`, `y`, whether it is `opened`, the weight `within_reach` of it alone, and `covered`, that of all opened.
    """
    demand = plain.read(demand_csv, ("x", "y", "weight"))
    demand = plain.with_numbers(demand_csv, demand, "weight", "a weight of 0 or more", least=0)
    points, at = _points(demand_csv, demand), _points(sites_csv, plain.read(sites_csv, ("x", "y")))
    weights = demand["number_weight"].to_numpy()
    found = cover(points, weights, at, radius, number)
    alone = [cover(points, weights, site[None, :], radius, 1).weight for site in at]
    told = {"opened": found.sites, "within_reach": alone, "covered": np.full(len(at), found.weight)}
    return pl.DataFrame({"x": at[:, 0], "y": at[:, 1], **told})


def rounds_file(places_csv: Path, service: float, budget: float, number: int) -> pl.DataFrame:
    """The best rounds through places: a row for each visit, in order.

    The file has `place`, `score`, and for each place a column of its name with the minutes from the row's place to it;
    the first row is where rounds begin and end. Gives `round`, `visit`, `place`, `score`, and `minutes`, those since
    the start of the round when the visit ends.
    """
    names = [str(name) for name in plain.read(places_csv, ("place", "score"))["place"].to_list()]
    if len(set(names)) < len(names):
        raise UnreadableFile(f"{places_csv} names a place twice: give each a name of its own.")
    rows = plain.read(places_csv, ("place", "score", *names))
    for column in ("score", *names):
        rows = plain.with_numbers(places_csv, rows, column, "a number, 0 or more", least=0)
    travel = rows.select(f"number_{name}" for name in names).to_numpy().astype(np.float64)
    scores = rows["number_score"].to_numpy().astype(np.float64)
    walks = enumerate(rounds(travel, scores, service, budget, number), 1)
    visits = [(at, *visit) for at, walk in walks for visit in _visits(walk, names, scores, travel, service)]
    return pl.DataFrame(visits, schema=VISIT, orient="row")


def _visits(
    walk: list[int], names: list[str], scores: Floats, travel: Floats, service: float
) -> list[tuple[int, str, float, float]]:
    on_the_way = np.cumsum(travel[[0, *walk[:-1]], walk] + service) if walk else np.empty(0)
    return [
        (visit, names[at], float(scores[at]), float(minutes))
        for visit, (at, minutes) in enumerate(zip(walk, on_the_way, strict=True), 1)
    ]


def _points(path: Path, rows: pl.DataFrame) -> Floats:
    for axis in ("x", "y"):
        rows = plain.with_numbers(path, rows, axis, "a number of metres")
    return rows.select("number_x", "number_y").to_numpy().astype(np.float64)
