"""A scoring run: score the layers, write a new version of each, publish all of it in one transaction or nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from time import perf_counter
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, text

from aim.areas import Area, area_named, areas
from aim.db.bulk import copy_frame
from aim.db.tables import published_feature, published_layer, scoring_run
from aim.errors import NoIncidents, NoStudyArea, UnknownName
from aim.hotspots import store
from aim.hotspots.counted import volume
from aim.hotspots.harm.weights import Weights
from aim.hotspots.methods import AREA_METHODS, CELL_METHODS
from aim.hotspots.record import Record, record
from aim.hotspots.run import Question, Scored, area_answers, score, until_of, whole_months, window_of
from aim.hotspots.sharing import ShareOut, here
from aim.ingest.health.caveats import area_outages
from aim.ingest.health.series import Outage
from aim.layers import LAYERS
from aim.layers.publishing.card import card_of
from aim.layers.publishing.description import description_of
from aim.layers.publishing.features import Context, features
from aim.layers.publishing.hindsight import classes, hindsight_of
from aim.layers.publishing.inputs import inputs_of
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.logged import combined
from aim.layers.publishing.rationale import last_date
from aim.vocabulary.kinds import AreaKind

ONE_AT_A_TIME: Final = "LOCK TABLE scoring_run IN SHARE ROW EXCLUSIVE MODE"
"""Keeps other runs out and lets readers in. Unlike a SELECT it does not fix what the transaction sees: a run that
waited knows the ranks of the one it waited for."""


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
class Run:
    """What a scoring run published. `warnings` names the layers that had nothing to show.

    Where no layer had to be made anew there is no new run: `run` is then the newest that is served.
    """

    run: int
    as_of: str
    layers: list[Published]
    warnings: list[str]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON objects know it."""
        return asdict(self)


@dataclass(frozen=True)
class Answered:
    """A layer's answer, and the digest of what it was made from."""

    layer: Layer
    scored: Scored
    wards: list[Area]
    here: pl.DataFrame
    """How many rows each feed has in the area (`counted.volume`)."""
    inputs: str
    area_inputs: str
    """Of what is said of the whole area."""


@dataclass(frozen=True)
class Asked:
    """What is to be scored, and how."""

    layers: list[Layer]
    as_of: datetime | None
    resolution: int | None
    weights: Weights | None
    full: bool
    share_out: ShareOut


def publish(
    engine: Engine,
    *,
    as_of: datetime | None = None,
    area: str | None = None,
    layers: list[str] | None = None,
    resolution: int | None = None,
    weights: Weights | None = None,
    full: bool = False,
    share_out: ShareOut = here,
) -> Run:
    """Score `layers` (all) over `area` (every partnership) as of a day (the data's last) and publish the result.

    A layer that nothing has changed for stays as it was published; `full` makes all of them anew, which gives the same.
    `weights` are what harm is weighed by; `share_out` says who counts and looks back. Raises UnknownName, NoStudyArea,
    NoIncidents or TooCoarse; then, as after a crash, what was published stays served.
    """
    started = perf_counter()
    asked = Asked(chosen(layers), as_of, resolution, weights, full, share_out)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(text(ONE_AT_A_TIME))
        study = [area_named(connection, area)] if area else areas(connection, kind=AreaKind.PARTNERSHIP)
        if not study:
            raise NoStudyArea
        found = _Found()
        for each in study:
            _score_area(connection, each, asked, found)
        if not (found.answered or found.kept) or (layers and found.warnings):
            raise NoIncidents(" ".join(found.warnings))
        run = _write(connection, found, asked)
        made = {f"{each.layer.name}/{each.scored.area.id}": each.scored for each in found.answered}
        combined(engine, run.run, made, weights)
    return replace(run, seconds=round(perf_counter() - started, 3))


@dataclass
class _Found:
    """What became of the layers so far."""

    answered: list[Answered] = field(default_factory=list[Answered])
    kept: list[RowMapping] = field(default_factory=list[RowMapping])
    warnings: list[str] = field(default_factory=list[str])


def _score_area(connection: Connection, area: Area, asked: Asked, found: _Found) -> None:
    """Each layer over one area: the incidents are read once for all of them."""
    categories = tuple(sorted({name for layer in asked.layers for name in layer.categories}))
    known = record(connection, area, categories, until_of(asked.as_of))
    wards = areas(connection, kind=AreaKind.WARD, partnership=area.id)
    for layer in asked.layers:
        question = Question(layer.name, layer.categories, asked.resolution or layer.resolution)
        inputs = inputs_of(connection, layer, question, known, wards, asked.weights)
        kept = None if asked.full else _published_from(connection, layer, area, inputs)
        if kept:
            found.kept.append(kept)
            continue
        try:
            found.answered.append(_answer(connection, layer, question, known, asked, wards, inputs))
        except NoIncidents as nothing:
            found.warnings.append(str(nothing))


def _answer(
    connection: Connection,
    layer: Layer,
    question: Question,
    known: Record,
    asked: Asked,
    wards: list[Area],
    inputs: str,
) -> Answered:
    """The layer's answer; what is said of its whole months stays as it was where those are as they were."""
    _, window = window_of(known, question)
    whole = known.before(whole_months(window))
    area_inputs = inputs_of(connection, layer, question, whole, [], None)
    said = {} if asked.full else store.tables_from(connection, layer.name, known.area.id, area_inputs)
    scored = score(known, question, asked.weights, said or area_answers(whole, question), asked.share_out)
    return Answered(layer, scored, wards, volume(known), inputs, area_inputs)


def _published_from(connection: Connection, layer: Layer, area: Area, inputs: str) -> RowMapping | None:
    """The newest version of a layer, where it was made from the same."""
    table = published_layer
    newest = select(table).where((table.c.layer == layer.name) & (table.c.area == area.id))
    row = connection.execute(newest.order_by(table.c.run.desc()).limit(1)).mappings().first()
    return row if row and row["inputs"] == inputs else None


def chosen(names: list[str] | None) -> list[Layer]:
    """The layers of these names, or all. Raises UnknownName, which lists them."""
    for name in names or []:
        if name not in LAYERS:
            raise UnknownName(f"There is no layer {name!r}. The layers are: {', '.join(LAYERS)}.")
    return [LAYERS[name] for name in names or LAYERS]


def _write(connection: Connection, found: _Found, asked: Asked) -> Run:
    kept = [_stays(row) for row in found.kept]
    until = [answer.scored.window.until for answer in found.answered]
    newest = max(until + [row["valid_to"] for row in found.kept])
    if not found.answered:
        run = max(row["run"] for row in found.kept)
        return Run(run, last_date(newest).isoformat(), kept, found.warnings, 0.0)
    names = sorted({answer.layer.name for answer in found.answered})
    parameters = {"as_of_given": asked.as_of is not None, "layers": names}
    statement = insert(scoring_run).values(as_of=max(until), parameters=parameters).returning(scoring_run.c.id)
    run = connection.execute(statement).scalar_one()
    outages = _outages(connection, found.answered)
    published = [_publish_layer(connection, run, answer, outages, asked) for answer in found.answered]
    return Run(run, last_date(newest).isoformat(), published + kept, found.warnings, 0.0)


def _stays(row: RowMapping) -> Published:
    return _published(row["layer"], row["area"], row["resolution"], row["description"], unchanged=True)


def _published(
    layer: str, area: str, resolution: int, told: Mapping[str, Any], *, unchanged: bool = False
) -> Published:
    counts = {name: int(told[name]) for name in ("cells", "incidents", "significant")}
    return Published(layer, area, **counts, resolution=resolution, unchanged=unchanged)


def _outages(connection: Connection, answered: list[Answered]) -> dict[str, list[Outage]]:
    """Of all that reports on each area, in the time that any of its layers looks at; looked for once."""
    found: dict[str, list[Outage]] = {}
    for id in {answer.scored.area.id for answer in answered}:
        alike = [answer for answer in answered if answer.scored.area.id == id]
        windows = [answer.scored.window for answer in alike]
        since, until = min(window.since for window in windows), max(window.until for window in windows)
        found[id] = area_outages(connection, alike[0].scored.area, alike[0].here, since, until)
    return found


def _publish_layer(
    connection: Connection, run: int, answered: Answered, outages: dict[str, list[Outage]], asked: Asked
) -> Published:
    layer, scored = answered.layer, answered.scored
    version = store.Version(run, layer.name, scored.area.id)
    keys = asdict(version)
    context = _context(connection, answered, asked.share_out)
    gi = scored.scores["gi_star"]
    assert gi.q is not None  # noqa: S101  # Gi* always tests
    told = {
        "cells": len(scored.grid),
        "incidents": int(scored.counts.sum()),
        "significant": int(((gi.q <= 0.05) & (gi.score > 0)).sum()),
    }
    published = _published(layer.name, scored.area.id, scored.question.resolution, told)
    description = description_of(connection, context, told, outages[scored.area.id])
    connection.execute(
        insert(published_layer).values(
            **keys,
            resolution=published.resolution,
            valid_from=context.since,
            valid_to=scored.window.until,
            description=description,
            card=card_of(connection, layer, scored, description, asked.weights),
            inputs=answered.inputs,
        )
    )
    _write_answers(connection, version, answered)
    rows = pl.DataFrame(list(features(context)))
    copy_frame(connection, published_feature, rows.with_columns(pl.lit(v).alias(k) for k, v in keys.items()))
    return published


def _write_answers(connection: Connection, version: store.Version, answered: Answered) -> None:
    answers, grid = answered.scored.answers, answered.scored.grid
    of_area = {name: answer for name, answer in answers.items() if name in AREA_METHODS}
    of_cells = {name: answer for name, answer in answers.items() if name in CELL_METHODS}
    store.write_answers(connection, version, answered.inputs, grid, of_cells)
    store.write_answers(connection, version, answered.area_inputs, grid, of_area)


def _context(connection: Connection, answered: Answered, share_out: ShareOut) -> Context:
    layer, scored = answered.layer, answered.scored
    begins = min(coverage.begins for coverage in scored.coverage.values())
    return Context(
        layer=layer,
        scored=scored,
        wards=answered.wards,
        earlier_ranks=_earlier_ranks(connection, layer.name, scored.area.id, answered.inputs),
        since=max(scored.window.since, begins),
        comparable=max(c.begins for c in scored.coverage.values()) <= scored.window.before,
        hindsight=hindsight_of(scored.past, scored.window.until, share_out),
        classes=classes(scored),
    )


def _earlier_ranks(connection: Connection, layer: str, area: str, inputs: str) -> dict[str, int]:
    """By cell, its rank in the last version that was made from something else: made anew, a layer stays the same."""
    table, versions = published_feature, published_layer
    here = (versions.c.layer == layer) & (versions.c.area == area) & versions.c.inputs.is_distinct_from(inputs)
    last = select(func.max(versions.c.run)).where(here).scalar_subquery()
    same = (table.c.layer == layer) & (table.c.area == area) & (table.c.run == last)
    return {row.id: row.rank for row in connection.execute(select(table.c.id, table.c.rank).where(same))}
