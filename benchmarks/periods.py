"""Gi* of every 28-day period of a Merseyside-sized cube beside R's spdep: seconds and the ratio, in one run.

    python benchmarks/periods.py [--cells 6800] [--periods 24]

Needs R with spdep (Debian: r-cran-spdep), which the program itself never uses. Both sides get the same cells, counts
and neighbours, each cell in its own neighbourhood. Ours also gives p and q, and its clock includes finding the
neighbours; R's clock covers `localG` only, with its list of neighbours and weights ready. The z are compared.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import h3.api.numpy_int as h3
import numpy as np

from aim.hotspots.grid import Floats, Grid
from aim.hotspots.methods.emerging import space_time_gi_star
from aim.hotspots.methods.gi_star import gi_star

LIVERPOOL = (53.41, -2.98)
WANTED = 20
ROUNDS = 5

R = """
suppressPackageStartupMessages(library(spdep))
folder <- commandArgs(TRUE)[1]
counts <- as.matrix(read.csv(file.path(folder, "counts.csv"), header = FALSE))
near <- strsplit(readLines(file.path(folder, "near.txt")), " ")
nb <- lapply(near, function(x) sort(as.integer(x)))
class(nb) <- "nb"
attr(nb, "self.included") <- TRUE
attr(nb, "region.id") <- as.character(seq_along(nb))
listw <- nb2listw(nb, style = "B")
work <- function() sapply(seq_len(ncol(counts)), function(t) as.numeric(localG(counts[, t], listw)))
z <- work()
seconds <- sapply(1:5, function(i) system.time(work())["elapsed"])
cat(median(seconds), "\\n")
write.table(z, file.path(folder, "z.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
"""


def cube(n: int, periods: int) -> tuple[Grid, Floats]:
    """One patch of n cells at resolution 9 with counts as clustered as a month's."""
    steps = int(np.ceil(np.sqrt(n / 3))) + 1
    grid = Grid.of(np.sort(h3.grid_disk(h3.latlng_to_cell(*LIVERPOOL, 9), steps))[:n])
    random = np.random.default_rng(1)
    rates = random.gamma(0.7, 2, n)
    return grid, random.poisson(rates[:, None], (n, periods)).astype(np.float64)


def ours(grid: Grid, counts: Floats) -> Floats:
    """z of every period, p and q worked out too."""
    near = grid.neighbours(1)
    return np.column_stack([gi_star(period, near)[0] for period in np.ascontiguousarray(counts.T)])


def theirs(grid: Grid, counts: Floats) -> tuple[float, Floats]:
    """Seconds and z of R's `localG`."""
    n = len(grid)
    rows = [" ".join(str(at + 1) for at in column if at < n) for column in grid.neighbours(1).positions.T.tolist()]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savetxt(folder / "counts.csv", counts, fmt="%d", delimiter=",")
        (folder / "near.txt").write_text("\n".join(rows) + "\n")
        (folder / "work.R").write_text(R)
        command = ["Rscript", str(folder / "work.R"), name]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return float(done.stdout), np.loadtxt(folder / "z.csv", delimiter=",")


def clocked(grid: Grid, counts: Floats) -> tuple[float, float]:
    """Median seconds of every period by itself, and of the space-time form that emerging hot spots use."""
    alone, together = list[float](), list[float]()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ours(grid, counts)
        middle = time.perf_counter()
        space_time_gi_star(counts, grid.neighbours(1))
        alone.append(middle - start)
        together.append(time.perf_counter() - middle)
    return median(alone), median(together)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=6_800)
    parser.add_argument("--periods", type=int, default=24)
    options = parser.parse_args()
    grid, counts = cube(options.cells, options.periods)
    z = ours(grid, counts)
    spdep, expected = theirs(grid, counts)
    apart = float(np.abs(z - expected).max())
    assert apart < 1e-9, f"the sides do not agree: z differs by {apart:.1e}"
    alone, together = clocked(grid, counts)
    print(f"{options.cells:,} cells, {options.periods} periods, k = 1; z differs by at most {apart:.1e}")
    print(f"spdep localG {spdep:8.3f} s")
    print(f"ours         {alone:8.4f} s  {spdep / alone:5.0f}x (wanted {WANTED}x), neighbours, p and q included")
    print(f"space-time   {together:8.4f} s  {spdep / together:5.0f}x, over this period and the one before")


if __name__ == "__main__":
    main()
