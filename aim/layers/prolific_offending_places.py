"""Coarse areas linked to prolific offending: for those who target offenders, and for nobody else."""

from aim.hotspots.run import Scored
from aim.layers.publishing.entries import Entry, hot_cells
from aim.layers.publishing.layer import Layer
from aim.strategy.store import InForce
from aim.vocabulary.categories import of_themes
from aim.vocabulary.nim import Agency, HandlingCode, Marking, NimLevel, Strand, TacticalOption

LEAST = 5
"""Links that a cell holds at least to be shown: fewer may all be about one person or one home."""


def coarse_cells(scored: Scored, in_force: InForce) -> list[Entry]:
    """As hot spots are shown, but for cells with few links, which are withheld."""
    return [entry for entry in hot_cells(scored, in_force) if scored.counts[entry.at] >= LEAST]


LAYER = Layer(
    name="prolific-offending-places",
    title="Places linked to prolific offending",
    description=(
        f"Areas of about 0.7 square kilometres with at least {LEAST} recorded links to prolific offending, over twelve "
        "months. The feed names no person, and cells with fewer links are not shown."
    ),
    categories=of_themes("prolific_offending"),
    resolution=8,
    events="links to prolific offending",
    control_strategy_ref="prolific_offending",
    strand=Strand.ENFORCEMENT,
    tactical_option=TacticalOption.TARGET_OFFENDERS,
    lead_agency=Agency.POLICE,
    supporting_agencies=(),
    plan_owner="Integrated offender management lead",
    level=NimLevel.L2,
    caveats=(
        "Links are made where police look for them: the absence of a link says nothing of a place.",
        "An area is no suspect: nobody in it is to be treated differently for it.",
    ),
    marking=Marking.OFFICIAL_SENSITIVE,
    handling_code=HandlingCode.C,
    handling="Need to know: offender management only; not to be shown on screens in public, exported or passed on.",
    shows=coarse_cells,
    methods=("count", "gi_star"),
    score_of="links",
    least=LEAST,
    finest=8,
)
