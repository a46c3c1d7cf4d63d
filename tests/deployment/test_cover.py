"""The sites that reach most, beside spopt and beside every choice there is."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.deployment.cover import cover
from aim.errors import UsageError

PLACES = st.tuples(st.integers(0, 9), st.integers(0, 9))


def test_the_reference(shared: Path) -> None:
    case = json.loads((shared / "reference/mclp_spopt.json").read_text())
    demand, weights, sites = (
        np.array(case[name], dtype=np.float64) for name in ("demand_xy", "weights", "facility_xy")
    )
    for number, told in case["solutions"].items():
        found = cover(demand, weights, sites, case["radius"], int(number))
        assert found.weight == told["brute_force"]
        assert found.sites.sum() == int(number)
        assert weights[found.covered].sum() == found.weight


@given(
    demand=st.lists(st.tuples(PLACES, st.integers(0, 9)), min_size=1, max_size=8),
    sites=st.lists(PLACES, min_size=1, max_size=5),
    radius=st.integers(0, 6),
    data=st.data(),
)
def test_no_choice_reaches_more(
    demand: list[tuple[tuple[int, int], int]], sites: list[tuple[int, int]], radius: int, data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, len(sites)))

    def reached(chosen: tuple[tuple[int, int], ...]) -> int:
        near = [any((x - a) ** 2 + (y - b) ** 2 <= radius**2 for a, b in chosen) for (x, y), _ in demand]
        return sum(weight for (_, weight), within in zip(demand, near, strict=True) if within)

    points, weights = (
        np.array([at for at, _ in demand], dtype=np.float64),
        np.array([w for _, w in demand], dtype=float),
    )
    found = cover(points, weights, np.array(sites, dtype=np.float64), radius, number)
    assert found.weight == max(map(reached, combinations(sites, number)))
    assert found.weight == reached(tuple(site for site, opened in zip(sites, found.sites, strict=True) if opened))


@pytest.mark.parametrize(
    ("number", "weight", "said"), [(3, 1.0, "3 of 2 sites"), (1, -1.0, "negative"), (0, 1.0, "0 of 2")]
)
def test_what_cannot_be_is_refused(number: int, weight: float, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        cover(np.zeros((1, 2)), np.array([weight]), np.zeros((2, 2)), 1.0, number)
