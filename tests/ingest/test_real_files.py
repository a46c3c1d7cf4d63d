"""The published files in ../shared/data: every count as its README states it."""

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from aim.areas import load_areas
from aim.errors import WrongColumns
from aim.ingest.load import feed_named, ingest
from aim.ingest.report import Report, total
from aim.ingest.source import payloads
from aim.vocabulary.kinds import AreaKind
from tests.ingest.conftest import Store

BOROUGHS = {"cleveland": ("E06000001", "E06000002", "E06000003", "E06000004")}
CLEVELAND = tuple(
    f"{month}-cleveland-street.csv.gz" for month in ("2018-10", "2018-11", "2018-12", "2019-01", "2019-02")
)
MERSEYSIDE = tuple(f"2019-{month:02}-merseyside-street.csv.gz" for month in range(9, 13))
SEARCHES = ("2019-12-merseyside-stop-and-search.csv.gz", "2020-01-merseyside-stop-and-search.csv.gz")
AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
ASB = "Anti-social behaviour"


@pytest.fixture(scope="module")
def stated(shared: Path) -> dict[str, int]:
    """The rows of each file, from the table in the README."""
    table = (shared / "data/README.md").read_text(encoding="utf-8")
    return {name: int(rows) for name, rows in re.findall(r"^\| `([^`]+)` \| (\d+) \|", table, re.MULTILINE)}


def load(store: Store, path: Path, feed: str = "police-uk-street") -> Report:
    [payload] = payloads([path])
    return ingest(store.engine, feed_named(feed), payload, AS_OF)


def police_file(shared: Path, name: str) -> Path:
    return shared / "data/police" / name.split("-")[2] / name


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """A file's rows, read without the importer."""
    return csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode()))


@pytest.fixture(scope="module")
def cleveland(shared_store: Store, shared: Path) -> tuple[Store, dict[str, Report]]:
    """The four boroughs, and the first load of each month into them."""
    for borough in BOROUGHS["cleveland"]:
        file = shared / f"data/boundaries/uk-geojson/wards_by_lad/{borough}.json"
        load_areas(shared_store.engine, file, AreaKind.WARD, partnership="Cleveland")
    return shared_store, {name: load(shared_store, police_file(shared, name)) for name in CLEVELAND}


@pytest.mark.parametrize("name", CLEVELAND)
def test_each_cleveland_row_is_taken(
    cleveland: tuple[Store, dict[str, Report]], stated: dict[str, int], name: str
) -> None:
    report = cleveland[1][name]
    assert (report.read, report.inserted, report.rejected) == (stated[name], stated[name], 0)
    assert (report.unmapped_categories, report.warnings) == ({}, [])


@pytest.mark.parametrize("name", CLEVELAND)
def test_two_to_seven_rows_a_month_lie_outside_the_four_boroughs(
    cleveland: tuple[Store, dict[str, Report]], name: str
) -> None:
    outside = cleveland[1][name].outside_area
    assert outside is not None
    assert 2 <= outside <= 7


def test_the_five_months_add_up(cleveland: tuple[Store, dict[str, Report]]) -> None:
    summed = total("police-uk-street", list(cleveland[1].values()))
    assert (summed.read, summed.inserted, summed.balanced()) == (40_898, 40_898, True)


@pytest.mark.parametrize("name", CLEVELAND)
def test_rows_alike_stay_as_many_as_they_are(
    cleveland: tuple[Store, dict[str, Report]], shared: Path, name: str
) -> None:
    nuisances = [row for row in rows_of(police_file(shared, name)) if row["Crime type"] == ASB]
    assert {row["Crime ID"] for row in nuisances} == {""}
    published = Counter((row["Longitude"], row["Latitude"]) for row in nuisances)
    assert sum(published.values()) - len(published) > 850
    query = """
        SELECT to_char(ST_X(location), 'FM990.000000') AS x, to_char(ST_Y(location), 'FM990.000000') AS y, count(*) AS n
        FROM incident WHERE category = 'anti_social_behaviour' AND scope = :scope GROUP BY location
    """
    kept = cleveland[0].rows(query, scope=f"Cleveland Police {name[:7]}")
    assert {(row["x"], row["y"]): row["n"] for row in kept} == published


def test_loading_again_changes_nothing(cleveland: tuple[Store, dict[str, Report]], shared: Path) -> None:
    store, first = cleveland
    before = store.digest()["incidents"]
    for name in CLEVELAND:
        again = load(store, police_file(shared, name))
        assert (again.unchanged, again.inserted, again.updated, again.removed) == (first[name].read, 0, 0, 0)
    assert store.digest()["incidents"] == before


def test_a_release_with_corrections_changes_just_those(
    cleveland: tuple[Store, dict[str, Report]], shared: Path, stated: dict[str, int]
) -> None:
    store, _ = cleveland
    name = CLEVELAND[0]
    header, *lines = gzip.decompress(police_file(shared, name).read_bytes()).decode().splitlines()
    crimes = [number for number, line in enumerate(lines) if line.endswith("no suspect identified,")]
    lines[crimes[0]] = lines[crimes[0]].replace(
        "Investigation complete; no suspect identified", "Offender sent to prison"
    )
    lines[crimes[1]] = lines[crimes[1]].replace(lines[crimes[1]][:64], "f" * 64)
    report = store.load("police-uk-street", "\n".join([header, *lines, ""]).encode(), name.removesuffix(".gz"))
    assert (report.updated, report.removed, report.inserted) == (1, 1, 1)
    assert (report.read, report.unchanged) == (stated[name], stated[name] - 2)
    back = load(store, police_file(shared, name))
    assert (back.updated, back.removed, back.inserted, back.unchanged) == (1, 1, 1, stated[name] - 2)


def test_each_merseyside_row_is_taken(store: Store, shared: Path, stated: dict[str, int]) -> None:
    for name in MERSEYSIDE:
        report = load(store, police_file(shared, name))
        assert (report.read, report.inserted, report.rejected) == (stated[name], stated[name], 0)
        assert report.unmapped_categories == {}


@pytest.mark.parametrize("name", SEARCHES)
def test_stop_and_search_is_not_taken_for_crime(store: Store, shared: Path, name: str) -> None:
    """It holds the ages and ethnicities of persons, who have no place here."""
    with pytest.raises(WrongColumns, match=r"lacks the columns 'Crime ID', .* Its columns are: Type, Date, "):
        load(store, police_file(shared, name))
    assert store.rows("SELECT 1 FROM feed_run") == []


def test_whoever_takes_it_for_crime_is_told_its_feed(store: Store, shared: Path) -> None:
    with pytest.raises(WrongColumns, match=r"looks like the feed police-uk-stop-and-search: aim ingest police-uk-stop"):
        load(store, police_file(shared, SEARCHES[0]))


def test_each_stop_and_search_row_is_taken_as_a_feed_of_its_own(
    store: Store, shared: Path, stated: dict[str, int]
) -> None:
    for name in SEARCHES:
        report = load(store, police_file(shared, name), "police-uk-stop-and-search")
        assert (report.read, report.inserted, report.rejected) == (stated[name], stated[name], 0)
        assert report.unmapped_categories == {}
        assert 0.2 < report.without_location / report.read < 0.22
        again = load(store, police_file(shared, name), "police-uk-stop-and-search")
        assert (again.unchanged, again.inserted, again.removed) == (stated[name], 0, 0)
    scopes = store.rows("SELECT scope, category, count(*) AS n FROM incident GROUP BY 1, 2 ORDER BY 1")
    assert scopes == [
        {"scope": "merseyside 2019-12", "category": "stop_and_search", "n": 2_733},
        {"scope": "merseyside 2020-01", "category": "stop_and_search", "n": 3_732},
    ]


def test_nothing_of_the_persons_who_were_searched_is_kept(store: Store, shared: Path) -> None:
    path = police_file(shared, SEARCHES[0])
    [said] = [text for text in load(store, path, "police-uk-stop-and-search").warnings if text.startswith("Dropped")]
    persons = ("Gender", "Age range", "Self-defined ethnicity", "Officer-defined ethnicity")
    assert all(column in said for column in persons)
    kept = str(store.rows("SELECT json_agg(i)::text AS all FROM incident AS i"))
    ages = {row["Age range"] for row in rows_of(path)} | {row["Self-defined ethnicity"] for row in rows_of(path)}
    assert [text for text in ages - {""} if text in kept] == []


def test_searches_lie_where_the_files_say(store: Store, shared: Path) -> None:
    """Latitude stands before longitude in them."""
    load(store, police_file(shared, SEARCHES[0]), "police-uk-stop-and-search")
    published = Counter((row["Longitude"], row["Latitude"]) for row in rows_of(police_file(shared, SEARCHES[0])))
    kept = store.rows("""
        SELECT to_char(ST_X(location), 'FM990.000000') AS x, to_char(ST_Y(location), 'FM990.000000') AS y, count(*) AS n
        FROM incident WHERE location IS NOT NULL GROUP BY location
    """)
    assert published.pop(("", "")) > 500
    assert {(row["x"], row["y"]): row["n"] for row in kept} == published


def test_the_api_answer(store: Store, shared: Path, stated: dict[str, int]) -> None:
    path = shared / "data/police/api/gloucestershire_AA3_all_crime_2021-05.json.gz"
    report = load(store, path, "police-uk-api")
    assert (report.read, report.inserted, report.rejected) == (stated[path.name], stated[path.name], 0) == (469, 469, 0)
    assert (report.unmapped_categories, report.without_location) == ({}, 0)
    [found] = store.rows("""
        SELECT count(*) FILTER (WHERE source_id IS NULL) AS without_id, count(*) FILTER (WHERE outcome IS NULL) AS open,
               count(*) FILTER (WHERE attributes ->> 'location_type' = 'BTP') AS railway, min(scope) AS scope
        FROM incident
    """)
    assert found == {"without_id": 174, "open": 171, "railway": 3, "scope": "gloucestershire_AA3_all_crime 2021-05"}
    assert load(store, path, "police-uk-api").unchanged == 469


def test_the_fire_sample(store: Store, shared: Path) -> None:
    path = shared / "data/fire/LFB Incident data (sample).csv"
    report = load(store, path, "lfb-incidents")
    assert (report.read, report.inserted, report.rejected, report.without_location) == (20, 20, 0, 0)
    methods = store.rows("SELECT location_method, count(*) AS n FROM incident GROUP BY 1 ORDER BY 1")
    assert methods == [{"location_method": "exact", "n": 14}, {"location_method": "rounded", "n": 6}]


def test_the_fire_sample_lies_where_its_own_degrees_say(store: Store, shared: Path) -> None:
    """Without Ordnance Survey's grid file the projection is up to 3 m off."""
    path = shared / "data/fire/LFB Incident data (sample).csv"
    load(store, path, "lfb-incidents")
    with path.open(encoding="utf-8-sig") as lines:
        exact = [row for row in csv.DictReader(lines) if row["Latitude"]]
    query = text(
        "SELECT ST_Distance(location::geography, ST_MakePoint(:x, :y)::geography) FROM incident WHERE source_id = :id"
    )
    with store.engine.connect() as connection:
        for row in exact:
            place = {"x": float(row["Longitude"]), "y": float(row["Latitude"]), "id": row["IncidentNumber"]}
            assert connection.execute(query, place).scalar_one() < 5
    assert len(exact) == 14


def test_the_mobilisation_file_is_not_taken_for_incidents(store: Store, shared: Path) -> None:
    with pytest.raises(WrongColumns, match=r"LFB Mobilisation data .* lacks the columns 'DateOfCall'"):
        load(store, shared / "data/fire/LFB Mobilisation data (sample).csv", "lfb-incidents")


@pytest.mark.parametrize(
    ("name", "rows", "first", "unmapped"),
    [
        ("chicago_service_requests.json", 2, "2014-07-12 15:48:56", {}),
        ("toronto_requests_many.xml", 2, "2018-07-30 04:01:00", {}),
        ("toronto_requests_single.xml", 1, "2018-07-30 04:01:00", {}),
    ],
)
def test_the_open311_answers(
    store: Store, shared: Path, name: str, rows: int, first: str, unmapped: dict[str, int]
) -> None:
    report = load(store, shared / "data/council/open311" / name, "open311")
    assert (report.read, report.inserted, report.rejected, report.without_location) == (rows, rows, 0, 0)
    assert report.unmapped_categories == unmapped
    query = "SELECT min(occurred_from AT TIME ZONE 'UTC')::text AS first, count(location) AS placed FROM incident"
    assert store.rows(query) == [{"first": first, "placed": rows}]


def test_a_request_in_two_answers_is_one(store: Store, shared: Path) -> None:
    load(store, shared / "data/council/open311/toronto_requests_single.xml", "open311")
    report = load(store, shared / "data/council/open311/toronto_requests_many.xml", "open311")
    assert (report.unchanged, report.inserted) == (1, 1)


def test_a_list_of_services_is_no_list_of_requests(store: Store, shared: Path) -> None:
    with pytest.raises(WrongColumns, match=r"is not of this feed: no record in it has a service_request_id\.$"):
        load(store, shared / "data/council/open311/spec_service_list.json", "open311")
