"""Gi* with false discovery rate beside esda: seconds, peak memory and ratios, in one run.

    python benchmarks/gi_star.py [--cells 100000 500000] [--rounds 3]

Needs `pip install esda libpysal`, which the program itself never imports. Both sides start from a sorted array of
H3 cells and their counts and end with z, two-sided p and Benjamini-Hochberg q; finding the neighbours is part of the
clock. The sides take turns, each time in a new process: one run to warm up (esda compiles on its first call), then
runs on the clock until there are five or five seconds are spent. The answers are compared.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import NamedTuple

import h3.api.numpy_int as h3
import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.uint64]
Floats = NDArray[np.float64]
Answer = tuple[Floats, Floats, Floats]
Work = Callable[[Cells, Floats], Answer]

BIRMINGHAM = (52.48, -1.89)
RUNS, SECONDS = 5, 5.0


def ours() -> Work:
    """This program. The clock includes checking the cells and their resolution."""
    from aim.hotspots.grid import Grid
    from aim.hotspots.methods.gi_star import gi_star

    return lambda cells, counts: gi_star(counts, Grid.of(cells).neighbours(1))


def esda_graph() -> Work:
    """esda with a `Graph`, as its documentation has it: neighbours in, esda adds each cell to its own."""
    graph_of = import_module("libpysal.graph").Graph.from_arrays

    def work(cells: Cells, counts: Floats) -> Answer:
        focal, near = edges(cells, with_self=False)
        return esda(counts, graph_of(focal, near, np.ones(len(focal))))

    return work


def esda_graph_tuned() -> Work:
    """esda with a `Graph` made the fastest way we know: sorted, binary, cells in their own neighbourhood already."""
    graph_of = import_module("libpysal.graph").Graph.from_arrays

    def work(cells: Cells, counts: Floats) -> Answer:
        focal, near = edges(cells, with_self=True)
        order = np.argsort(focal * len(cells) + near)
        weights = np.ones(len(focal))
        return esda(counts, graph_of(focal[order], near[order], weights, is_sorted=True, transformation="B"))

    return work


def esda_w() -> Work:
    """esda with a `W`, which is made from a dictionary of lists."""
    weights_of = import_module("libpysal.weights").W

    def work(cells: Cells, counts: Floats) -> Answer:
        focal, near = edges(cells, with_self=False)
        ends = np.searchsorted(focal, np.arange(len(cells) + 1)).tolist()
        flat = near.tolist()
        lists = {cell: flat[ends[cell] : ends[cell + 1]] for cell in range(len(cells))}
        return esda(counts, weights_of(lists, silence_warnings=True))

    return work


def edges(cells: Cells, with_self: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of neighbours as a careful analyst would find them: all disks by polars-h3, then a binary search."""
    import polars as pl
    import polars_h3

    disks = pl.DataFrame({"cell": cells}).select(polars_h3.grid_disk("cell", 1)).to_series()
    focal = np.repeat(np.arange(len(cells)), disks.list.len().to_numpy())
    found = disks.explode().to_numpy()
    near = np.searchsorted(cells, found)
    near[near == len(cells)] = 0
    inside = cells[near] == found
    if not with_self:
        inside &= near != focal
    return focal[inside], near[inside]


def esda(counts: Floats, weights: object) -> Answer:
    """z, p and q. esda's own p is one-sided and it has no adjusted p; SciPy's is vectorised."""
    result = import_module("esda.getisord").G_Local(counts, weights, transform="B", permutations=0, star=True)
    p = np.minimum(1.0, 2 * result.p_norm)
    return result.Zs, p, import_module("scipy.stats").false_discovery_control(p)


SIDES = {
    "ours": ours,
    "esda Graph": esda_graph,
    "esda Graph, tuned": esda_graph_tuned,
    "esda W": esda_w,
}
WANTED = {"esda Graph": 10, "esda Graph, tuned": 10, "esda W": 40}


class Run(NamedTuple):
    """Seconds of each run on the clock, peak memory of the process and what of it the imports took."""

    seconds: list[float]
    peak_mb: float
    imports_mb: float


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_here(side: str, folder: Path) -> None:
    """In a process of its own: import, warm up, run by the clock, print a Run and leave the answer in the folder."""
    warnings.simplefilter("ignore")  # a patch cut by cell number has loose bits, of which `W` warns
    work = SIDES[side]()
    if side != "ours":
        import_module("esda.getisord")
        import_module("scipy.stats")
    cells, counts = np.load(folder / "cells.npy"), np.load(folder / "counts.npy")
    imports_mb = peak_mb()
    answer, seconds = work(cells, counts), list[float]()
    while len(seconds) < RUNS and sum(seconds) < SECONDS:
        start = time.perf_counter()
        answer = work(cells, counts)
        seconds.append(time.perf_counter() - start)
    print(json.dumps(Run(seconds, peak_mb(), imports_mb)))
    np.save(folder / f"{side}.npy", np.stack(answer))


def run_apart(side: str, folder: Path) -> Run:
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Run(*json.loads(done.stdout))


def town(n: int, folder: Path) -> None:
    """One patch of n cells at resolution 9 round Birmingham, with counts as clustered as crime's."""
    steps = int(np.ceil(np.sqrt(n / 3))) + 1
    random = np.random.default_rng(1)
    np.save(folder / "cells.npy", np.sort(h3.grid_disk(h3.latlng_to_cell(*BIRMINGHAM, 9), steps))[:n])
    np.save(folder / "counts.npy", random.poisson(random.gamma(0.7, 3, n)).astype(np.float64))


def compare(n: int, rounds: int) -> None:
    """Run every side in turn, check that they agree, and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        town(n, folder)
        runs: dict[str, list[Run]] = {side: [] for side in SIDES}
        for _ in range(rounds):
            for side, done in runs.items():
                done.append(run_apart(side, folder))
        answers = {side: np.load(folder / f"{side}.npy") for side in SIDES}
    apart = max(float(np.abs(answers["ours"] - answer).max()) for answer in answers.values())
    print(f"\n{n:,} cells, k = 1, {rounds} rounds in turn; answers differ by at most {apart:.1e}")
    assert apart < 1e-9, "the sides do not agree"
    print_table(runs)


def print_table(runs: dict[str, list[Run]]) -> None:
    print(f"{'':18} {'median s':>9} {'ratio':>7} {'wanted':>7} {'peak MB':>8} {'ratio':>6} {'above imports':>14}")
    seconds = {side: median(s for run in done for s in run.seconds) for side, done in runs.items()}
    peaks = {side: median(run.peak_mb for run in done) for side, done in runs.items()}
    for side, done in runs.items():
        above = median(run.peak_mb - run.imports_mb for run in done)
        times, wanted = seconds[side] / seconds["ours"], f"{WANTED[side]}x" if side in WANTED else ""
        memory = peaks["ours"] / peaks[side]
        print(
            f"{side:18} {seconds[side]:9.4f} {times:6.1f}x {wanted:>7} {peaks[side]:8.0f} {memory:6.2f} {above:14.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", default=[100_000, 500_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        run_here(options.side, options.folder)
        return
    for n in options.cells:
        compare(n, options.rounds)


if __name__ == "__main__":
    main()
