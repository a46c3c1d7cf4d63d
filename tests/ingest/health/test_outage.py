"""A period is low where few came, and so few that it is no chance. Held to a slow plain oracle."""

from math import exp, lgamma, log
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.ingest.health.outage import CHANCE, Judged, Verdict, chance_of_so_few, judge

LOW, NORMAL, NO_HISTORY, TOO_FEW = Verdict.LOW, Verdict.NORMAL, Verdict.NO_HISTORY, Verdict.TOO_FEW


def verdicts(counts: list[int], season: int = 1) -> list[Verdict]:
    return [judged.verdict for judged in judge(counts, season)]


def plain_chance(observed: int, mean: float, spread: float) -> float:
    """P(X <= observed), term by term."""
    if mean <= 0:
        return 1.0
    total = 0.0
    for k in range(observed + 1):
        if spread**2 <= mean:
            term = k * log(mean) - mean - lgamma(k + 1)
        else:
            size, share = mean**2 / (spread**2 - mean), mean / spread**2
            term = lgamma(k + size) - lgamma(size) - lgamma(k + 1) + size * log(share) + k * log(1 - share)
        total += exp(term)
    return total


def plain_judge(counts: list[int], season: int) -> list[Judged]:
    """Period by period, with nothing but lists."""
    found: list[Judged] = []
    for at, count in enumerate(counts):
        before = [counts[at - back * season] for back in range(1, 13) if at - back * season >= 0]
        if len(before) < 3:
            found.append(Judged(count, None, NO_HISTORY))
            continue
        mean = median(before)
        spread = 1.4826 * median([abs(each - mean) for each in before])
        if plain_chance(0, mean, spread) >= 0.001:
            found.append(Judged(count, mean, TOO_FEW))
        elif count < 0.5 * mean and plain_chance(count, mean, spread) < 0.001:
            found.append(Judged(count, mean, LOW))
        else:
            found.append(Judged(count, mean, NORMAL))
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=40), st.sampled_from([1, 7]))
def test_it_agrees_with_the_plain_loop(counts: list[int], season: int) -> None:
    found, expected = judge(counts, season), plain_judge(counts, season)
    assert [(each.observed, each.expected) for each in found] == [(each.observed, each.expected) for each in expected]
    for at, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one.verdict is other.verdict or on_the_edge(counts, season, at)


def on_the_edge(counts: list[int], season: int, at: int) -> bool:
    """Whether the last digits decide."""
    before = [counts[at - back * season] for back in range(1, 13) if at - back * season >= 0]
    mean = median(before)
    spread = 1.4826 * median([abs(each - mean) for each in before])
    return any(plain_chance(k, mean, spread) == pytest.approx(CHANCE, rel=1e-6) for k in (0, counts[at]))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 300), st.floats(0.1, 500), st.floats(0, 300))
def test_the_chance_is_that_of_the_textbook(observed: int, mean: float, spread: float) -> None:
    [found] = chance_of_so_few(np.array([float(observed)]), np.array([mean]), np.array([spread]))
    assert found == pytest.approx(plain_chance(observed, mean, spread), rel=1e-6, abs=1e-12)


def test_a_force_that_fell_from_1187_rows_to_164() -> None:
    """Dyfed-Powys; the months before are made up round the known number."""
    judged = judge([1_203, 1_150, 1_187, 1_240, 1_166, 1_187, 164])
    assert (judged[-1].verdict, judged[-1].expected) == (LOW, 1_187)
    assert [each.verdict for each in judged[:-1]] == [NO_HISTORY] * 3 + [NORMAL] * 3


@pytest.mark.parametrize(
    "counts", [[9_352, 8_529, 7_675, 7_694, 7_648], [13_350, 15_523, 14_060, 12_743]], ids=["Cleveland", "Merseyside"]
)
def test_the_months_of_real_forces_are_normal(counts: list[int]) -> None:
    assert set(verdicts(counts)) == {NO_HISTORY, NORMAL}


def test_nothing_at_all_in_a_covered_period_counts() -> None:
    assert verdicts([40, 40, 40, 0, 40]) == [NO_HISTORY] * 3 + [LOW, NORMAL]


def test_of_a_few_rows_nothing_can_be_told() -> None:
    assert verdicts([4, 5, 6, 0]) == [NO_HISTORY] * 3 + [TOO_FEW]


def test_a_fall_by_less_than_half_is_the_worlds() -> None:
    assert verdicts([1_000, 1_000, 1_000, 510])[-1] is NORMAL
    assert verdicts([1_000, 1_000, 1_000, 490])[-1] is LOW


def test_a_feed_that_swings_by_itself_is_given_room() -> None:
    assert verdicts([20, 90, 30, 100, 25, 95, 24])[-1] is not LOW


def test_one_outage_does_not_make_the_next_one_normal() -> None:
    assert verdicts([100, 104, 96, 100, 2, 100, 3])[-3:] == [LOW, NORMAL, LOW]


def test_what_lasts_is_the_new_level() -> None:
    found = verdicts([100] * 12 + [30] * 14)
    assert found[12] is LOW
    assert found[-1] is NORMAL


def test_a_day_is_compared_with_its_weekday() -> None:
    weeks = [50, 50, 50, 50, 50, 0, 0] * 4
    assert set(verdicts(weeks, 7)[21:26]) == {NORMAL}
    assert verdicts(weeks, 7)[-2:] == [TOO_FEW] * 2
    assert verdicts([*weeks, 0], 7)[-1] is LOW
