"""Empirical Bayes rates: incidents against what there is to be struck, small places drawn towards the average.

    b = Σe / Σp ;  s² = Σ p (r - b)² / Σp ;  a = max(0, s² - b / p̄) ;  rate = b + (r - b) · a / (a + b / p)

after Marshall (1991), over the cells with anything to be struck. A cell of three dwellings with one burglary has not
the worst rate in town. The spatial form takes b, s² and p̄ from the cell and those around it.
"""

from typing import Final

import numpy as np

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats, Neighbours
from aim.hotspots.method import CellMethod, Lacking, Scores

FEWEST: Final = 50
EXPECTED: Final = 1.0
PER: Final = 1000
OWN: Final = 2
"""How often the cell itself counts in the spatial form: as its own neighbour, and as the one that is asked about."""


def empirical_bayes(events: Floats, exposure: Floats) -> Floats:
    """float64[n]: incidents per unit of exposure; NaN where there is nothing exposed."""
    known = exposure > 0
    rate = np.full(len(events), np.nan)
    if not known.any():
        return rate
    e, p = events[known], exposure[known]
    b = e.sum() / p.sum()
    spread = (p * (e / p - b) ** 2).sum() / p.sum()
    rate[known] = _shrunk(e / p, p, np.full(len(e), b), np.full(len(e), spread - b / p.mean()))
    return rate


def spatial_empirical_bayes(events: Floats, exposure: Floats, near: Neighbours) -> Floats:
    """The same with the average and the spread of each cell's neighbourhood; the cell itself counts twice there."""
    known = exposure > 0
    e, p = np.where(known, events, 0), np.where(known, exposure, 0)
    raw = np.divide(e, p, out=np.zeros(len(e)), where=known)
    cells, people, incidents, squares = (_around(v, near) for v in (known.astype(np.float64), p, e, p * raw**2))
    b = np.divide(incidents, people, out=np.zeros(len(e)), where=known)
    spread = np.divide(squares - b * b * people - b * cells, people, out=np.zeros(len(e)), where=known)
    return np.where(known, _shrunk(raw, np.where(known, p, 1), b, spread), np.nan)


def _around(values: Floats, near: Neighbours) -> Floats:
    return near.sum(values) + (OWN - 1) * values


def _shrunk(raw: Floats, exposure: Floats, mean: Floats, spread: Floats) -> Floats:
    """Towards the mean, the more the less is exposed; all the way where the spread is no more than chance makes."""
    a = np.maximum(0, spread)
    noise = mean / exposure
    return mean + (raw - mean) * np.divide(a, a + noise, out=np.zeros(len(raw)), where=a + noise > 0)


def score(facts: Facts) -> Scores | Lacking:
    """The rate per 1,000; 0, and not `shown`, where too little is exposed or expected to speak of a rate."""
    if facts.exposure is None:
        return Lacking("A rate needs a denominator for each cell, such as dwellings.")
    rate = empirical_bayes(facts.counts, facts.exposure)
    expected = facts.exposure * (facts.counts.sum() / max(1.0, float(facts.exposure.sum())))
    shown = (facts.exposure >= FEWEST) & (expected >= EXPECTED)
    chosen = {"per": PER, "fewest_exposed": FEWEST, "least_expected": EXPECTED}
    columns = {"rate": rate, "expected": expected, "shown": shown}
    return Scores(np.where(shown, PER * np.nan_to_num(rate), 0.0), None, None, chosen, columns)


METHOD = CellMethod(
    name="rates",
    title="Rates (empirical Bayes)",
    citation=(
        "Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators. Applied "
        "Statistics 40, 283-294."
    ),
    formula=(
        "b = Σe/Σp, s² = Σp(r - b)²/Σp, a = max(0, s² - b/p̄); rate = b + (r - b) · a/(a + b/p), per 1,000, over cells "
        "where something is exposed. Not shown where fewer than 50 are exposed or less than one incident is expected."
    ),
    avoid=(
        "With residents as the denominator for street crime: who is in the street does not live there; use counts. "
        "Under Gi*, on raw rates, whose variance differs from cell to cell. Where nobody knows what is exposed."
    ),
    defaults={"per": PER, "fewest exposed": FEWEST, "least expected": EXPECTED},
    score=score,
)
