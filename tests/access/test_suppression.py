"""A reader who knows the rule and every total works out no number that is held back."""

from collections import defaultdict
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

from aim.access.suppression import SMALLEST_TOLD, Suppressed, sum_may_be_told, suppress

Outcome = tuple[object, ...]
Table = tuple[int, ...]


def of(totals: Table, groups: Table | None = None) -> Suppressed:
    """Cells that one agency reports."""
    counts = np.array(totals, dtype=np.int64)
    return suppress(counts, counts[:, None], np.array(groups or [0] * len(totals), dtype=np.int64))


def shown(counts: NDArray[np.int64], hidden: NDArray[np.bool_]) -> Outcome:
    return tuple(None if held else int(count) for count, held in zip(counts, hidden, strict=True))


def candidates(tables: dict[Outcome, list[Table]]) -> None:
    """Nobody who has made every table there is, and kept those that look as what was published, knows a hidden one."""
    for outcome, alike in tables.items():
        row = outcome[0]
        assert isinstance(row, tuple)
        for at in range(len(row)):
            if row[at] is None:
                assert len({table[at] for table in alike}) > 1, (outcome, alike)


@pytest.mark.parametrize("groups", [(0, 0, 0, 0), (0, 0, 1, 1)], ids=["one ward", "two wards"])
def test_who_knows_the_rule_and_the_sums_of_the_wards_learns_no_cell(groups: Table) -> None:
    tables: dict[Outcome, list[Table]] = defaultdict(list)
    wards = [np.array(groups) == ward for ward in sorted(set(groups))]
    for totals in product(range(8), repeat=4):
        counts, found = np.array(totals), of(totals, groups)
        hidden = found.totals
        sums = [int(counts[ward].sum()) if sum_may_be_told(counts, hidden, ward) else None for ward in wards]
        whole = sum(totals) if found.sum_told else None
        tables[shown(counts, hidden), *sums, whole].append(totals)
    candidates(tables)


def test_who_knows_the_rule_and_the_sum_that_is_told_learns_no_cell() -> None:
    tables: dict[Outcome, list[Table]] = defaultdict(list)
    for totals in product(range(12), repeat=3):
        found = of(totals)
        tables[shown(np.array(totals), found.totals), sum(totals) if found.sum_told else None].append(totals)
    candidates(tables)


def test_who_knows_the_rule_and_the_total_learns_no_agencys_part() -> None:
    """`twice` is what two agencies reported: it is never told, and here the reader knows that there was none."""
    tables: dict[Outcome, list[Table]] = defaultdict(list)
    for parts in product(range(12), repeat=3):
        row = np.array([parts, (50, 50, 50), (60, 60, 60)], dtype=np.int64)
        found = suppress(row.sum(axis=1), row, np.zeros(3, dtype=np.int64))
        if not found.totals[0]:
            tables[shown(row[0], found.parts[0]), sum(parts)].append(parts)
    candidates(tables)


counts = st.lists(st.integers(0, 30) | st.integers(0, 6), min_size=1, max_size=12)


@given(counts)
def test_bounds_by_linear_programming_are_never_a_single_number(totals: list[int]) -> None:
    """A reader who knows the sum and no rule but that nought is told."""
    found = of(tuple(totals))
    hidden = np.flatnonzero(found.totals)
    if not len(hidden) or not found.sum_told:
        return
    left = sum(totals[at] for at in hidden)
    for place in range(len(hidden)):
        aim = np.eye(len(hidden))[place]
        low, high = (
            linprog(sign * aim, A_eq=np.ones((1, len(hidden))), b_eq=[left], bounds=(1, None)).fun * sign
            for sign in (1, -1)
        )
        assert high - low >= 1


@given(counts)
def test_every_small_count_is_held_back_and_nought_is_told(totals: list[int]) -> None:
    held = of(tuple(totals)).totals
    assert all(held[at] for at, count in enumerate(totals) if 0 < count < SMALLEST_TOLD)
    assert not any(held[at] for at, count in enumerate(totals) if count == 0)


@given(counts)
def test_what_is_held_back_beside_the_small_ones_is_the_smallest(totals: list[int]) -> None:
    found = of(tuple(totals))
    beside = [totals[at] for at in np.flatnonzero(found.totals) if totals[at] >= SMALLEST_TOLD]
    told = [count for count, held in zip(totals, found.totals, strict=True) if count and not held]
    assert not beside or not told or max(beside) <= min(told)


@pytest.mark.parametrize(
    ("totals", "told"), [((3,), False), ((3, 0), False), ((3, 8), True), ((9, 8), True), ((1, 1), False)]
)
def test_a_sum_that_would_give_a_count_away_is_not_told(totals: Table, told: bool) -> None:
    assert of(totals).sum_told is told


def test_nothing_is_held_back_where_nothing_is_small() -> None:
    found = of((5, 0, 12))
    assert (found.count, found.parts.any()) == (0, False)


def test_a_part_is_held_back_with_the_next_smallest() -> None:
    parts = np.array([[40, 9, 1], [40, 9, 0], [3, 1, 0], [20, 4, 4]], dtype=np.int64)
    found = suppress(parts.sum(axis=1), parts, np.zeros(4, dtype=np.int64)).parts
    assert found[0].tolist() == [False, True, True]
    assert not found[1].any() or found[1].all(), "held back as a whole, to hide the third cell"
    assert found[2].all()
