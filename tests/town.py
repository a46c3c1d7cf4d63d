"""A small made-up town whose incidents a test places one by one, through the same doors as any data."""

import csv
import json
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import h3
import shapely
from pyproj import Transformer
from sqlalchemy import Engine, select

from aim.areas import load_areas
from aim.db.tables import published_feature, published_layer
from aim.ingest.load import feed_named, ingest
from aim.ingest.source import Payload
from aim.layers.publishing import publish as publishing
from aim.layers.publishing.known import LAYERS
from aim.layers.publishing.publish import Run, publish
from aim.vocabulary.kinds import AreaKind

LONDON = ZoneInfo("Europe/London")
ASB, CRIME, FIRES = "anti-social-behaviour", "all-crime", "deliberate-fires"
FEW = (CRIME, ASB, FIRES)
"""The layers that tests of scoring look at, unless they are about another one."""
CENTRE = h3.latlng_to_cell(54.5742, -1.2350, 8)
WEST, SOUTH, EAST, NORTH = -1.29, 54.55, -1.18, 54.60
TOWN = shapely.box(WEST, SOUTH, EAST, NORTH)
OUTSIDE = (54.545, -1.235)
"""A place (latitude, longitude) south of the town, within the bounds of nothing."""
Place = tuple[float, float]


def at(cell: str = CENTRE) -> Place:
    """The middle of a cell, as latitude and longitude."""
    return h3.cell_to_latlng(cell)


def near(step: int, cell: str = CENTRE) -> str:
    """A cell `step` steps away from a cell, always the same one."""
    return sorted(h3.grid_ring(cell, step))[0]


def as_of(day: str) -> datetime:
    """Noon in London of a day `YYYY-MM-DD`."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), LONDON).replace(hour=12)


class Town:
    """Its area and its three feeds. Incidents given as a list of places are one each."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.numbers = count(1)

    def found(self, name: str = "Testby", shape: shapely.Polygon = TOWN) -> None:
        """Load the town as a partnership of two wards, West and East."""
        west, south, east, north = shape.bounds
        middle = (west + east) / 2
        halves = {"West": shapely.box(west, south, middle, north), "East": shapely.box(middle, south, east, north)}
        features = [
            {
                "type": "Feature",
                "properties": {"code": f"{name}-{half}", "name": half},
                "geometry": shapely.geometry.mapping(shapely.intersection(box, shape)),
            }
            for half, box in halves.items()
        ]
        file = self._file("geojson", json.dumps({"type": "FeatureCollection", "features": features}))
        load_areas(self.engine, file, AreaKind.WARD, partnership=name)

    def reports(self, when: str, places: Iterable[Place], what: str = "Graffiti") -> None:
        """Reports to the council at one instant, ISO 8601 with its offset."""
        self.reports_at(((when, place) for place in places), what)

    def reports_at(self, seen: Iterable[tuple[str, Place]], what: str = "Graffiti") -> None:
        """Reports to the council, each at an instant of its own."""
        found = [
            {"service_request_id": f"R{next(self.numbers)}", "service_name": what, "requested_datetime": when}
            | {"lat": latitude, "long": longitude}
            for when, (latitude, longitude) in seen
        ]
        self._load("open311", self._file("json", json.dumps(found)))

    def services(self, day: str, places: Iterable[Place], what: str = "Graffiti") -> None:
        """Reports in the council's customer system, which knows a day `DD/MM/YYYY` and no time."""
        header = ["Reference", "ServiceType", "Reported", "Closed", "GeoX", "GeoY"]
        rows = [[f"S{next(self.numbers)}", what, day, "", x, y] for y, x in places]
        self._load("council-environment", self._csv(header, rows))

    def crimes(self, month: str, places: Iterable[Place], what: str = "Burglary") -> None:
        """A police snapshot of one month `YYYY-MM`."""
        header = ["Crime ID", "Month", "Reported by", "Longitude", "Latitude", "Crime type", "Last outcome category"]
        rows = [[f"C{next(self.numbers)}", month, "Testby Police", x, y, what, ""] for y, x in places]
        self._load("police-uk-street", self._csv(header, rows))

    def fires(self, when: str, places: Iterable[Place], what: str = "Secondary Fire", *, exact: bool = True) -> None:
        """Calls to the fire service at one local time `YYYY-MM-DD HH:MM`."""
        day, time = when.split()
        header = ["IncidentNumber", "DateOfCall", "TimeOfCall", "StopCodeDescription", "SpecialServiceType"]
        header += ["PropertyCategory", "Easting_m", "Northing_m", "Easting_rounded", "Northing_rounded"]
        metres = Transformer.from_crs(4326, 27700, always_xy=True)
        rows: list[list[object]] = []
        for latitude, longitude in places:
            point = [round(axis) for axis in metres.transform(longitude, latitude)]
            where = [*point, "NULL", "NULL"] if exact else ["NULL", "NULL", *point]
            rows.append([f"F{next(self.numbers)}", day, time, what, "NULL", "Outdoor", *where])
        self._load("lfb-incidents", self._csv(header, rows))

    def score(self, **asked: Any) -> Run:
        """A scoring run of the few layers, or of those that `layers` names: the arguments of `publish`."""
        with nullcontext() if "layers" in asked else few_layers():
            return publish(self.engine, **asked)

    def load_again(self, feed: str, file: Path) -> None:
        """A file that nothing has been added to since it was loaded."""
        report = ingest(self.engine, feed_named(feed), Payload(file, file.name), datetime(2100, 1, 1, tzinfo=UTC))
        assert report.unchanged == report.read, report

    def _load(self, feed: str, file: Path) -> None:
        report = ingest(self.engine, feed_named(feed), Payload(file, file.name), datetime(2100, 1, 1, tzinfo=UTC))
        assert report.inserted == report.read, report

    def _csv(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
        file = self._file("csv", "")
        with file.open("w", newline="") as stream:
            csv.writer(stream).writerows([header, *rows])
        return file

    def _file(self, suffix: str, text: str) -> Path:
        file = self.folder / f"{next(self.numbers)}.{suffix}"
        file.write_text(text)
        return file


@contextmanager
def few_layers() -> Generator[None]:
    """As if there were the `FEW` layers alone: what holds for all of them is shown at a third of the time."""
    with patch.object(publishing, "LAYERS", {name: LAYERS[name] for name in FEW}):
        yield


def features(engine: Engine, layer: str, run: int | None = None, edition: str = "inside") -> list[dict[str, Any]]:
    """The GeoJSON features of a layer in rank order, of the newest run or of the one named."""
    table = published_feature.c
    here = (table.layer == layer) & table.edition.in_(("both", edition))
    query = select(table.run, table.body).where(here).order_by(table.run, table.rank)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    chosen = run if run is not None else max((row.run for row in rows), default=0)
    return [json.loads(row.body) for row in rows if row.run == chosen]


def properties(engine: Engine, layer: str, run: int | None = None) -> dict[str, dict[str, Any]]:
    """The properties of a layer's features by cell."""
    return {feature["id"]: feature["properties"] for feature in features(engine, layer, run)}


def description(engine: Engine, layer: str) -> dict[str, Any]:
    """What the newest version of a layer says of itself."""
    table = published_layer
    query = select(table.c.description).where(table.c.layer == layer).order_by(table.c.run.desc()).limit(1)
    with engine.connect() as connection:
        return connection.execute(query).scalar_one()


def rows_in(engine: Engine) -> Counter[str]:
    """How many rows each table that a scoring run writes has: the same before and after a run that failed."""
    tables = (
        "scoring_run",
        "method_result",
        "published_layer",
        "published_outside",
        "published_feature",
        "incident_part",
    )
    with engine.connect() as connection:
        return Counter(
            {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in tables}
        )
