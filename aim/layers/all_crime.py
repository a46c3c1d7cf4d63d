"""Where recorded crime of every kind gathers: the first map of the morning."""

from aim.layers.publishing.layer import Layer
from aim.vocabulary.categories import of_themes
from aim.vocabulary.nim import Agency, Strand, TacticalOption

LAYER = Layer(
    name="all-crime",
    title="All crime hot spots",
    description="Cells where police-recorded crime gathers more than chance explains, over twelve months.",
    categories=of_themes("crime"),
    resolution=8,
    events="crimes",
    control_strategy_ref="all_crime",
    strand=Strand.PREVENTION,
    tactical_option=TacticalOption.MANAGE_HOTSPOTS,
    lead_agency=Agency.POLICE,
    supporting_agencies=(Agency.COUNCIL, Agency.FIRE),
    plan_owner="Neighbourhood policing inspector",
    caveats=(
        "Street-level police points are moved to the nearest anonymous map point: a cell is an area, not an address.",
        "Drugs and weapons offences are recorded where police look for them.",
    ),
)
