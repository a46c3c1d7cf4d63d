"""The National Intelligence Model in enums.

Terms follow the ACPO guidance of 2005 and the College of Policing's practice; `docs/glossary.md` explains each.
"""

from enum import StrEnum


class Agency(StrEnum):
    """Who reported the incident."""

    POLICE = "police"
    COUNCIL = "council"
    FIRE = "fire"


class NimLevel(StrEnum):
    """L1 local, L2 cross-border, L3 national."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"


class Strand(StrEnum):
    """How a control-strategy priority is worked: prevention, intelligence, enforcement, reassurance (PIER)."""

    PREVENTION = "prevention"
    INTELLIGENCE = "intelligence"
    ENFORCEMENT = "enforcement"
    REASSURANCE = "reassurance"


class TacticalOption(StrEnum):
    """The four headings of the tactical menu."""

    TARGET_OFFENDERS = "target_offenders"
    MANAGE_HOTSPOTS = "manage_hotspots"
    INVESTIGATE_SERIES = "investigate_series"
    APPLY_PREVENTATIVE_MEASURES = "apply_preventative_measures"


class Marking(StrEnum):
    """Government security classification. Higher tiers have no place here."""

    OFFICIAL = "OFFICIAL"
    OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"


class HandlingCode(StrEnum):
    """3x5x2 handling: lawful sharing permitted, or permitted with conditions."""

    P = "P"
    C = "C"


class Lens(StrEnum):
    """The side of the problem-analysis triangle that a category is mostly worked from."""

    VICTIM = "victim"
    OFFENDER = "offender"
    LOCATION = "location"


class HotspotClass(StrEnum):
    """Where a hot spot stands over time. Fewer than ten periods give no class."""

    NEW = "new"
    CONSECUTIVE = "consecutive"
    INTENSIFYING = "intensifying"
    PERSISTENT = "persistent"
    DIMINISHING = "diminishing"
    SPORADIC = "sporadic"
    OSCILLATING = "oscillating"
    HISTORICAL = "historical"
    NONE = "none"
    NOT_ENOUGH_PERIODS = "not enough periods"
