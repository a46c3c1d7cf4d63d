"""Co-location: do the incidents of two agencies gather in the same places, more than what both follow explains?

    bivariate Moran  I = mean of z_x · (mean of z_y over the neighbours)
    Lee's L          L = mean of (mean of z_x over the neighbours) · (mean of z_y over the neighbours)

with z standardised over all cells and neighbours without the cell itself (Anselin 1995; Lee 2001). All incidents follow
people; so p comes from shuffling one agency among cells of the same tenth by exposure, where that is known.
"""

from itertools import combinations
from typing import Final

import numpy as np

from aim.hotspots.facts import Events, Facts
from aim.hotspots.grid import Floats, Neighbours
from aim.hotspots.method import AreaMethod, Column, Lacking, Table
from aim.hotspots.strata import TENTHS, tenths

PERMUTATIONS: Final = 199


def around(values: Floats, near: Neighbours) -> Floats:
    """float64[n]: the mean over each cell's neighbours, itself left out; 0 where it has none."""
    others = near.sizes - 1
    return np.divide(near.sum(values) - values, others, out=np.zeros(len(values)), where=others > 0)


def standardised(values: Floats) -> Floats:
    """Mean 0 and standard deviation 1 over all cells; all 0 where nothing varies."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros(len(values))


def local_moran(x: Floats, y: Floats, near: Neighbours) -> Floats:
    """float64[n]: z_x times the mean z_y around; its mean is the global index."""
    return standardised(x) * around(standardised(y), near)


def local_lee(x: Floats, y: Floats, near: Neighbours) -> Floats:
    """float64[n]: the mean z_x around times the mean z_y around; its mean is the global index."""
    return around(standardised(x), near) * around(standardised(y), near)


def table(facts: Facts) -> Table | Lacking:
    """For each pair of agencies, both indices and p of Lee's L by shuffling."""
    agencies = [] if facts.events is None else sorted(set(facts.events.agency.tolist()))
    if facts.events is None or len(agencies) < 2:
        return Lacking("Co-location needs single incidents of two agencies.")
    everywhere = np.zeros(len(facts.grid), dtype=np.int64)
    near, strata = facts.grid.neighbours(1), everywhere if facts.exposure is None else tenths(facts.exposure)
    counts = {agency: _counts(facts.events, agency, len(facts.grid)) for agency in agencies}
    pairs = list(combinations(agencies, 2))
    found = [_tested(counts[a], counts[b], near, strata, facts.seed) for a, b in pairs]
    columns: dict[str, Column] = {
        "agency": np.array([a for a, _ in pairs]),
        "other": np.array([b for _, b in pairs]),
        **{
            name: np.array(values) for name, values in zip(("moran", "lee", "p"), zip(*found, strict=True), strict=True)
        },
    }
    said = {"k": 1, "permutations": PERMUTATIONS, "seed": facts.seed, "strata": int(strata.max()) + 1}
    return Table(columns, {"cells": len(facts.grid), "agencies": len(agencies)}, said)


def _counts(events: Events, agency: str, n: int) -> Floats:
    return np.bincount(events.cell[events.agency == agency], minlength=n).astype(np.float64)


def _tested(x: Floats, y: Floats, near: Neighbours, strata: Column, seed: int) -> tuple[float, float, float]:
    random = np.random.default_rng(seed)
    lee = float(local_lee(x, y, near).mean())
    beside, z = around(standardised(x), near), standardised(y)
    order = np.argsort(strata, kind="stable")
    as_high = sum(
        float((beside * around(_shuffled(z, strata, order, random), near)).mean()) >= lee - 1e-12
        for _ in range(PERMUTATIONS)
    )
    return float(local_moran(x, y, near).mean()), lee, (1 + as_high) / (1 + PERMUTATIONS)


def _shuffled(values: Floats, strata: Column, order: Column, random: np.random.Generator) -> Floats:
    """The values in another order within each stratum; `order` sorts the cells by stratum."""
    drawn = np.empty_like(values)
    drawn[order] = values[np.lexsort((random.random(len(values)), strata))]
    return drawn


METHOD = AreaMethod(
    name="co_location",
    title="Co-location of agencies (audit)",
    citation=(
        "Lee, S.-I. (2001). Developing a bivariate spatial association measure: an integration of Pearson's r and "
        "Moran's I. Journal of Geographical Systems 3, 369-385. Anselin, L. (1995). Local indicators of spatial "
        "association: LISA. Geographical Analysis 27, 93-115."
    ),
    formula=(
        "Lee's L: the mean over cells of (mean z of one agency around the cell) times (mean z of the other around it); "
        "bivariate Moran: the mean of the cell's own z times the other's mean around it. p of L by shuffling one "
        "agency among cells of the same tenth by exposure."
    ),
    avoid=(
        "To choose cells: it is one figure for the area. Bivariate Moran by itself: it leaves out the cell's own other "
        "count. Without an exposure p says only that both follow people."
    ),
    defaults={"k": 1, "permutations": PERMUTATIONS, "strata": TENTHS},
    table=table,
)
