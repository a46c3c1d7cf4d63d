"""The edition of a layer that may leave the partnership: no count from 1 to 4, and nothing that gives one away.

What may be told is listed; all else is none. Gi* is a sum over a cell and its neighbours, so where one of them is held
back, nothing that comes from Gi* is told of the cell. Ranks are made of what is told: cells that are held back stand
after the others, in the order of their ids. Sums, changes over time and the look back stay inside: with them, older
editions or other layers would give away what this one holds back.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from aim.access.suppression import SMALLEST_TOLD, Suppressed, suppress
from aim.hotspots.peaks import phrase
from aim.layers.publishing.description import TELL_COUNTS
from aim.layers.publishing.features import Context, Feature, cell_caveats
from aim.layers.publishing.rationale import months_to
from aim.vocabulary.nim import Agency, Marking

OF_EVERY_CELL: Final = frozenset((
    "h3", "h3_res", "area_id", "area_name", "lead_agency", "supporting_agencies",
    "window_from", "window_to", "valid_from", "valid_to", "review_at", "marking", "handling_code",
    "handling_instruction", "score_of",
))  # fmt: skip
OF_PRIORITY: Final = frozenset(("level", "control_strategy_ref", "control_strategy_title"))
"""Where the layer has no priority of its own, a cell's is that of most of its incidents."""
OF_TOLD: Final = frozenset(("score", "count_total", "peak_windows"))
"""Properties of a cell whose count is told; the parts and the categories are added as far as they may be."""
OF_CHANCE: Final = frozenset((
    "confidence", "strand", "tactical_option", "plan_owner", "status", "hotspot_class", "dosage",
    "dosage_visits_per_shift", "dosage_minutes",
))  # fmt: skip
"""What comes from Gi*: told where neither the cell nor one next to it is held back."""
LISTS: Final = ("top_categories", "peak_windows", "caveats", "score_parts")
HELD_BACK: Final = (
    f"Fewer than {SMALLEST_TOLD} incidents, or held back so that fewer than {SMALLEST_TOLD} elsewhere cannot be worked "
    "out: no number of this cell leaves the partnership."
)
NOT_TOLD: Final = {"sentence": "How right it has been is told within the partnership.", "methods": []}


def leaves(context: Context) -> bool:
    """Whether the layer has an edition for outside: it is OFFICIAL, and shows plain counts of whole cells."""
    return context.layer.judged and context.layer.marking is Marking.OFFICIAL


def held_back(context: Context, found: Sequence[Feature]) -> Suppressed:
    """What of the counts is held back, aligned with the features."""
    counts = context.counts[None]
    at = [feature.entry.at for feature in found]
    none = np.zeros(len(counts.total))
    parts = np.column_stack([counts.agencies.get(agency.value, none)[at] for agency in Agency])
    _, wards = np.unique([feature.properties["area_name"] for feature in found], return_inverse=True)
    return suppress(counts.total[at].astype(np.int64), parts.astype(np.int64), wards.astype(np.int64))


def outside(context: Context, found: Sequence[Feature], held: Suppressed) -> list[Feature]:
    """The features as they may leave the partnership, in their own rank order."""
    near = np.zeros(len(context.scored.grid))
    near[[feature.entry.at for feature, hidden in zip(found, held.totals, strict=True) if hidden]] = 1
    beside = context.scored.grid.neighbours(1).sum(near) > 0
    told: list[Feature] = []
    for feature, hidden, parts in zip(found, held.totals.tolist(), held.parts.tolist(), strict=True):
        chance = not beside[feature.entry.at]
        if hidden:
            told.append(_without_number(context, feature))
        elif feature.finding.count or chance:  # that an empty cell is shown at all says what is around it
            told.append(_with_number(context, feature, parts, chance=chance))
    told.sort(key=_order)
    return [replace(feature, properties=feature.properties | {"rank": rank}) for rank, feature in enumerate(told, 1)]


def _order(feature: Feature) -> tuple[bool, bool, int, str]:
    """Hot ones by count, the others by count, those without a number last; equal ones by id, which tells nothing."""
    count = feature.properties["count_total"]
    return count is None, feature.properties["status"] is None, -(count or 0), feature.id


def _only(feature: Feature, names: frozenset[str], **others: Any) -> Feature:
    """The feature with no more than these properties."""
    none = {name: [] if name in LISTS else None for name in feature.properties}
    kept = {name: feature.properties[name] for name in names}
    return replace(feature, properties=none | kept | others)


def _without_number(context: Context, feature: Feature) -> Feature:
    names = OF_EVERY_CELL | OF_PRIORITY if context.layer.control_strategy_ref else OF_EVERY_CELL
    return _only(feature, names, rationale=HELD_BACK, caveats=[HELD_BACK])


def _with_number(context: Context, feature: Feature, hidden: list[bool], *, chance: bool) -> Feature:
    finding = feature.finding
    agencies = {name: None if held else finding.by_agency[name] for name, held in zip(Agency, hidden, strict=True)}
    frequent = [title for title, count in finding.top_categories if count >= SMALLEST_TOLD]
    names = OF_EVERY_CELL | OF_PRIORITY | OF_TOLD | (OF_CHANCE if chance else frozenset())
    return _only(
        feature, names, **{f"count_{agency}": count for agency, count in agencies.items()},
        top_categories=frequent, rationale=_why(context, feature, frequent, chance=chance),
        caveats=cell_caveats(replace(finding, confidence=None), feature.neighbours),
    )  # fmt: skip


def _why(context: Context, feature: Feature, frequent: list[str], *, chance: bool) -> str:
    """As the rationale inside, with no number but the cell's own."""
    finding, events = feature.finding, context.layer.events
    months = months_to(context.since, context.scored.window.until)
    hot = f"A hot spot at {finding.confidence} confidence." if chance and finding.confidence else ""
    counted = f"{events[:1].upper()}{events[1:]}: {finding.count:,} in the {months}."
    mostly = f"Most frequent: {', '.join(frequent)}." if frequent else ""
    return " ".join(part for part in (hot, counted, mostly, phrase(finding.peaks)) if part)


def description_outside(description: dict[str, Any], told: Sequence[Feature], held: Suppressed) -> dict[str, Any]:
    """What the layer says of itself outside; where the sum of all cells would give one away, that of what is told."""
    counts = [feature.properties["count_total"] or 0 for feature in told]
    caveats = [caveat for caveat in description["caveats"] if not caveat.startswith(TELL_COUNTS)]
    return description | {
        "incidents": description["incidents"] if held.sum_told else sum(counts),
        "significant": sum(feature.properties["status"] is not None for feature in told),
        "suppressed_count": held.count,
        "caveats": [
            *caveats,
            f"Numbers of {held.count:,} cells are held back: they or others are below {SMALLEST_TOLD}.",
        ],
        "hindsight": NOT_TOLD,
    }


def card_outside(card: dict[str, Any], description: dict[str, Any]) -> dict[str, Any]:
    """The card without counts: what the layer rests on, how it is made and what it cannot say."""
    feeds = [{name: value for name, value in feed.items() if name != "incidents"} for feed in card["data"]["feeds"]]
    return card | {
        "of": card["of"] | {"incidents": description["incidents"]},
        "data": {"feeds": feeds, "location": {}},
        "left_out": {name: {"why": each["why"]} for name, each in card["left_out"].items()},
        "how_right": {"sentence": NOT_TOLD["sentence"]},
        "methods": {name: _public(each) for name, each in card["methods"].items()},
        "limits": [limit for limit in card["limits"] if not limit.startswith(TELL_COUNTS)],
    }


def _public(method: dict[str, Any]) -> dict[str, Any]:
    """What a method is, without what it set or lacked: that comes from the counts."""
    return {name: method[name] for name in ("title", "citation", "defaults")}
