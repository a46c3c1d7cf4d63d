"""Bring the stored links up to date: all of them, or those around what a load has changed."""

from typing import Final

import numpy as np
import polars as pl
from sqlalchemy import Connection

from aim.db.tables.links import KEY
from aim.ingest.links.candidates import CELL_M2
from aim.ingest.links.certain import Certain, certain
from aim.ingest.links.rows import Bools, Region, clustered, in_order, read
from aim.ingest.links.rules import Rules, shipped
from aim.ingest.links.solve import Solution, solve
from aim.ingest.links.store import Linked, replace

CELL_M: Final = 2 * float(np.sqrt(CELL_M2))
"""Farther across than any cell in which reports are counted: a hexagon is 1.24 times the root of its area across, and
H3's vary by a third."""
SLACK_H: Final = 240.0
SLACK_M: Final = 2_000.0
"""Read beyond what is needed at once, because groups of candidates reach beyond it; too little costs another round.
More than the few metres by which a margin may be off (`Region.widened`), or a round would not get further."""
NOWHERE: Final = Region(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""A region without reports, for a run that is about reports without a place alone."""


def relink(
    connection: Connection,
    changed: list[Region] | None = None,
    *,
    about: pl.DataFrame | None = None,
    rules: Rules | None = None,
) -> Linked:
    """Bring the links around `changed` (everything, where it is None) to what the rules and the reviewers say.

    `about` are rows that a reviewer has just spoken of. The outcome is that of a run over everything. To be called in
    the transaction of the change, with the loads' lock.
    """
    rules = rules or shipped()
    known = certain(connection, rules, about)
    if changed is None:
        return _settle(connection, Region(), known, rules)
    near_m, near_h = _near(rules)
    seeds = [*changed, *_places(known.rows.join(known.restless, on=KEY, how="semi"))]
    cores = clustered((seed.widened(near_m, near_h) for seed in seeds), apart_h=2 * (near_h + SLACK_H))
    if not cores and len(known.restless):
        cores = [NOWHERE]
    return sum((_settle(connection, core, known, rules) for core in cores), Linked())


def _near(rules: Rules) -> tuple[float, float]:
    """Metres and hours within which one report can bear on the links of another: as a partner of it, or as one of the
    crowd around its partner."""
    return rules.reach_m + CELL_M, rules.reach_h + rules.chance_days * 24


def _settle(connection: Connection, core: Region, known: Certain, rules: Rules) -> Linked:
    """Work out and store the links of every group of candidates that reaches into `core`."""
    near_m, near_h = _near(rules)
    around = core
    while True:
        loaded = around.widened(near_m + SLACK_M, near_h + SLACK_H)
        rows = in_order(read(connection, loaded, rules), known.rows)
        found = solve(rows, known, rules)
        mine = _touched(rows, found, core, known)
        unsure = mine & rows["placed"].to_numpy() & ~loaded.widened(-near_m, -near_h).holds(rows)
        if not unsure.any():
            links = found.links.filter(mine[found.links["at"].to_numpy()])
            return replace(connection, rows, mine, links, loaded)
        for place in _places(rows.filter(unsure)):
            around = around.joined(place)


def _touched(rows: pl.DataFrame, found: Solution, core: Region, known: Certain) -> Bools:
    """bool[n]: the rows of every group that reaches into `core`, or to a restless row that has no place."""
    if core == Region():
        return np.ones(len(rows), np.bool_)
    restless = known.restless.with_columns(restless=True)
    unplaced = rows.join(restless, on=KEY, how="left", maintain_order="left").select(
        (pl.col("restless") & ~pl.col("placed")).fill_null(False)
    )
    touched = core.holds(rows) | unplaced.to_series().to_numpy()
    return np.isin(found.groups, np.unique(found.groups[touched]))


def _places(rows: pl.DataFrame) -> list[Region]:
    """A region around each row that has a place."""
    placed = rows.filter("placed").select("longitude", "latitude", "begins").iter_rows()
    return [Region(x, y, x, y, hours, hours) for x, y, hours in placed]
