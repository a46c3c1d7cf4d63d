"""The made-up town's disclosure holds the records that a plain loop over everything loaded picks out."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, text

from aim.areas import area_named
from aim.exchange.sets import StatutorySet, sets
from aim.exchange.share import Request, share
from aim.ingest.feeds import FEEDS
from aim.vocabulary.categories import categories
from tests.exchange.conftest import AS_OF, LONDON

TOWN = "made-up-town"
ALL = "SELECT *, ST_X(location) AS x, ST_Y(location) AS y FROM incident"
SUMMER = (date(2026, 7, 1), date(2026, 9, 30))
DISCLOSED = {
    "police-anti-social-behaviour", "police-burglary", "police-criminal-damage", "police-drugs", "police-robbery",
    "police-theft-handling", "police-violence", "police-other-offences", "fire-malicious-calls",
    "council-anti-social-behaviour", "council-environmental-crime",
}  # fmt: skip
"""What published crime, London Fire Brigade's layout and reports to the council can give."""


@pytest.fixture
def loaded(sample_engine: Engine) -> list[dict[str, Any]]:
    """Every incident in the town, whatever its time."""
    with sample_engine.connect() as connection:
        boundary = area_named(connection, TOWN).boundary
        rows = [dict(row) for row in connection.execute(text(ALL)).mappings()]
    return [row for row in rows if row["x"] is not None and shapely.contains_xy(boundary, row["x"], row["y"])]


def expected(wanted: StatutorySet, loaded: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
    """Category, date and time of the set's records."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in loaded:
        begun = row["occurred_from"].astimezone(LONDON)
        if row["category"] in wanted.categories and row["agency"] == wanted.holder and in_summer(begun.date()):
            month, exact = row["time_precision"] == "month", row["time_precision"] == "exact"
            day = f"{begun:%Y-%m}" if month else f"{begun:%Y-%m-%d}"
            found[categories()[row["category"]].title, day, f"{begun:%H}:00" if exact else ""] += 1
    return found


def in_summer(day: date) -> bool:
    first, last = SUMMER
    return first <= day <= last


def test_the_towns_summer(sample_engine: Engine, loaded: list[dict[str, Any]], tmp_path: Path) -> None:
    about = share(sample_engine, Request("2026Q3", TOWN), tmp_path / "out", AS_OF, FEEDS)
    assert {entry["set"] for entry in about["sets"]} == DISCLOSED
    assert about["made_up"]
    for wanted in (found for found in sets() if found.id in DISCLOSED):
        with (tmp_path / "out" / f"{wanted.id}.csv").open(newline="", encoding="utf-8") as stream:
            written = Counter((row["category"], row["date"], row["time"]) for row in csv.DictReader(stream))
        assert written == expected(wanted, loaded)
        assert written
