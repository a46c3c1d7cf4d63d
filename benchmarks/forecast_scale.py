"""Time and memory of one forecast from 10^5 to 10^7 incidents: neither may grow faster than the incidents.

    python benchmarks/forecast_scale.py [--incidents 100000 1000000 10000000] [--cells 50000]

Each number in a process of its own: four years of made-up incidents, as clustered as crime, in one area, forecast for 7
days with weights fitted to the last two years. Made-up rows are not on the clock; sorting them is. `above` is the peak
above what the process held before it began, the rows themselves included.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import NamedTuple

import h3.api.numpy_int as h3
import numpy as np

from aim.hotspots.forecasting.forecast import forecast
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.grid import Grid

BIRMINGHAM = (52.48, -1.89)
CUT_OFF = np.datetime64("2025-12-31")
DAYS = 4 * 365


class Run(NamedTuple):
    seconds: float
    above_mb: float
    expected: float


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_here(incidents: int, cells: int) -> Run:
    """Make the rows, then sort, fit and forecast by the clock."""
    steps = int(np.ceil(np.sqrt(cells / 3))) + 1
    grid = Grid.of(np.sort(h3.grid_disk(h3.latlng_to_cell(*BIRMINGHAM, 10), steps))[:cells])
    idle, random = peak_mb(), np.random.default_rng(1)
    taste = random.gamma(0.3, 1.0, cells)
    cell = random.choice(cells, incidents, p=taste / taste.sum()).astype(np.int64)
    day = CUT_OFF - random.integers(0, DAYS, incidents) * np.timedelta64(1, "D")
    start = time.perf_counter()
    record = Incidents.of(cell, day, cells, enforcement=np.zeros(incidents, dtype=np.bool_))
    found = forecast(grid, record, CUT_OFF, 7)
    return Run(time.perf_counter() - start, peak_mb() - idle, float(found.expected.sum()))


def run_apart(incidents: int, cells: int) -> Run:
    command = [sys.executable, __file__, "--here", str(incidents), "--cells", str(cells)]
    return Run(*json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--incidents", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--cells", type=int, default=50_000)
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(json.dumps(run_here(options.here, options.cells)))
        return
    print(f"{options.cells:,} cells of resolution 10, {DAYS} days")
    print(f"{'incidents':>12} {'seconds':>8} {'above MB':>9} {'us an incident':>15} {'bytes an incident':>18}")
    for incidents in options.incidents:
        run = run_apart(incidents, options.cells)
        each = run.seconds / incidents * 1e6, run.above_mb * 2**20 / incidents
        print(f"{incidents:12,} {run.seconds:8.1f} {run.above_mb:9.0f} {each[0]:15.2f} {each[1]:18.0f}")


if __name__ == "__main__":
    main()
