"""Surge: where did more happen in the last fortnight than the year before it leads one to expect?

The E-test for two Poisson means (Krishnamoorthy & Thomson 2004), the cell's last 14 days against the 365 days before
them, one-sided; q by Benjamini & Hochberg over all cells, for a thousand cells raise fifty alarms by chance at 5 %.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson_means_test

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import CellMethod, Lacking, Scores
from aim.hotspots.significance import benjamini_hochberg

RECENT: Final = 14
BASE: Final = 365
FEWEST_BASE: Final = 90

Ints = NDArray[np.int64]


def score(facts: Facts) -> Scores | Lacking:
    """Incidents of the last 14 days less those expected, with p and q; `recent` and `expected` in columns."""
    if facts.events is None or facts.until is None:
        return Lacking("A surge needs the days of single incidents, and the day they are known to.")
    known = facts.events.where(facts.events.has_day)
    since = facts.until - np.timedelta64(RECENT)
    before = known.where(known.day < since)
    if not len(before):
        return Lacking(f"A surge needs {FEWEST_BASE} days before the last {RECENT} with incidents whose day is known.")
    days = min(BASE, int((since - before.day.min()).astype(np.int64)))
    if days < FEWEST_BASE:
        return Lacking(f"A surge needs {FEWEST_BASE} days before the last {RECENT}; the data begin {days} before.")
    n = len(facts.grid)
    recent = np.bincount(known.cell[known.between(since, facts.until)], minlength=n)
    base = np.bincount(known.cell[known.between(since - np.timedelta64(days), since)], minlength=n)
    expected = base * (RECENT / days)
    p = more_than_before(recent, base, RECENT, days)
    chosen = {"recent_days": RECENT, "base_days": days, "without_day": len(facts.events) - len(known)}
    return Scores(recent - expected, p, benjamini_hochberg(p), chosen, {"recent": recent, "expected": expected})


def more_than_before(recent: Ints, base: Ints, recent_days: float, base_days: float) -> Floats:
    """float64[n]: one-sided p of the E-test. Counts are small, so cells share pairs of them: each is tested once."""
    pairs, of = np.unique(np.column_stack([recent, base]), axis=0, return_inverse=True)
    p = [_p(int(now), int(then), recent_days, base_days) for now, then in pairs]
    return np.array(p, dtype=np.float64)[of.ravel()]


def _p(recent: int, base: int, recent_days: float, base_days: float) -> float:
    """Fewer than expected is no surge: 1, without the sums. Rounding may take a probability just beyond its bounds."""
    if recent * base_days <= base * recent_days:
        return 1.0
    tested: Any = poisson_means_test(recent, recent_days, base, base_days, alternative="greater")
    return float(np.clip(tested.pvalue, 0, 1))


METHOD = CellMethod(
    name="surge",
    title="Surge alarm",
    citation=(
        "Krishnamoorthy, K. & Thomson, J. (2004). A more powerful test for comparing two Poisson means. Journal of "
        "Statistical Planning and Inference 119, 23-35. Benjamini, Y. & Hochberg, Y. (1995). Controlling the false "
        "discovery rate. Journal of the Royal Statistical Society B 57, 289-300."
    ),
    formula=(
        "Incidents of the last 14 days against those of the 365 days before (at least 90), by the E-test for two "
        "Poisson means, one-sided; q after Benjamini and Hochberg over all cells. The score is the number above what "
        "the year before leads one to expect."
    ),
    avoid=(
        "For months' data, which have no days. For what is seasonal, such as Bonfire Night: compare the same days of "
        "earlier years. As a percentage where few are expected: say `3, where 0.4 were expected`."
    ),
    defaults={"recent": f"{RECENT} days", "base": f"{BASE} days, at least {FEWEST_BASE}"},
    score=score,
)
