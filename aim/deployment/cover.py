"""Maximal covering: with so many sites to open, which reach the most demand?

    maximise Σ w_i y_i,  y_i <= Σ x_j over the sites j within reach of i,  Σ x_j = p,  x and y 0 or 1

after Church & ReVelle (1974). Solved exactly by HiGHS (branch and bound), so that no better choice exists.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack
from scipy.spatial.distance import cdist

from aim.errors import UsageError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MOST: Final = 200_000
"""Pairs of a demand and a site within reach: beyond them the exact search may take hours."""


class Cover(NamedTuple):
    """`sites` bool[m], which are opened; `covered` bool[n], which demand they reach; `weight`, its sum."""

    sites: Bools
    covered: Bools
    weight: float


def cover(demand: Floats, weights: Floats, sites: Floats, radius: float, number: int) -> Cover:
    """Open `number` of m `sites` so that most of the weight of n `demand` points lies within `radius` of one.

    `demand` is float64[n, 2] and `sites` float64[m, 2], in metres as `radius` is; `weights` float64[n], none negative.
    Where several choices reach as much, one of them is given. Raises UsageError for a number of sites that there are
    not, for negative weights, and for more than MOST pairs within reach.
    """
    if not 1 <= number <= len(sites):
        raise UsageError(f"{number} of {len(sites)} sites cannot be opened: choose from 1 to {len(sites)}.")
    if not (weights >= 0).all():
        raise UsageError("A weight is negative, or no number: demand counts 0 or more.")
    reach = csr_array(cdist(demand, sites) <= radius, dtype=np.float64)
    if reach.nnz > MOST:
        raise UsageError(
            f"{reach.nnz:,} pairs lie within reach, and {MOST:,} are the most: take fewer or a shorter one."
        )
    opened = _solved(reach, weights, len(sites), number)
    covered = reach @ opened > 0
    return Cover(opened, covered, float(weights[covered].sum()))


def _solved(reach: csr_array, weights: Floats, m: int, number: int) -> Bools:
    """The sites; only they have to be whole, for the best `y` then are by themselves."""
    n = len(weights)
    reached = LinearConstraint(hstack([-reach, eye_array(n)]), -np.inf, 0)
    opened = LinearConstraint(np.append(np.ones(m), np.zeros(n))[None, :], number, number)
    whole = np.append(np.ones(m), np.zeros(n))
    found = milp(
        np.append(np.zeros(m), -weights), constraints=[reached, opened], bounds=Bounds(0, 1), integrality=whole
    )
    return np.round(found.x[:m]).astype(np.bool_)
