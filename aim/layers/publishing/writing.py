"""Writing a scoring run: a version of each layer, what each method said, and the features as they are served."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, insert, select

from aim.areas import Area
from aim.db.bulk import copy_frame
from aim.db.tables import published_feature, published_layer
from aim.hotspots import store
from aim.hotspots.harm.weights import Weights
from aim.hotspots.methods import AREA_METHODS, CELL_METHODS
from aim.hotspots.run import Scored
from aim.hotspots.sharing import ShareOut
from aim.ingest.health.caveats import area_outages
from aim.ingest.health.series import Outage
from aim.layers.publishing.card import card_of
from aim.layers.publishing.description import description_of
from aim.layers.publishing.entries import HOT, Entry
from aim.layers.publishing.features import Context, features
from aim.layers.publishing.hindsight import classes, hindsight_of, unjudged
from aim.layers.publishing.layer import Layer
from aim.strategy.store import InForce


@dataclass(frozen=True)
class Published:
    """One layer of a run over one area."""

    id: str
    area: str
    cells: int
    incidents: int
    significant: int
    resolution: int
    unchanged: bool = False
    """Nothing that it depends on has changed: the version published before stays."""


@dataclass(frozen=True)
class Answered:
    """A layer's answer, and the digest of what it was made from."""

    layer: Layer
    scored: Scored
    shown: list[Entry]
    in_force: InForce
    wards: list[Area]
    here: pl.DataFrame
    """How many rows each feed has in the area (`counted.volume`)."""
    left_out: dict[str, int]
    """By feed, the incidents that do not tell what the layer needs."""
    inputs: str
    area_inputs: str
    """Of what is said of the whole area."""


def published(layer: str, area: str, resolution: int, told: Mapping[str, Any], *, unchanged: bool = False) -> Published:
    """As the report of a run has it; `told` is what the layer says of itself."""
    counts = {name: int(told[name]) for name in ("cells", "incidents", "significant")}
    return Published(layer, area, **counts, resolution=resolution, unchanged=unchanged)


def outages_of(connection: Connection, answered: list[Answered]) -> dict[str, list[Outage]]:
    """Of all that reports on each area, in the time that any of its layers looks at; looked for once."""
    found: dict[str, list[Outage]] = {}
    for id in {answer.scored.area.id for answer in answered}:
        alike = [answer for answer in answered if answer.scored.area.id == id]
        windows = [answer.scored.window for answer in alike]
        since, until = min(window.since for window in windows), max(window.until for window in windows)
        found[id] = area_outages(connection, alike[0].scored.area, alike[0].here, since, until)
    return found


def write_layer(
    connection: Connection,
    run: int,
    answered: Answered,
    outages: dict[str, list[Outage]],
    weights: Weights | None,
    share_out: ShareOut,
) -> Published:
    """Write one layer of a run. `outages` are those of `outages_of`."""
    layer, scored = answered.layer, answered.scored
    version = store.Version(run, layer.name, scored.area.id)
    keys = asdict(version)
    context = _context(connection, answered, share_out)
    told = _told(answered)
    report = published(layer.name, scored.area.id, scored.question.resolution, told)
    description = description_of(connection, context, told, outages[scored.area.id])
    connection.execute(
        insert(published_layer).values(
            **keys,
            resolution=report.resolution,
            valid_from=context.since,
            valid_to=scored.window.until,
            description=description,
            card=card_of(connection, layer, scored, description, weights),
            inputs=answered.inputs,
        )
    )
    _write_answers(connection, version, answered)
    if rows := list(features(context)):
        frame = pl.DataFrame(rows).with_columns(pl.lit(v).alias(k) for k, v in keys.items())
        copy_frame(connection, published_feature, frame)
    return report


def _told(answered: Answered) -> dict[str, int]:
    """What the summary counts; where single cells are withheld, only those that are shown."""
    counts, shown = answered.scored.counts, answered.shown
    held = counts if answered.layer.least == 1 else counts[[entry.at for entry in shown]]
    return {
        "cells": len(answered.scored.grid),
        "incidents": int(held.sum()),
        "significant": sum(entry.level >= HOT for entry in shown),
        "suppressed_count": int(((counts > 0) & (counts < answered.layer.least)).sum()),
    }


def _write_answers(connection: Connection, version: store.Version, answered: Answered) -> None:
    answers, grid = answered.scored.answers, answered.scored.grid
    if answered.layer.least > 1:  # a table would tell what the layer withholds
        return
    for methods, inputs in ((CELL_METHODS, answered.inputs), (AREA_METHODS, answered.area_inputs)):
        if said := {name: answer for name, answer in answers.items() if name in methods}:
            store.write_answers(connection, version, inputs, grid, said)


def _context(connection: Connection, answered: Answered, share_out: ShareOut) -> Context:
    layer, scored = answered.layer, answered.scored
    begins = min(coverage.begins for coverage in scored.coverage.values())
    return Context(
        layer=layer,
        scored=scored,
        shown=answered.shown,
        in_force=answered.in_force,
        left_out=answered.left_out,
        wards=answered.wards,
        earlier_ranks=_earlier_ranks(connection, layer.name, scored.area.id, answered.inputs),
        since=max(scored.window.since, begins),
        comparable=max(c.begins for c in scored.coverage.values()) <= scored.window.before,
        hindsight=hindsight_of(scored.past, scored.window.until, share_out) if layer.judged else unjudged(),
        classes=classes(scored),
    )


def _earlier_ranks(connection: Connection, layer: str, area: str, inputs: str) -> dict[str, int]:
    """By id, the rank in the last version that was made from something else: made anew, a layer stays the same."""
    table, versions = published_feature, published_layer
    here = (versions.c.layer == layer) & (versions.c.area == area) & versions.c.inputs.is_distinct_from(inputs)
    last = select(func.max(versions.c.run)).where(here).scalar_subquery()
    same = (table.c.layer == layer) & (table.c.area == area) & (table.c.run == last)
    return {row.id: row.rank for row in connection.execute(select(table.c.id, table.c.rank).where(same))}
