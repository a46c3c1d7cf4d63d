"""Stability: would the same places be hot on another grid?

Hexagons are one way of cutting up a map. The incidents are counted once more in cells one resolution coarser and finer,
and in the same cells laid half a cell further east, north and north-west; of the incidents in the hottest cells (the
top 1 % by count, and those hot by Gi* at q <= 5 %) the share is told that lies in the hottest cells there too.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.facts import Bools, Facts
from aim.hotspots.grid import Grid, cell_width_m
from aim.hotspots.method import AreaMethod, Lacking, Table
from aim.hotspots.methods.gi_star import ALPHA, gi_star, steps_for
from aim.hotspots.places import at_resolution, cells_at
from aim.incident import RESOLUTIONS

TOP: Final = 0.01


class Variant(NamedTuple):
    """Another way of laying the grid: its resolution, and how many metres the incidents are moved under it."""

    name: str
    resolution: int
    east: float
    north: float


class Hot(NamedTuple):
    """Whether each incident lies in the top 1 % of cells, and whether in a cell that Gi* calls hot."""

    top: Bools
    gi_star: Bools


def table(facts: Facts) -> Table | Lacking:
    """For each variant and measure, the incidents that are hot here and the share of them hot there too."""
    if facts.events is None or not len(facts.events):
        return Lacking("Stability needs the places of single incidents.")
    here = hot(facts.grid, facts.events.cell)
    rows = [(variant.name, *row) for variant in variants(facts) for row in _kept(here, _there(facts, variant))]
    names = ("variant", "measure", "incidents", "kept", "share")
    columns = {name: np.array(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    return Table(columns, {"incidents": len(facts.events)}, {"top_share": TOP, "alpha": ALPHA})


def variants(facts: Facts) -> list[Variant]:
    """Coarser, finer where the locations bear it, and three shifts by half a cell's width."""
    assert facts.events is not None  # noqa: S101  # `table` asked
    r, error = facts.grid.resolution, float(facts.events.location_precision_m.max())
    half = cell_width_m(r) / 2
    other = [s for s in (r - 1, r + 1) if s in RESOLUTIONS and (s < r or cell_width_m(s) >= 2 * error)]
    moved = (("east", half, 0.0), ("north", 0.0, half), ("north-west", -half / 2**0.5, half / 2**0.5))
    return [Variant(f"resolution {s}", s, 0, 0) for s in other] + [
        Variant(f"half a cell {d}", r, e, n) for d, e, n in moved
    ]


def hot(grid: Grid, at: NDArray[np.int64]) -> Hot:
    """Which incidents are hot where `at` is the position of each in the grid; of equal counts the first cell wins."""
    counts = np.bincount(at, minlength=len(grid)).astype(np.float64)
    most = np.zeros(len(grid), dtype=np.bool_)
    most[np.argsort(-counts, kind="stable")[: max(1, round(TOP * len(grid)))]] = True
    z, _, q = gi_star(counts, grid.neighbours(steps_for(grid)))
    significant = (q <= ALPHA) & (z > 0)
    return Hot(most[at], significant[at])


def _there(facts: Facts, variant: Variant) -> Hot:
    """The same with the incidents moved, or in cells of another width; cells that they enter are added to the grid."""
    events = facts.events
    assert events is not None  # noqa: S101  # `table` asked
    own = facts.grid.cells
    area = own if variant.resolution == facts.grid.resolution else at_resolution(own, variant.resolution)
    cells = cells_at(events.x + variant.east, events.y + variant.north, variant.resolution)
    grid = Grid.of(np.concatenate([area, cells]))
    return hot(grid, grid.index_of(cells))


def _kept(here: Hot, there: Hot) -> list[tuple[str, int, int, float]]:
    rows: list[tuple[str, int, int, float]] = []
    for measure, mine, other in (("top 1 %", here.top, there.top), ("Gi*", here.gi_star, there.gi_star)):
        incidents, kept = int(mine.sum()), int((mine & other).sum())
        rows.append((measure, incidents, kept, kept / incidents if incidents else float("nan")))
    return rows


METHOD = AreaMethod(
    name="stability",
    title="Stability of the grid (audit)",
    citation=(
        "Openshaw, S. (1984). The modifiable areal unit problem. Concepts and Techniques in Modern Geography 38. Geo "
        "Books, Norwich."
    ),
    formula=(
        "Of the incidents in the top 1 % of cells, and of those in cells hot by Gi*, the share that lies in such cells "
        "when the resolution is one coarser or finer, and when the grid is laid half a cell further east, north or "
        "north-west."
    ),
    avoid=(
        "As a test of whether a place is hot: it says how much the answer owes to the cut. A low share in finer cells "
        "is natural where incidents are few. Finer cells than the locations bear are not tried."
    ),
    defaults={"top": "1 %", "alpha": ALPHA},
    table=table,
)
