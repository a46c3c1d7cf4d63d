"""What the methods share of testing many things at once."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from aim.hotspots.grid import Floats


def two_sided(z: Floats) -> Floats:
    """The probability of a standard normal value at least as far from 0, exact far out too."""
    return np.asarray(erfc(np.abs(z) / np.sqrt(2)))


def benjamini_hochberg(p: Floats, repeats: NDArray[np.int64] | None = None) -> Floats:
    """The false discovery rate at which each p would just pass: "adjusted p", after Benjamini & Hochberg (1995).

    q_(i) = min over j >= i of p_(j) · n / j, p in ascending order and j its rank among n tests; q <= α is significant.
    Each p stands for `repeats` tests, or for one.
    """
    order = np.argsort(p)
    ranks = np.arange(1, len(p) + 1) if repeats is None else np.cumsum(repeats[order])
    adjusted = np.minimum.accumulate((p[order] * (ranks[-1] / ranks))[::-1])[::-1]
    q = np.empty_like(p)
    q[order] = adjusted
    return q
