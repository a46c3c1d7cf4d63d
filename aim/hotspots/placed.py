"""Which incidents may single out a place: not the sensitive ones, nor those that are found where police look.

Sexual offences and whatever else the vocabulary calls sensitive never enter a layer of places, where a cell may be one
household; a category of domestic abuse belongs under that theme too. Places linked to prolific offending have a closed
layer of their own and enter no other. What partners did and what became of a crime are no incidents. An incident
recorded because somebody went looking says where they looked.
"""

from typing import Final

import numpy as np

from aim.hotspots.facts import Bools, Events
from aim.vocabulary.categories import categories, enforcement_driven, of_themes

NEVER_THEMES: Final = ("sensitive_crime", "prolific_offending", "activity", "outcome")
NO_PRIORITY: Final = "none"
"""The `control_strategy` of categories that fall under no priority, such as a broken street lamp."""


def never_placed() -> tuple[str, ...]:
    """The ids of the categories that enter no layer of places."""
    return of_themes(*NEVER_THEMES)


def placeable() -> tuple[str, ...]:
    """The ids of the categories that may single out a place and that fall under a priority."""
    never = {*never_placed(), *enforcement_driven()}
    return tuple(c.id for c in categories().values() if c.id not in never and c.control_strategy != NO_PRIORITY)


def placed(events: Events) -> Bools:
    """bool[m]: whether each incident may count where places are singled out."""
    return ~events.enforcement_driven & ~np.isin(events.category, never_placed())
