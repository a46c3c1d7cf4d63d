"""A profile against a slow oracle that reads row by row, with Python's own clocks and PROJ one point at a time."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from aim.ingest.profile.build import feed_of

PROFILE = """
name = "oracle"
title = "Oracle"
agency = "police"
publisher = "Nobody"
licence = "None"
attribution = "None"
location_note = "Exact, within 10 m, or rounded, within 71 m."
nothing = ["NULL"]
id = {{ columns = "Id" }}

[time]
start = "When"
formats = ["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m", "%Y-%m-%dT%H:%M:%S%z"]
midnight = "{midnight}"

[[place]]
x = "Easting"
y = "Northing"
crs = "EPSG:27700"
precision_m = 10
nothing = ["-1"]

[[place]]
x = "Longitude"
y = "Latitude"
precision_m = 71
method = "rounded"

[category]
columns = "What"
words = {{ "Fire" = "deliberate_fire" }}
"""
FEEDS = {midnight: feed_of(PROFILE.format(midnight=midnight), "oracle") for midnight in ("time", "unknown")}
LONDON = ZoneInfo("Europe/London")
TO_DEGREES = Transformer.from_crs(27700, 4326, always_xy=True)
DAY, MONTH, MOMENT = "day", "month", "exact"
Span = tuple[datetime, datetime, str]

# The days around the changes of the clocks come up as often as all others together.
CHANGES = [date(2025, 3, 30), date(2025, 10, 26), date(2026, 3, 29)]
DAYS = st.sampled_from([day + timedelta(days=n) for day in CHANGES for n in (-1, 0, 1)]) | st.dates(
    date(1990, 1, 1), date(2026, 9, 30)
)
MOMENTS = st.builds(
    datetime.combine,
    DAYS,
    st.builds(
        time,
        st.sampled_from([0, 1, 2]) | st.integers(0, 23),
        st.sampled_from([0, 59]) | st.integers(0, 59),
        st.sampled_from([0, 59]) | st.integers(0, 59),
    ),
)
OFFSETS = st.sampled_from(["+00:00", "+01:00", "-05:00", "Z"])
WRITTEN = (
    MOMENTS.map("{:%d/%m/%Y %H:%M:%S}".format)
    | MOMENTS.map("{:%d/%m/%Y %H:%M}".format)
    | DAYS.map("{:%d/%m/%Y}".format)
    | DAYS.map("{:%Y-%m}".format)
    | st.builds("{:%Y-%m-%dT%H:%M:%S}{}".format, MOMENTS, OFFSETS)
    | st.sampled_from(
        ["", " ", "NULL", "soon", "31/02/2026 10:00", "2026-13", "12/03/2026 24:00", "2026-03-12T10:00:00"]
    )
)
EASTINGS = st.floats(1, 700_000).map("{:.1f}".format)
NORTHINGS = st.floats(1, 1_300_000).map("{:.1f}".format)
ODD = st.sampled_from(
    ["", " ", "NULL", "-1", "0", "0.0", "nan", "inf", "by the gate", "-5", "2e9", "54.57", "-1.24", "449200"]
)
DEGREES = st.floats(-180, 180).map("{:.6f}".format)


@dataclass(frozen=True)
class Row:
    """Its cells as the publisher wrote them."""

    when: str
    easting: str
    northing: str
    longitude: str
    latitude: str


ROWS = st.builds(Row, WRITTEN, EASTINGS | ODD, NORTHINGS | ODD, DEGREES | ODD, DEGREES | ODD)


def utc(local: datetime, fold: int) -> datetime | None:
    """The instant of a London time; None in the hour that the clocks skip."""
    instant = local.replace(tzinfo=LONDON, fold=fold).astimezone(UTC)
    return instant if instant.astimezone(LONDON).replace(tzinfo=None) == local else None


def whole(first: date, after: date, precision: str) -> Span:
    """A day or a month, from one midnight in London to another."""
    since, until = (datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC) for day in (first, after))
    return since, until, precision


def day_of(moment: datetime) -> Span:
    """All of its day."""
    return whole(moment.date(), moment.date() + timedelta(days=1), DAY)


def parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def span_of(text: str, midnight: str) -> Span | str:
    """From, to and precision; or why not."""
    if (zoned := parsed(text, "%Y-%m-%dT%H:%M:%S%z")) is not None:
        clocks = (zoned.astimezone(LONDON).replace(tzinfo=None), zoned.replace(tzinfo=None))
        for clock in clocks if midnight == "unknown" else ():
            if clock.time() == datetime.min.time():
                return day_of(clock)
        return zoned.astimezone(UTC), zoned.astimezone(UTC), MOMENT
    for form in ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"):
        if (local := parsed(text, form)) is not None:
            if midnight == "unknown" and local.time() == datetime.min.time():
                return day_of(local)
            first, last = utc(local, 0), utc(local, 1)
            return "time_does_not_exist" if first is None or last is None else (first, last, MOMENT)
    if (day := parsed(text, "%d/%m/%Y")) is not None:
        return day_of(day)
    if re.fullmatch(r"\d{4}-\d{2}", text) and (month := parsed(text, "%Y-%m")) is not None:
        return whole(month.date(), (month + timedelta(days=31)).date().replace(day=1), MONTH)
    return "invalid_date"


def numbers(x: str, y: str, nothing: set[str]) -> tuple[float | None, float | None, bool]:
    """Both as finite numbers where they are, and whether anything is stated; (0, 0) is nothing."""
    said = [None if text.strip() in nothing else text.strip() for text in (x, y)]
    found = [number(text) for text in said]
    if all(value is not None and abs(value) < 1e-6 for value in found):
        return None, None, False
    return found[0], found[1], any(text is not None for text in said)


def number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and isfinite(value) else None


def british(x: float, y: float) -> bool:
    """Whether these are degrees in Britain, longitude first."""
    return -9 <= x <= 2.1 and 49.8 <= y <= 61


def metres_reason(x: float, y: float) -> str | None:
    """What is wrong with an easting and a northing."""
    if british(x, y) or british(y, x):
        return "coordinates_in_degrees"
    return None if 1 <= x <= 700_000 and 1 <= y <= 1_300_000 else "invalid_coordinates"


def degrees_reason(x: float, y: float) -> str | None:
    """What is wrong with a longitude and a latitude."""
    if 1_000 <= x <= 1_300_000 and 1_000 <= y <= 1_300_000:
        return "coordinates_in_metres"
    if abs(x) > 180 or abs(y) > 90:
        return "invalid_coordinates"
    return "coordinates_swapped" if british(y, x) else None


def place_of(row: Row) -> tuple[float, float, float] | str | None:
    """Longitude, latitude and precision of the first place that is filled; or why not; None where none is stated."""
    east, north, on_grid = numbers(row.easting, row.northing, {"", "NULL", "-1"})
    x, y, on_globe = numbers(row.longitude, row.latitude, {"", "NULL"})
    if east is not None and north is not None:
        return metres_reason(east, north) or (*TO_DEGREES.transform(east, north), 10.0)
    if x is not None and y is not None:
        return degrees_reason(x, y) or (x, y, 71.0)
    return "invalid_coordinates" if on_grid or on_globe else None


def read(rows: list[Row], midnight: str) -> list[dict[str, Any]]:
    """The rows through the profile."""
    columns = ("When", "Easting", "Northing", "Longitude", "Latitude")
    cells = [(row.when, row.easting, row.northing, row.longitude, row.latitude) for row in rows]
    frame = pl.DataFrame(
        {
            "line": range(2, 2 + len(rows)),
            "Id": [str(at) for at in range(len(rows))],
            "What": ["Fire"] * len(rows),
            **{name: [each[at] or None for each in cells] for at, name in enumerate(columns)},
        },
        schema_overrides={"line": pl.Int64, **dict.fromkeys(columns, pl.String)},
    )
    return FEEDS[midnight].normalise(frame).to_dicts()


GATE = ("449200", "520300", "-1.240000", "54.575000")


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=30), st.sampled_from(["time", "unknown"]))
@example([Row("2026-07-12T00:00:00+00:00", *GATE), Row("2026-07-11T23:00:00Z", *GATE)], "unknown")
@example([Row("26/10/2025 01:30", *GATE), Row("29/03/2026 01:30:00", *GATE), Row("26/10/2025", *GATE)], "time")
def test_times_and_places_are_those_of_the_oracle(rows: list[Row], midnight: str) -> None:
    for row, found in zip(rows, read(rows, midnight), strict=True):
        stated = row.when.strip()
        span = span_of(stated, midnight)
        place = place_of(row)
        reason = span if isinstance(span, str) else place if isinstance(place, str) else None
        assert found["reason"] == reason, (row, found)
        if reason is None:
            assert not isinstance(span, str)
            assert (found["occurred_from"], found["occurred_to"], found["time_precision"]) == span, row
            assert_there(found, place)


def assert_there(found: dict[str, Any], place: tuple[float, float, float] | str | None) -> None:
    """At the place, in degrees; or nowhere, as null."""
    if place is None:
        assert (found["longitude"], found["latitude"]) == (None, None)
    else:
        assert not isinstance(place, str)
        longitude, latitude, precision = place
        assert abs(found["longitude"] - longitude) < 1e-9
        assert abs(found["latitude"] - latitude) < 1e-9
        assert found["location_precision_m"] == precision
