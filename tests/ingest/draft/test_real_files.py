"""Drafts of the published files in ../shared/data: what they infer, and that they load what the README counts."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from aim.errors import SourceError
from aim.ingest.draft.draft import Draft, draft
from aim.ingest.load import ingest
from aim.ingest.profile.build import feed_of
from aim.ingest.profile.schema import TO_BE_DECIDED, parse
from aim.ingest.report import Report
from aim.ingest.source import Payload, payloads
from aim.vocabulary.nim import Agency
from tests.ingest.conftest import Store
from tests.ingest.draft.tables import sure

AS_OF: Final = datetime(2026, 11, 1, tzinfo=UTC)
PORTLAND: Final = "timed/portland_nij/080116_083116_Data.zip"
WHOLE_FILE: Final = {
    '# delivery = "snapshot"': 'delivery = "snapshot"',
    '# scope_in_file_name = "^.+"': 'scope_in_file_name = "^.+"',
}


def table_of(shared: Path, name: str, suffix: str = "") -> Payload:
    """A file, or the table of that kind in an archive."""
    [payload] = [found for found in payloads([shared / "data" / name]) if found.name.endswith(suffix)]
    return payload


def decided(found: Draft, zone: str, **others: str) -> str:
    """The profile as a person settles it: the zone of its times, and what else is given."""
    text = found.profile.replace(f'zone = "{TO_BE_DECIDED}"', f'zone = "{zone}"')
    for written, settled in others.items():
        text = text.replace(written, settled)
    return text


def load(store: Store, profile: str, payload: Payload) -> Report:
    """Load a file by a profile."""
    return ingest(store.engine, feed_of(profile, "drafted.toml"), payload, AS_OF)


def test_chicago_graffiti(cleared: Store, shared: Path) -> None:
    payload = table_of(shared, "council/chicago_311_graffiti_removal_historical.csv.gz")
    found = draft(payload, None, Agency.COUNCIL)
    assert found.undecided == ("time.zone",)
    assert sure(found, "time.formats") == [("%m/%d/%Y", "certain")]
    assert sure(found, "place") == [("Longitude, Latitude", "certain")]
    assert sure(found, "category.words") == [("1 known", "certain")]
    report = load(cleared, decided(found, "America/Chicago"), payload)
    assert (report.read, report.inserted, report.without_location) == (12_621, 12_621, 15)
    assert report.unmapped_categories == {}


def test_new_york_noise(cleared: Store, shared: Path) -> None:
    payload = table_of(shared, "council/nyc_311_service_requests.csv.gz")
    found = draft(payload, None, Agency.COUNCIL)
    assert found.undecided == ("time.zone",)
    assert sure(found, "id") == [("Unique Key", "certain")]
    assert sure(found, "place") == [("Longitude, Latitude", "certain")], "feet in New York are no British northings"
    report = load(cleared, decided(found, "America/New_York"), payload)
    assert (report.read, report.inserted, report.rejected) == (117, 117, 0)
    [hour] = cleared.rows("SELECT occurred_from FROM incident WHERE source_id = '33648024'")
    assert hour["occurred_from"] == datetime(2016, 6, 21, 2, 4, 21, tzinfo=UTC)
    assert cleared.rows("SELECT DISTINCT category FROM incident") == [{"category": "noise"}]


def test_pittsburgh_fires(cleared: Store, shared: Path) -> None:
    payload = table_of(shared, "fire/pittsburgh_fire_incidents.csv.gz")
    found = draft(payload, None, Agency.FIRE)
    assert found.undecided == ("time.zone",)
    assert sure(found, "id") == [("call_no", "certain")]
    assert "6,896 of 7,396 rows have both" in [each.why for each in found.findings], "500 have no coordinates"
    report = load(cleared, decided(found, "America/New_York"), payload)
    assert (report.read, report.rejected_by_reason) == (7_396, {"invalid_date": 18})
    assert report.inserted == 7_396 - 18
    assert cleared.rows("SELECT count(*) FROM incident WHERE location IS NULL")[0]["count"] == report.without_location


def test_memphis_robberies(cleared: Store, shared: Path) -> None:
    payload = table_of(shared, "timed/memphis/memphis_robberies.csv.gz")
    found = draft(payload, None, Agency.POLICE)
    assert found.undecided == ("time.zone",)
    assert sure(found, "place.precision_m") == [("72 m, rounded", "likely")], "three decimals, as the README says"
    report = load(cleared, decided(found, "America/Chicago"), payload)
    assert (report.read, report.rejected_by_reason) == (2_245, {})


def test_portland_calls_as_a_shapefile_in_a_zip(cleared: Store, shared: Path) -> None:
    payload = table_of(shared, PORTLAND, ".shp")
    found = draft(payload, None, Agency.POLICE)
    assert found.undecided == ("delivery", "time.zone")
    assert sure(found, "place.crs") == [("EPSG:2913", "certain")]
    assert sure(found, "time.formats") == [("%Y-%m-%d", "certain")]
    report = load(cleared, decided(found, "America/Los_Angeles", **WHOLE_FILE), payload)
    assert (report.read, report.rejected_by_reason) == (19_376, {"invalid_date": 1}), "the row without geometry or date"
    assert (report.inserted, report.without_location) == (19_375, 0)
    [bounds] = cleared.rows(
        "SELECT ST_XMin(b) AS w, ST_XMax(b) AS e FROM (SELECT ST_Extent(location) b FROM incident) x"
    )
    assert -124 < bounds["w"] < bounds["e"] < -122


def test_portland_calls_as_a_workbook(cleared: Store, shared: Path) -> None:
    payload = table_of(shared, PORTLAND, ".xlsx")
    found = draft(payload, None, Agency.POLICE)
    assert found.undecided == ("delivery", "time.zone", "place.crs"), "a workbook does not say its coordinate system"
    assert sure(found, "time.midnight") == [("unknown", "certain")]
    settled = {f'crs = "{TO_BE_DECIDED}"': 'crs = "EPSG:2913"'}
    report = load(cleared, decided(found, "America/Los_Angeles", **WHOLE_FILE, **settled), payload)
    assert (report.read, report.inserted) == (19_375, 19_375), "without the row that has no geometry"
    assert cleared.rows("SELECT DISTINCT time_precision FROM incident") == [{"time_precision": "day"}]


@pytest.mark.parametrize("suffix", [".shp", ".xlsx"])
def test_both_ways_portland_is_delivered_say_the_same(shared: Path, suffix: str) -> None:
    found = draft(table_of(shared, PORTLAND, suffix), None, Agency.POLICE)
    assert sure(found, "category.words") == [("1 known", "certain"), ("3 unknown", "to be decided")]
    assert sure(found, "id") == [("", "to be decided")]


def test_london_fires_are_ready_as_drafted(cleared: Store, shared: Path) -> None:
    payload = table_of(shared, "fire/LFB Incident data (sample).csv")
    found = draft(payload, None, Agency.FIRE)
    assert (found.undecided, found.known_as) == ((), ("lfb-incidents",))
    profile = parse(found.profile, found.name)
    assert profile.time.start == ("DateOfCall", "TimeOfCall")
    assert [(place.x, place.precision_m, place.method.value) for place in profile.place] == [
        ("Easting_m", 10, "exact"),
        ("Easting_rounded", 71, "rounded"),
    ]
    assert sure(found, "place.crs") == [("EPSG:27700", "certain")] * 2, "held to the degrees beside them"
    assert ("Postcode_full", "certain") in sure(found, "personal")
    assert load(cleared, found.profile, payload).inserted == 20


def test_london_mobilisations_have_an_ambiguous_date_and_no_place(shared: Path) -> None:
    found = draft(table_of(shared, "fire/LFB Mobilisation data (sample).csv"), None, Agency.FIRE)
    assert found.undecided == ("time.formats", "place")
    assert sure(found, "id") == [("ResourceMobilisationId", "certain")]


@pytest.mark.parametrize(
    ("name", "rows"),
    [("cleveland/2018-10-cleveland-street.csv.gz", 9_352), ("merseyside/2019-12-merseyside-street.csv.gz", 12_743)],
)
def test_police_uk_is_a_snapshot_of_snapped_points(cleared: Store, shared: Path, name: str, rows: int) -> None:
    payload = table_of(shared, f"police/{name}")
    found = draft(payload, "own-police", None)
    profile = parse(found.profile, found.name)
    assert (profile.agency, profile.delivery, profile.scope) == ("police", "snapshot", ("Reported by", "Month"))
    assert profile.id is not None
    assert (profile.id.columns, profile.id.required) == (("Crime ID",), False)
    [place] = profile.place
    assert (place.x, place.y, place.method) == ("Longitude", "Latitude", "snapped")
    assert 150 < place.precision_m < 400
    assert found.known_as == ("police-uk-street",)
    report = load(cleared, found.profile, payload)
    assert (report.read, report.inserted, report.unmapped_categories) == (rows, rows, {})


def test_stop_and_search_names_the_columns_about_persons(shared: Path) -> None:
    found = draft(table_of(shared, "police/merseyside/2019-12-merseyside-stop-and-search.csv.gz"), None, Agency.POLICE)
    assert {column for column, _ in sure(found, "personal")} == {
        "Gender",
        "Age range",
        "Self-defined ethnicity",
        "Officer-defined ethnicity",
    }
    assert found.undecided == ("delivery",), "it has no reference"


def test_every_table_is_drafted_with_the_rows_that_the_readme_counts(shared: Path) -> None:
    told = rows_by_readme(shared / "data" / "README.md")
    assert len(told) >= 19
    for name, rows in told.items():
        found = draft(table_of(shared, name), None, None)
        assert (name, found.rows) == (name, rows)
        if not found.undecided:
            assert found.trial is not None
            assert (name, found.trial.read, found.trial.taken) == (name, rows, rows)


def rows_by_readme(readme: Path) -> dict[str, int]:
    """The tables of the three agencies and the rows that the list at the end of the README says they have."""
    told: dict[str, int] = {}
    folder = ""
    for line in readme.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"### `(.+/)`", line):
            folder = heading[1]
        row = re.match(r"\| `(.+\.csv(?:\.gz)?)` \| (\d+) \|", line)
        if row and folder.startswith(("council/", "police/", "fire/")):
            told[f"{folder}{row[1]}"] = int(row[2])
    return told


def test_counts_of_areas_have_neither_time_nor_place(shared: Path) -> None:
    found = draft(table_of(shared, "council/fixmystreet_lsoa/SHEF_B/2019-1.csv.gz"), None, Agency.COUNCIL)
    assert {"time", "place"} <= set(found.undecided)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("timed/chicago_arson/chicago_arson.csv", "not the names of columns"),
        ("timed/memphis/40th_precinct.gpkg", "draws all its rows as lines or areas"),
        ("timed/memphis/memphis_precincts.geojson", "draws all its rows as lines or areas"),
        ("timed/portland_nij/portland-police-districts.zip", "draws all its rows as lines or areas"),
        ("boundaries/population/census_2011_population_hh.csv.gz", "more than one column 'Persons'"),
        ("council/open311/chicago_service_requests.json", "no GeoJSON.* The feed open311 knows it"),
        ("council/open311/toronto_requests_many.xml", "no GeoJSON.* The feed open311 knows it"),
        ("police/api/gloucestershire_AA3_all_crime_2021-05.json.gz", "no GeoJSON.* The feed police-uk-api knows it"),
    ],
)
def test_what_no_profile_can_describe_is_refused_with_the_reason(shared: Path, name: str, sentence: str) -> None:
    with pytest.raises(SourceError, match=sentence):
        draft(table_of(shared, name), None, None)
