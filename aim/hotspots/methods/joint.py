"""Joint cells: where do police, council and fire each have one of their own worst places?

    λ_a(i)      the mean of agency a's incidents over the cell and its neighbours (ring 1)
    rank_a(i)   the share of all cells that have a lower λ_a; equal cells share that rank, empty ones count
    joint       rank_a >= 95 % for at least two agencies
    score(i)    (Π_a λ_a(i) / Σ_j λ_a(j)) ^ (1 / number of agencies)

Each agency ranks by its own measure, so that the one with the most reports does not drown the others. Where many cells
tie at the edge of the top they all stay out: no agency puts more than 5 % of the area in its top.

All incidents follow people, so p is what exposure alone would do: each agency's λ is shuffled among the cells of the
same tenth by exposure (smoothed like λ), and p is the share of the scores that come about there which are no lower than
the cell's own, all cells of its tenth and all shuffles taken together; q after Benjamini and Hochberg over all cells.
The last tenth has no upper end: there λ is shuffled per unit of exposure, or the one cell with the most people would be
found wherever problems follow people alone. Without an exposure there is no p.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from aim.hotspots.facts import Bools, Facts
from aim.hotspots.grid import Floats, Neighbours
from aim.hotspots.method import CellMethod, Column, Lacking, Scores, Value
from aim.hotspots.placed import placed
from aim.hotspots.ranks import ranks
from aim.hotspots.significance import benjamini_hochberg
from aim.hotspots.strata import TENTHS, members, tenths
from aim.vocabulary.nim import Agency

TOP: Final = 0.05
AGREE: Final = 2
SHUFFLES: Final = 199
DRAWS: Final = 4_000_000
"""Scores that are drawn for a tenth at most: of many cells fewer shuffles do, and they have to be held."""
FEWEST_CELLS: Final = round(1 / TOP)
ROUNDING: Final = 1e-12
"""Products of the same factors are equal, in whatever order they were multiplied."""

Surfaces = Mapping[str, Floats]


class Excess(NamedTuple):
    """Of each cell: p of its score, and how many times what its exposure would do it is (NaN: nothing would be)."""

    p: Floats
    times: Floats


def smoothed(values: Floats, near: Neighbours) -> Floats:
    """float64[n]: the mean over each cell and its neighbours in the study area."""
    return near.sum(values) / near.sizes


def percentile(values: Floats) -> Floats:
    """float64[n]: the share, 0 to below 1, of all cells that have a lower value; equals, and zeros, share theirs."""
    return np.searchsorted(np.sort(values), values, side="left") / len(values)


def in_top(values: Floats) -> Bools:
    """Whether a cell is in the top 5 %: no more than 5 % of all cells have a value as high, itself included."""
    as_high = len(values) - np.searchsorted(np.sort(values), values, side="left")
    return as_high * FEWEST_CELLS <= len(values)


def geometric_mean(surfaces: Surfaces) -> Floats:
    """float64[n]: of the shares that the agencies' cells have of their own totals; 0 where one has nothing."""
    shares = [values / values.sum() for values in surfaces.values()]
    return np.prod(shares, axis=0) ** (1 / len(shares))


def brought(surfaces: Surfaces) -> dict[str, Floats]:
    """By agency, float64[n]: its part of the sum of the agencies' shares in a cell, 0 to 1; NaN where none has any."""
    shares = {agency: values / values.sum() for agency, values in surfaces.items()}
    total = np.sum(list(shares.values()), axis=0)
    nothing = np.full(len(total), np.nan)
    return {agency: np.divide(share, total, out=nothing.copy(), where=total > 0) for agency, share in shares.items()}


def excess(surfaces: Surfaces, exposure: Floats, seed: int, shuffles: int = SHUFFLES) -> Excess:
    """What the scores are beside those of agencies that follow exposure alone, each by itself."""
    random, observed = np.random.default_rng(seed), geometric_mean(surfaces)
    p, mean = np.empty(len(observed)), np.empty(len(observed))
    groups = members(tenths(exposure))
    for at, cells in enumerate(groups):
        unit = _unit(exposure[cells], last=at == len(groups) - 1)
        drawn = _drawn([values[cells] / values.sum() / unit for values in surfaces.values()], random, shuffles)
        below = np.searchsorted(drawn, observed[cells] / unit * (1 - ROUNDING), side="left")
        p[cells] = (1 + len(drawn) - below) / (1 + len(drawn))
        mean[cells] = drawn.mean() * unit
    return Excess(p, np.divide(observed, mean, out=np.full(len(mean), np.nan), where=mean > 0))


def _unit(exposure: Floats, *, last: bool) -> Floats:
    """What λ is divided by before it is shuffled: the exposure in the last tenth, 1 in the others, which are narrow."""
    return exposure if last and exposure.min() > 0 else np.ones(len(exposure))


def _drawn(shares: list[Floats], random: np.random.Generator, shuffles: int) -> Floats:
    """float64[draws], ascending: the scores of some cells with each agency's values in another order.

    What is shuffled is smoothed already: single counts that are shuffled first and smoothed then come out flat, and any
    cluster of one agency would stand out against them.
    """
    n = len(shares[0])
    scores = np.ones((max(1, min(shuffles, DRAWS // n)), n))
    for share in shares:
        scores *= random.permuted(np.broadcast_to(share, scores.shape), axis=1)
    return np.sort(scores.reshape(-1) ** (1 / len(shares)))


def joint(surfaces: Surfaces, exposure: Floats | None, seed: int) -> Scores | Lacking:
    """The answer for surfaces, float64[n] by agency: counts or a forecast; `exposure` is smoothed as they are.

    `agencies` in the columns is how many have the cell in their top; `order` is the place of the cell from 1: joint
    cells first, by the number of agencies, then by score, then by the sum of shares, for a score is 0 where one agency
    of three has nothing.
    """
    there = {agency: values for agency, values in surfaces.items() if values.any()}
    n = min(len(values) for values in surfaces.values())
    if len(there) < AGREE:
        return Lacking(f"Joint cells need incidents of two agencies; there are none of {_without(there)}.")
    if n < FEWEST_CELLS:
        return Lacking(f"Fewer than {FEWEST_CELLS} cells have no top 5 %; there are {n}.")
    return _scored(there, exposure, seed)


def _scored(surfaces: Surfaces, exposure: Floats | None, seed: int) -> Scores:
    top = {agency: in_top(values) for agency, values in surfaces.items()}
    agencies = np.sum(list(top.values()), axis=0)
    score, shares = geometric_mean(surfaces), [values / values.sum() for values in surfaces.values()]
    tested = None if exposure is None else excess(surfaces, exposure, seed)
    columns: dict[str, Column] = {"joint": agencies >= AGREE, "agencies": agencies}
    columns["order"] = ranks(np.where(agencies >= AGREE, agencies, 0.0), score, np.sum(shares, axis=0))
    for agency, part in brought(surfaces).items():
        columns[f"brings_{agency}"] = part
        columns[f"percentile_{agency}"] = percentile(surfaces[agency])
        columns[f"top_{agency}"] = top[agency]
    if tested is not None:
        columns["times_expected"] = tested.times
    chosen = _chosen(surfaces, top, exposure is not None, seed)
    p = None if tested is None else tested.p
    return Scores(score, p, None if p is None else benjamini_hochberg(p), chosen, columns)


def _chosen(surfaces: Surfaces, top: Mapping[str, Bools], tested: bool, seed: int) -> dict[str, Value]:
    said: dict[str, Value] = {"top_share": TOP, "agree": AGREE, "k": 1, "without_data": _without(surfaces) or "none"}
    said |= {f"in_top_{agency}": int(cells.sum()) for agency, cells in top.items()}
    test = f"{SHUFFLES} shuffles at most, within tenths by exposure" if tested else "none: what is exposed is not known"
    return said | {"test": test, "seed": seed}


def _without(surfaces: Surfaces) -> str:
    return ", ".join(agency.value for agency in Agency if agency.value not in surfaces)


def score(facts: Facts) -> Scores | Lacking:
    """The joint score of each cell, from the counts of the incidents that may single out a place."""
    if facts.events is None:
        return Lacking("Joint cells need single incidents, with the agency of each.")
    n, near, events = len(facts.grid), facts.grid.neighbours(1), facts.events.where(placed(facts.events))
    counts = (np.bincount(events.cell[events.agency == each.value], minlength=n).astype(np.float64) for each in Agency)
    surfaces = {each.value: smoothed(values, near) for each, values in zip(Agency, counts, strict=True)}
    exposure = None if facts.exposure is None else smoothed(facts.exposure, near)
    return joint(surfaces, exposure, facts.seed)


METHOD = CellMethod(
    name="joint",
    title="Joint cells",
    citation=(
        "The rule is this program's own. The test: Davison, A. C. & Hinkley, D. V. (1997). Bootstrap Methods and their "
        "Application. Cambridge University Press, chapter 4. Benjamini, Y. & Hochberg, Y. (1995). Controlling the "
        "false discovery rate. Journal of the Royal Statistical Society B 57, 289-300."
    ),
    formula=(
        "λ of each agency is the mean over the cell and its neighbours; a cell is joint where at least 95 % of all "
        "cells have a lower λ for at least two agencies. Score: the geometric mean of λ/Σλ over the agencies with "
        "data. p: the share of scores as high when each agency's λ is shuffled among cells of the same tenth by "
        "exposure (in the last tenth per unit of it); q after Benjamini and Hochberg."
    ),
    avoid=(
        "With one agency's data, or with feeds that cover different parts of the area: a gap in a feed looks like a "
        "place without trouble. As proof that problems feed each other: p says that a place has more than its exposure "
        "explains, not why. p by itself: one agency far out can do it alone; read it with the number of agencies. The "
        "score by itself: it is 0 where one of three has nothing; go by the order."
    ),
    defaults={"top": "5 % of cells", "agree": AGREE, "k": 1, "shuffles": f"{SHUFFLES} at most", "strata": TENTHS},
    score=score,
)
