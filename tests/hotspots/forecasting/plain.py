"""The forecast once more, by plain loops over dictionaries, as the formulas are printed. For tests only."""

import math
from datetime import date, timedelta

import h3

HALF_LIVES = (7, 30, 120, 365, 1460)
RINGS = ((0,), (1,), (2,), (3, 4, 5))

Event = tuple[str, date]


def state(events: list[Event], as_of: date) -> dict[tuple[str, int], float]:
    """By cell and half-life: each incident of `as_of` or before counts 2 to the power of minus its age by half-life."""
    total: dict[tuple[str, int], float] = {}
    for cell, day in events:
        if day <= as_of:
            for half_life in HALF_LIVES:
                worth = math.pow(2.0, -(as_of - day).days / half_life)
                total[cell, half_life] = total.get((cell, half_life), 0.0) + worth
    return total


def ring(cell: str, which: int, cells: set[str]) -> list[str]:
    return [other for steps in RINGS[which] for other in h3.grid_ring(cell, steps) if other in cells]


def features(cell: str, cells: set[str], faded: dict[tuple[str, int], float]) -> list[float]:
    row = [1.0]
    for half_life in HALF_LIVES:
        for which in range(len(RINGS)):
            row.append(sum(faded.get((other, half_life), 0.0) for other in ring(cell, which, cells)))
    return row


def em_step(weights: list[float], rows: list[list[float]], observed: list[float]) -> list[float]:
    """Over every row, those where nothing happened too."""
    new: list[float] = []
    for f, weight in enumerate(weights):
        gained = lost = 0.0
        for row, count in zip(rows, observed, strict=True):
            lost += row[f]
            if count:
                gained += row[f] * count / sum(w * x for w, x in zip(weights, row, strict=True))
        new.append(weight * gained / lost if lost else 0.0)
    return new


def likelihood(weights: list[float], rows: list[list[float]], observed: list[float]) -> float:
    """The logarithm of the Poisson likelihood, less what does not depend on the weights."""
    total = 0.0
    for row, count in zip(rows, observed, strict=True):
        mean = sum(w * x for w, x in zip(weights, row, strict=True))
        total += (count * math.log(mean) if count else 0.0) - mean
    return total


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]
