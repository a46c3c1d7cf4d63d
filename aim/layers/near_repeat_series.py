"""Cells that a live series runs through: what investigators look at, and where the next one may come."""

from collections import defaultdict
from datetime import date

import numpy as np

from aim.errors import LayerRefused
from aim.hotspots.facts import Events
from aim.hotspots.needs import Needs
from aim.hotspots.placed import placeable
from aim.hotspots.run import Scored
from aim.hotspots.series import CHAIN_DAYS, DAYS, FEWEST, LIVE_DAYS, METRES, Series, live_series
from aim.layers.publishing.entries import Entry, Standing, entry
from aim.layers.publishing.layer import Layer
from aim.strategy.store import InForce
from aim.vocabulary.categories import categories
from aim.vocabulary.nim import Agency, Strand, TacticalOption

Held = dict[int, list[tuple[Series, int]]]
"""By position of the cell, the series that run through it and how many incidents of each lie there."""


def near_repeat_series(scored: Scored, in_force: InForce) -> list[Entry]:  # noqa: ARG001  # as `Shows` has it
    """By incidents of live series in the cell."""
    events, until = scored.facts.events, scored.facts.until
    assert events is not None  # noqa: S101  # a layer counts single incidents
    assert until is not None  # noqa: S101  # and ends on a day
    if not events.has_day.any():
        raise LayerRefused(f"The layer near-repeat-series in {scored.area.name} is not made: no incident has a day.")
    standing, held = Standing.of(scored.scores["gi_star"]), _held(events, live_series(events, until, scored.facts.seed))
    number = {at: sum(here for _, here in series) for at, series in held.items()}
    return [
        entry(standing, at, number[at], tasked=True, lead=lead(events, held[at]), parts=parts(held[at]))
        for at in sorted(held, key=lambda at: (-number[at], at))
    ]


def _held(events: Events, found: list[Series]) -> Held:
    held: Held = defaultdict(list)
    for series in found:
        cells, number = np.unique(events.cell[series.members], return_counts=True)
        for at, here in zip(cells.tolist(), number.tolist(), strict=True):
            held[at].append((series, here))
    return held


def lead(events: Events, held: list[tuple[Series, int]]) -> str:
    """The longest series that runs through the cell, and how many others do."""
    series, here = held[0]
    days = events.day[series.members]
    more = f" {len(held) - 1} more run through it." if len(held) > 1 else ""
    return (
        f"A live series runs through here: {len(series.members)} incidents ({categories()[series.category].title}) from "
        f"{_day(days.min())} to {_day(days.max())}, {here} of them in this cell, each within {METRES:.0f} m and {DAYS} "
        f"days of another (Knox, p {series.p:.3f}).{more}"
    )


def _day(day: np.datetime64) -> str:
    known: date = day.astype("datetime64[D]").item()
    return f"{known.day} {known:%B %Y}"


def parts(held: list[tuple[Series, int]]) -> tuple[str, ...]:
    """Of each series, what lies in the cell."""
    return tuple(f"{here} of {len(series.members)} ({categories()[series.category].title})" for series, here in held)


LAYER = Layer(
    name="near-repeat-series",
    title="Near-repeat series",
    description=(
        f"Cells with incidents of a live series: {FEWEST} or more of one kind in the last {CHAIN_DAYS} days, each "
        f"within {METRES:.0f} m and {DAYS} days of another, the last within {LIVE_DAYS} days, of kinds that repeat "
        "nearby and soon more than chance explains."
    ),
    categories=placeable(),
    resolution=9,
    events="incidents of all agencies",
    control_strategy_ref=None,
    strand=Strand.INTELLIGENCE,
    tactical_option=TacticalOption.INVESTIGATE_SERIES,
    lead_agency=Agency.POLICE,
    supporting_agencies=(Agency.COUNCIL, Agency.FIRE),
    plan_owner="Crime investigation inspector",
    caveats=(
        "That incidents follow each other does not say that the same people are behind them.",
        "Where all incidents of a year come in one season, they look like repeats.",
        "Council reports of one kind within 50 m and 48 hours of each other are one.",
    ),
    needs=Needs(day=True, within_m=150),
    shows=near_repeat_series,
    methods=("count", "gi_star", "emerging", "harm"),
    score_of="incidents of live series",
)
