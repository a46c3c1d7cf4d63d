"""What a row tells, and how exactly: never more than its source bears, never the minute, the point or free text."""

from dataclasses import replace

import h3
import pytest

from aim.exchange import rows
from aim.exchange.rows import COLUMNS, cell_width_m
from aim.vocabulary.categories import as_words
from tests.exchange.conftest import IN_WEST, Land, entry, london

ASB = "police-anti-social-behaviour"


def test_a_row_says_what_when_and_where_and_no_more(land: Land) -> None:
    land.span("crimes")
    land.plant("crimes", "burglary", "2026-08-03 14:27", attributes={"postcode_district": " ts1 ", "grade": "1"})
    land.share(agency="police")
    [row] = land.rows("police-burglary")
    assert tuple(row) == COLUMNS
    assert row == {
        "category": "Burglary",
        "recorded_as": "burglary",
        "date": "2026-08-03",
        "time": "14:00",
        "date_to": "",
        "time_to": "",
        "time_precision": "hour",
        "location": "TS1",
        "location_kind": "outward_postcode",
        "source": "crimes",
    }


@pytest.mark.parametrize(
    ("precision", "begun", "ended", "expected"),
    [
        ("exact", "2026-07-01 00:30", "2026-07-01 00:30", ("2026-07-01", "00:00", "", "", "hour")),
        ("exact", "2026-08-03 14:01", "2026-08-03 14:59", ("2026-08-03", "14:00", "", "", "hour")),
        ("exact", "2026-08-03 23:30", "2026-08-05 07:10", ("2026-08-03", "23:00", "2026-08-05", "07:00", "hour")),
        ("day", "2026-08-03 00:00", "2026-08-04 00:00", ("2026-08-03", "", "", "", "day")),
        ("day", "2026-08-03 00:00", "2026-08-06 00:00", ("2026-08-03", "", "2026-08-05", "", "day")),
        ("month", "2026-08-01 00:00", "2026-09-01 00:00", ("2026-08", "", "", "", "month")),
    ],
)
def test_a_time_is_as_precise_as_its_source_and_never_finer_than_the_hour(
    land: Land, precision: str, begun: str, ended: str, expected: tuple[str, ...]
) -> None:
    land.span("crimes")
    land.plant("crimes", "burglary", begun, occurred_to=london(ended), time_precision=precision)
    land.share()
    [row] = land.rows("police-burglary")
    assert tuple(row[name] for name in ("date", "time", "date_to", "time_to", "time_precision")) == expected


@pytest.mark.parametrize("kept", ["TS1 4AB", "12 High Street", "", "TS1XY", "T", "14AB", "=TS1", "TS123"])
def test_what_is_no_outward_postcode_does_not_leave_as_one(land: Land, kept: str) -> None:
    land.span("cad")
    land.plant("cad", "asb_personal", attributes={"postcode_district": kept})
    land.share()
    [row] = land.rows(ASB)
    assert (row["location"], row["location_kind"]) == (h3.latlng_to_cell(*IN_WEST, 8), "h3_r8")


@pytest.mark.parametrize(
    ("precision_m", "resolution"),
    [
        (1.0, 8),
        (cell_width_m(8) / 2 - 1, 8),
        (cell_width_m(8) / 2 + 1, 7),
        (2_000.0, 6),
        (20_000.0, 4),
        (30_000.0, None),
    ],
)
def test_a_cell_is_at_least_twice_as_wide_as_the_place_may_be_off(
    land: Land, precision_m: float, resolution: int | None
) -> None:
    land.span("cad")
    land.plant("cad", "asb_personal", precision_m=precision_m)
    about = land.share()
    [row] = land.rows(ASB)
    assert row["location"] == (h3.latlng_to_cell(*IN_WEST, resolution) if resolution else "")
    assert row["location_kind"] == (f"h3_r{resolution}" if resolution else "none")
    assert any("too vaguely" in note for note in entry(about, ASB)["notes"]) == (resolution is None)


def test_sexual_offences_are_located_more_coarsely(land: Land) -> None:
    land.span("crimes")
    land.plant("crimes", "sexual_offences")
    land.share()
    [row] = land.rows("police-sexual-offences")
    assert row["location"] == h3.latlng_to_cell(*IN_WEST, 7)


@pytest.mark.parametrize(
    ("said", "disclosed"),
    [
        ("Burglary", "Burglary"),
        ("28E", "28E"),
        ("48/1", "48/1"),
        ("burglary at 12 High Street", ""),
        ("12 High Street", ""),
        ("Mrs Jones", ""),
    ],
)
def test_the_sources_word_leaves_only_where_it_is_of_its_list_or_a_code(land: Land, said: str, disclosed: str) -> None:
    land.span("crimes")
    land.plant("crimes", "burglary", source_category=said)
    land.share()
    assert [row["recorded_as"] for row in land.rows("police-burglary")] == [disclosed]


def test_a_spreadsheet_works_nothing_out(land: Land) -> None:
    formula = '=HYPERLINK("http://here")'
    words = as_words({formula: "burglary"})
    feeds = {**land.feeds, "crimes": replace(land.feeds["crimes"], words=words)}
    other = replace(land, feeds=feeds)
    other.span("crimes")
    other.plant("crimes", "burglary", source_category=formula)
    other.share()
    assert [row["recorded_as"] for row in other.rows("police-burglary")] == [f"'{formula}"]


@pytest.mark.parametrize(
    ("quarter", "when", "inside"),
    [
        ("2026Q3", "2026-06-30 23:59", False),
        ("2026Q3", "2026-07-01 00:00", True),
        ("2026Q3", "2026-09-30 23:59", True),
        ("2026Q3", "2026-10-01 00:00", False),
        ("2026Q1", "2025-12-31 23:59", False),
        ("2026Q1", "2026-01-01 00:00", True),
        ("2026Q1", "2026-03-31 23:59", True),
        ("2026Q1", "2026-04-01 00:00", False),
    ],
)
def test_a_period_ends_at_londons_midnight(land: Land, quarter: str, when: str, inside: bool) -> None:
    days = {"2026Q1": ("2026-01-01 12:00", "2026-02-01 12:00", "2026-03-31 12:00")}
    land.span("cad", times=days.get(quarter, ("2026-07-01 12:00", "2026-08-01 12:00", "2026-09-30 12:00")))
    land.plant("cad", "asb_personal", when)
    land.share(quarter)
    assert len(land.rows(ASB)) == inside


def test_what_runs_on_is_disclosed_once_in_the_period_it_began_in(land: Land) -> None:
    for quarter_day in ("2026-04-01 12:00", "2026-05-02 12:00", "2026-06-30 12:00"):
        land.plant("crimes", "unmapped", quarter_day)
    land.span("crimes")
    land.plant("crimes", "burglary", "2026-06-28 20:00", occurred_to=london("2026-07-03 08:00"))
    spring, summer = land.share("2026Q2", out="spring"), land.share("2026Q3", out="summer")
    assert [row["date_to"] for row in land.rows("police-burglary", "spring")] == ["2026-07-03"]
    assert land.rows("police-burglary", "summer") == []
    assert entry(spring, "police-burglary")["ends_after_the_period"] == 1
    assert entry(summer, "police-burglary")["ends_after_the_period"] == 0


def test_rows_without_a_place_are_left_out_and_counted(land: Land) -> None:
    land.span("cad")
    land.plant("cad", "asb_personal")
    land.plant("cad", "asb_personal", place=None)
    found = entry(land.share(), ASB)
    assert (found["rows"], found["without_location"]) == (1, {"cad": 1})
    assert "Left out because they have no location: 1 of the quarter's records." in found["notes"]


def test_rows_that_stand_alone_are_counted(land: Land) -> None:
    land.span("cad")
    for when in ("2026-08-03 14:27", "2026-08-03 16:27", "2026-08-04 14:27"):
        land.plant("cad", "asb_personal", when)
    assert entry(land.share(), ASB)["alone"] == 1


def test_the_same_disclosure_is_the_same_bytes(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the rows are cut into blocks."""
    for number in range(40):
        land.plant("cad", "asb_personal", f"2026-08-{1 + number % 28:02} 1{number % 10}:00", precision_m=10.0 * number)
    whole = land.share(out="whole")["files"]
    monkeypatch.setattr(rows, "BLOCK", 7)
    assert land.share(out="cut")["files"] == whole
    assert entry(land.share(out="again"), ASB)["rows"] == 40
