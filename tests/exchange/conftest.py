"""A town with a database of its own where a test plants incidents one by one, as any feed would have left them."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import h3
import polars as pl
import pytest
from sqlalchemy import Engine, text

from aim.db.bulk import copy_frame
from aim.db.tables import incident
from aim.exchange.share import Request, share
from aim.ingest.feed import Feed
from aim.ingest.feeds import FEEDS
from aim.vocabulary.categories import as_words
from aim.vocabulary.nim import Agency
from tests.cli.conftest import Aim

LONDON: Final = ZoneInfo("Europe/London")
AS_OF: Final = datetime(2026, 10, 2, tzinfo=UTC)
IN_WEST: Final = (54.5742, -1.2600)
IN_EAST: Final = (54.5742, -1.2000)
OUTSIDE: Final = (54.5300, -1.2350)
TOWN: Final = (-1.29, 54.55, -1.18, 54.60)
MIDDLE: Final = (-1.235, 54.55, -1.235, 54.60)
BEFORE_AND_AFTER: Final = ("2026-07-01 00:00", "2026-08-15 12:00", "2026-09-30 23:59")
"""Times in London that let a feed span the third quarter of 2026."""

AREAS: Final = """
INSERT INTO area (id, kind, name, partnership, boundary) VALUES
  ('town', 'partnership', 'Testby', NULL, ST_Multi(ST_MakeEnvelope(-1.29, 54.55, -1.18, 54.60, 4326))),
  ('west', 'ward', 'West', 'town', ST_Multi(ST_MakeEnvelope(-1.29, 54.55, -1.235, 54.60, 4326))),
  ('east', 'ward', 'East', 'town', ST_Multi(ST_MakeEnvelope(-1.235, 54.55, -1.18, 54.60, 4326)))
"""
LOADED: Final = """
INSERT INTO feed (name, title, agency, delivery, attribution)
VALUES (:name, :title, :agency, 'incremental', :attribution) ON CONFLICT DO NOTHING
"""
RUN: Final = "INSERT INTO feed_run (feed, file_name, loaded_at, report) VALUES (:name, 'a.csv', :loaded_at, '{}')"


def feed(name: str, agency: Agency, **words: str) -> Feed:
    """A feed whose words are the categories' own names, unless others are given for some."""
    said = as_words({word.replace("_", " "): category for word, category in words.items()})
    return replace(FEEDS["open311"], name=name, agency=agency, words=said, attribution=f"Contains {name}", licence="L")


def words(*categories: str) -> dict[str, str]:
    return {category: category for category in categories}


CAD = feed("cad", Agency.POLICE, **words("asb_personal", "asb_nuisance", "transport_incident", "public_safety_welfare"))
CRIMES = feed(
    "crimes",
    Agency.POLICE,
    **words("burglary", "criminal_damage_arson", "drugs", "fraud_forgery", "robbery", "sexual_offences"),
    **words("vehicle_crime", "violence", "public_order"),
)
IRS = feed(
    "irs",
    Agency.FIRE,
    **words("deliberate_primary_fire", "deliberate_vehicle_fire", "deliberate_secondary_fire"),
    **words("violence_against_fire_crew", "primary_fire_dwelling", "malicious_false_alarm"),
)
WARDENS = feed("wardens", Agency.COUNCIL, **words("fly_tipping", "graffiti", "noise", "community_asb_report"))
COLLISIONS = feed("collisions", Agency.COUNCIL, **words("road_traffic_collision"))
OURS: Final = {f.name: f for f in (CAD, CRIMES, IRS, WARDENS, COLLISIONS)}


def london(when: str) -> datetime:
    """A local time `YYYY-MM-DD HH:MM` as an instant."""
    return datetime.strptime(when, "%Y-%m-%d %H:%M").replace(tzinfo=LONDON).astimezone(UTC)


@dataclass(frozen=True)
class Land:
    """The town's database and a folder for disclosures."""

    engine: Engine
    folder: Path
    feeds: Mapping[str, Feed]
    numbers: "count[int]"

    def plant(self, name: str, category: str, when: str = "2026-08-03 14:27", **more: Any) -> None:
        """An incident of a feed at a local time. `more` replaces any column; `place` is latitude and longitude."""
        self.load(name)
        place = more.pop("place", IN_WEST)
        begun, precise = london(when), more.pop("precision_m", 10.0)
        number = next(self.numbers)
        row: dict[str, Any] = {
            "feed": name,
            "scope": "",
            "identity": number,
            "ordinal": 0,
            "content_hash": number,
            "source_id": f"id-{number}",
            "agency": self.feeds[name].agency.value,
            "category": category,
            "source_category": category.replace("_", " "),
            "outcome": None,
            "marking": "OFFICIAL",
            "occurred_from": begun,
            "occurred_to": begun,
            "time_precision": "exact",
            "location": f"SRID=4326;POINT({place[1]} {place[0]})" if place else None,
            "location_precision_m": precise if place else None,
            "location_method": "exact" if place else "none",
            "h3_r8": _signed(place, 8),
            "h3_r9": _signed(place, 9),
            "h3_r10": _signed(place, 10),
            "attributes": None,
        } | more
        row["attributes"] = json.dumps(row["attributes"]) if row["attributes"] is not None else None
        schema = {
            "identity": pl.Int64,
            "occurred_from": pl.Datetime("us", "UTC"),
            "occurred_to": pl.Datetime("us", "UTC"),
        }
        with self.engine.begin() as connection:
            connection.execute(text(_partition(begun.year)))
            copy_frame(connection, incident, pl.DataFrame([row], schema_overrides=schema))

    def span(self, name: str, category: str = "unmapped", times: tuple[str, ...] = BEFORE_AND_AFTER) -> None:
        """Incidents of no set, so that the feed's rows span the quarter."""
        for when in times:
            self.plant(name, category, when)

    def load(self, name: str) -> None:
        """Register the feed as one that was loaded."""
        known = self.feeds[name]
        values = {"name": name, "title": known.title, "agency": known.agency.value, "attribution": known.attribution}
        with self.engine.begin() as connection:
            if connection.execute(text(LOADED), values).rowcount:
                connection.execute(text(RUN), {"name": name, "loaded_at": AS_OF - timedelta(days=1)})

    def share(self, quarter: str = "2026Q3", area: str = "town", out: str = "out", **more: Any) -> dict[str, Any]:
        """A disclosure into a folder of the test's."""
        as_of = more.pop("as_of", AS_OF)
        return share(self.engine, Request(quarter, area, **more), self.folder / out, as_of, self.feeds)

    def rows(self, wanted: str, out: str = "out") -> list[dict[str, str]]:
        """The rows of a set that was written."""
        with (self.folder / out / f"{wanted}.csv").open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def text(self, out: str = "out") -> str:
        """All that is in all files of a disclosure."""
        return "\n".join(file.read_text("utf-8") for file in sorted((self.folder / out).iterdir()))


def _signed(place: tuple[float, float] | None, resolution: int) -> int | None:
    return h3.str_to_int(h3.latlng_to_cell(*place, resolution)) if place else None


def _partition(year: int) -> str:
    bounds = f"FROM ('{year}-01-01 00:00+00') TO ('{year + 1}-01-01 00:00+00')"
    return f"CREATE TABLE IF NOT EXISTS incident_{year} PARTITION OF incident FOR VALUES {bounds}"


@pytest.fixture
def land(engine: Engine, tmp_path: Path) -> Land:
    """The town, where nothing has happened yet."""
    with engine.begin() as connection:
        connection.execute(text(AREAS))
    return Land(engine, tmp_path, FEEDS | OURS, count(1))


@pytest.fixture
def aim(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str) -> Aim:
    """The command on the same database as `land`."""
    monkeypatch.setenv("AIM_DATABASE_URL", database_url)
    return Aim(monkeypatch, capsys)


def entry(about: dict[str, Any], wanted: str) -> dict[str, Any]:
    """What a manifest says of a set that was written."""
    [found] = [found for found in about["sets"] if found["set"] == wanted]
    return found


def reason(about: dict[str, Any], wanted: str) -> str:
    """Why a set was not made."""
    [found] = [found["reason"] for found in about["not_produced"] if found["set"] == wanted]
    return found
