"""Rounds: which places to visit, in which order, to do the most within a shift?

    maximise Σ score of the places visited, each once by one round,  Σ travel + Σ service <= budget on each round

the team orienteering problem (Chao, Golden & Wasil 1996), solved exactly by dynamic programming over sets of places
(Held & Karp 1962): for each set and last place the quickest round, then the best sets that share no place. Exact, and
therefore for few places.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.errors import UsageError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_PLACES: Final = 15
"""Besides the start: 32,768 sets. Each more doubles time and memory."""


def rounds(travel: Floats, scores: Floats, service: float, budget: float, number: int = 1) -> list[list[int]]:
    """The best `number` rounds from place 0 and back, the one with the highest score first; each without the 0.

    `travel` is float64[n, n], minutes from place to place; `scores` float64[n], that of the start counting nothing;
    `service` minutes at each place and `budget` of each round. Rounds may be empty. Raises UsageError for more than
    MOST_PLACES places, and where shapes do not fit or numbers are negative.
    """
    _check(travel, scores, service, budget, number)
    places = len(scores) - 1
    quickest, before = _quickest(travel, service)
    worth = _worth(scores[1:])
    feasible = np.where(quickest.min(axis=1, initial=np.inf) <= budget, worth, -np.inf)
    feasible[0] = 0.0
    sets = _best_sets(feasible, places, number)
    found = [_walk(each, quickest, before) for each in sets]
    return sorted(found, key=lambda walk: -float(scores[walk].sum()))


def _check(travel: Floats, scores: Floats, service: float, budget: float, number: int) -> None:
    n = len(scores)
    if travel.shape != (n, n) or not (travel >= 0).all() or min(service, budget) < 0:
        raise UsageError(
            f"Travel has to be minutes, 0 or more, between each two of {n} places; service and budget too."
        )
    if not 1 <= n <= MOST_PLACES + 1 or number < 1:
        raise UsageError(
            f"There are {n - 1} places and {number} rounds: give up to {MOST_PLACES} places, a round or more."
        )


def _quickest(travel: Floats, service: float) -> tuple[Floats, Ints]:
    """Minutes, float64[sets, places], of the quickest round through a set that visits a place last, and back; and the
    place before it. Infinite where the place is not of the set. Places here count from 0, the start apart.
    """
    places = len(travel) - 1
    out = np.full((1 << places, places), np.inf)
    before = np.full(out.shape, -1, dtype=np.int64)
    out[1 << np.arange(places), np.arange(places)] = travel[0, 1:] + service
    for chosen in range(1, 1 << places):
        for last in range(places):
            if chosen >> last & 1 and chosen != 1 << last:
                ways = out[chosen ^ (1 << last)] + travel[1:, last + 1] + service
                before[chosen, last] = np.argmin(ways)
                out[chosen, last] = ways[before[chosen, last]]
    return out + travel[1:, 0], before


def _worth(scores: Floats) -> Floats:
    """float64[sets]: the sum of the scores of each set."""
    sets = np.arange(1 << len(scores))
    return sum((np.where(sets >> place & 1, score, 0.0) for place, score in enumerate(scores)), np.zeros(len(sets)))


def _best_sets(feasible: Floats, places: int, number: int) -> list[int]:
    """The sets, one for each round and without a place in common, whose scores sum highest."""
    within, chosen = _best_within(feasible, places)
    total, picks = within.copy(), [[int(each)] for each in chosen]
    for _ in range(number - 1):
        sums = [_split(free, feasible, total) for free in range(1 << places)]
        picks = [[part, *picks[free ^ part]] for free, part in enumerate(sums)]
        total = np.array([feasible[part] + total[free ^ part] for free, part in enumerate(sums)])
    return picks[-1]


def _split(free: int, feasible: Floats, rest: Floats) -> int:
    """Of the sets within `free`, that which leaves most together with what the other rounds make of the rest."""
    part, best, most = free, 0, rest[free]
    while part:
        if feasible[part] + rest[free ^ part] > most:
            best, most = part, feasible[part] + rest[free ^ part]
        part = (part - 1) & free
    return best


def _best_within(feasible: Floats, places: int) -> tuple[Floats, Ints]:
    """For each set the best score of a feasible set within it, and which that is."""
    best, which = feasible.copy(), np.arange(len(feasible))
    for place in range(places):
        sets = np.flatnonzero(np.arange(len(feasible)) >> place & 1)
        without = sets ^ (1 << place)
        better = sets[best[without] > best[sets]]
        best[better], which[better] = best[better ^ (1 << place)], which[better ^ (1 << place)]
    return best, which


def _walk(chosen: int, quickest: Floats, before: Ints) -> list[int]:
    """The order of the quickest round through a set, as places from 1."""
    order: list[int] = []
    last = int(np.argmin(quickest[chosen])) if chosen else -1
    while last >= 0:
        order.append(last + 1)
        chosen, last = chosen ^ (1 << last), int(before[chosen, last])
    return order[::-1]
