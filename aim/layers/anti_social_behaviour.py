"""Anti-social behaviour as police and council see it together: the layer wardens are sent by."""

from aim.layers.publishing.layer import Layer
from aim.vocabulary.categories import of_themes
from aim.vocabulary.nim import Agency, Strand, TacticalOption

LAYER = Layer(
    name="anti-social-behaviour",
    title="Anti-social behaviour with council reports",
    description=(
        "Cells where anti-social behaviour recorded by police gathers together with fly-tipping, graffiti, litter, "
        "noise and other environmental reports to the council, over twelve months."
    ),
    categories=of_themes("anti_social_behaviour", "environmental_crime"),
    resolution=8,
    events="incidents of anti-social behaviour and environmental crime",
    control_strategy_ref="anti_social_behaviour",
    strand=Strand.REASSURANCE,
    tactical_option=TacticalOption.APPLY_PREVENTATIVE_MEASURES,
    lead_agency=Agency.COUNCIL,
    supporting_agencies=(Agency.POLICE, Agency.FIRE),
    plan_owner="Street warden manager",
    caveats=(
        "Reports to the council follow who reports, not only what happens.",
        "An event that two agencies report counts once where the two are linked; monthly police records cannot be.",
    ),
)
