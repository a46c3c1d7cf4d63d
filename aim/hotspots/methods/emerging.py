"""Emerging hot spots: what became of each place over the last periods, in the 17 classes of Esri's tool.

Gi* of each cell and 28-day period, the neighbourhood being the disk of k steps in that period and the one before, the
mean and standard deviation those of the whole cube, q by Benjamini & Hochberg over the whole cube. A period is hot or
cold at q <= 5 %. The trend is Mann-Kendall's of a cell's z, at p < 5 %. The first class that fits holds:

    new           hot in the last period and never before
    consecutive   an unbroken run of 2 hot periods or more up to the last, never hot before it
    intensifying  hot in 90 % of periods and in the last, z rises
    historical    hot in 90 % of periods, not in the last
    diminishing   hot in 90 % of periods and in the last, z falls
    persistent    hot in 90 % of periods and in the last, no trend
    oscillating   hot in the last period, and cold in an earlier one
    sporadic      hot in the last period, on and off before, never cold

(the last two and consecutive: hot in less than 90 %), the same for cold, and `none`.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.facts import Bools, Facts
from aim.hotspots.grid import Floats, Neighbours
from aim.hotspots.method import CellMethod, Lacking, Scores
from aim.hotspots.methods.gi_star import ALPHA, steps_for
from aim.hotspots.methods.mann_kendall import mann_kendall, sen_slope
from aim.hotspots.significance import benjamini_hochberg, two_sided

FEWEST: Final = 10
NONE: Final = "none"
NOT_ENOUGH: Final = "not enough periods"
KINDS: Final = (
    "new",
    "consecutive",
    "intensifying",
    "historical",
    "diminishing",
    "persistent",
    "oscillating",
    "sporadic",
)
CLASSES: Final = (*(f"{kind} {side}" for side in ("hot spot", "cold spot") for kind in KINDS), NONE)


def score(facts: Facts) -> Scores | Lacking:
    """Gi* of the last period with its p and q, and in `class` what became of each cell."""
    if facts.periods is None:
        return Lacking("Emerging hot spots need counts by 28-day period.")
    return emerging(facts.periods.by_period(), facts.grid.neighbours(steps_for(facts.grid)), steps_for(facts.grid))


def emerging(counts: Floats, near: Neighbours, k: int) -> Scores:
    """The same from counts (float64[cells, periods], zeros too); under 10 periods the class is `not enough periods`."""
    z, p, q = space_time_gi_star(counts, near)
    hot, cold = (q <= ALPHA) & (z > 0), (q <= ALPHA) & (z < 0)
    trend, slope = mann_kendall(z), sen_slope(z)
    direction = np.where(trend.p < ALPHA, np.sign(trend.s), 0.0)
    enough = counts.shape[1] >= FEWEST
    columns = {
        "class": classify(hot, cold, direction) if enough else np.full(len(z), NOT_ENOUGH),
        "hot_periods": hot.sum(axis=1),
        "cold_periods": cold.sum(axis=1),
        "trend_z": trend.z,
        "trend_p": trend.p,
        "slope": slope,
    }
    chosen = {"k": k, "periods": counts.shape[1], "alpha": ALPHA, "neighbours": "this period and the one before"}
    return Scores(z[:, -1].copy(), p[:, -1].copy(), q[:, -1].copy(), chosen, columns)


def space_time_gi_star(counts: Floats, near: Neighbours) -> tuple[Floats, Floats, Floats]:
    """z, p and q (float64[cells, periods]) of each cell and period; 0 where nothing varies."""
    n = counts.size
    size = np.repeat(near.sizes[:, None].astype(np.float64), counts.shape[1], axis=1)
    total = near.sum(counts)
    total[:, 1:] += total[:, :-1].copy()
    size[:, 1:] *= 2
    spread = counts.std() * np.sqrt(size * (n - size) / max(1, n - 1))
    varies = (spread > 0) & (counts.min() < counts.max())
    z = np.divide(total - counts.mean() * size, spread, out=np.zeros_like(total), where=varies)
    p = two_sided(z)
    return z, p, benjamini_hochberg(p.ravel()).reshape(p.shape)


def classify(hot: Bools, cold: Bools, direction: Floats) -> NDArray[np.str_]:
    """The class of each of n cells, from which of its periods are hot or cold (bool[n, t]) and where z tends (-1 to 1).

    A cold spot intensifies where z falls.
    """
    fits = [*_fits(hot, cold, direction), *_fits(cold, hot, -direction)]
    return np.select(fits, CLASSES[:-1], NONE)


def _fits(hot: Bools, cold: Bools, direction: Floats) -> list[Bools]:
    """Whether each kind fits, in the order of KINDS; `np.select` takes the first."""
    last, times = hot[:, -1], hot.sum(axis=1)
    run = np.logical_and.accumulate(hot[:, ::-1], axis=1).sum(axis=1)
    mostly = 10 * times >= 9 * hot.shape[1]
    return [
        last & (times == 1),
        (run >= 2) & (run == times) & ~mostly,
        last & mostly & (direction > 0),
        ~last & mostly,
        last & mostly & (direction < 0),
        last & mostly,
        last & ~mostly & cold[:, :-1].any(axis=1),
        last & ~mostly,
    ]


METHOD = CellMethod(
    name="emerging",
    title="Emerging hot spots",
    citation=(
        "Esri. How Emerging Hot Spot Analysis works. ArcGIS Pro documentation (read 2026). Ord, J. K. & Getis, A. "
        "(1995). Local spatial autocorrelation statistics. Geographical Analysis 27, 286-306. Mann, H. B. (1945). "
        "Nonparametric tests against trend. Econometrica 13, 245-259."
    ),
    formula=(
        "Gi* of each cell and 28-day period over its disk in that period and the one before, against the mean and "
        "standard deviation of the whole cube; q over the whole cube; Mann-Kendall on each cell's z. The first of "
        "new, consecutive, intensifying, historical, diminishing, persistent, oscillating and sporadic that fits is "
        "the cell's class, for hot and for cold; else `none`."
    ),
    avoid=(
        "With fewer than 10 periods: the class is then `not enough periods`. With a year or less, where a season "
        "looks like a trend. In small cells or for rare crime, where a period of 28 days holds too little: use "
        "resolution 8. To rank places."
    ),
    defaults={"period": "28 days", "k": "1; 2 at resolution 10", "alpha": ALPHA, "periods": "10 or more"},
    score=score,
)
