"""Drafts of what is no CSV: the same table as a workbook, a GeoPackage, a Shapefile and GeoJSON."""

import json
import zipfile
from datetime import date, datetime, time
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from aim.errors import UnreadableFile
from aim.ingest.draft.draft import Draft, draft
from aim.ingest.profile.build import feed_of
from aim.ingest.source import payloads
from aim.vocabulary.nim import Agency
from tests.ingest.draft.tables import jobs, profile_of, sure, table
from tests.ingest.workbooks import Cell, book, saved, sheet_of


def proposed(path: Path) -> Draft:
    """The draft of a file."""
    [payload] = payloads([path])
    return draft(payload, None, Agency.COUNCIL)


def as_cells(row: dict[str, str]) -> tuple[Cell, ...]:
    """A job as a spreadsheet holds it: dates, times and numbers are no text."""
    day, month, year = (int(part) for part in row["Date logged"].split("/"))
    hour, minute = (int(part) for part in row["Time logged"].split(":"))
    return (row["Job ref"], date(year, month, day), time(hour, minute), row["Problem type"], int(row["Easting"]),
            int(row["Northing"]), row["Caller name"])  # fmt: skip


HEADER = ("Job ref", "Date logged", "Time logged", "Problem type", "Easting", "Northing", "Caller name")


def test_a_workbook_with_a_title_and_other_sheets(tmp_path: Path) -> None:
    title: list[tuple[Cell, ...]] = [("Kelderby jobs", None), ("March",)]
    body = sheet_of([*title, HEADER, *map(as_cells, jobs(100))])
    found = proposed(saved(tmp_path, book({"Jobs": body, "Notes": sheet_of([("hello",)])})).path)
    profile = profile_of(found)
    assert (profile.file.format, profile.file.sheet) == ("excel", "Jobs")
    assert profile.time.start == ("Date logged", "Time logged")
    assert profile.time.formats == ("%Y-%m-%d 00:00:00 %H:%M:%S",), "a date is a midnight to Excel"
    assert profile.personal == ("Caller name",)
    assert found.trial is not None
    assert (found.trial.taken, found.trial.rejected) == (100, {})
    assert ("book.xlsx", "certain") in sure(found, "file")


def test_the_day_and_the_time_of_a_workbook_are_read_together(tmp_path: Path) -> None:
    payload = saved(tmp_path, book({"Jobs": sheet_of([HEADER, *map(as_cells, jobs(100))])}))
    feed = feed_of(proposed(payload.path).profile, "drafted.toml")
    [block] = feed.read(payload)
    assert feed.normalise(block.frame)["occurred_from"][3].isoformat() == "2026-01-20T21:33:00+00:00"


def test_a_workbook_of_days_alone(tmp_path: Path) -> None:
    rows = [(f"KB{at}", datetime(2026, 3, 1 + at % 28), "Litter", 448_000 + at, 518_000 + at) for at in range(60)]
    header = ("Job ref", "Logged", "Problem type", "Easting", "Northing")
    profile = profile_of(proposed(saved(tmp_path, book({"Jobs": sheet_of([header, *rows])})).path))
    assert (profile.time.formats, profile.time.midnight) == (("%Y-%m-%d %H:%M:%S",), "unknown")


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "geojson"])
def test_a_layer_says_its_coordinate_system_itself(tmp_path: Path, suffix: str) -> None:
    rows = jobs(60)
    data = {"job_ref": [row["Job ref"] for row in rows], "day": [f"2026-03-{1 + at % 28:02}" for at in range(60)]}
    data |= {"category": [row["Problem type"] for row in rows]}
    shapes = [shapely.Point(float(row["Easting"]), float(row["Northing"])) for row in rows]
    path = tmp_path / f"jobs.{suffix}"
    gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:27700").to_file(path)
    found = proposed(path)
    [place] = profile_of(found).place
    assert (place.x, place.y, place.crs) == ("geometry x", "geometry y", "EPSG:27700")
    assert sure(found, "place.crs") == [("EPSG:27700", "certain")]
    assert found.trial is not None
    assert (found.trial.taken, found.trial.without_location) == (60, 0)


def test_metres_in_geojson_that_names_no_system_are_told_by_their_range(tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"job_ref": row["Job ref"], "day": f"2026-03-{1 + at % 28:02}", "category": "Litter"},
            "geometry": {"type": "Point", "coordinates": [int(row["Easting"]), int(row["Northing"])]},
        }
        for at, row in enumerate(jobs(60))
    ]
    path = tmp_path / "jobs.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    found = proposed(path)
    assert profile_of(found).place[0].crs == "EPSG:27700"
    assert sure(found, "place.crs") == [("EPSG:27700", "likely")]
    assert found.trial is not None
    assert found.trial.taken == 60


def test_a_layer_of_areas_is_no_table_of_incidents(tmp_path: Path) -> None:
    path = tmp_path / "wards.gpkg"
    gpd.GeoDataFrame({"name": ["North"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:27700").to_file(path)
    with pytest.raises(UnreadableFile, match="draws all its rows as lines or areas"):
        proposed(path)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "is empty"),
        ("ref,when\n", "has a header and no rows"),
        ('[{"a": 1}]', "no GeoJSON"),
        ("<requests/>", "no GeoJSON"),
        ("1,2026-03-01,3.5\n2,2026-03-02,4.5\n", "not the names of columns"),
        ("a,b\n" + "1\n" * 10, "do not have as many fields as the first"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, body: str, sentence: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=sentence):
        proposed(path)


def test_a_table_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "week 9.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export/Fly Tips.csv", table(jobs(30)))
    found = proposed(path)
    assert (found.name, found.undecided) == ("fly-tips", ())
