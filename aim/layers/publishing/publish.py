"""A scoring run: score the layers, write a new version of each, publish all of it in one transaction or nothing."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final

import polars as pl
import shapely
from sqlalchemy import Connection, Engine, func, insert, select, text

from aim.areas import Area, area_named, areas
from aim.db.bulk import copy_frame
from aim.db.tables import feed, published_feature, published_layer, scoring_run
from aim.errors import NoIncidents, NoStudyArea, UnknownName
from aim.hotspots import store
from aim.hotspots.method import Scores
from aim.hotspots.run import LONDON, Question, Scored, score
from aim.ingest.health.caveats import area_outages
from aim.ingest.health.series import Outage
from aim.layers import LAYERS
from aim.layers.publishing.features import NOT_SIGNIFICANT, Context, features
from aim.layers.publishing.hindsight import classes, hindsight_of, past_of
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.rationale import last_date, last_day
from aim.vocabulary.kinds import AreaKind
from aim.vocabulary.nim import Agency, HandlingCode

LATE: Final = timedelta(days=31)
"""An agency whose data end this long before the layer's is called late: one monthly delivery is missing."""

ONE_AT_A_TIME: Final = "LOCK TABLE scoring_run IN SHARE ROW EXCLUSIVE MODE"
"""Keeps other runs out and lets readers in. Unlike a SELECT it does not fix what the transaction sees: a run that
waited knows the ranks of the one it waited for."""

FEW: Final = 30
"""With fewer incidents the normal approximation behind Gi* calls single ones hot."""

LEGEND: Final = [
    {"property": "confidence", "value": "99 %", "label": "Hot spot, 99 % confidence", "colour": "#99000d"},
    {"property": "confidence", "value": "95 %", "label": "Hot spot, 95 % confidence", "colour": "#ef3b2c"},
    {"property": "confidence", "value": "90 %", "label": "Hot spot, 90 % confidence", "colour": "#fc9272"},
    {"property": "confidence", "value": NOT_SIGNIFICANT, "label": "No more than chance explains", "colour": "#d0d1e6"},
]


@dataclass(frozen=True)
class Published:
    """One layer of a run over one area."""

    id: str
    area: str
    cells: int
    incidents: int
    significant: int
    resolution: int


@dataclass(frozen=True)
class Run:
    """What a scoring run published. `warnings` names the layers that had nothing to show."""

    run: int
    as_of: str
    layers: list[Published]
    warnings: list[str]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON objects know it."""
        return asdict(self)


def publish(
    engine: Engine,
    *,
    as_of: datetime | None = None,
    area: str | None = None,
    layers: list[str] | None = None,
    resolution: int | None = None,
) -> Run:
    """Score `layers` (all) over `area` (every partnership) as of a day (the data's last) and publish the result.

    Raises UnknownName, NoStudyArea, NoIncidents or TooCoarse; then, as after a crash, what was published stays served.
    """
    started = perf_counter()
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(text(ONE_AT_A_TIME))
        study = [area_named(connection, area)] if area else areas(connection, kind=AreaKind.PARTNERSHIP)
        if not study:
            raise NoStudyArea
        scored, warnings = _score_all(connection, chosen(layers), study, as_of, resolution)
        if not scored or (layers and warnings):
            raise NoIncidents(" ".join(warnings))
        run, published = _write(connection, scored, as_of)
    newest = max(last_date(s.window.until) for _, s in scored)
    return Run(run, newest.isoformat(), published, warnings, round(perf_counter() - started, 3))


def chosen(names: list[str] | None) -> list[Layer]:
    """The layers of these names, or all. Raises UnknownName, which lists them."""
    for name in names or []:
        if name not in LAYERS:
            raise UnknownName(f"There is no layer {name!r}. The layers are: {', '.join(LAYERS)}.")
    return [LAYERS[name] for name in names or LAYERS]


def _score_all(
    connection: Connection, layers: list[Layer], study: list[Area], as_of: datetime | None, resolution: int | None
) -> tuple[list[tuple[Layer, Scored]], list[str]]:
    scored: list[tuple[Layer, Scored]] = []
    warnings: list[str] = []
    for area in study:
        for layer in layers:
            question = Question(layer.name, layer.categories, resolution or layer.resolution)
            try:
                scored.append((layer, score(connection, question, area, as_of)))
            except NoIncidents as nothing:
                warnings.append(str(nothing))
    return scored, warnings


def _write(
    connection: Connection, scored: list[tuple[Layer, Scored]], as_of: datetime | None
) -> tuple[int, list[Published]]:
    newest = max(s.window.until for _, s in scored)
    parameters = {"as_of_given": as_of is not None, "layers": sorted({layer.name for layer, _ in scored})}
    statement = insert(scoring_run).values(as_of=newest, parameters=parameters).returning(scoring_run.c.id)
    run = connection.execute(statement).scalar_one()
    outages = _outages(connection, [answer for _, answer in scored])
    return run, [_publish_layer(connection, run, layer, answer, outages) for layer, answer in scored]


def _outages(connection: Connection, scored: list[Scored]) -> dict[str, list[Outage]]:
    """Of all that reports on each area, in the time that any of its layers looks at; looked for once."""
    areas = {answer.area.id: answer.area for answer in scored}
    windows = {id: [answer.window for answer in scored if answer.area.id == id] for id in areas}
    return {
        id: area_outages(connection, area, min(w.since for w in windows[id]), max(w.until for w in windows[id]))
        for id, area in areas.items()
    }


def _publish_layer(
    connection: Connection, run: int, layer: Layer, scored: Scored, outages: dict[str, list[Outage]]
) -> Published:
    keys = {"run": run, "layer": layer.name, "area": scored.area.id}
    context = _context(connection, layer, scored)
    gi = scored.scores["gi_star"]
    assert gi.q is not None  # noqa: S101  # Gi* always tests
    published = Published(
        id=layer.name,
        area=scored.area.id,
        cells=len(scored.grid),
        incidents=int(scored.counts.sum()),
        significant=int(((gi.q <= 0.05) & (gi.score > 0)).sum()),
        resolution=scored.question.resolution,
    )
    description = _description(connection, context, published)
    description["caveats"] += _reporting_caveats(context, outages[scored.area.id])
    connection.execute(
        insert(published_layer).values(
            **keys,
            resolution=published.resolution,
            valid_from=context.since,
            valid_to=scored.window.until,
            description=description,
        )
    )
    for name, scores in scored.scores.items():
        store.write_scores(connection, run, layer.name, scored.area.id, name, _score_frame(scored, scores))
    rows = pl.DataFrame(list(features(context)))
    copy_frame(connection, published_feature, rows.with_columns(pl.lit(v).alias(k) for k, v in keys.items()))
    return published


def _score_frame(scored: Scored, scores: Scores) -> pl.DataFrame:
    nothing = pl.Series([None] * len(scored.grid), dtype=pl.Float64)
    return pl.DataFrame(
        {
            "cell": scored.grid.cells,
            "score": scores.score,
            "p": nothing if scores.p is None else scores.p,
            "q": nothing if scores.q is None else scores.q,
        }
    )


def _context(connection: Connection, layer: Layer, scored: Scored) -> Context:
    begins = min(coverage.begins for coverage in scored.coverage.values())
    wards = areas(connection, kind=AreaKind.WARD, partnership=scored.area.id)
    known = past_of(connection, scored.question, scored.area, scored.window.until)
    return Context(
        layer=layer,
        scored=scored,
        wards=wards,
        earlier_ranks=_earlier_ranks(connection, layer.name, scored.area.id),
        since=max(scored.window.since, begins),
        comparable=max(c.begins for c in scored.coverage.values()) <= scored.window.before,
        hindsight=hindsight_of(known, scored.window.until),
        classes=classes(known, scored.grid, scored.window.until),
    )


def _earlier_ranks(connection: Connection, layer: str, area: str) -> dict[str, int]:
    table = published_feature
    here = (table.c.layer == layer) & (table.c.area == area)
    last = select(func.max(published_layer.c.run)).where(
        (published_layer.c.layer == layer) & (published_layer.c.area == area)
    )
    query = select(table.c.id, table.c.rank).where(here & (table.c.run == last.scalar_subquery()))
    return {row.id: row.rank for row in connection.execute(query)}


def _description(connection: Connection, context: Context, published: Published) -> dict[str, Any]:
    """What the collection says of itself; the API passes it on as it is."""
    layer, scored = context.layer, context.scored
    return {
        "title": layer.title,
        "description": layer.description,
        "marking": layer.marking.value,
        "handling": HandlingCode.P.value,
        "made_up": scored.area.made_up,
        "parameters": {
            "h3_res": published.resolution,
            "window_from": context.since.isoformat(),
            "window_to": scored.window.until.isoformat(),
            "methods": {name: dict(scores.chosen) for name, scores in scored.scores.items()},
        },
        "data_cutoff": _data_cutoff(scored),
        "feeds_late": _late(scored),
        "suppressed_count": 0,
        "attribution": _attribution(connection, scored),
        "caveats": [*layer.caveats, *_coverage_caveats(context)],
        "hindsight": context.hindsight,
        "cells": published.cells,
        "incidents": published.incidents,
        "significant": published.significant,
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
