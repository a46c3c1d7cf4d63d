"""What every property of a tasking feature is: features are made by it, and the API's schemas, filters and tables read
it. A property that is not described here cannot be published."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from aim.vocabulary.nim import Agency, HandlingCode, HotspotClass, Marking, NimLevel, Strand, TacticalOption
from aim.vocabulary.shifts import shifts

CONFIDENCES: Final = {1: "90 %", 2: "95 %", 3: "99 %"}
NOT_SIGNIFICANT: Final = "not significant"


class Kind(StrEnum):
    """What a value is; each has a JSON type and a column type."""

    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    DATE = "date"
    TEXTS = "list of texts"
    OBJECT = "object"


@dataclass(frozen=True)
class Property:
    """One property: flat, so that QGIS and ArcGIS show it as a column."""

    name: str
    title: str
    kind: Kind
    nullable: bool = False
    words: tuple[str, ...] = ()
    """The only values there are; empty: any."""
    unit: str | None = None
    """In UCUM's case-sensitive code; None for counts and scores without a unit."""
    prose: bool = False
    """Sentences for people, which a filter does not search."""

    @property
    def queryable(self) -> bool:
        """Whether a filter and an order may name it."""
        return not self.prose and self.kind is not Kind.OBJECT


def _text(name: str, title: str, words: type[StrEnum] | tuple[str, ...] = (), *, nullable: bool = False) -> Property:
    return Property(name, title, Kind.TEXT, nullable, tuple(map(str, words)))


def _whole(name: str, title: str, *, nullable: bool = False) -> Property:
    return Property(name, title, Kind.INTEGER, nullable)


def _number(name: str, title: str, *, nullable: bool = False) -> Property:
    return Property(name, title, Kind.NUMBER, nullable)


def _day(name: str, title: str) -> Property:
    return Property(name, title, Kind.DATE)


PROPERTIES: Final = (
    _text("h3", "The H3 cell in hexadecimal; the id of the feature begins with it"),
    _whole("h3_res", "H3 resolution of the cell"),
    _text("area_id", "Study area that the cell was scored in"),
    _text("area_name", "Ward that holds the cell's centre, or the study area"),
    _text("level", "NIM level", NimLevel),
    _text("control_strategy_ref", "Priority of the control strategy; none where it is outside it", nullable=True),
    _text("control_strategy_title", "Title of that priority; none where it is not in force", nullable=True),
    _text("strand", "How the priority is worked; none where nothing is tasked", Strand, nullable=True),
    _text(
        "tactical_option", "Heading of the tactical menu; none where nothing is tasked", TacticalOption, nullable=True
    ),
    _whole("rank", "Rank in its area: 1 is first"),
    _whole("rank_change", "Places gained since the run before; none where it was not published", nullable=True),
    _text("shift", "Shift that it is shown for; none where it is for all", tuple(shifts()), nullable=True),
    _number("score", "What the cell is ranked by"),
    _text("score_of", "What the score is"),
    Property("score_parts", "What the score is made of", Kind.TEXTS, prose=True),
    _number("z", "Gi* of the cell and those next to it"),
    _number("p_adjusted", "False discovery rate at which it is a hot spot"),
    _text("confidence", "Confidence that it is a hot spot", (*CONFIDENCES.values(), NOT_SIGNIFICANT)),
    _whole("count_total", "Incidents counted"),
    *(_whole(f"count_{agency}", f"Of them reported by the {agency} service or authority") for agency in Agency),
    _whole("duplicates_linked", "Reports of events that another agency's report counts already"),
    Property("top_categories", "Most frequent categories", Kind.TEXTS),
    _number("expected", "Incidents in the average cell"),
    _whole("change", "Incidents more than in the twelve months before; none where those are not known", nullable=True),
    _whole("location_exact", "Incidents whose place is exact"),
    _whole("location_rounded", "Incidents whose place is rounded"),
    _whole("location_snapped", "Incidents moved to an anonymous map point"),
    Property("rationale", "Why it is here, in plain English", Kind.TEXT, prose=True),
    Property("caveats", "What to know before relying on it", Kind.TEXTS, prose=True),
    _text("lead_agency", "Who leads", Agency),
    Property("supporting_agencies", "Who supports", Kind.TEXTS, words=tuple(Agency)),
    _text("plan_owner", "Role that owns the plan, never a name; none where nothing is tasked", nullable=True),
    _day("window_from", "First day counted"),
    _day("window_to", "Last day counted"),
    _day("valid_from", "First day of the proposal"),
    _day("valid_to", "Day on which the proposal lapses"),
    _day("review_at", "Day of review"),
    _text("status", "Where the task stands; none where nothing is tasked", nullable=True),
    _text("marking", "Government security classification", Marking),
    _text("handling_code", "3x5x2 handling code", HandlingCode),
    Property("handling_instruction", "Conditions of handling; none with code P", Kind.TEXT, nullable=True, prose=True),
    _text("hotspot_class", "What became of the hot spot over time; none without days", HotspotClass, nullable=True),
    _number("harm_score", "Harm of the incidents by signed weights; none without such weights", nullable=True),
    Property("peak_windows", "When in the week most happens here; empty where too few times are known", Kind.TEXTS),
    Property("dosage", "Presence that is proposed; none where nothing is tasked", Kind.TEXT, nullable=True, prose=True),
    _whole("dosage_visits_per_shift", "Of that, visits in a shift", nullable=True),
    Property("dosage_minutes", "Of that, minutes of a visit", Kind.INTEGER, nullable=True, unit="min"),
    _text("outcome", "What came of the task; none in this version", nullable=True),
    _text("results_analysis_ref", "Where its results are analysed; none in this version", nullable=True),
    Property("override", "Who changed the rank and why; none in this version", Kind.OBJECT, nullable=True),
)
BY_NAME: Final[Mapping[str, Property]] = {each.name: each for each in PROPERTIES}


def described(values: dict[str, Any]) -> dict[str, Any]:
    """The same values, once it is certain that each is described: a new property gets its line here first."""
    if unknown := values.keys() - BY_NAME.keys():
        raise LookupError(f"Describe these properties in {__name__}: {', '.join(sorted(unknown))}.")
    return values
