"""Mann-Kendall: does a series rise or fall, whatever the shape of its rise?

    S = Σ_{i<j} sgn(x_j - x_i) ;  Var = (n (n-1) (2n+5) - Σ t (t-1) (2t+5)) / 18 over groups of t equal values
    z = (S ∓ 1) / √Var, 0 where S is 0 ;  slope (Sen) = median of (x_j - x_i) / (j - i)

after Mann (1945), Kendall (1975) and Sen (1968). A month that resembles the one before makes S vary more than that:
Hamed & Rao (1998) and Yue & Wang (2004) correct the variance for it. Hirsch, Slack & Smith (1982) compare each season
with itself only.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import AreaMethod, Column, Lacking, Table
from aim.hotspots.significance import two_sided

ALPHA = 0.05
FEWEST = 10
SEASON = 13
"""28-day periods in a year."""
CHUNK = 20_000
"""Series whose slopes are worked out at a time: of 24 periods, 44 MB."""


class Trend(NamedTuple):
    """Of n series, float64[n] each: `tau` is S as a share of all pairs."""

    s: Floats
    variance: Floats
    z: Floats
    p: Floats
    tau: Floats


def mann_kendall(series: Floats) -> Trend:
    """The test of each row of float64[n, t]; of a row of equal values z is 0 and p 1."""
    n, length = series.shape
    s, ties = np.zeros(n), np.zeros(n)
    for at in range(length):
        s += np.sign(series[:, at + 1 :] - series[:, at : at + 1]).sum(axis=1)
        equal = (series == series[:, at : at + 1]).sum(axis=1)
        ties += (equal - 1) * (2 * equal + 5)
    variance = (length * (length - 1) * (2 * length + 5) - ties) / 18
    return _tested(s, variance, length * (length - 1) / 2)


def _tested(s: Floats, variance: Floats, pairs: float) -> Trend:
    """Nothing varies, or a correction makes the variance negative: then nothing can be said, and z is 0."""
    known = variance > 0
    z = np.divide(s - np.sign(s), np.sqrt(np.abs(variance)), out=np.zeros_like(s), where=known)
    return Trend(s, variance, z, two_sided(z), s / max(pairs, 1))


def sen_slope(series: Floats) -> Floats:
    """float64[n]: the median of the slopes between all pairs of values of each row, per step; 0 for rows of one."""
    first, second = np.triu_indices(series.shape[1], 1)
    if not len(first):
        return np.zeros(len(series))
    parts = np.array_split(series, max(1, len(series) // CHUNK))
    return np.concatenate([np.median((x[:, second] - x[:, first]) / (second - first), axis=1) for x in parts])


def intercept(series: Floats, slope: Floats) -> Floats:
    """float64[n]: where Sen's line stands at the first value of each row."""
    return np.median(series, axis=1) - (series.shape[1] - 1) / 2 * slope


def hamed_rao(x: Floats) -> Trend:
    """The test of one series (float64[t], 3 values or more) with the variance of Hamed & Rao, lags significant at 5 %.

    The trend is taken out by Sen's slope and the values are ranked before lags are looked at.
    """
    t = len(x)
    r = _autocorrelation(rankdata(_detrended(x)))
    lag = np.arange(1, t)
    kept = np.abs(r) > ndtri(1 - ALPHA / 2) / np.sqrt(t)
    excess = ((t - lag) * (t - lag - 1) * (t - lag - 2) * r)[kept].sum()
    return _corrected(x, 1 + 2 * excess / (t * (t - 1) * (t - 2)))


def yue_wang(x: Floats) -> Trend:
    """The test of one series (float64[t]) with the variance of Yue & Wang: all lags of the series without its trend."""
    r = _autocorrelation(_detrended(x))
    return _corrected(x, 1 + 2 * ((1 - np.arange(1, len(x)) / len(x)) * r).sum())


def seasonal(x: Floats, season: int) -> tuple[Trend, float]:
    """The test of one series (float64[t]) with each season compared with itself only, and the slope per `season`."""
    rows = [x[start::season] for start in range(season)]
    parts = [mann_kendall(row[None, :]) for row in rows]
    pairs = sum(len(row) * (len(row) - 1) / 2 for row in rows)
    slopes = np.concatenate([_slopes(row) for row in rows])
    s, variance = (np.sum([part[field] for part in parts], axis=0) for field in (0, 1))
    return _tested(s, variance, pairs), float(np.median(slopes))


def _slopes(x: Floats) -> Floats:
    first, second = np.triu_indices(len(x), 1)
    return (x[second] - x[first]) / (second - first)


def _corrected(x: Floats, factor: float) -> Trend:
    plain = mann_kendall(x[None, :])
    return _tested(plain.s, plain.variance * factor, len(x) * (len(x) - 1) / 2)


def _detrended(x: Floats) -> Floats:
    return x - np.arange(1, len(x) + 1) * sen_slope(x[None, :])[0]


def _autocorrelation(x: Floats) -> Floats:
    """float64[t - 1]: of lags 1 and up; 0 where nothing varies."""
    y = x - x.mean()
    covariance = np.correlate(y, y, "full")[len(x) - 1 :]
    return covariance[1:] / covariance[0] if covariance[0] > 0 else np.zeros(len(x) - 1)


def table(facts: Facts) -> Table | Lacking:
    """The trend of the whole area's incidents over the periods, by each variance; by season from two years on."""
    if facts.periods is None or len(facts.periods.periods) < FEWEST:
        return Lacking(f"A trend needs {FEWEST} periods of 28 days or more.")
    x = facts.periods.by_period().sum(axis=0)
    tests = {"Mann-Kendall": mann_kendall(x[None, :]), "Hamed-Rao": hamed_rao(x), "Yue-Wang": yue_wang(x)}
    if len(x) >= 2 * SEASON:
        tests["by season"] = seasonal(x, SEASON)[0]
    columns: dict[str, Column] = {"test": np.array(list(tests))}
    columns |= {name: np.concatenate([getattr(test, name) for test in tests.values()]) for name in Trend._fields}
    slope = sen_slope(x[None, :])
    figures = {"slope": float(slope[0]), "intercept": float(intercept(x[None, :], slope)[0])}
    return Table(columns, figures, {"periods": len(x), "period_days": 28})


METHOD = AreaMethod(
    name="mann_kendall",
    title="Trend (Mann-Kendall, Sen's slope)",
    citation=(
        "Mann, H. B. (1945). Nonparametric tests against trend. Econometrica 13, 245-259. Sen, P. K. (1968). Estimates "
        "of the regression coefficient based on Kendall's tau. Journal of the American Statistical Association 63, "
        "1379-1389. Hamed, K. H. & Rao, A. R. (1998). A modified Mann-Kendall trend test for autocorrelated data. "
        "Journal of Hydrology 204, 182-196. Yue, S. & Wang, C. (2004). The Mann-Kendall test modified by effective "
        "sample size. Water Resources Management 18, 201-218."
    ),
    formula=(
        "S is the number of pairs of periods in which the later one is higher, less those in which it is lower; "
        "z = (S ∓ 1) / √Var with Var corrected for equal values; the slope is the median of the slopes of all pairs."
    ),
    avoid=(
        "On twelve months or less, where a season looks like a trend: compare each season with itself from two years "
        "on. Where recording changed in between. To say by how much: it tells that a series rises, not why."
    ),
    defaults={"periods": "10 or more", "alpha": ALPHA},
    table=table,
)
