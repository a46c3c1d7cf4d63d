"""Did it work? Before and after, treated and compared: counts in, an estimate with its uncertainty out.

Hot spots are chosen because they were high, and fall by themselves: choose on an earlier period than the one that is
the base, or compare with the next-ranked places that nobody treated. With a base below ten say "from 4 to 9", and give
no percentage.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from scipy.special import ndtri
from scipy.stats import beta, binomtest, poisson_means_test

from aim.errors import UsageError


class Change(NamedTuple):
    """A count of one place before and after."""

    before: float
    after: float


NOTHING = Change(0.0, 0.0)


@dataclass(frozen=True)
class Counts:
    """What a displacement difference is worked out from; the surroundings (displacement areas) may be left out.

    `times` are the lengths of the two periods; `areas` the sizes of control, treated, surroundings of the control and
    of the treated place: 1 where all are equal. Raises UsageError for counts below 0, and weights of 0 or less.
    """

    control: Change
    treated: Change
    around_control: Change = NOTHING
    around_treated: Change = NOTHING
    times: tuple[float, float] = (1.0, 1.0)
    areas: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        if min(*self.control, *self.treated, *self.around_control, *self.around_treated) < 0:
            raise UsageError("A count is below 0: give the number of incidents, 0 or more.")
        if min(*self.times, *self.areas) <= 0:
            raise UsageError("A weight is 0 or less: give the length of each period and the size of each area.")


@dataclass(frozen=True)
class Displacement:
    """Weighted displacement difference with standard errors; negative: fewer incidents than without the measure."""

    local: float
    local_se: float
    displaced: float
    displaced_se: float
    total: float
    total_se: float
    z: float
    low: float
    high: float


def wdd(counts: Counts, alpha: float = 0.05, dispersion: float = 1.0) -> Displacement:
    """(T1 - T0) - (C1 - C0) + (D1 - D0) - (E1 - E0), each count over its weight; after Wheeler & Ratcliffe (2018).

    The variance is the sum of all counts over their squared weights, as of Poisson counts, times `dispersion`. The
    interval holds 1 - alpha.
    """
    treated, control = _difference(counts, counts.treated, 1), _difference(counts, counts.control, 0)
    near, far = _difference(counts, counts.around_treated, 3), _difference(counts, counts.around_control, 2)
    local, displaced = treated[0] - control[0], near[0] - far[0]
    local_variance, displaced_variance = (
        dispersion * (one[1] + two[1]) for one, two in ((treated, control), (near, far))
    )
    total, se = local + displaced, math.sqrt(local_variance + displaced_variance)
    reach = float(ndtri(1 - alpha / 2)) * se
    return Displacement(
        local, math.sqrt(local_variance), displaced, math.sqrt(displaced_variance),
        total, se, total / se if se else 0.0, total - reach, total + reach,
    )  # fmt: skip


def _difference(counts: Counts, change: Change, place: int) -> tuple[float, float]:
    """After less before, and its variance."""
    weights = [time * counts.areas[place] for time in counts.times]
    variance = sum(count / weight**2 for count, weight in zip(change, weights, strict=True))
    return change.after / weights[1] - change.before / weights[0], variance


class Quotient(NamedTuple):
    """Weighted displacement quotient and its two parts; `quotient` is None where the measure had no success."""

    success: float
    buffer: float
    quotient: float | None


def wdq(treated: Change, buffer: Change, control: Change) -> Quotient:
    """(B1/C1 - B0/C0) / (A1/C1 - A0/C0), after Bowers & Johnson (2003).

    Above 0: the good spread; 0 to -1: some was displaced; below -1: more than was gained. It has no standard error:
    show it beside a displacement difference. Raises UsageError where the control area had no incidents.
    """
    if min(control) <= 0:
        raise UsageError("The control area had no incidents in one of the periods: take a larger one.")
    success = treated.after / control.after - treated.before / control.before
    near = buffer.after / control.after - buffer.before / control.before
    return Quotient(success, near, near / success if success < 0 else None)


class Ratio(NamedTuple):
    """A ratio of rates with its interval and two-sided p."""

    ratio: float
    low: float
    high: float
    p: float


def rate_ratio(change: Change, times: tuple[float, float] = (1.0, 1.0), alpha: float = 0.05) -> Ratio:
    """After over before, per unit of time, with the exact interval: given their sum one count is binomial.

    Interval of Clopper & Pearson (1934). A base of 0 gives an endless ratio. Raises UsageError where both are 0, and
    for counts that are not whole.
    """
    if not all(float(count).is_integer() for count in change):
        raise UsageError("An exact interval needs whole numbers of incidents.")
    before, after = (int(count) for count in change)
    if before + after == 0:
        raise UsageError("Nothing happened before or after: there is no ratio.")
    low = float(beta.ppf(alpha / 2, after, before + 1)) if after else 0.0
    high = float(beta.ppf(1 - alpha / 2, after + 1, before)) if before else 1.0
    scale = times[0] / times[1]
    ends = tuple(scale * share / (1 - share) if share < 1 else math.inf for share in (low, high))
    tested: Any = binomtest(after, before + after, times[1] / (times[0] + times[1]))
    return Ratio(scale * after / before if before else math.inf, ends[0], ends[1], float(tested.pvalue))


class Contrast(NamedTuple):
    """A difference in differences on the logarithmic scale, and as a ratio of ratios with its interval."""

    log_ratio: float
    se: float
    z: float
    ratio: float
    low: float
    high: float


def difference_in_differences(control: Change, treated: Change, alpha: float = 0.05) -> Contrast:
    """(T1 / T0) / (C1 / C0): Poisson regression of four counts on treatment, period and both, worked out by hand.

    The standard error is √(Σ 1/count), the interval Wald's. Raises UsageError where a count is 0: no ratio can be told.
    """
    if min(*control, *treated) <= 0:
        raise UsageError("A count is 0, which has no ratio: use the displacement difference (wdd).")
    log_ratio = math.log(treated.after / treated.before) - math.log(control.after / control.before)
    se = math.sqrt(sum(1 / count for count in (*control, *treated)))
    reach = float(ndtri(1 - alpha / 2)) * se
    return Contrast(
        log_ratio, se, log_ratio / se, math.exp(log_ratio), math.exp(log_ratio - reach), math.exp(log_ratio + reach)
    )


def e_test(first: int, second: int, times: tuple[float, float] = (1.0, 1.0)) -> float:
    """Two-sided p that two counts have one rate, after Krishnamoorthy & Thomson (2004); better than exact for few.

    Equal rates are as near as can be: 1, without the sum, which would leave out the chance that nothing happens.
    """
    if first * times[1] == second * times[0]:
        return 1.0
    tested: Any = poisson_means_test(first, times[0], second, times[1])
    return min(1.0, float(tested.pvalue))
