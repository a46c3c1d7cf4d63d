"""The samples as plain points, read without the importer, so that the two can be held against each other."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pyproj import Transformer

FIRE = "fire/fire-incidents-2025-10_2026-09.csv"
COUNCIL = "council/open311-2025-10_2026-09.json"
NOTHING = ("", "NULL")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One published incident: the source's id, its month `YYYY-MM`, its category there, WGS84 degrees."""

    feed: str
    id: str
    month: str
    category: str
    longitude: float
    latitude: float


def sightings(samples: Path) -> list[Sighting]:
    """Every incident of the three feeds that has a place and a plausible date."""
    return police(samples) + council(samples) + fire(samples)


def police(samples: Path) -> list[Sighting]:
    """All twelve months."""
    rows = [row for path in police_files(samples) for row in table(path) if row["Longitude"]]
    return [
        Sighting("police", r["Crime ID"], r["Month"], r["Crime type"], float(r["Longitude"]), float(r["Latitude"]))
        for r in rows
    ]


def council(samples: Path) -> list[Sighting]:
    """The requests of the JSON file that have an id."""
    return [
        Sighting("council", id_, r["requested_datetime"][:7], r["service_name"], r["long"], r["lat"])
        for r in requests(samples)
        if (id_ := r.get("service_request_id"))
    ]


def fire(samples: Path) -> list[Sighting]:
    """The calls at their exact place, or the centre of their square."""
    rows = [row for row in calls(samples) if row["Easting_rounded"] not in NOTHING and has_a_date(row)]
    to_degrees = Transformer.from_crs(27700, 4326, always_xy=True)
    places = [to_degrees.transform(_metres(row, "Easting"), _metres(row, "Northing")) for row in rows]
    return [
        Sighting("fire", r["IncidentNumber"], f"{called_at(r):%Y-%m}", r["StopCodeDescription"], *place)
        for r, place in zip(rows, places, strict=True)
    ]


def _metres(row: dict[str, str], axis: str) -> float:
    exact = row[f"{axis}_m"]
    return float(row[f"{axis}_rounded"] if exact in NOTHING else exact)


def has_a_date(row: dict[str, str]) -> bool:
    """Whether the day of a call exists: two rows say 31 November."""
    return not row["DateOfCall"].startswith("31 Nov")


def called_at(row: dict[str, str]) -> datetime:
    """Local time of a call."""
    return datetime.strptime(f"{row['DateOfCall']} {row['TimeOfCall']}", "%d %b %Y %H:%M:%S")  # local on purpose


def police_files(samples: Path) -> list[Path]:
    """The snapshots in the order of their months."""
    return sorted(samples.glob("police/*/*.csv"))


def requests(samples: Path) -> list[dict[str, Any]]:
    """The requests of the JSON file as they stand there."""
    return json.loads((samples / COUNCIL).read_text(encoding="utf-8"))


def calls(samples: Path) -> list[dict[str, str]]:
    """The rows of the fire file as they stand there."""
    return table(samples / FIRE, "cp1252")


def table(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding=encoding))))


def answers(samples: Path, name: str) -> Any:
    """One of the answer sheets."""
    return json.loads((samples / f"{name}.json").read_text(encoding="utf-8"))
