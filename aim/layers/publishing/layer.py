"""The contract of a tasking layer: what it shows, to whom, in which cells, in the words of the NIM."""

from dataclasses import dataclass, field

from aim.hotspots.needs import Needs
from aim.layers.publishing.entries import Shows, hot_cells
from aim.vocabulary.nim import Agency, HandlingCode, Marking, NimLevel, Strand, TacticalOption


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
    control_strategy_ref: str | None
    """Its priority; None: that which most of a cell's incidents fall under."""
    strand: Strand
    tactical_option: TacticalOption
    lead_agency: Agency
    supporting_agencies: tuple[Agency, ...]
    plan_owner: str
    """A role, never a name."""
    caveats: tuple[str, ...]
    level: NimLevel = NimLevel.L1
    """Where the control strategy does not say."""
    marking: Marking = Marking.OFFICIAL
    handling_code: HandlingCode = HandlingCode.P
    handling: str | None = None
    """What whoever holds it has to do or leave; with handling code C."""
    needs: Needs = field(default_factory=Needs)
    """What an incident has to tell to be counted; the others are left out, and named."""
    shows: Shows = field(default=hot_cells, repr=False)
    """Which cells it shows and in which order. Its code is part of a version's digest, so it need not be in `repr`."""
    methods: tuple[str, ...] | None = None
    """Methods of cells that it asks; None: all, and those of the area. One that shows something else asks fewer."""
    score_of: str = "incidents"
    """What its score is."""
    least: int = 1
    """Incidents that a cell has to hold to be shown at all. Above 1, what methods say of single cells is not kept."""
    finest: int | None = None
    """The finest resolution that it may be shown in, whatever the data bear."""

    @property
    def judged(self) -> bool:
        """Whether a look back says how right it has been: it judges maps that are ranked by counts."""
        return self.shows is hot_cells and self.least == 1
