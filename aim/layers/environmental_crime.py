"""What the council clears up and fines for: fly-tipping, graffiti, litter, needles, abandoned vehicles."""

from aim.layers.publishing.layer import Layer
from aim.vocabulary.categories import of_themes
from aim.vocabulary.nim import Agency, Strand, TacticalOption

LAYER = Layer(
    name="environmental-crime",
    title="Environmental crime hot spots",
    description=(
        "Cells where fly-tipping, graffiti, litter, dog fouling, needles, vandalism and abandoned vehicles reported to "
        "the council gather more than chance explains, over twelve months."
    ),
    categories=of_themes("environmental_crime"),
    resolution=9,
    events="reports of environmental crime",
    control_strategy_ref="environmental_crime",
    strand=Strand.PREVENTION,
    tactical_option=TacticalOption.APPLY_PREVENTATIVE_MEASURES,
    lead_agency=Agency.COUNCIL,
    supporting_agencies=(Agency.FIRE, Agency.POLICE),
    plan_owner="Environmental enforcement manager",
    caveats=("Reports to the council follow who reports, not only what happens.",),
)
