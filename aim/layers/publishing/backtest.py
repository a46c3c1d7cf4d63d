"""`aim backtest`: what each layer's map, the forecast and simpler maps would have caught, over times you choose."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Connection, Engine

from aim.areas import Area, area_named, areas
from aim.errors import NoIncidents, NoStudyArea
from aim.hotspots import store
from aim.hotspots.hindsight import Periods
from aim.hotspots.run import FOREVER, LONDON
from aim.hotspots.scale_out import ShareOut
from aim.hotspots.track_record import Past, past, rows, track_record
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.publish import chosen
from aim.vocabulary.kinds import AreaKind

LABELS: Final = ("layer", "area", "from", "to")


@dataclass(frozen=True)
class Asked:
    """What to look back on; None: all layers, every partnership, the last weeks that the data cover."""

    layer: str | None = None
    area: str | None = None
    horizon: int = 7
    first: date | None = None
    last: date | None = None


def backtest(engine: Engine, asked: Asked, share_out: ShareOut = map) -> tuple[list[dict[str, Any]], list[str]]:
    """A row for each layer, area, ranking and share of the area (`Hindsight.table`), and what could not be judged.

    Raises UnknownName, NoStudyArea, NoIncidents where nothing at all could be judged, and UsageError for a horizon
    other than 1, 7 or 14 days.
    """
    with engine.connect() as connection:
        study = [area_named(connection, asked.area)] if asked.area else areas(connection, kind=AreaKind.PARTNERSHIP)
        if not study:
            raise NoStudyArea
        tables: list[pl.DataFrame] = []
        without: list[str] = []
        for area in study:
            for layer in chosen([asked.layer] if asked.layer else None):
                try:
                    known, periods = _asked_for(connection, layer, area, asked)
                except NoIncidents as nothing:
                    without.append(f"{layer.name}: {nothing}")
                    continue
                found = rows(track_record(known, periods, asked.horizon, share_out))
                tables.append(_labelled(found, layer, area.id, periods))
    if not tables:
        raise NoIncidents(" ".join(without))
    return pl.concat(tables).to_dicts(), without


def _asked_for(connection: Connection, layer: Layer, area: Area, asked: Asked) -> tuple[Past, Periods]:
    """What is known, and the periods to judge. Raises NoIncidents where the data do not cover them."""
    ends = _last_day(connection, layer, area)
    last = asked.last or ends
    if last > ends:
        raise NoIncidents(f"The data of {area.name} end on {ends}: later days cannot be judged by them.")
    after = datetime.combine(last + timedelta(days=1), datetime.min.time(), LONDON)
    known = past(connection, area, layer.categories, layer.resolution, after)
    periods = known.last_periods(_day(after), asked.horizon)
    if asked.first is not None:
        periods = known.periods(np.datetime64(asked.first), _day(after), asked.horizon)
    if not len(periods):
        raise NoIncidents(f"The record of {area.name} begins too late for a look back at these days.")
    return known, periods


def _last_day(connection: Connection, layer: Layer, area: Area) -> date:
    covered = store.coverage(connection, area.id, layer.categories, FOREVER)
    if not covered:
        raise NoIncidents(f"There are no incidents in {area.name} to look back on: load a feed for it.")
    return (max(c.ends for c in covered.values()) - timedelta(microseconds=1)).astimezone(LONDON).date()


def _day(midnight: datetime) -> np.datetime64:
    return np.datetime64(midnight.date())


def _labelled(found: pl.DataFrame, layer: Layer, area: str, periods: Periods) -> pl.DataFrame:
    labels = (layer.name, area, str(periods.eves[0] + np.timedelta64(1, "D")), str(periods.ends[-1]))
    return found.select(*(pl.lit(value).alias(name) for name, value in zip(LABELS, labels, strict=True)), pl.all())
