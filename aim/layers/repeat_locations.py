"""Cells with places where it happens again and again: an address to solve, not an area to patrol."""

import numpy as np

from aim.errors import LayerRefused
from aim.hotspots.facts import Events
from aim.hotspots.methods.repeat_locations import PRECISE_M, first_reports, locations
from aim.hotspots.needs import Needs
from aim.hotspots.placed import placeable, placed
from aim.hotspots.run import Scored
from aim.layers.publishing.entries import Entry, Standing, entry
from aim.layers.publishing.layer import Layer
from aim.strategy.store import InForce
from aim.vocabulary.nim import Agency, HandlingCode, Strand, TacticalOption

REPEATS = 3
"""Incidents of twelve months at a point, to the metre, that make it a repeat location."""


def repeat_locations(scored: Scored, in_force: InForce) -> list[Entry]:  # noqa: ARG001  # as `Shows` has it
    """By incidents at repeat locations. The cell is shown and never the point."""
    precise = _precise(scored)
    number = np.bincount(locations(precise))
    of_cell = np.zeros(len(number), dtype=np.int64)
    of_cell[locations(precise)] = precise.cell
    repeat, n = number >= REPEATS, len(scored.grid)
    held = np.bincount(of_cell[repeat], weights=number[repeat], minlength=n).astype(np.int64)
    places = np.bincount(of_cell[repeat], minlength=n)
    worst = np.zeros(n, dtype=np.int64)
    np.maximum.at(worst, of_cell[repeat], number[repeat])
    standing = Standing.of(scored.scores["gi_star"])
    order = np.lexsort((-worst, -held))[: np.count_nonzero(held)]
    return [
        entry(
            standing,
            at,
            int(held[at]),
            tasked=True,
            lead=lead(places[at], held[at], worst[at]),
            parts=parts(places[at], worst[at]),
        )
        for at in order.tolist()
    ]


def _precise(scored: Scored) -> Events:
    """The incidents whose place is known to the metre or nearly; later reports of the same left out."""
    events = scored.facts.events
    assert events is not None  # noqa: S101  # a layer counts single incidents
    near = events.where(placed(events) & (events.location_precision_m <= PRECISE_M))
    if not len(near):
        raise LayerRefused(
            f"The layer repeat-locations in {scored.area.name} is not made: no incident is placed to {PRECISE_M:.0f} m."
        )
    return near.where(first_reports(near))


def lead(places: int, held: int, worst: int) -> str:
    """How many, and how bad the worst is."""
    if places == 1:
        return f"A repeat location lies here: {held} incidents at one place in twelve months."
    return f"{places} repeat locations lie here, with {held} incidents in twelve months; {worst} at the worst."


def parts(places: int, worst: int) -> tuple[str, ...]:
    """Locations, and the most at one."""
    return (f"{places} locations", f"{worst} at the worst")


LAYER = Layer(
    name="repeat-locations",
    title="Repeat locations",
    description=(
        f"Cells that hold places with {REPEATS} incidents or more in twelve months, of incidents placed to "
        f"{PRECISE_M:.0f} m or better. The places themselves are not shown."
    ),
    categories=placeable(),
    resolution=9,
    events="incidents of all agencies",
    control_strategy_ref=None,
    strand=Strand.PREVENTION,
    tactical_option=TacticalOption.APPLY_PREVENTATIVE_MEASURES,
    lead_agency=Agency.COUNCIL,
    supporting_agencies=(Agency.POLICE, Agency.FIRE),
    plan_owner="Problem-solving co-ordinator",
    caveats=(
        "Points that were moved or rounded are no locations: their incidents are counted, and repeat nowhere.",
        "Council reports of one kind within 50 m and 48 hours of each other are one.",
        "Where things get reported, such as a hospital or a station, is not where they come from.",
    ),
    handling_code=HandlingCode.C,
    handling="Not to be published or matched with addresses; a cell with one location may stand for one household.",
    needs=Needs(day=True, within_m=150),
    shows=repeat_locations,
    methods=("count", "gi_star", "emerging", "harm"),
    score_of="incidents at repeat locations",
)
