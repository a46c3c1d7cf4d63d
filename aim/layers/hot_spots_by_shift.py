"""Current hot spots of each priority in each shift: what the daily meeting tasks."""

from collections import defaultdict

import numpy as np

from aim.errors import LayerRefused
from aim.hotspots.by_shift import by_shift
from aim.hotspots.facts import Events
from aim.hotspots.grid import Floats
from aim.hotspots.methods.gi_star import confidence, gi_star, steps_for
from aim.hotspots.needs import Needs
from aim.hotspots.peaks import timed_of
from aim.hotspots.placed import placeable
from aim.hotspots.run import Scored
from aim.layers.publishing.entries import HOT, Entry, Standing
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.priorities import priorities_by_category
from aim.strategy.store import InForce
from aim.vocabulary.nim import Agency, Strand, TacticalOption
from aim.vocabulary.shifts import Shift, shifts

FEWEST = 30
"""Incidents of a priority in a shift, over the whole area: with fewer, Gi* calls single ones hot."""
LEAST = 2.0
"""Incidents, by hours, that a cell holds at least to be shown: one may be anywhere."""


def hot_by_shift(scored: Scored, in_force: InForce) -> list[Entry]:
    """Cells that are hot at 95 % or more in a shift, by the incidents that fall into it."""
    timed, kinds = _timed(scored), _kinds(scored, in_force)
    found: list[Entry] = []
    for priority, named in kinds.items():
        of = timed.where(np.isin(timed.category, named))
        weights = by_shift(of, len(scored.grid), tuple(shifts().values()))
        for shift, held in zip(shifts().values(), weights.T, strict=True):
            if held.sum() >= FEWEST:
                found += _of_one(scored, priority, named, shift, np.ascontiguousarray(held), weights.sum(axis=1))
    return sorted(found, key=lambda each: (-each.score, each.priority or "", each.shift or "", each.at))


def _timed(scored: Scored) -> Events:
    events = scored.facts.events
    assert events is not None  # noqa: S101  # a layer counts single incidents
    timed = events.where(timed_of(events))
    if not len(timed):
        raise LayerRefused(
            f"The layer hot-spots-by-shift in {scored.area.name} is not made: no incident has a known time of day."
        )
    return timed


def _kinds(scored: Scored, in_force: InForce) -> dict[str, tuple[str, ...]]:
    """By priority in force, the categories of the layer that fall under it."""
    found: dict[str, list[str]] = defaultdict(list)
    by_category = priorities_by_category(in_force)
    for name in scored.question.categories:
        if name in by_category:
            found[by_category[name]].append(name)
    return {priority: tuple(named) for priority, named in sorted(found.items())}


def _of_one(
    scored: Scored, priority: str, named: tuple[str, ...], shift: Shift, held: Floats, all_day: Floats
) -> list[Entry]:
    z, _, q = gi_star(held, scored.grid.neighbours(steps_for(scored.grid)))
    standing = Standing(z, q, confidence(z, q))
    return [
        Entry(
            at, round(float(held[at]), 1), True, float(z[at]), float(q[at]), int(standing.level[at]),
            lead(shift, held[at], float(held.mean())),
            (f"{held[at]:.1f} in this shift", f"{all_day[at]:.1f} in all shifts"),
            priority, named, shift.id,
        )
        for at in np.flatnonzero((standing.level >= HOT) & (held >= LEAST)).tolist()
    ]  # fmt: skip


def lead(shift: Shift, held: float, average: float) -> str:
    """In which shift, and how much of it."""
    return (
        f"{shift.label}: a hot spot of this shift, with {held:.1f} incidents by the hours they may have happened in, "
        f"where the average cell has {average:.1f}."
    )


LAYER = Layer(
    name="hot-spots-by-shift",
    title="Hot spots by priority and shift",
    description=(
        "Cells that are hot at 95 % confidence or more for one priority of the control strategy in one shift, over "
        "twelve months; an incident between two times counts in each shift by its share of the hours."
    ),
    categories=placeable(),
    resolution=9,
    events="incidents of this priority",
    control_strategy_ref=None,
    strand=Strand.ENFORCEMENT,
    tactical_option=TacticalOption.MANAGE_HOTSPOTS,
    lead_agency=Agency.POLICE,
    supporting_agencies=(Agency.COUNCIL, Agency.FIRE),
    plan_owner="Patrol sergeant of the shift",
    caveats=(
        "Incidents known by their day only, or to within more than a day, are in no shift.",
        f"Priorities with fewer than {FEWEST} incidents in a shift are not shown: too few to say what is hot.",
        "The false discovery rate is that of one priority and shift, not of all together.",
    ),
    needs=Needs(day=True, within_m=150),
    shows=hot_by_shift,
    methods=("count", "gi_star", "emerging", "harm"),
    score_of="incidents in this shift",
)
