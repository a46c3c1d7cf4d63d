"""A scoring run: score the layers, write a new version of each, publish all of it in one transaction or nothing."""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from time import perf_counter
from typing import Any, Final

from sqlalchemy import Connection, Engine, RowMapping, insert, select, text

from aim.access.agreements import ended_feeds
from aim.areas import Area, area_named, areas
from aim.db.tables import published_layer, scoring_run
from aim.errors import LayerRefused, NoIncidents, NoStudyArea, Refused, UnknownName
from aim.hotspots.harm.weights import Weights
from aim.hotspots.record import record
from aim.hotspots.run import LONDON, until_of
from aim.hotspots.sharing import ShareOut, here
from aim.layers.publishing.answering import Answering
from aim.layers.publishing.ended import Ended
from aim.layers.publishing.known import LAYERS
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.logged import combined
from aim.layers.publishing.rationale import last_date
from aim.layers.publishing.writing import Answered, Published, outages_of, published, write_layer
from aim.vocabulary.kinds import AreaKind

ONE_AT_A_TIME: Final = "LOCK TABLE scoring_run IN SHARE ROW EXCLUSIVE MODE"
"""Keeps other runs out and lets readers in. Unlike a SELECT it does not fix what the transaction sees: a run that
waited knows the ranks of the one it waited for."""


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
class Asked:
    """What is to be scored, and how."""

    layers: list[Layer]
    as_of: datetime | None
    resolution: int | None
    weights: Weights | None
    full: bool
    share_out: ShareOut
    today: date


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
    today: date | None = None,
) -> Run:
    """Score `layers` (all) over `area` (every partnership) as of a day (the data's last) and publish the result.

    A layer that nothing has changed for stays as it was published; `full` makes all of them anew, which gives the same.
    `weights` are what harm is weighed by; `share_out` says who counts and looks back; `today` (this day in London)
    decides which agreements hold: a feed whose agreement does not is left out. Raises UnknownName, NoStudyArea,
    NoIncidents, LayerRefused or TooCoarse; then, as after a crash, what was published stays served.
    """
    started = perf_counter()
    day = today or datetime.now(LONDON).date()
    asked = Asked(chosen(layers), as_of, resolution, weights, full, share_out, day)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(text(ONE_AT_A_TIME))
        study = [area_named(connection, area)] if area else areas(connection, kind=AreaKind.PARTNERSHIP)
        if not study:
            raise NoStudyArea
        found = _Found()
        for each in study:
            _score_area(connection, each, asked, found)
        if not (found.answered or found.kept) or (layers and found.refused):
            raise type(found.refused[0])(" ".join(found.warnings))
        run = _write(connection, found, asked)
        made = {f"{each.layer.name}/{each.scored.area.id}": each.scored for each in found.answered}
        combined(engine, run.run, made, weights)
    return replace(run, seconds=round(perf_counter() - started, 3))


@dataclass
class _Found:
    """What became of the layers so far."""

    answered: list[Answered] = field(default_factory=list[Answered])
    kept: list[RowMapping] = field(default_factory=list[RowMapping])
    refused: list[Refused] = field(default_factory=list[Refused])

    @property
    def warnings(self) -> list[str]:
        return [str(each) for each in self.refused]


def _score_area(connection: Connection, area: Area, asked: Asked, found: _Found) -> None:
    """Each layer over one area: the incidents are read once for all of them, and a question is answered once."""
    categories = tuple(sorted({name for layer in asked.layers for name in layer.categories}))
    known = record(connection, area, categories, until_of(asked.as_of))
    wards = areas(connection, kind=AreaKind.WARD, partnership=area.id)
    ended = Ended.of(known, ended_feeds(connection, asked.today))
    shared = known.without(ended.categories)
    answering = Answering(connection, shared, ended, wards, asked.weights, asked.full, asked.share_out)
    for layer in asked.layers:
        try:
            put = answering.put(layer, asked.resolution)
            kept = None if asked.full else _published_from(connection, layer, area, put.inputs)
            if kept:
                found.kept.append(kept)
            else:
                found.answered.append(answering.answer(put))
        except (NoIncidents, LayerRefused) as refused:
            found.refused.append(refused)


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
    outages = outages_of(connection, found.answered)
    made = [write_layer(connection, run, answer, outages, asked.weights, asked.share_out) for answer in found.answered]
    return Run(run, last_date(newest).isoformat(), made + kept, found.warnings, 0.0)


def _stays(row: RowMapping) -> Published:
    return published(row["layer"], row["area"], row["resolution"], row["description"], unchanged=True)
