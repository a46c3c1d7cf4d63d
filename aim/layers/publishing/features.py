"""The features of a scored layer, ready to serve: properties, geometry and the bytes themselves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from aim.areas import Area
from aim.hotspots.grid import boundaries, to_hex
from aim.hotspots.peaks import Window as PeakWindow
from aim.hotspots.peaks import peak_windows
from aim.hotspots.run import LONDON, Scored
from aim.layers.publishing.counts import Counts, at_cell
from aim.layers.publishing.entries import Entry
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.priorities import Reference, outside, priorities_by_category
from aim.layers.publishing.properties import NOT_SIGNIFICANT, described
from aim.layers.publishing.rationale import Finding, last_date, months_to, rationale
from aim.strategy.store import InForce
from aim.vocabulary.dosage import dosage

TASKING_DAYS: Final = 14
"""A tasking proposal lapses after a fortnight, one cycle of the tactical meeting, unless it is renewed."""
WHOLE_DISK: Final = 7
NOT_YET: Final = ("outcome", "results_analysis_ref", "override")
"""Properties of a tasking feature that this version does not compute. They are served as null, so that a map client's
columns stay the same when they come."""
TILE: Final = ("h3", "rank", "confidence", "count_total", "hotspot_class", "shift", "area_id")


@dataclass(frozen=True)
class Context:
    """What the features of one layer share."""

    layer: Layer
    scored: Scored
    shown: list[Entry]
    in_force: InForce
    wards: list[Area]
    earlier_ranks: dict[str, int]
    """By id of the feature."""
    since: datetime
    """Start of the time that the data really cover within the window."""
    comparable: bool
    """Whether the data cover the twelve months before as well."""
    hindsight: dict[str, Any]
    """How right the layer has been; where it is judged, its `sentence` ends the rationale of what is tasked."""
    classes: NDArray[np.str_] | None
    """What became of each cell over the last periods; None where days are not known."""
    left_out: dict[str, int]
    """By feed, the incidents that do not tell what the layer needs."""

    @cached_property
    def counts(self) -> dict[tuple[str, ...] | None, Counts]:
        """By what an entry counts."""
        by_category = priorities_by_category(self.in_force)
        kinds = dict.fromkeys(entry.categories for entry in self.shown)
        return {each: Counts.of(self.scored, each, by_category, comparable=self.comparable) for each in kinds}

    @cached_property
    def sizes(self) -> NDArray[np.int32]:
        """Of each cell, how many of its disk lie in the study area."""
        return self.scored.grid.neighbours(1).sizes

    @property
    def harm(self) -> NDArray[np.float64] | None:
        """None where no weights are signed."""
        return self.scored.scores["harm"].columns["harm"] if "harm" in self.scored.scores else None


def features(context: Context) -> Iterator[dict[str, Any]]:
    """Rows of `published_feature` in rank order."""
    order = np.array([entry.at for entry in context.shown], dtype=np.int64)
    cells = context.scored.grid.cells[order]
    shapes = boundaries(cells)
    drawn = zip(
        context.shown, to_hex(cells), shapes, _places(context, shapes), _peaks(context.scored, order), strict=True
    )
    for rank, (entry, cell, shape, place, windows) in enumerate(drawn, 1):
        peaks = windows if entry.categories is None else ()  # they are of all that happens in the cell
        properties = described(_properties(context, entry, cell, place, rank, peaks))
        id = entry.id(cell)
        yield {
            "rank": rank,
            "id": id,
            "body": _body(id, shape, properties),
            "tile": json.dumps({key: properties[key] for key in TILE}),
            "boundary": shapely.to_wkb(shape, hex=True, include_srid=False),
        }


def _peaks(scored: Scored, order: NDArray[np.int64]) -> list[tuple[PeakWindow, ...]]:
    assert scored.facts.events is not None  # noqa: S101  # a layer counts single incidents
    return peak_windows(scored.facts.events, order)


def _body(id: str, shape: shapely.Polygon, properties: dict[str, Any]) -> str:
    ring = [[round(x, 6), round(y, 6)] for x, y in shape.exterior.coords]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "id": id, "geometry": geometry, "properties": properties}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _places(context: Context, shapes: NDArray[np.object_]) -> list[str]:
    """The ward that holds each cell's centre, or the study area's own name."""
    if not context.wards:
        return [context.scored.area.name] * len(shapes)
    tree = shapely.STRtree([ward.boundary for ward in context.wards])
    cells, wards = tree.query(shapely.centroid(shapes), predicate="within")
    held = dict(zip(cells.tolist(), wards.tolist(), strict=True))
    return [context.wards[held[i]].name if i in held else context.scored.area.name for i in range(len(shapes))]


def _properties(
    context: Context, entry: Entry, cell: str, place: str, rank: int, peaks: tuple[PeakWindow, ...]
) -> dict[str, Any]:
    """The flat properties of a tasking feature. Null: not known, or NOT_YET computed."""
    counts = context.counts[entry.categories]
    finding = counts.finding(entry.at, entry.level, peaks)
    earlier = context.earlier_ranks.get(entry.id(cell))
    return {
        "h3": cell,
        "h3_res": context.scored.question.resolution,
        "area_id": context.scored.area.id,
        "area_name": place,
        "rank": rank,
        "rank_change": None if earlier is None else earlier - rank,
        "shift": entry.shift,
        **_scores(context, entry, finding),
        **_counted(counts, entry.at, finding),
        "rationale": _why(context, entry, finding),
        **_tasking(context, entry, finding),
        **_dates(context),
        "peak_windows": [window.label for window in finding.peaks],
        "hotspot_class": _of_the_cell(context.classes, entry),
        **dict.fromkeys(NOT_YET),
    }


def _scores(context: Context, entry: Entry, finding: Finding) -> dict[str, Any]:
    """The score with its parts, and how it stands to chance."""
    harm = _of_the_cell(context.harm, entry)
    return {
        "score": entry.score,
        "score_of": context.layer.score_of,
        "score_parts": list(entry.parts),
        "z": round(entry.z, 4),
        "p_adjusted": float(f"{entry.q:.4g}"),
        "confidence": finding.confidence or NOT_SIGNIFICANT,
        "harm_score": None if harm is None else round(harm, 1),
    }


def _of_the_cell(values: NDArray[Any] | None, entry: Entry) -> Any:
    """What is known of all that the layer counts in a cell; None for an entry that is about a part of it."""
    return None if values is None or entry.categories is not None else values[entry.at].item()


def _counted(counts: Counts, at: int, finding: Finding) -> dict[str, Any]:
    return {
        "count_total": finding.count,
        **{f"count_{agency}": count for agency, count in finding.by_agency.items()},
        "duplicates_linked": finding.duplicates,
        "top_categories": [title for title, _ in finding.top_categories],
        "expected": round(finding.expected, 2),
        "change": None if finding.previous is None else finding.count - finding.previous,
        **{f"location_{name}": at_cell(counts.methods, name, at) for name in ("exact", "rounded", "snapped")},
    }


def _tasking(context: Context, entry: Entry, finding: Finding) -> dict[str, Any]:
    """For which priority, who leads, what is proposed, and how it may be shared."""
    layer, tasked = context.layer, entry.tasked
    leading = None if layer.control_strategy_ref else context.counts[entry.categories].priorities.get(entry.at)
    reference = Reference.of(layer, context.in_force, entry.priority or leading)
    proposed = dosage(layer.tactical_option, finding.confidence) if tasked else None
    return {
        **reference.properties(layer),
        "strand": layer.strand.value if tasked else None,
        "tactical_option": layer.tactical_option.value if tasked else None,
        "lead_agency": layer.lead_agency.value,
        "supporting_agencies": [agency.value for agency in layer.supporting_agencies],
        "plan_owner": layer.plan_owner if tasked else None,
        "dosage": None if proposed is None else proposed.sentence,
        "dosage_visits_per_shift": None if proposed is None else proposed.visits,
        "dosage_minutes": None if proposed is None else proposed.minutes,
        "status": "proposed" if tasked else None,
        "caveats": [*_caveats(finding, int(context.sizes[entry.at])), *outside(context.in_force, reference)],
        "marking": layer.marking.value,
        "handling_code": layer.handling_code.value,
        "handling_instruction": layer.handling,
    }


def _why(context: Context, entry: Entry, finding: Finding) -> str:
    months = months_to(context.since, context.scored.window.until)
    why = rationale(finding, context.layer.events, months, entry.lead)
    return f"{why} {context.hindsight['sentence']}" if entry.tasked and context.layer.judged else why


def _dates(context: Context) -> dict[str, str]:
    until = context.scored.window.until
    lapses = until + timedelta(days=TASKING_DAYS)
    return {
        "window_from": context.since.astimezone(LONDON).date().isoformat(),
        "window_to": last_date(until).isoformat(),
        "valid_from": until.astimezone(LONDON).date().isoformat(),
        "valid_to": lapses.astimezone(LONDON).date().isoformat(),
        "review_at": lapses.astimezone(LONDON).date().isoformat(),
    }


def _caveats(finding: Finding, neighbours: int) -> list[str]:
    caveats: list[str] = []
    if finding.count == 0:
        caveats.append("Nothing was recorded in this cell: it is hot by its neighbours alone.")
    elif finding.confidence and finding.count <= finding.expected:
        caveats.append("Fewer than the average cell: it is hot by its neighbours.")
    if neighbours < WHOLE_DISK:
        caveats.append(f"On the edge of the study area: {neighbours} of {WHOLE_DISK} cells are known.")
    return caveats
