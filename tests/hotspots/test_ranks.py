"""Ranks: counted one by one, and ties shared whatever order a sum was made in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aim.hotspots.ranks import ranks


@given(pairs=st.lists(st.tuples(st.integers(0, 4), st.integers(-2, 2)), max_size=30))
def test_two_answers_agree(pairs: list[tuple[int, int]]) -> None:
    first, then = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    assert ranks(first, then).tolist() == [1 + sum(other > pair for other in pairs) for pair in pairs]


def test_equals_share_the_best_rank_and_the_order_of_a_sum_decides_nothing() -> None:
    assert ranks(np.array([3.0, 5, 3, 1])).tolist() == [2, 1, 2, 4]
    assert ranks(np.array([0.1 + 0.2, 0.3])).tolist() == [1, 1]
    assert ranks(np.array([3e-9, 1e-9, 2e-9])).tolist() == [1, 3, 2], "small scores are told apart"
    assert ranks(np.zeros(3)).tolist() == [1, 1, 1]
    assert ranks(np.zeros(0)).tolist() == []
