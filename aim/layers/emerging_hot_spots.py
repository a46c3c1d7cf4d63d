"""Hot spots that are new or growing: what the fortnightly meeting has not tasked yet."""

import numpy as np

from aim.errors import LayerRefused
from aim.hotspots.facts import PERIOD_DAYS
from aim.hotspots.method import Scores
from aim.hotspots.methods.emerging import FEWEST, NOT_ENOUGH
from aim.hotspots.needs import Needs
from aim.hotspots.placed import placeable
from aim.hotspots.run import Scored
from aim.layers.publishing.entries import Entry, Standing, entry
from aim.layers.publishing.layer import Layer
from aim.strategy.store import InForce
from aim.vocabulary.nim import Agency, Strand, TacticalOption

SHOWN = {
    "new hot spot": "A new hot spot: hot in the last 28 days and never before.",
    "consecutive hot spot": "A consecutive hot spot: hot in the last {run} periods of 28 days, and never before.",
    "intensifying hot spot": "An intensifying hot spot: hot in {run} of {periods} periods of 28 days, and rising.",
}


def emerging(scored: Scored, in_force: InForce) -> list[Entry]:  # noqa: ARG001  # as `Shows` has it
    """By incidents of the last 28 days, then by how far these are above chance."""
    answer = scored.scores.get("emerging")
    if answer is None or scored.facts.periods is None or NOT_ENOUGH in answer.columns["class"]:
        raise LayerRefused(
            f"The layer emerging-hot-spots in {scored.area.name} is not made: it needs {FEWEST} periods of "
            f"{PERIOD_DAYS} days whose incidents are known by their day."
        )
    last, standing = scored.facts.periods.by_period()[:, -1], Standing.of(answer)
    cells = np.flatnonzero(np.isin(answer.columns["class"], list(SHOWN)))
    order = cells[np.lexsort((-standing.z[cells], -last[cells]))]
    return [
        entry(
            standing, at, int(last[at]), tasked=bool(last[at] > 0), lead=lead(answer, at), parts=parts(last, answer, at)
        )
        for at in order.tolist()
    ]


def lead(answer: Scores, at: int) -> str:
    """What became of it."""
    told = SHOWN[str(answer.columns["class"][at])]
    return told.format(run=answer.columns["hot_periods"][at], periods=answer.chosen["periods"])


def parts(last: np.ndarray, answer: Scores, at: int) -> tuple[str, ...]:
    """The last period, and how many were hot."""
    return (f"{last[at]:.0f} in the last {PERIOD_DAYS} days", f"{answer.columns['hot_periods'][at]} hot periods")


LAYER = Layer(
    name="emerging-hot-spots",
    title="Emerging hot spots",
    description=(
        "Cells that are a new, consecutive or intensifying hot spot over up to two years of 28-day periods, of all "
        "incidents whose day is known."
    ),
    categories=placeable(),
    resolution=8,
    events="incidents of all agencies",
    control_strategy_ref=None,
    strand=Strand.INTELLIGENCE,
    tactical_option=TacticalOption.MANAGE_HOTSPOTS,
    lead_agency=Agency.POLICE,
    supporting_agencies=(Agency.COUNCIL, Agency.FIRE),
    plan_owner="Neighbourhood policing inspector",
    caveats=("With less than two years of data a season can look like a trend.",),
    needs=Needs(day=True),
    shows=emerging,
    methods=("count", "gi_star", "emerging", "harm"),
    score_of="incidents of the last 28 days",
)
