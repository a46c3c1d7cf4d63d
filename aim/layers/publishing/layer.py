"""The contract of a tasking layer: what it shows, to whom, in which cells, in the words of the NIM."""

from dataclasses import dataclass

from aim.vocabulary.nim import Agency, Marking, NimLevel, Strand, TacticalOption


@dataclass(frozen=True)
class Layer:
    """One tasking layer. `docs/how-to/add-a-layer.md` walks through one."""

    name: str
    title: str
    description: str
    categories: tuple[str, ...]
    resolution: int
    """The H3 resolution that the coarsest of its feeds can bear."""
    events: str
    """What it counts, in the plural, for the rationale: "crimes"."""
    control_strategy_ref: str
    strand: Strand
    tactical_option: TacticalOption
    lead_agency: Agency
    supporting_agencies: tuple[Agency, ...]
    plan_owner: str
    """A role, never a name."""
    caveats: tuple[str, ...]
    level: NimLevel = NimLevel.L1
    marking: Marking = Marking.OFFICIAL
