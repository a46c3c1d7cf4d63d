"""The council's registers: fly-tipping, abandoned vehicles, its customer system, and Open311 in bulk."""

from datetime import UTC, datetime
from pathlib import Path

import h3
import pytest
from sqlalchemy import Engine

from aim.areas import load_areas
from aim.errors import UnreadableFile, WrongColumns
from aim.ingest.feeds import FEEDS
from aim.ingest.load import feed_named, ingest
from aim.ingest.source import payloads
from aim.vocabulary.kinds import AreaKind
from tests.ingest.conftest import Store
from tests.ingest.feeds.registers import (
    DUMPED,
    GOOD,
    LEFT,
    assert_left_at_the_door,
    assert_rejected,
    file_of,
    incidents,
    kept,
)
from tests.samples.reading import answers

REGISTERS = ("council-fly-tipping", "council-abandoned-vehicles", "council-environment")
DROPPED = {
    "council-fly-tipping": ["ReportedBy", "UPRN", "Location", "Notes"],
    "council-abandoned-vehicles": ["VRM", "Make", "Model", "Colour", "UPRN", "Location", "Notes", "Keeper"],
    "council-environment": ["CustomerName", "CustomerPhone", "CustomerEmail", "UPRN", "Location", "Notes"],
    "open311-bulk": ["status_notes", "description", "address", "title", "media_url"],
}


@pytest.mark.parametrize("name", GOOD)
def test_its_sample_gives_what_the_generator_counted(engine: Engine, samples: Path, name: str) -> None:
    load_areas(engine, samples / "areas/town.geojson", AreaKind.PARTNERSHIP)
    [(file, counts)] = answers(samples, "expected")[name].items()
    [payload] = payloads([samples / file])
    report = ingest(engine, feed_named(name), payload, datetime(2026, 10, 1, tzinfo=UTC)).as_dict()
    assert {key: report[key] for key in counts} == counts


@pytest.mark.parametrize("name", GOOD)
def test_the_same_file_again_changes_nothing(cleared: Store, samples: Path, name: str) -> None:
    body = next((samples / "feeds" / name).iterdir()).read_bytes()
    first, again = cleared.load(name, body), cleared.load(name, body)
    assert (again.inserted, again.updated, again.removed) == (0, 0, 0)
    assert again.unchanged == first.inserted


@pytest.mark.parametrize("name", GOOD)
def test_a_reference_that_a_spreadsheet_has_spoilt_is_rejected(cleared: Store, name: str) -> None:
    identity = FEEDS[name].columns[0]
    assert_rejected(cleared, name, {identity: " 1E+05 "}, "mangled_id", "1E+05")


@pytest.mark.parametrize("name", DROPPED)
def test_persons_and_free_text_are_left_at_the_door(cleared: Store, name: str) -> None:
    assert_left_at_the_door(cleared, name, DROPPED[name])


@pytest.mark.parametrize("name", REGISTERS)
def test_a_byte_order_mark_spaces_and_line_ends_within_a_cell_are_no_matter(cleared: Store, name: str) -> None:
    plain = file_of(name, {}, {"Reference": "X-2"})
    assert cleared.load(name, plain).inserted == 2
    odd = {"Notes": 'first\nsecond, "third"\n', "Reported": " 12/03/2026 09:15", "GeoX": "449200 "}
    body = b"\xef\xbb\xbf" + file_of(name, odd, odd | {"Reference": " X-2 "}, {"Reference": ""})
    report = cleared.load(name, body.replace(b"\n", b"\r\n"))
    assert (report.read, report.unchanged, report.rejected) == (3, 2, 1)
    assert cleared.rejects()[0][0] == 8


def test_windows_1252_is_read_as_such(cleared: Store) -> None:
    body = file_of("council-fly-tipping", {"SizeClass": "Skip – £200"}).decode().encode("cp1252")
    report = cleared.load("council-fly-tipping", body)
    assert "Text that is not UTF-8 was read as Windows-1252." in report.warnings
    assert incidents(cleared)[0]["attributes"]["size"] == "Skip – £200"


# --- place ---


@pytest.mark.parametrize("name", REGISTERS)
@pytest.mark.parametrize("said", ["OSGB36", "WGS84", ""])
def test_metres_and_degrees_are_told_apart_by_range_whatever_the_file_says(
    cleared: Store, name: str, said: str
) -> None:
    header = [*GOOD[name], *([] if "CoordinateReferenceSystem" in GOOD[name] else ["CoordinateReferenceSystem"])]
    system = {"CoordinateReferenceSystem": said}
    degrees = {"Reference": "X-2", "GeoX": "-1.240415", "GeoY": "54.575528"}
    cleared.load(name, file_of(name, system, system | degrees, header=header))
    one, other = ((row["latitude"], row["longitude"]) for row in incidents(cleared))
    assert h3.great_circle_distance(one, other, unit="m") < 5


def test_degrees_in_each_others_place_are_rejected(cleared: Store) -> None:
    swapped = {"GeoX": "54.574195", "GeoY": "-1.240220"}
    assert_rejected(cleared, "council-fly-tipping", swapped, "coordinates_swapped", "54.574195, -1.240220")


def test_metres_in_each_others_place_are_seen_only_as_points_outside(cleared: Store, samples: Path) -> None:
    """A northing may be an easting too, so nothing in the row proves the swap; the count of points outside does."""
    load_areas(cleared.engine, samples / "areas/town.geojson", AreaKind.PARTNERSHIP)
    swapped = {"Reference": "FT-2", "GeoX": DUMPED["GeoY"], "GeoY": DUMPED["GeoX"]}
    report = cleared.load("council-fly-tipping", file_of("council-fly-tipping", {}, swapped))
    assert (report.inserted, report.outside_area) == (2, 1)


@pytest.mark.parametrize("nothing", ["", "0", "0.0", "NULL", "Not geo-coded", " "])
def test_no_place_is_kept_and_counted(cleared: Store, nothing: str) -> None:
    nowhere = {"GeoX": nothing, "GeoY": nothing, "Reference": "FT-2"}
    report = cleared.load("council-fly-tipping", file_of("council-fly-tipping", {}, nowhere))
    assert (report.inserted, report.without_location) == (2, 1)


@pytest.mark.parametrize(
    ("x", "y"), [("on the verge", "520300"), ("449200", ""), ("12.5", "41.9"), ("900000", "520300")]
)
def test_what_is_no_place_in_britain_is_rejected(cleared: Store, x: str, y: str) -> None:
    assert_rejected(cleared, "council-fly-tipping", {"GeoX": x, "GeoY": y}, "invalid_coordinates", f"{x}, {y}")


# --- time ---


@pytest.mark.parametrize("stated", ["12/03/2026", "12/03/2026 00:00", "12/03/2026 00:00:00"])
def test_midnight_says_only_the_day(cleared: Store, stated: str) -> None:
    row = kept(cleared, "council-fly-tipping", {"Reported": stated})
    assert (row["time_precision"], row["start"], row["until"]) == ("day", "2026-03-12 00:00", "2026-03-13 00:00")


def test_times_are_those_of_london(cleared: Store) -> None:
    summer = {"Reference": "FT-2", "Reported": "12/07/2026 09:15"}
    cleared.load("council-fly-tipping", file_of("council-fly-tipping", {}, summer))
    assert [row["start"] for row in incidents(cleared)] == ["2026-03-12 09:15", "2026-07-12 08:15"]


def test_the_hour_that_clocks_repeat_may_be_either(cleared: Store) -> None:
    row = kept(cleared, "council-fly-tipping", {"Reported": "26/10/2025 01:30", "Removed": ""})
    assert (row["start"], row["until"]) == ("2025-10-26 00:30", "2025-10-26 01:30")


@pytest.mark.parametrize(
    ("stated", "reason", "detail"),
    [
        ("29/03/2026 01:30", "time_does_not_exist", "29/03/2026 01:30"),
        ("31/09/2026 10:15", "invalid_date", "31/09/2026 10:15"),
        ("", "invalid_date", "no date"),
        ("12/03/26 10:15", "implausible_date", "0026-03-12 10:16:15.000000+00:00"),
        ("14/03/2027 10:15", "future_date", "2027-03-14 10:15:00.000000+00:00"),
    ],
)
def test_a_time_that_cannot_be_is_rejected(cleared: Store, stated: str, reason: str, detail: str) -> None:
    assert_rejected(cleared, "council-fly-tipping", {"Reported": stated}, reason, detail)


def test_a_file_that_writes_the_month_first_is_refused(cleared: Store) -> None:
    body = file_of("council-fly-tipping", {"Reported": "01/02/2026 10:00"}, {"Reported": "02/22/2026 10:00"})
    with pytest.raises(UnreadableFile, match=r"^Line 3 has the date 02/22/2026.*writes the month first"):
        cleared.load("council-fly-tipping", body)


def test_a_file_of_another_layout_is_refused_and_its_feed_named(cleared: Store) -> None:
    with pytest.raises(WrongColumns, match=r"It looks like the feed council-abandoned-vehicles"):
        cleared.load("council-fly-tipping", file_of("council-abandoned-vehicles", dict(LEFT)))
