"""Incidents weighed by a partnership's harm weights."""

from dataclasses import dataclass, replace

import numpy as np

from aim.hotspots.facts import Events, Facts
from aim.hotspots.harm.weights import Weights
from aim.hotspots.placed import placed


@dataclass(frozen=True)
class Weighed:
    """Facts for the harm method, and what was left out of its sums.

    `facts.events.weight` is what the incident counts for. `left_out` has incidents by reason: `sensitive or
    enforcement-driven`, and `no weight for CATEGORY` for each category that the weights do not name. `sha256` is the
    digest of the signature, to be stored beside what is computed from this.
    """

    facts: Facts
    left_out: dict[str, int]
    sha256: str


def weigh(facts: Facts, weights: Weights) -> Weighed:
    """Facts whose incidents are weighed; those that may not count, or have no weight, are gone from the events.

    The counts stay as they were. Hand the facts to the harm method alone: to others a weight is another thing. Raises
    ValueError where there are no events, or the weights are not signed.
    """
    if facts.events is None or weights.signature is None:
        raise ValueError("There is nothing to weigh, or nothing to weigh by: single incidents and signed weights.")
    may = placed(facts.events)
    weighed, missing = _weighed(facts.events.where(may), weights)
    barred = {"sensitive or enforcement-driven": int((~may).sum())}
    left_out = {why: number for why, number in (barred | missing).items() if number}
    return Weighed(replace(facts, events=weighed), left_out, weights.signature.sha256)


def _weighed(events: Events, weights: Weights) -> tuple[Events, dict[str, int]]:
    names, of, numbers = np.unique(events.category, return_inverse=True, return_counts=True)
    known = [weights.of(name) for name in names.tolist()]
    each = np.array([np.nan if value is None else value for value in known], dtype=np.float64)[of]
    missing = {
        f"no weight for {name}": number
        for name, number, value in zip(names.tolist(), numbers.tolist(), known, strict=True)
        if value is None
    }
    return replace(events, weight=each).where(~np.isnan(each)), missing
