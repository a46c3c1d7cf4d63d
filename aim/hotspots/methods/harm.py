"""Harm: where is not most, but worst? Incidents weighed by what each is to count for, none more than a quarter.

    raw    R = Σ w_i over the incidents of the cell
    capped S = the largest S with S = Σ min(w_i, S/4)
             = min{ R, 4/3 (R - w_1), 2 (R - w_1 - w_2), 4 (R - w_1 - w_2 - w_3) },  w_1 >= w_2 >= w_3 the heaviest

so that one homicide does not make a hot spot: no event is more than 25 % of the score that the cell is ranked by. It
takes four events to have such a score; cells of fewer come after, by their raw harm, which is what is reported. Both
ranks stand side by side, because weights are decisions: `fragile` marks the cells that are in the top 1 % by harm, or
not, only because some category's weight is what it is and not twice or half of that.

The incidents are those of the 365 days before `until` (all of them where that is not known), which carry weight, are
not sensitive and were not found by looking for them. Equal values share the best rank; a cell without harm is never in
the top.
"""

from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.facts import Bools, Events, Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import CellMethod, Lacking, Scores
from aim.hotspots.placed import placed
from aim.hotspots.ranks import Ranks, ranks

CAP: Final = 0.25
TOP: Final = 0.01
DAYS: Final = 365
FACTORS: Final = (0.5, 2.0)

T = TypeVar("T", bound=np.generic)


class Harm(NamedTuple):
    """Of each cell (float64[n]): the sum of weights, the sum with the cap, the heaviest event's share of the sum."""

    raw: Floats
    capped: Floats
    heaviest: Floats


class Sensitivity(NamedTuple):
    """Of each cell: whether it is in the top by the weights given, whether that is fragile, its best and worst rank."""

    top: Bools
    fragile: Bools
    best: Ranks
    worst: Ranks


def harm_scores(counts_by_category: Floats, weights: Floats) -> Harm:
    """Of float64[n, c] whole numbers of incidents and float64[c] weights of 0 or more, the harm of each cell."""
    order = np.argsort(-weights, kind="stable")
    counts, heavy = counts_by_category[:, order], weights[order]
    running = np.cumsum(counts, axis=1)
    beyond = (np.diff(np.maximum(running - j, 0), axis=1, prepend=0.0) for j in range(round(1 / CAP)))
    rests = [(rest * heavy).sum(axis=1) for rest in beyond]
    capped = np.minimum.reduce([rest / (1 - j * CAP) for j, rest in enumerate(rests)])
    raw = rests[0]
    return Harm(raw, capped, np.divide(raw - rests[1], raw, out=np.zeros(len(raw)), where=raw > 0))


def harm_ranks(harm: Harm) -> Ranks:
    """By capped harm, cells without any by their raw harm."""
    return ranks(harm.capped, harm.raw)


def sensitivity(counts: Floats, weights: Floats, category: NDArray[np.generic], cells: int) -> Sensitivity:
    """The ranks with each category's weights halved and doubled, one at a time.

    `counts` is float64[n, c] and `weights` float64[c] as in `harm_scores`; `category` says whose weight each is, for a
    category may have several. `cells` is the number of cells of the area, of which n have incidents.
    """
    most = max(1, round(TOP * cells))
    base = harm_ranks(harm_scores(counts, weights))
    changed = (np.where(category == each, factor, 1.0) for each in np.unique(category) for factor in FACTORS)
    best, worst, fragile = base.copy(), base.copy(), np.zeros(len(base), dtype=np.bool_)
    for factors in changed:
        found = harm_ranks(harm_scores(counts, weights * factors))
        best, worst = np.minimum(best, found), np.maximum(worst, found)
        fragile |= (found <= most) != (base <= most)
    return Sensitivity(base <= most, fragile, best, worst)


def score(facts: Facts) -> Scores | Lacking:
    """The capped harm of each cell, with raw harm, both ranks and what the top depends on in columns."""
    if facts.events is None:
        return Lacking("Harm needs single incidents, weighed by signed weights.")
    events = facts.events.where(_recent(facts.events, facts) & placed(facts.events) & (facts.events.weight > 0))
    if not len(events):
        return Lacking("There are no incidents that carry harm and may be shown by place.")
    if (events.weight == 1).all():
        return Lacking("No harm weights are applied: each incident counts 1. Sign a file of weights: `aim harm sign`.")
    return _scored(events, len(facts.grid), len(facts.events) - len(events))


def _recent(events: Events, facts: Facts) -> Bools:
    if facts.until is None:
        return np.ones(len(events), dtype=np.bool_)
    return events.between(facts.until - np.timedelta64(DAYS), facts.until)


def _scored(events: Events, n: int, left_out: int) -> Scores:
    """Cells without harm are set aside, most being so: they tie behind all others whatever the weights."""
    active, at = np.unique(events.cell, return_inverse=True)
    counts, category, weights = _by_kind(events, at, len(active))
    harm, number = harm_scores(counts, weights), counts.sum(axis=1)
    fragile = sensitivity(counts, weights, category, n)
    last = len(active) + 1
    columns = {
        "harm": _spread(harm.raw, active, n, 0.0),
        "heaviest_share": _spread(harm.heaviest, active, n, 0.0),
        "count": _spread(number, active, n, 0.0),
        "rank_harm": _spread(harm_ranks(harm), active, n, last),
        "rank_count": _spread(ranks(number), active, n, last),
        "rank_best": _spread(fragile.best, active, n, last),
        "rank_worst": _spread(fragile.worst, active, n, last),
        "top": _spread(fragile.top, active, n, False),
        "fragile": _spread(fragile.fragile, active, n, False),
    }
    chosen = {"cap": CAP, "top_share": TOP, "days": DAYS, "incidents": len(events), "left_out": left_out}
    return Scores(_spread(harm.capped, active, n, 0.0), None, None, chosen, columns)


def _by_kind(events: Events, at: NDArray[np.int64], n: int) -> tuple[Floats, NDArray[np.str_], Floats]:
    """Incidents by cell and kind, float64[n, c]; a kind is a category and a weight, which are told beside it."""
    names, category = np.unique(events.category, return_inverse=True)
    values, weight = np.unique(events.weight, return_inverse=True)
    kinds, of = np.unique(category * len(values) + weight, return_inverse=True)
    counts = np.bincount(at * len(kinds) + of, minlength=n * len(kinds)).astype(np.float64)
    return counts.reshape(n, len(kinds)), names[kinds // len(values)], values[kinds % len(values)]


def _spread(values: NDArray[T], active: NDArray[np.int64], n: int, other: float) -> NDArray[T]:
    """What is known of the active cells, as a column for all n; `other` for the rest."""
    column = np.full(n, other, dtype=values.dtype)
    column[active] = values
    return column


METHOD = CellMethod(
    name="harm",
    title="Harm",
    citation=(
        "Sherman, L., Neyroud, P. W. & Neyroud, E. (2016). The Cambridge Crime Harm Index: measuring total harm from "
        "crime based on sentencing guidelines. Policing 10, 171-183. Ashby, M. P. J. (2018). Comparing methods for "
        "measuring crime harm/severity. Policing 12, 439-454."
    ),
    formula=(
        "Raw harm R = Σ w over the cell's incidents of 365 days. Ranked by the largest S = Σ min(w, S/4), which is "
        "min{R, 4/3 (R - w1), 2 (R - w1 - w2), 4 (R - w1 - w2 - w3)}; cells of fewer than four events have S = 0 "
        "and follow by R. The rank by count of the same incidents stands beside it. Fragile: in the top 1 % or out of "
        "it depending on one category's weight being halved or doubled."
    ),
    avoid=(
        "As a measurement: weights are a decision, and two official indices rank places differently (Ashby 2018). "
        "Where a category mixes grave and slight offences, unless its weight comes from the force's own mix. For "
        "sexual offences and domestic abuse, which no layer of places shows; police.uk's `Violence and sexual "
        "offences` cannot be taken apart. To compare areas that sign different weights."
    ),
    defaults={
        "cap": "25 % of the score",
        "top": "1 % of cells",
        "weights tried": "each category's, halved and doubled",
    },
    score=score,
)
