"""The samples have the layouts of the real publishers, with their quirks, and nothing of a real person or place."""

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from defusedxml.ElementTree import fromstring
from reading import FIRE, NOTHING, answers, called_at, calls, council, has_a_date, police_files, requests, table

POLICE_HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context"
)
FIRE_COLUMNS = 39
LONDON = ZoneInfo("Europe/London")
ASB = "Anti-social behaviour"


def texts(samples: Path) -> dict[str, str]:
    """The text of every feed file."""
    files = [path for kind in ("police", "council", "fire") for path in (samples / kind).rglob("*.*")]
    return {path.name: path.read_bytes().decode("cp1252" if path.name in FIRE else "utf-8") for path in files}


def test_police_headers_are_the_published_one(samples: Path) -> None:
    headers = {path.read_text(encoding="utf-8").split("\n", 1)[0] for path in police_files(samples)}
    assert headers == {POLICE_HEADER}


def test_police_files_are_twelve_months_in_a_row(samples: Path) -> None:
    months = [path.name.removesuffix("-madeup-street.csv") for path in police_files(samples)]
    assert months == [f"2025-{m}" for m in (10, 11, 12)] + [f"2026-{m:02}" for m in range(1, 10)]
    assert all(path.parent.name == month for path, month in zip(police_files(samples), months, strict=True))


def test_headers_equal_those_of_the_real_files(samples: Path, shared: Path) -> None:
    real = (shared / "data/fire/LFB Incident data (sample).csv").read_text(encoding="utf-8-sig")
    ours = (samples / FIRE).read_text(encoding="cp1252")
    assert ours.split("\n", 1)[0] == real.split("\n", 1)[0].rstrip("\r")


def test_no_street_has_the_name_of_a_real_one_nearby(samples: Path, shared: Path) -> None:
    files = (shared / "data/police/cleveland").glob("*.gz")
    real = {place for path in files for place in pl.read_csv(path)["Location"]}
    ours = {row["Location"] for path in police_files(samples) for row in table(path)}
    streets = {place for place in ours if not re.search(r"Area|Supermarket|Nightclub|Station|Space|Subway", place)}
    assert len(streets) > 400
    assert streets & real == set()


def test_lines_end_in_lf_alone(samples: Path) -> None:
    assert [name for name, text in texts(samples).items() if "\r" in text or not text.endswith("\n")] == []


def test_crime_ids_are_unique_and_anti_social_behaviour_has_none(samples: Path) -> None:
    for path in police_files(samples):
        rows = table(path)
        ids = [row["Crime ID"] for row in rows if row["Crime type"] != ASB]
        assert all(re.fullmatch(r"[0-9a-f]{64}", crime) for crime in ids)
        assert len(set(ids)) == len(ids)
        assert {row["Crime ID"] + row["Last outcome category"] for row in rows if row["Crime type"] == ASB} == {""}


def test_each_month_has_rows_alike_that_are_separate_incidents(samples: Path) -> None:
    for path in police_files(samples):
        alike = Counter(path.read_text(encoding="utf-8").splitlines())
        assert sum(n - 1 for n in alike.values()) >= 10


def test_police_points_are_few_and_used_again(samples: Path) -> None:
    rows = [row for path in police_files(samples) for row in table(path) if float(row["Longitude"] or 0)]
    assert len({(row["Longitude"], row["Latitude"]) for row in rows}) < 750 < len(rows) / 10


def test_the_fire_file_is_windows_1252_and_not_utf_8(samples: Path) -> None:
    raw = (samples / FIRE).read_bytes()
    assert "Notional Cost (£)" in raw.decode("cp1252").split("\n", 1)[0]
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")


def test_every_fire_row_has_39_columns(samples: Path) -> None:
    rows = calls(samples)
    assert {len(row) for row in rows} == {FIRE_COLUMNS}
    assert None not in {value for row in rows for value in row.values()}
    assert 1_500 <= len(rows) <= 2_500


def test_half_of_the_fires_are_known_to_their_square_only(samples: Path) -> None:
    rows = [row for row in calls(samples) if row["Northing_rounded"] not in NOTHING]
    rounded = [row for row in rows if row["Easting_m"] in NOTHING]
    assert 0.4 < len(rounded) / len(rows) < 0.6
    assert {row["PropertyCategory"] for row in rounded} == {"Dwelling"}
    assert {row["Northing_rounded"][-2:] for row in rows} == {"50"}


def test_fires_have_literal_nulls_and_trailing_spaces(samples: Path) -> None:
    rows = calls(samples)
    assert {row["UPRN"] for row in rows} == {"", "NULL", "0.0"}
    assert any(row["PropertyType"].endswith(" ") for row in rows)


def test_council_times_carry_the_offset_that_clocks_showed(samples: Path) -> None:
    stated = [r[name] for r in requests(samples) for name in ("requested_datetime", "updated_datetime")]
    moments = [datetime.fromisoformat(moment) for moment in stated]
    assert all(moment.utcoffset() == moment.astimezone(LONDON).utcoffset() for moment in moments)
    assert len({moment.utcoffset() for moment in moments}) == 2
    assert 4_000 <= len(requests(samples)) <= 6_000


def test_fire_times_exist_on_british_clocks(samples: Path) -> None:
    local = [called_at(row).replace(tzinfo=LONDON) for row in calls(samples) if has_a_date(row)]
    assert all(time.astimezone(ZoneInfo("UTC")).astimezone(LONDON).hour == time.hour for time in local)


def test_the_xml_answer_overlaps_the_json_file(samples: Path) -> None:
    answer = fromstring((samples / "council/open311-2026-09.xml").read_bytes())
    states = {request.findtext("service_request_id"): request.findtext("status") for request in answer}
    before = {request.get("service_request_id"): request["status"] for request in requests(samples)}
    expected = answers(samples, "expected")["council"]["council/open311-2026-09.xml"]
    assert len(states) == expected["read"]
    assert len(states.keys() - before.keys()) == expected["inserted"] >= 3
    assert sum(before.get(id_, state) != state for id_, state in states.items()) == expected["updated"] >= 3


def test_nights_are_quieter_than_evenings(samples: Path) -> None:
    hours = Counter(int(row["HourOfCall"]) for row in calls(samples))
    assert sum(hours[h] for h in (3, 4, 5)) * 4 < sum(hours[h] for h in (17, 18, 19))


def test_most_is_reported_to_the_council_on_weekdays(samples: Path) -> None:
    days = Counter(datetime.fromisoformat(r["requested_datetime"]).weekday() for r in requests(samples))
    assert min(days[d] for d in range(5)) > max(days[5], days[6])


def test_bonfire_night_is_the_busiest_for_secondary_fires(samples: Path) -> None:
    days = Counter(row["DateOfCall"] for row in calls(samples) if row["StopCodeDescription"] == "Secondary Fire")
    assert days.most_common(1)[0][0] == "05 Nov 2025"


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("e-mail address", r"\w@\w"),
        ("telephone number", r"(?<![\d.])(\+44|0\d{2,4})[ -]\d{3,4}[ -]?\d{3,4}"),
        ("web address", r"https?://|www\."),
        ("form of address", r"\b(Mr|Mrs|Ms|Miss|Dr)\b"),
        ("registration plate", r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b"),
        ("postcode", r"\b(?!ZZ)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
    ],
)
def test_nothing_in_the_feeds_looks_like_personal_data(samples: Path, what: str, pattern: str) -> None:
    found = {name: match[0] for name, text in texts(samples).items() if (match := re.search(pattern, text))}
    assert found == {}, f"looks like a {what}"


def test_councils_say_nothing_in_free_text(samples: Path) -> None:
    assert {name for request in requests(samples) for name in request} == {
        "service_request_id", "status", "status_notes", "service_name", "service_code", "agency_responsible",
        "requested_datetime", "updated_datetime", "address", "lat", "long",
    }  # fmt: skip
    assert {request["status_notes"] for request in requests(samples)} == {"In progress", "Completed"}
    assert len(council(samples)) == len(requests(samples)) - 2
