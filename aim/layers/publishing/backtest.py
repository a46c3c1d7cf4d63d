"""`aim backtest`: what each layer's map, the forecast and simpler maps would have caught, over times you choose."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Engine

from aim.areas import area_named, areas
from aim.errors import NoIncidents, NoStudyArea, UsageError
from aim.hotspots.counted import coverage, incidents, once
from aim.hotspots.grid import Grid, cells_of
from aim.hotspots.hindsight import Periods
from aim.hotspots.record import Record, record
from aim.hotspots.run import FOREVER, LONDON
from aim.hotspots.sharing import ShareOut, here
from aim.hotspots.track_record import Past, past, rows, track_record
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.publish import chosen
from aim.vocabulary.kinds import AreaKind

NOTHING: Final = "There are no incidents in {} to look back on: load a feed for it."
LABELS: Final = ("layer", "area", "from", "to")


@dataclass(frozen=True)
class Asked:
    """What to look back on; None: all layers, every partnership, the last weeks that the data cover."""

    layer: str | None = None
    area: str | None = None
    horizon: int = 7
    first: date | None = None
    last: date | None = None


def backtest(engine: Engine, asked: Asked, share_out: ShareOut = here) -> tuple[list[dict[str, Any]], list[str]]:
    """A row for each layer, area, ranking and share of the area (`Hindsight.table`), and what could not be judged.

    Raises UnknownName, NoStudyArea, NoIncidents where nothing at all could be judged, and UsageError for a horizon
    other than 1, 7 or 14 days.
    """
    layers = _judged(asked.layer)
    tables: list[pl.DataFrame] = []
    without: list[str] = []
    for known_of in _records(engine, asked, layers):
        for layer in layers:
            try:
                known, periods = _asked_for(known_of, layer, asked)
            except NoIncidents as nothing:
                without.append(f"{layer.name}: {nothing}")
                continue
            found = rows(track_record(known, periods, asked.horizon, share_out))
            tables.append(_labelled(found, layer, known_of.area.id, periods))
    if not tables:
        raise NoIncidents(" ".join(without))
    return pl.concat(tables).to_dicts(), without


def _judged(name: str | None) -> list[Layer]:
    """The layer of this name, or all that a look back judges. Raises UnknownName and UsageError."""
    known = [layer for layer in chosen(None) if layer.judged]
    if name is None or name in (layer.name for layer in known):
        return [layer for layer in known if name in (None, layer.name)]
    [layer] = chosen([name])
    judged = ", ".join(each.name for each in known)
    raise UsageError(f"A look back judges maps that are ranked by counts, and {layer.name} is not: choose {judged}.")


def _records(engine: Engine, asked: Asked, layers: list[Layer]) -> list[Record]:
    """What is known of each area asked for, all of one moment. Nothing is kept: a scoring run may be keeping the same,
    and a look back takes too long for it to wait.
    """
    kinds = tuple({name for layer in layers for name in layer.categories})
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        study = [area_named(connection, asked.area)] if asked.area else areas(connection, kind=AreaKind.PARTNERSHIP)
        if not study:
            raise NoStudyArea
        return [record(connection, area, kinds, FOREVER) for area in study]


def _asked_for(known_of: Record, layer: Layer, asked: Asked) -> tuple[Past, Periods]:
    """What is known, and the periods to judge. Raises NoIncidents where the data do not cover them."""
    name, ends = known_of.area.name, _last_day(known_of, layer)
    last = asked.last or ends
    if last > ends:
        raise NoIncidents(f"The data of {name} end on {ends}: later days cannot be judged by them.")
    known = _past(known_of, layer, last + timedelta(days=1))
    after = np.datetime64(last + timedelta(days=1))
    periods = known.last_periods(after, asked.horizon)
    if asked.first is not None:
        periods = known.periods(np.datetime64(asked.first), after, asked.horizon)
    if not len(periods):
        raise NoIncidents(f"The record of {name} begins too late for a look back at these days.")
    return known, periods


def _past(known_of: Record, layer: Layer, after: date) -> Past:
    """Of the days before `after`. Raises NoIncidents where nothing is left that a look back may use."""
    every = incidents(known_of, layer.categories, layer.resolution).filter(pl.col("day") < after)
    if every.is_empty():
        raise NoIncidents(NOTHING.format(known_of.area.name))
    grid = Grid.of(np.concatenate([cells_of(known_of.area.boundary, layer.resolution), every["cell"].to_numpy()]))
    known = past(grid, once(every, known_of.links))
    if known is None:
        raise NoIncidents(f"All incidents in {known_of.area.name} are of kinds recorded where police look for them.")
    return known


def _last_day(known_of: Record, layer: Layer) -> date:
    covered = coverage(known_of, layer.categories)
    if not covered:
        raise NoIncidents(NOTHING.format(known_of.area.name))
    return (max(c.ends for c in covered.values()) - timedelta(microseconds=1)).astimezone(LONDON).date()


def _labelled(found: pl.DataFrame, layer: Layer, area: str, periods: Periods) -> pl.DataFrame:
    labels = (layer.name, area, str(periods.eves[0] + np.timedelta64(1, "D")), str(periods.ends[-1]))
    return found.select(*(pl.lit(value).alias(name) for name, value in zip(LABELS, labels, strict=True)), pl.all())
