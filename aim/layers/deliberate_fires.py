"""Fires that somebody most likely lit: refuse, grass, vehicles, derelict places."""

from aim.layers.publishing.layer import Layer
from aim.vocabulary.nim import Agency, Strand, TacticalOption

LAYER = Layer(
    name="deliberate-fires",
    title="Deliberate and secondary fires",
    description=(
        "Cells where secondary fires (refuse, grass, derelict places), vehicle fires and fires recorded as deliberate "
        "gather, over twelve months."
    ),
    categories=(
        "secondary_fire",
        "deliberate_fire",
        "deliberate_primary_fire",
        "deliberate_vehicle_fire",
        "deliberate_secondary_fire",
        "primary_fire_vehicle",
    ),
    resolution=9,
    events="deliberate or secondary fires",
    control_strategy_ref="damage_and_arson",
    strand=Strand.PREVENTION,
    tactical_option=TacticalOption.APPLY_PREVENTATIVE_MEASURES,
    lead_agency=Agency.FIRE,
    supporting_agencies=(Agency.COUNCIL, Agency.POLICE),
    plan_owner="Fire station manager, arson reduction",
    caveats=(
        "Published fire records do not state motive: secondary and vehicle fires stand in for deliberate ones.",
        "Fires in dwellings are published to a 100 m grid; they are not part of this layer.",
    ),
)
