"""How right a map was: hit rate, PAI, PEI, calibration.

    hit rate = n / N ;  PAI = (n / N) / (a / A) ;  PEI = PAI / the best PAI that the same area could have had

for n of N incidents in a of A square metres flagged (Chainey, Tompson & Uhlig 2008; Hunt 2016). PAI grows as the
flagged area shrinks: compare at equal a / A and equal cells only, and pool hits over origins before dividing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.grid import Floats


class Accuracy(NamedTuple):
    """Of the first 1 to n cells flagged, float64[n] each; `order` is the position of the cell that was flagged then.

    `calibration_ratio` is predicted over observed incidents in the flagged cells (some call it RRI). NaN where there is
    nothing to divide by.
    """

    order: NDArray[np.int64]
    hits: Floats
    hit_rate: Floats
    area_share: Floats
    pai: Floats
    pei: Floats
    calibration_ratio: Floats


def accuracy(observed: Floats, predicted: Floats, area: Floats) -> Accuracy:
    """Cells flagged from the highest prediction down, with what happened in them later (float64[n] each).

    Of cells predicted equal the one where least happened is flagged first, so that no ranking gains by its ties.
    """
    order = np.lexsort((np.arange(len(observed)), observed, -predicted))
    hits, flagged = np.cumsum(observed[order]), np.cumsum(area[order])
    hit_rate, area_share = _ratio(hits, observed.sum()), _ratio(flagged, area.sum())
    best = best_hits(observed, area, flagged)
    pei, calibration = _ratio(hits, best), _ratio(np.cumsum(predicted[order]), hits)
    return Accuracy(order, hits, hit_rate, area_share, _ratio(hit_rate, area_share), pei, calibration)


def best_hits(observed: Floats, area: Floats, flagged: Floats) -> Floats:
    """The most incidents that could have been held by so much area, a last cell in part."""
    dense = np.argsort(-_ratio(observed, area), kind="stable")
    return np.interp(flagged, np.cumsum(np.append(0, area[dense])), np.cumsum(np.append(0, observed[dense])))


def _ratio(above: Floats, below: Floats | float) -> Floats:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=np.asarray(below) > 0)
