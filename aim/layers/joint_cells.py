"""Cells that are among the worst of two agencies or more: where a task is worth a joint meeting."""

import numpy as np

from aim.errors import LayerRefused
from aim.hotspots.method import Lacking, Scores
from aim.hotspots.placed import placeable
from aim.hotspots.run import Scored
from aim.layers.publishing.entries import Entry, Standing, entry
from aim.layers.publishing.layer import Layer
from aim.strategy.store import InForce
from aim.vocabulary.nim import Agency, Strand, TacticalOption

PLACES = 6
"""Decimals of a score: shares of hundreds of cells are small."""


def joint_cells(scored: Scored, in_force: InForce) -> list[Entry]:  # noqa: ARG001  # as `Shows` has it
    """In the order of the joint method: by the number of agencies, then by its score."""
    answer = scored.answers["joint"]
    if isinstance(answer, Lacking):
        raise LayerRefused(f"The layer joint-cells in {scored.area.name} is not made. {answer.why}")
    assert isinstance(answer, Scores)  # noqa: S101  # a method of cells
    standing, columns = Standing.of(scored.scores["gi_star"]), answer.columns
    cells = np.flatnonzero(columns["joint"])
    return [
        entry(
            standing,
            at,
            round(float(answer.score[at]), PLACES),
            tasked=True,
            lead=lead(answer, at),
            parts=parts(answer, at),
        )
        for at in cells[np.argsort(columns["order"][cells], kind="stable")].tolist()
    ]


def lead(answer: Scores, at: int) -> str:
    """For whom it is one of the worst."""
    names = [
        agency.value for agency in Agency if f"top_{agency}" in answer.columns and answer.columns[f"top_{agency}"][at]
    ]
    return f"A joint cell: with those next to it, among the worst 5 % of the area for {', '.join(names[:-1])} and {names[-1]}."


def parts(answer: Scores, at: int) -> tuple[str, ...]:
    """What each agency brings to it, after its own measure."""
    brought = {agency.value: answer.columns.get(f"brings_{agency}") for agency in Agency}
    return tuple(f"{name} {100 * share[at]:.0f} %" for name, share in brought.items() if share is not None)


LAYER = Layer(
    name="joint-cells",
    title="Joint cells of two agencies or more",
    description=(
        "Cells that are among the worst 5 % of the area, each by its own count, for at least two of police, council "
        "and fire, over twelve months."
    ),
    categories=placeable(),
    resolution=8,
    events="incidents of all agencies",
    control_strategy_ref=None,
    strand=Strand.PREVENTION,
    tactical_option=TacticalOption.MANAGE_HOTSPOTS,
    lead_agency=Agency.COUNCIL,
    supporting_agencies=(Agency.POLICE, Agency.FIRE),
    plan_owner="Joint tasking co-ordinator",
    caveats=(
        "A place where many people are is likely to be joint for that alone: exposure is not known here.",
        "Offences that are found where police look for them are not counted.",
    ),
    shows=joint_cells,
    methods=("count", "gi_star", "joint", "harm"),
    score_of="geometric mean of the agencies' shares of their own incidents",
)
