"""Rounds beside the exact reference and beside every order there is."""

import json
from itertools import chain, combinations, pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.deployment.rounds import MOST_PLACES, rounds
from aim.errors import UsageError


def minutes(walk: list[int] | tuple[int, ...], travel: list[list[int]], service: int) -> int:
    stops = [0, *walk, 0]
    return sum(travel[a][b] for a, b in pairwise(stops)) + service * len(walk)


def test_the_reference(shared: Path) -> None:
    case = json.loads((shared / "reference/orienteering_small_exact.json").read_text())
    travel, scores = np.array(case["travel_min"], dtype=np.float64), np.array(case["score"], dtype=np.float64)
    for number, wanted in ((1, case["exact_one_route"]), (2, case["exact_two_routes"])):
        found = rounds(travel, scores, case["service_min"], case["budget_min"], number)
        assert scores[list(chain(*found))].sum() == wanted
        assert len(set(chain(*found))) == sum(map(len, found))
        assert all(minutes(walk, case["travel_min"], case["service_min"]) <= case["budget_min"] for walk in found)


@given(data=st.data())
def test_no_other_rounds_do_more(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 5))
    number = data.draw(st.integers(1, 2))
    row = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    travel = data.draw(st.lists(row, min_size=n, max_size=n))
    scores = data.draw(row)
    service, budget = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 30))

    def best(free: frozenset[int], left: int) -> int:
        if not left:
            return 0
        walks = chain.from_iterable(
            permutations(some) for size in range(len(free) + 1) for some in combinations(free, size)
        )
        within = [walk for walk in walks if not walk or minutes(walk, travel, service) <= budget]
        return max(sum(scores[at] for at in walk) + best(free - set(walk), left - 1) for walk in within)

    found = rounds(np.array(travel, dtype=np.float64), np.array(scores, dtype=np.float64), service, budget, number)
    assert len(found) == number
    assert sum(scores[at] for walk in found for at in walk) == best(frozenset(range(1, n)), number)
    assert all(not walk or minutes(walk, travel, service) <= budget for walk in found)


def test_what_is_too_much_or_does_not_fit_is_refused() -> None:
    n = MOST_PLACES + 2
    with pytest.raises(UsageError, match="up to 15 places"):
        rounds(np.zeros((n, n)), np.zeros(n), 1, 1)
    with pytest.raises(UsageError, match="between each two of 3 places"):
        rounds(np.zeros((2, 2)), np.zeros(3), 1, 1)
