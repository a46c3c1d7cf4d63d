"""Kernel density: a smooth picture of where incidents lie. It tests nothing.

    Gaussian  λ(s) = Σ exp(-d² / 2h²) / (2πh²)       quartic  λ(s) = Σ 3 / (πh²) · (1 - d²/h²)² for d < h

per square metre, with d metres from the incident to the middle of the cell; times the cell's area it is the number of
incidents that the smooth surface puts there. At the edge of the area it is divided by the share of the kernel that lies
inside, for nobody counted outside.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from scipy.spatial import KDTree

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import CellMethod, Lacking, Scores
from aim.hotspots.places import areas_m2, centres

BANDWIDTHS: Final = (150.0, 200.0, 250.0, 400.0)
BANDWIDTH: Final = 200.0
FAR: Final = 8.5
"""Bandwidths at which a Gaussian kernel has fallen below what a float64 sum can hold."""
CHUNK: Final = 2_000

Kernel = Callable[[Floats, float], Floats]


def gaussian(squared: Floats, h: float) -> Floats:
    """The kernel at squared distances, per square metre."""
    return np.exp(-squared / (2 * h * h)) / (2 * np.pi * h * h)


def quartic(squared: Floats, h: float) -> Floats:
    """The kernel at squared distances, per square metre; 0 from h on."""
    return 3 / (np.pi * h * h) * np.clip(1 - squared / (h * h), 0, None) ** 2


REACH: Final[dict[Kernel, float]] = {gaussian: FAR, quartic: 1.0}


def density(at: Floats, points: Floats, weights: Floats, h: float, kernel: Kernel = gaussian) -> Floats:
    """float64[n]: weighted density per square metre at n places, float64[n, 2] in metres as the points are."""
    distinct, which = np.unique(points, axis=0, return_inverse=True)
    mass = np.bincount(which.ravel(), weights=weights, minlength=len(distinct)).astype(np.float64)
    tree = KDTree(distinct) if len(distinct) else None
    parts = [at[start : start + CHUNK] for start in range(0, len(at), CHUNK)]
    return np.concatenate([_density(part, tree, mass, h, kernel) for part in parts] or [np.zeros(0)])


def _density(at: Floats, tree: KDTree | None, mass: Floats, h: float, kernel: Kernel) -> Floats:
    if tree is None:
        return np.zeros(len(at))
    near = KDTree(at).sparse_distance_matrix(tree, REACH[kernel] * h, output_type="ndarray")
    reached = mass[near["j"]] * kernel(near["v"] ** 2, h)
    return np.bincount(near["i"], weights=reached, minlength=len(at)).astype(np.float64)


def held_out(points: Floats, h: float) -> float:
    """How likely each incident is under the density of all others, as a sum of logarithms: higher is a better h."""
    own = gaussian(np.zeros(1), h)[0]
    others = density(points, points, np.ones(len(points)), h) - own
    return float(np.log(np.maximum(others, np.finfo(np.float64).tiny)).sum())


def best_bandwidth(points: Floats, among: Sequence[float] = BANDWIDTHS) -> float:
    """The bandwidth, in metres, under which the incidents foretell each other best."""
    return max(among, key=lambda h: held_out(points, h))


def scott(points: Floats) -> Floats:
    """Scott's rule, a bandwidth for each axis: far too wide for crime, shown for comparison only."""
    return points.std(axis=0, ddof=1) * len(points) ** (-1 / 6)


def score(facts: Facts) -> Scores | Lacking:
    """The incidents that a Gaussian surface of 200 m puts into each cell, corrected at the edge."""
    if facts.events is None:
        return Lacking("A density needs the places of single incidents.")
    points = np.column_stack([facts.events.x, facts.events.y])
    middles, area = centres(facts.grid.cells), areas_m2(facts.grid.cells)
    inside = np.minimum(1.0, density(middles, middles, area, BANDWIDTH))
    found = density(middles, points, facts.events.weight, BANDWIDTH) * area / inside
    chosen = {"bandwidth_m": BANDWIDTH, "kernel": "Gaussian", "edge": "divided by the kernel's share inside"}
    return Scores(found, None, None, chosen, {"inside": inside})


METHOD = CellMethod(
    name="kde",
    title="Kernel density (for looks)",
    citation=(
        "Silverman, B. W. (1986). Density estimation for statistics and data analysis. Chapman & Hall. Chainey, S., "
        "Tompson, L. & Uhlig, S. (2008). The utility of hotspot mapping for predicting spatial patterns of crime. "
        "Security Journal 21, 4-28."
    ),
    formula=(
        "λ = Σ exp(-d²/2h²) / (2πh²) over all incidents, h = 200 m, at the middle of each cell and times its area; "
        "divided by the share of the kernel that lies inside the area."
    ),
    avoid=(
        "As evidence: it draws hills from any points, and says nothing of chance. With a rule-of-thumb bandwidth, "
        "which is kilometres wide for crime. On points moved to map points or rounded further than half the bandwidth. "
        "Across rivers, railways and motorways, which it does not know."
    ),
    defaults={"bandwidth": f"{BANDWIDTH:.0f} m", "kernel": "Gaussian"},
    score=score,
)
