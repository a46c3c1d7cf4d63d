"""What a published layer says of itself: parameters, cut-offs, caveats."""

from datetime import timedelta
from typing import Any, Final

import shapely
from sqlalchemy import Connection, select

from aim.db.tables import feed
from aim.hotspots.run import LONDON, Scored
from aim.ingest.health.series import Outage
from aim.layers.publishing.features import Context
from aim.layers.publishing.priorities import Reference, strategy_caveats
from aim.layers.publishing.properties import NOT_SIGNIFICANT
from aim.layers.publishing.rationale import last_date, last_day
from aim.vocabulary.nim import Agency

SHOWN: Final = ("count", "gi_star", "emerging", "harm")
"""Methods that the properties of a feature come from. This goes out with each page; the card has all of them."""

LATE: Final = timedelta(days=31)
"""An agency whose data end this long before the layer's is called late: one monthly delivery is missing."""

FEW: Final = 30
"""With fewer incidents the normal approximation behind Gi* calls single ones hot."""

LEGEND: Final = [
    {"property": "confidence", "value": "99 %", "label": "Hot spot, 99 % confidence", "colour": "#99000d"},
    {"property": "confidence", "value": "95 %", "label": "Hot spot, 95 % confidence", "colour": "#ef3b2c"},
    {"property": "confidence", "value": "90 %", "label": "Hot spot, 90 % confidence", "colour": "#fc9272"},
    {"property": "confidence", "value": NOT_SIGNIFICANT, "label": "No more than chance explains", "colour": "#d0d1e6"},
]


def description_of(
    connection: Connection, context: Context, told: dict[str, int], outages: list[Outage]
) -> dict[str, Any]:
    """What the collection says of itself; the API passes it on as it is. `told` is what its summary counts."""
    layer, scored = context.layer, context.scored
    return {
        "title": layer.title,
        "description": layer.description,
        "marking": layer.marking.value,
        "handling": layer.handling_code.value,
        "handling_instruction": layer.handling,
        "control_strategy": Reference.of(layer, context.in_force, None).properties(layer),
        "made_up": scored.area.made_up,
        "parameters": {
            "h3_res": scored.question.resolution,
            "window_from": context.since.isoformat(),
            "window_to": scored.window.until.isoformat(),
            "methods": {name: dict(scored.scores[name].chosen) for name in SHOWN if name in scored.scores},
        },
        "data_cutoff": _data_cutoff(scored),
        "feeds_late": _late(scored),
        "attribution": _attribution(connection, scored),
        "caveats": [
            *layer.caveats,
            *([] if context.shown else ["No cell of the area has what this layer shows."]),
            *_left_out_caveats(context),
            *_coverage_caveats(context),
            *_reporting_caveats(context, outages),
            *strategy_caveats(layer, context.in_force, last_date(scored.window.until)),
        ],
        "hindsight": context.hindsight,
        **told,
        "area_name": scored.area.name,
        "bbox": [round(edge, 6) for edge in shapely.bounds(scored.area.boundary).tolist()],
        "legend": LEGEND,
    }


def _attribution(connection: Connection, scored: Scored) -> str:
    """Whom the data come from; nobody is named for made-up ones."""
    if scored.area.made_up:
        return "Made-up sample data in the publishers' layouts"
    query = select(feed.c.attribution).where(feed.c.name.in_(set(scored.events["feed"]))).order_by(feed.c.attribution)
    return "; ".join(connection.execute(query).scalars())


def _data_cutoff(scored: Scored) -> dict[str, str | None]:
    ends = {name: last_date(coverage.ends).isoformat() for name, coverage in scored.coverage.items()}
    return {agency.value: ends.get(agency.value) for agency in Agency}


def _late(scored: Scored) -> list[str]:
    return sorted(name for name, c in scored.coverage.items() if scored.window.until - c.ends > LATE)


def _reporting_caveats(context: Context, outages: list[Outage]) -> list[str]:
    """Where a feed that the layer counts fell silent, few incidents are no cold spot."""
    feeds = set(context.scored.events["feed"])
    first, last = context.since.astimezone(LONDON).date(), last_date(context.scored.window.until)
    return [o.sentence for o in outages if o.feed in feeds and o.first <= last and o.last >= first]


def _left_out_caveats(context: Context) -> list[str]:
    """Which incidents do not tell what the layer asks, and are not in it."""
    if not context.left_out:
        return []
    feeds = ", ".join(f"{number:,} of {feed}" for feed, number in context.left_out.items())
    return [f"Left out, because they do not tell {context.layer.needs}: {feeds}."]


def _coverage_caveats(context: Context) -> list[str]:
    caveats: list[str] = []
    counted = int(context.scored.counts.sum())
    if counted < FEW:
        caveats.append(f"Only {counted:,} incidents are counted: too few to rely on what is hot.")
    if context.since > context.scored.window.since:
        first = context.since.astimezone(LONDON)
        caveats.append(f"The data begin on {first.day} {first:%B %Y}: less than twelve months are counted.")
    for name in _late(context.scored):
        caveats.append(f"The data of {name} end on {last_day(context.scored.coverage[name].ends)}, before the others'.")
    return caveats
