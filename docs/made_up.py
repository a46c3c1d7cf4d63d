"""A made-up town for the pictures: one place that is always busy, one that has become so, one that no longer is."""

from dataclasses import replace
from typing import Final

import numpy as np

from aim.hotspots.facts import Facts, period_cube
from tests.facts import AGENCIES, UNTIL, centres, events, grid_of, history

STEPS: Final = 8
PERIODS: Final = 13
DAYS: Final = PERIODS * 28
BACKGROUND: Final = 900
SPOTS: Final = ((0.2, 0.55, 0, 330), (0.75, 0.75, 308, 150), (0.75, 0.2, 0, 220))
"""Of each spot: where across and up the town, the day it begins on, how many incidents; the last one fades."""
FADES: Final = 252


def town(seed: int = 5) -> Facts:
    """Facts with nothing missing, the same for the same seed."""
    random = np.random.default_rng(seed)
    grid = grid_of(STEPS)
    middles = centres(grid)
    low, high = middles.min(axis=0), middles.max(axis=0)
    places = [middles[random.integers(0, len(grid), BACKGROUND)] + random.integers(-4, 5, (BACKGROUND, 2)) * 30.0]
    days = [random.integers(0, DAYS, BACKGROUND)]
    for at, (across, up, begins, number) in enumerate(SPOTS):
        spot = low + (high - low) * (across, up)
        places.append(np.rint(random.normal(spot, 210, (number, 2)) / 60) * 60)
        days.append(random.integers(begins, FADES if at == len(SPOTS) - 1 else DAYS, number))
    place, day = np.concatenate(places), np.concatenate(days)
    cell = np.argmin(((place[:, None] - middles[None]) ** 2).sum(axis=2), axis=1)
    m = len(cell)
    dates = UNTIL - DAYS + day
    night = (random.normal(21, 3, m) * 3600).astype("timedelta64[s]")
    begins_at = dates.astype("datetime64[s]") + night
    found = replace(
        events(grid, m),
        cell=cell,
        x=place[:, 0],
        y=place[:, 1],
        begins=begins_at,
        ends=begins_at + random.integers(0, 9_000, m).astype("timedelta64[s]"),
        day=begins_at.astype("datetime64[D]"),
        agency=random.choice(AGENCIES, m, p=[0.6, 0.3, 0.1]),
    )
    counts = np.bincount(cell, minlength=len(grid)).astype(np.float64)
    homes = random.integers(40, 700, len(grid)).astype(np.float64)
    return Facts(
        grid, counts, period_cube(grid, found, UNTIL, PERIODS), found, homes, UNTIL, seed, history(found, len(grid))
    )
