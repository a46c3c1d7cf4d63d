"""The features of a scored layer, ready to serve: properties, geometry and the bytes themselves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from aim.areas import Area
from aim.hotspots.grid import boundaries, to_hex
from aim.hotspots.methods.gi_star import confidence
from aim.hotspots.peaks import Window as PeakWindow
from aim.hotspots.peaks import peak_windows
from aim.hotspots.run import LONDON, Scored, count_by_cell
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.properties import CONFIDENCES, NOT_SIGNIFICANT, described
from aim.layers.publishing.rationale import Finding, last_date, months_to, rationale
from aim.vocabulary.categories import categories
from aim.vocabulary.nim import Agency, HandlingCode

TOP: Final = 3
TASKING_DAYS: Final = 14
"""A tasking proposal lapses after a fortnight, one cycle of the tactical meeting, unless it is renewed."""
WHOLE_DISK: Final = 7
NOT_YET: Final = (
    "dosage",
    "outcome",
    "results_analysis_ref",
    "override",
)
"""Properties of a tasking feature that this version does not compute. They are served as null, so that a map client's
columns stay the same when they come."""


@dataclass(frozen=True)
class Context:
    """What the features of one layer share."""

    layer: Layer
    scored: Scored
    wards: list[Area]
    earlier_ranks: dict[str, int]
    since: datetime
    """Start of the time that the data really cover within the window."""
    comparable: bool
    """Whether the data cover the twelve months before as well."""
    hindsight: dict[str, Any]
    """How right the layer has been; its `sentence` ends the rationale of each cell that is tasked."""
    classes: NDArray[np.str_] | None
    """What became of each cell over the last periods; None where days are not known."""


def features(context: Context) -> Iterator[dict[str, Any]]:
    """Rows of `published_feature` in rank order: hot cells by count, then the others that hold incidents.

    Ranked by count and not by Gi*, because plain counts find more of what happens next (docs/explanation).
    """
    scored = context.scored
    gi = scored.scores["gi_star"]
    assert gi.q is not None  # noqa: S101  # Gi* always tests
    levels = confidence(gi.score, gi.q)
    order = ranked(scored.counts, levels, gi.score)
    peaks = _peaks(scored, order)
    shapes = boundaries(scored.grid.cells[order])
    tables = _Tables.of(context)
    names = _places(context, shapes)
    for rank, (at, cell, shape, name, windows) in enumerate(
        zip(order, to_hex(scored.grid.cells[order]), shapes, names, peaks, strict=True), 1
    ):
        finding = tables.finding(int(at), int(levels[at]), windows)
        properties = described(_properties(context, finding, cell, name, rank, int(at), tables))
        yield {
            "rank": rank,
            "id": cell,
            "body": _body(cell, shape, properties),
            "tile": json.dumps({key: properties[key] for key in TILE}),
            "boundary": shapely.to_wkb(shape, hex=True, include_srid=False),
        }


TILE: Final = ("h3", "rank", "confidence", "count_total", "hotspot_class", "area_id")


def ranked(counts: NDArray[np.float64], levels: NDArray[np.int8], z: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the cells to publish, first rank first; equal ones in the order of their cells."""
    hot = (levels > 0) & (counts > 0)
    order = np.lexsort((-z, -counts, ~hot))
    return order[(counts[order] > 0) | (levels[order] > 0)]


def _peaks(scored: Scored, order: NDArray[np.int64]) -> list[tuple[PeakWindow, ...]]:
    assert scored.facts.events is not None  # noqa: S101  # a layer counts single incidents
    return peak_windows(scored.facts.events, order)


def _body(cell: str, shape: shapely.Polygon, properties: dict[str, Any]) -> str:
    ring = [[round(x, 6), round(y, 6)] for x, y in shape.exterior.coords]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "id": cell, "geometry": geometry, "properties": properties}
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _places(context: Context, shapes: NDArray[np.object_]) -> list[str]:
    """The ward that holds each cell's centre, or the study area's own name."""
    if not context.wards:
        return [context.scored.area.name] * len(shapes)
    tree = shapely.STRtree([ward.boundary for ward in context.wards])
    cells, wards = tree.query(shapely.centroid(shapes), predicate="within")
    held = dict(zip(cells.tolist(), wards.tolist(), strict=True))
    return [context.wards[held[i]].name if i in held else context.scored.area.name for i in range(len(shapes))]


@dataclass(frozen=True)
class _Tables:
    """Counts by cell, each split one way: arrays aligned with the grid, so that a cell is one look-up."""

    counts: NDArray[np.float64]
    before: NDArray[np.float64] | None
    agencies: dict[str, NDArray[np.float64]]
    methods: dict[str, NDArray[np.float64]]
    categories: dict[int, list[tuple[str, int]]]
    reports: NDArray[np.float64]
    """Of all agencies: more than `counts` where they reported the same events."""
    expected: float
    harm: NDArray[np.float64] | None
    """None where no weights are signed."""
    sizes: NDArray[np.int32]

    @classmethod
    def of(cls, context: Context) -> "_Tables":
        scored = context.scored
        current = scored.events.filter("current")
        return cls(
            counts=scored.counts,
            before=scored.cube.total() - scored.counts if context.comparable else None,
            agencies=_split(scored, current, "agency", "reports"),
            methods=_split(scored, current, "method"),
            categories=_top_categories(scored, current),
            reports=count_by_cell(scored.grid, current, "reports"),
            expected=float(scored.counts.mean()),
            harm=scored.scores["harm"].columns["harm"] if "harm" in scored.scores else None,
            sizes=scored.grid.neighbours(1).sizes,
        )

    def finding(self, at: int, level: int, peaks: tuple[PeakWindow, ...]) -> Finding:
        return Finding(
            count=int(self.counts[at]),
            by_agency={agency.value: _at(self.agencies, agency.value, at) for agency in Agency},
            top_categories=self.categories.get(at, []),
            expected=self.expected,
            confidence=CONFIDENCES.get(level),
            previous=None if self.before is None else int(self.before[at]),
            duplicates=int(self.reports[at] - self.counts[at]),
            peaks=peaks,
        )


def _split(scored: Scored, events: pl.DataFrame, column: str, what: str = "events") -> dict[str, NDArray[np.float64]]:
    parts = events.partition_by(column, as_dict=True)
    return {str(key[0]): count_by_cell(scored.grid, part, what) for key, part in parts.items()}


def _at(split: dict[str, NDArray[np.float64]], key: str, at: int) -> int:
    return int(split[key][at]) if key in split else 0


def _top_categories(scored: Scored, events: pl.DataFrame) -> dict[int, list[tuple[str, int]]]:
    """By position, the most frequent categories with their counts, most frequent first."""
    titles = {name: category.title for name, category in categories().items()}
    summed = events.group_by("cell", "category").agg(pl.col("events").sum()).filter(pl.col("events") > 0)
    table = summed.with_columns(at=pl.Series(scored.grid.index_of(summed["cell"].to_numpy())))
    top: dict[int, list[tuple[str, int]]] = {}
    for at, category, count in table.sort("events", "category", descending=[True, False])[
        "at", "category", "events"
    ].iter_rows():
        cell = top.setdefault(at, [])
        if len(cell) < TOP:
            cell.append((titles[category], count))
    return top


def _properties(
    context: Context, finding: Finding, cell: str, place: str, rank: int, at: int, tables: _Tables
) -> dict[str, Any]:
    """The flat properties of a tasking feature. Null: not known, or NOT_YET computed."""
    layer, scored = context.layer, context.scored
    gi = scored.scores["gi_star"]
    tasked = finding.confidence is not None and finding.count > 0
    earlier = context.earlier_ranks.get(cell)
    return {
        "h3": cell,
        "h3_res": scored.question.resolution,
        "area_id": scored.area.id,
        "area_name": place,
        "level": layer.level.value,
        "control_strategy_ref": layer.control_strategy_ref,
        "strand": layer.strand.value if tasked else None,
        "tactical_option": layer.tactical_option.value if tasked else None,
        "rank": rank,
        "rank_change": None if earlier is None else earlier - rank,
        "score": finding.count,
        "z": round(float(gi.score[at]), 4),
        "p_adjusted": float(f"{gi.q[at]:.4g}") if gi.q is not None else None,
        "confidence": finding.confidence or NOT_SIGNIFICANT,
        "count_total": finding.count,
        **{f"count_{agency}": count for agency, count in finding.by_agency.items()},
        "duplicates_linked": finding.duplicates,
        "top_categories": [title for title, _ in finding.top_categories],
        "expected": round(finding.expected, 2),
        "change": None if finding.previous is None else finding.count - finding.previous,
        **{f"location_{name}": _at(tables.methods, name, at) for name in ("exact", "rounded", "snapped")},
        "rationale": _why(context, finding, tasked),
        "caveats": _caveats(finding, int(tables.sizes[at])),
        "lead_agency": layer.lead_agency.value,
        "supporting_agencies": [agency.value for agency in layer.supporting_agencies],
        "plan_owner": layer.plan_owner if tasked else None,
        **_dates(context),
        "status": "proposed" if tasked else None,
        "marking": layer.marking.value,
        "handling_code": HandlingCode.P.value,
        "harm_score": None if tables.harm is None else round(float(tables.harm[at]), 1),
        "peak_windows": [window.label for window in finding.peaks],
        "hotspot_class": None if context.classes is None else str(context.classes[at]),
        **dict.fromkeys(NOT_YET),
    }  # fmt: skip


def _why(context: Context, finding: Finding, tasked: bool) -> str:
    why = rationale(finding, context.layer.events, months_to(context.since, context.scored.window.until))
    return f"{why} {context.hindsight['sentence']}" if tasked else why


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
