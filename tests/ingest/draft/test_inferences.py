"""What a draft infers from the values of a table, and where it asks instead."""

from pathlib import Path

import pytest

from aim.errors import UsageError, WrongColumns, WrongProfile
from aim.ingest.draft.draft import draft
from aim.ingest.draft.findings import Sure
from aim.ingest.profile.schema import parse
from aim.ingest.source import payloads
from aim.vocabulary.nim import Agency
from tests.ingest.draft.tables import columns, drafted, jobs, profile_of, sure, table


def count(rows: int, pattern: str = "{}") -> list[str]:
    """Values that differ in each row."""
    return [pattern.format(at) for at in range(1, rows + 1)]


def evidence(found: object, field: str) -> str:
    """Why a field was found to be as it is."""
    return " ".join(each.why for each in getattr(found, "findings", ()) if each.field == field)


def test_a_whole_table_of_jobs(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(300))
    profile = profile_of(found)
    assert profile.id is not None
    assert (profile.id.columns, profile.time.start) == (("Job ref",), ("Date logged", "Time logged"))
    assert profile.time.formats == ("%d/%m/%Y %H:%M",)
    assert [(place.x, place.y, place.crs) for place in profile.place] == [("Easting", "Northing", "EPSG:27700")]
    assert profile.category.columns == (("Problem type",),)
    assert profile.category.source == "open311", "it knows most of the words"
    assert profile.category.words == {"Noise - domestic": "noise"}
    assert profile.outcome is not None
    assert profile.outcome.column == ("Status",)
    assert found.trial is not None
    assert found.trial.taken == 300


def test_words_that_nobody_knows_are_listed_and_not_guessed(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(300))
    assert '# "Wasps" = ""' in found.profile
    assert "other" not in profile_of(found).category.words.values()


def test_rows_that_the_source_withdraws_are_offered_and_not_taken_out(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(60))
    assert '# values = ["Duplicate"]' in found.profile
    assert profile_of(found).leave_out == ()


@pytest.mark.parametrize(
    ("dates", "formats"),
    [
        (["03/04/2026", "14/04/2026"], ("%d/%m/%Y",)),
        (["03/04/2026", "04/14/2026"], ("%m/%d/%Y",)),
        (["03.04.26", "14.04.26"], ("%d.%m.%y",)),
        (["2026-04-03", "2026-04-14"], ("%Y-%m-%d",)),
        (["2026-04-03T10:00:00Z", "2026-04-14T10:30:00+01:00"], ("%Y-%m-%dT%H:%M:%S%z",)),
        (["3 Apr 2026", "14 Apr 2026"], ("%d %b %Y",)),
        (["03-Apr-26", "14-Apr-26"], ("%d-%b-%y",)),
        (["03 April 2026", "14 April 2026"], ("%d %B %Y",)),
        (["Apr 3, 2026", "Apr 14, 2026"], ("%b %d, %Y",)),
        (["20260403", "20260414"], ("%Y%m%d",)),
        (["03/04/2026 10:15 PM", "14/04/2026 1:15 AM"], ("%d/%m/%Y %I:%M %p",)),
        (["2026-04-03 10:15:20.125", "2026-04-14 10:15:20.125"], ("%Y-%m-%d %H:%M:%S%.f",)),
    ],
)
def test_formats_of_dates(tmp_path: Path, dates: list[str], formats: tuple[str, ...]) -> None:
    rows = jobs(20)
    for at, row in enumerate(rows):
        row["Date logged"] = dates[at % 2]
        del row["Time logged"]
    found = drafted(tmp_path, rows)
    assert profile_of(found).time.formats == formats
    assert found.trial is not None
    assert (found.trial.taken, found.trial.rejected) == (20, {})


def test_two_formats_in_one_column_are_both_read(tmp_path: Path) -> None:
    rows = jobs(20)
    for at, row in enumerate(rows):
        row["Date logged"] = "14/04/2026" if at % 4 else "3 Apr 2026"
        row["Time logged"] = ""
    assert set(profile_of(drafted(tmp_path, rows)).time.formats) == {"%d/%m/%Y", "%d %b %Y"}


def test_an_unproved_order_is_asked_for_with_both_choices(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(50, **{"Date logged": "03/04/2026"}))
    assert found.undecided == ("time.formats",)
    assert '# formats = ["%d/%m/%Y %H:%M"]  # the day first' in found.profile
    assert '# formats = ["%m/%d/%Y %H:%M"]  # the month first' in found.profile
    with pytest.raises(WrongProfile, match=r"time\.formats: Field required"):
        parse(found.profile, "draft.toml")


def test_both_orders_in_one_column_are_asked_for_with_a_value_of_each(tmp_path: Path) -> None:
    rows = [*jobs(49), {**jobs(1)[0], "Job ref": "KB/1", "Date logged": "04/30/2026"}]
    rows[48]["Date logged"] = "30/04/2026"
    found = drafted(tmp_path, rows)
    assert found.undecided == ("time.formats",)
    assert "both orders occur" in evidence(found, "time.formats")
    assert "04/30/2026" in evidence(found, "time.formats")


def test_another_column_of_the_file_is_evidence_and_no_proof(tmp_path: Path) -> None:
    rows = [row | {"Date closed": f"{13 + at % 15}/04/2026"} for at, row in enumerate(jobs(50))]
    found = drafted(tmp_path, [row | {"Date logged": "03/04/2026"} for row in rows])
    assert found.undecided == ("time.formats",)
    assert "Date closed: the first number is above 12" in evidence(found, "time.formats")


def test_the_numbers_that_excel_keeps_for_dates_are_named(tmp_path: Path) -> None:
    rows = jobs(30)
    for at, row in enumerate(rows):
        row["Date logged"] = str(46_000 + at)
    found = drafted(tmp_path, rows)
    assert "time" in found.undecided
    assert "numbers that Excel keeps for dates" in evidence(found, "time")


def test_a_spike_at_midnight_means_that_only_the_day_is_known(tmp_path: Path) -> None:
    rows = jobs(300)
    for row in rows[::3]:
        row["Time logged"] = "00:00"
    found = drafted(tmp_path, rows)
    assert profile_of(found).time.midnight == "unknown"
    assert sure(found, "time.midnight") == [("unknown", "likely")]
    assert profile_of(drafted(tmp_path, jobs(300), "even.csv")).time.midnight == "time"


def test_from_and_to_are_a_span_and_a_last_change_is_one(tmp_path: Path) -> None:
    day = [f"{1 + at % 28:02}/03/2026 10:{at % 60:02}" for at in range(40)]
    rows = columns(
        crime_number=count(40, "C{:05}"), committed_from=day, committed_to=day, last_updated=day,
        offence_type=["Burglary"] * 40, easting=count(40, "4480{:02}"), northing=count(40, "5180{:02}"),
    )  # fmt: skip
    profile = profile_of(drafted(tmp_path, rows, agency=Agency.POLICE))
    assert (profile.time.start, profile.time.end) == (("committed_from",), ("committed_to",))
    assert profile.time.updated == ("last_updated",)


PLACES = {
    "grid": ("easting", "northing", "448{0:03}", "518{0:03}", "EPSG:27700", "likely"),
    "degrees": ("lon", "lat", "-1.2{0:04}1", "54.5{0:04}3", "EPSG:4326", "certain"),
    "swapped": ("longitude", "latitude", "54.5{0:04}3", "-1.2{0:04}1", "EPSG:4326", "certain"),
    "grid called degrees": ("long", "lat", "448{0:03}", "518{0:03}", "EPSG:27700", "certain"),
    "web mercator": ("x", "y", "-137{0:03}", "7278{0:03}", "EPSG:3857", "likely"),
    "scotland swapped": ("easting", "northing", "815{0:03}", "335{0:03}", "EPSG:27700", "likely"),
    "GeoX": ("GeoX", "GeoY", "448{0:03}", "518{0:03}", "EPSG:27700", "likely"),
}


@pytest.mark.parametrize("what", PLACES)
def test_coordinate_systems(tmp_path: Path, what: str) -> None:
    x, y, xs, ys, crs, confidence = PLACES[what]
    rows = [{k: v for k, v in job.items() if k not in ("Easting", "Northing")} for job in jobs(60)]
    rows = [row | {x: xs.format(at * 7 % 997), y: ys.format(at * 13 % 991)} for at, row in enumerate(rows)]
    found = drafted(tmp_path, rows)
    [place] = profile_of(found).place
    assert sure(found, "place.crs") == [(crs, confidence)]
    turned = "swapped" in what
    assert (place.x, place.y) == ((y, x) if turned else (x, y))
    assert found.trial is not None
    assert (found.trial.taken, found.trial.without_location) == (60, 0)


def test_degrees_in_some_rows_and_metres_in_others(tmp_path: Path) -> None:
    rows = [row | {"Easting": "-1.2350", "Northing": "54.5742"} if at % 3 else row for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, rows)
    assert profile_of(found).place[0].crs == "by range"
    assert evidence(found, "place.crs") == "20 of 60 rows are National Grid metres and 40 are degrees"


def test_feet_in_another_country_are_asked_for(tmp_path: Path) -> None:
    rows = jobs(60)
    for at, row in enumerate(rows):
        row["Easting"], row["Northing"] = str(7_640_000 + at), str(684_000 + at)
    found = drafted(tmp_path, rows)
    assert found.undecided == ("time.zone", "place.crs")


def test_metres_that_disagree_with_the_degrees_beside_them_are_not_britains(tmp_path: Path) -> None:
    rows = [row | {"Longitude": f"-74.0{at:03}", "Latitude": f"40.6{at:03}"} for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, rows)
    assert sure(found, "place") == [("Longitude, Latitude", "certain")]
    assert "Not used: Easting and Northing; as EPSG:27700 they would lie" in found.profile


def test_a_second_place_is_kept_for_the_rows_that_lack_the_first(tmp_path: Path) -> None:
    rows = [row | {"Easting_rounded": "449050", "Northing_rounded": "518050"} for row in jobs(60)]
    for row in rows[::2]:
        row["Easting"] = row["Northing"] = ""
    places = profile_of(drafted(tmp_path, rows)).place
    assert [(place.x, place.precision_m) for place in places] == [("Easting", 10), ("Easting_rounded", 71)]


@pytest.mark.parametrize(
    ("easting", "northing", "metres", "method"),
    [
        ("44{}50", "51{}50", 71, "rounded"),
        ("44{}00", "51{}00", 142, "rounded"),
        ("44{}25", "51{}75", 36, "rounded"),
        ("44{}37", "51{}61", 10, "exact"),
    ],
)
def test_rounding_of_metres(tmp_path: Path, easting: str, northing: str, metres: float, method: str) -> None:
    rows = jobs(200)
    for at, row in enumerate(rows):
        row["Easting"], row["Northing"] = easting.format(80 + at % 17), northing.format(80 + at % 19)
    rows = [row | {"Easting": str(int(row["Easting"]))} for row in rows]
    [place] = profile_of(drafted(tmp_path, rows)).place
    assert (place.precision_m, place.method) == (metres, method)


@pytest.mark.parametrize(("decimals", "metres"), [(2, 644), (3, 65), (6, 10)])
def test_decimals_of_degrees(tmp_path: Path, decimals: int, metres: float) -> None:
    rows = [{k: v for k, v in job.items() if k not in ("Easting", "Northing")} for job in jobs(100)]
    for at, row in enumerate(rows):
        row["lon"], row["lat"] = (f"{value + at * 0.00123457:.{decimals}f}" for value in (-1.3, 54.5))
    assert profile_of(drafted(tmp_path, rows)).place[0].precision_m == metres


def test_rows_that_share_few_points_were_moved_to_them(tmp_path: Path) -> None:
    rows = jobs(400)
    for at, row in enumerate(rows):
        row["Easting"], row["Northing"] = str(448_013 + at % 10 * 130), str(515_017 + at // 10 % 10 * 130)
    found = drafted(tmp_path, rows)
    [place] = profile_of(found).place
    assert (place.method, place.precision_m) == ("snapped", 130)
    assert "share one of 100 points" in evidence(found, "place.precision_m")


def test_many_rows_on_one_point_are_asked_about(tmp_path: Path) -> None:
    rows = jobs(400)
    for row in rows[::10]:
        row["Easting"], row["Northing"] = "450000", "516000"
    found = drafted(tmp_path, rows)
    assert ("(450000, 516000)", "to be decided") in sure(found, "place")
    assert found.undecided == (), "a question, not an obstacle"


def test_both_coordinates_in_one_text_are_no_place(tmp_path: Path) -> None:
    rows = [{k: v for k, v in job.items() if k not in ("Easting", "Northing")} for job in jobs(40)]
    found = drafted(tmp_path, [row | {"Location": "(54.5742, -1.2350)"} for row in rows])
    assert found.undecided == ("place",)
    assert "Location holds both coordinates in one text" in evidence(found, "place")


def test_a_reference_that_is_used_again_each_day_names_with_the_date(tmp_path: Path) -> None:
    rows = jobs(300)
    for at, row in enumerate(rows):
        row["Job ref"] = str(1 + at % 10)
    found = drafted(tmp_path, rows)
    profile = profile_of(found)
    assert profile.id is not None
    assert profile.id.with_date
    assert sure(found, "id") == [("Job ref", "certain")]


def test_references_that_excel_has_damaged_are_counted(tmp_path: Path) -> None:
    rows = jobs(200)
    rows[7]["Job ref"] = "2.6E+05"
    found = drafted(tmp_path, rows)
    assert ("damaged by a spreadsheet", "certain") in sure(found, "id")
    assert found.trial is not None
    assert found.trial.rejected == {"mangled_id": 1}
    long = [row | {"Job ref": f"12345678901{at:04}0"} for at, row in enumerate(jobs(100))]
    assert ("damaged by a spreadsheet", "likely") in sure(drafted(tmp_path, long, "long.csv"), "id")


def test_without_a_reference_the_delivery_is_asked_for(tmp_path: Path) -> None:
    rows = [{k: v for k, v in job.items() if k != "Job ref"} for job in jobs(60)]
    found = drafted(tmp_path, rows)
    assert found.undecided == ("delivery",)
    settled = found.profile.replace('# delivery = "snapshot"', 'delivery = "snapshot"')
    settled = settled.replace("# scope_in_file_name", "scope_in_file_name")
    assert parse(settled, "draft.toml").delivery == "snapshot"


def test_months_are_a_snapshot_of_who_reports_and_when(tmp_path: Path) -> None:
    rows = [row | {"Month": "2026-03", "Reported by": "Kelderby Police"} for row in jobs(60)]
    rows = [{k: v for k, v in row.items() if k not in ("Date logged", "Time logged")} for row in rows]
    profile = profile_of(drafted(tmp_path, rows))
    assert (profile.delivery, profile.scope) == ("snapshot", ("Reported by", "Month"))


def test_columns_about_persons_by_what_they_hold(tmp_path: Path) -> None:
    prose = "A man in a dark coat was shouting near the shops for the number {} time this week"
    rows = [
        row | {
            "A": f"someone{at}@example.org", "B": f"07700 900{at:03}", "C": f"AB{at % 90 + 10} CDE", "D": "ZZ1 1ZZ",
            "E": f"Sarah Example{chr(97 + at % 26)}", "F": prose.format(at), "G": f"{at} Kelder Road",
        }
        for at, row in enumerate(jobs(60))
    ]  # fmt: skip
    found = drafted(tmp_path, [{k: v for k, v in row.items() if k not in ("Caller name", "Telephone")} for row in rows])
    assert sure(found, "personal") == [
        ("A", "certain"), ("B", "certain"), ("C", "certain"), ("D", "certain"), ("E", "likely"), ("F", "likely"),
    ]  # fmt: skip
    assert profile_of(found).personal == tuple("ABCDEF")


@pytest.mark.parametrize("name", ["Caller name", "victim_surname", "Officer", "E-mail", "VRM", "Notes", "House no"])
def test_columns_about_persons_by_their_names(tmp_path: Path, name: str) -> None:
    found = drafted(tmp_path, [row | {name: "x"} for row in jobs(30)])
    assert name in [column for column, _ in sure(found, "personal")]


def test_words_for_nothing_are_those_of_the_columns_in_use(tmp_path: Path) -> None:
    rows = [row | {"Ward": "N/A"} for row in jobs(100)]
    for row in rows[::5]:
        row["Easting"] = row["Northing"] = "NULL"
    found = drafted(tmp_path, rows)
    assert profile_of(found).nothing == ("NULL",)
    assert found.trial is not None
    assert found.trial.without_location == 20


def test_the_agency_is_that_of_the_words_or_asked_for(tmp_path: Path) -> None:
    assert profile_of(drafted(tmp_path, jobs(60), agency=None)).agency == "council"
    unknown = [row | {"Problem type": ("Wasps", "Bees")[at % 2]} for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, unknown, "unknown.csv", agency=None)
    assert found.undecided == ("agency",)


def test_a_word_of_two_agencies_means_that_of_the_one_given(tmp_path: Path) -> None:
    rows = jobs(60, **{"Problem type": "Anti-social behaviour"})
    council, police = (drafted(tmp_path, rows, f"{who}.csv", who) for who in (Agency.COUNCIL, Agency.POLICE))
    assert profile_of(council).category.words == {"Anti-social behaviour": "community_asb_report"}
    assert profile_of(police).category.words == {"Anti-social behaviour": "anti_social_behaviour"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(table([row | {"Cost (£)": "1"} for row in jobs(40)], delimiter).encode(encoding))
    [payload] = payloads([path])
    found = draft(payload, None, Agency.COUNCIL)
    assert profile_of(found).file.delimiter == delimiter
    assert found.trial is not None
    assert found.trial.taken == 40


def test_a_text_of_the_file_cannot_break_out_of_a_comment_or_a_string(tmp_path: Path) -> None:
    nasty = 'Wasps"\nagency = "fire" # \x07'
    rows = [row | {nasty: "x", "Problem type": nasty if at % 2 else "Graffiti"} for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, [{k.replace("\n", " "): v for k, v in row.items()} for row in rows])
    assert profile_of(found).agency == "council"
    assert all(line.isprintable() for line in found.profile.splitlines())


def test_a_long_table_is_looked_at_only_in_part_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(table(jobs(300)), encoding="utf-8")
    [payload] = payloads([path])
    found = draft(payload, None, Agency.COUNCIL, most_rows=100)
    assert (found.rows, found.whole) == (100, False)
    assert "(the first 100 rows looked at)" in found.profile


@pytest.mark.parametrize(("name", "called"), [("Fly Tips 2026.csv", "fly-tips-2026"), ("open311.csv", "open311-own")])
def test_the_name_is_the_files_or_near_it(tmp_path: Path, name: str, called: str) -> None:
    assert drafted(tmp_path, jobs(30), name).name == called


def test_names_that_cannot_be_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(table(jobs(30)), encoding="utf-8")
    [payload] = payloads([path])
    for name in ("open311", "Fly Tips"):
        with pytest.raises(UsageError):
            draft(payload, name, None)


def test_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("a,a\n1,2\n", encoding="utf-8")
    [payload] = payloads([path])
    with pytest.raises(WrongColumns, match="more than one column 'a'"):
        draft(payload, None, None)


def test_every_inference_says_how_sure_it_is_and_why(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(300))
    assert all(each.why and each.sure in Sure for each in found.findings)
    assert found.as_dict()["ready"] is True
