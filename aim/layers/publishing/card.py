"""The card of each published layer: what it rests on, put together from what the run knows."""

from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Connection, select

from aim.db.tables import feed
from aim.hotspots.harm.weights import Weights
from aim.hotspots.model_card import FeedUsed, Rests, Subject, layer_card
from aim.hotspots.placed import never_placed
from aim.hotspots.run import LONDON, Scored
from aim.incident import LocationMethod, TimePrecision
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.rationale import last_date

MADE_UP: Final = "Made-up sample data"
"""Nobody is named for it."""


def card_of(
    connection: Connection, layer: Layer, scored: Scored, description: dict[str, Any], weights: Weights | None
) -> dict[str, Any]:
    """What a reader has to know of a layer, as data for JSON; `description` is what it says of itself."""
    current = scored.events.filter("current")
    by_method = dict(current.group_by("method").agg(pl.col("events").sum()).iter_rows())
    kinds = [kind.value for kind in LocationMethod if kind is not LocationMethod.NONE]
    subject = Subject(
        layer=layer.name,
        title=layer.title,
        area=scored.area.name,
        since=scored.window.since.astimezone(LONDON).date().isoformat(),
        until=scored.window.until.astimezone(LONDON).date().isoformat(),
        resolution=scored.question.resolution,
        cells=len(scored.grid),
        incidents=int(scored.counts.sum()),
        location={kind: by_method.get(kind, 0) for kind in kinds},
        feeds=_feeds(connection, scored, current),
        caveats=description["caveats"],
    )
    return layer_card(subject, _left_out(scored), scored.answers, description["hindsight"], Rests(weights=weights))


def _feeds(connection: Connection, scored: Scored, current: pl.DataFrame) -> list[FeedUsed]:
    rows = connection.execute(select(feed.c.name, feed.c.attribution))
    names: dict[str, str] = {row.name: row.attribution for row in rows}
    counts = current.group_by("feed", "agency").agg(pl.col("events").sum()).sort("feed")
    return [
        FeedUsed(
            name,
            MADE_UP if scored.area.made_up else names[name],
            last_date(scored.coverage[agency].ends).isoformat(),
            events,
        )
        for name, agency, events in counts.iter_rows()
    ]


def _left_out(scored: Scored) -> dict[str, int]:
    """Of the window; the enforcement-driven ones are counted in the layer and left out of what looks ahead."""
    events = scored.facts.events
    assert events is not None  # noqa: S101  # a layer counts single incidents
    return {
        "enforcement_driven": int(events.enforcement_driven.sum()),
        "sensitive": int(np.isin(events.category, never_placed()).sum()),
        "outside": scored.outside,
        "month_only": int((events.time_precision == TimePrecision.MONTH).sum()),
    }
