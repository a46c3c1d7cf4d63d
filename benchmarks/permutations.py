"""Gi* by conditional permutation beside esda, warm: seconds and ratios at k = 1 and 2, in one run.

    python benchmarks/permutations.py [--cells 20000 100000] [--permutations 999]

Needs `pip install esda libpysal numba`, which the program itself never imports; without numba esda is slower still.
Both sides have their neighbours ready and have run once before the clock starts (numba compiles on the first call).
They take turns in one process; esda uses one core unless --jobs says more. The answers are compared where they can be:
esda folds p to the smaller side, so only cells well above the average count.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from statistics import median
from typing import Any

import h3.api.numpy_int as h3
import numpy as np

from aim.hotspots.grid import Floats, Grid, Neighbours
from aim.hotspots.methods.gi_star_permutation import permuted_p

BIRMINGHAM = (52.48, -1.89)
WANTED = 8
ROUNDS = 3
SEED = 1


def town(n: int) -> tuple[Grid, Floats]:
    """One patch of n cells at resolution 9 with counts as clustered as crime's."""
    steps = int(np.ceil(np.sqrt(n / 3))) + 1
    grid = Grid.of(np.sort(h3.grid_disk(h3.latlng_to_cell(*BIRMINGHAM, 9), steps))[:n])
    random = np.random.default_rng(SEED)
    return grid, random.poisson(random.gamma(0.7, 1.4, n)).astype(np.float64)


def graph(near: Neighbours) -> Any:
    """The same neighbours as esda wants them, each cell in its own neighbourhood, sorted and binary."""
    n = near.positions.shape[1]
    focal = np.broadcast_to(np.arange(n), near.positions.shape).ravel()
    other = near.positions.ravel()
    inside = other < n
    order = np.argsort(focal[inside] * n + other[inside])
    pairs = focal[inside][order], other[inside][order]
    graph_of = import_module("libpysal.graph").Graph.from_arrays
    return graph_of(*pairs, np.ones(len(order)), is_sorted=True, transformation="B")


def seconds(work: Callable[[], Floats]) -> tuple[float, Floats]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def compare(n: int, k: int, permutations: int, jobs: int) -> float:
    """Run both sides in turn, check that they agree, print a line, and give the ratio."""
    grid, counts = town(n)
    near = grid.neighbours(k)
    weights, local = graph(near), import_module("esda.getisord").G_Local

    def esda() -> Floats:
        keywords = {"transform": "B", "star": True, "permutations": permutations, "seed": SEED, "n_jobs": jobs}
        return local(counts, weights, **keywords).p_sim

    def ours() -> Floats:
        return permuted_p(counts, near, permutations, SEED)

    sides = {"esda": esda, "ours": ours}
    answers = {name: work() for name, work in sides.items()}
    clock = {name: median(seconds(work)[0] for _ in range(ROUNDS)) for name, work in sides.items()}
    high = near.sum(counts) > 1.6 * counts.mean() * near.sizes
    apart = float(np.abs(answers["ours"] - answers["esda"])[high].mean())
    assert apart < 0.05, f"the sides do not agree: p differs by {apart:.3f} on average"
    ratio = clock["esda"] / clock["ours"]
    print(
        f"{n:9,} cells  k = {k}  esda {clock['esda']:8.3f} s  ours {clock['ours']:8.4f} s  "
        f"{ratio:7.0f}x (wanted {WANTED}x)  p of high cells differs by {apart:.4f} on average"
    )
    return ratio


def main() -> None:
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--permutations", type=int, default=999)
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    for n in options.cells:
        for k in (1, 2):
            compare(n, k, options.permutations, options.jobs)


if __name__ == "__main__":
    main()
