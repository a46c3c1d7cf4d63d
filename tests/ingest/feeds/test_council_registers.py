"""What the registers of fly-tipping, abandoned vehicles and the customer system keep of a row, and what they do not."""

import re
from pathlib import Path

import h3
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from aim.errors import WrongProfile
from aim.ingest.feeds import FEEDS
from aim.ingest.profile.build import feed_of
from aim.vocabulary.categories import UNMAPPED
from tests.ingest.conftest import Store
from tests.ingest.feeds.registers import (
    SOILED,
    file_of,
    incidents,
    kept,
)
from tests.samples.reading import answers

METRES = Transformer.from_crs(4326, 27700, always_xy=True)


# --- fly-tipping ---


@pytest.mark.parametrize(
    ("line", "column", "name"),
    [("Size classes", "SizeClass", "size"), ("Land types", "LandType", "land"), ("Waste types", "WasteType", "waste")],
)
def test_each_class_of_the_national_return_has_its_word(
    cleared: Store, shared: Path, line: str, column: str, name: str
) -> None:
    """The classes are read from the domain notes, so that the list is not copied here."""
    notes = (shared / "domain/feeds.md").read_text(encoding="utf-8")
    [cells] = [text.split("|") for text in notes.splitlines() if text.startswith(f"| {line} |")]
    classes = re.split(r",\s*", cells[2].strip())
    rows = [{"Reference": str(at), column: said.capitalize() + " "} for at, said in enumerate(classes)]
    report = cleared.load("council-fly-tipping", file_of("council-fly-tipping", *rows))
    assert [warning for warning in report.warnings if "no word of the profile" in warning] == []
    words = {row["attributes"][name] for row in incidents(cleared)}
    assert len(words) == len(classes) >= 7
    assert all(re.fullmatch(r"[a-z_]+", word) for word in words)


def test_an_unknown_class_is_kept_as_it_is_said_and_counted(cleared: Store) -> None:
    rows = [
        {"Reference": "1", "SizeClass": "Skip load"},
        {"Reference": "2", "SizeClass": "Skip load ", "WasteType": "Snow"},
        {"Reference": "3"},
    ]
    report = cleared.load("council-fly-tipping", file_of("council-fly-tipping", *rows))
    assert "2 rows: size Skip load: no word of the profile" in report.warnings
    assert "waste Snow: no word of the profile" in report.warnings
    assert [row["attributes"]["size"] for row in incidents(cleared)] == ["Skip load", "Skip load", "small_van_load"]
    assert {row["category"] for row in incidents(cleared)} == {"fly_tipping"}


def test_a_street_of_nought_is_none_and_a_property_is_never_kept(cleared: Store) -> None:
    cleared.load("council-fly-tipping", file_of("council-fly-tipping", {}, {"Reference": "FT-2", "USRN": "0"}))
    assert [row["attributes"].get("usrn") for row in incidents(cleared)] == ["45900123", None]
    assert all("uprn" not in row["attributes"] for row in incidents(cleared))


def test_a_removal_known_by_its_day_stays_a_day(cleared: Store) -> None:
    assert kept(cleared, "council-fly-tipping")["attributes"]["removed"] == "2026-03-12T16:40:00Z"
    later = file_of("council-fly-tipping", {"Removed": "13/07/2026", "Reported": "12/07/2026 10:00"})
    assert cleared.load("council-fly-tipping", later).read == 1
    assert incidents(cleared)[-1]["attributes"]["removed"] == "2026-07-13"


def test_a_removal_before_the_report_is_kept_and_mentioned(cleared: Store) -> None:
    rows = [{"Removed": "12/03/2026 09:14"}, {"Reference": "2", "Removed": "12/03/2026"}]
    report = cleared.load("council-fly-tipping", file_of("council-fly-tipping", *rows))
    [said] = [warning for warning in report.warnings if "lies before" in warning]
    assert said == "removed lies before the time of the report: it is kept as it is said"
    assert incidents(cleared)[1]["attributes"]["removed"] == "2026-03-12T09:14:00Z"


def test_a_removal_that_is_no_time_is_left_out_and_mentioned(cleared: Store) -> None:
    report = cleared.load("council-fly-tipping", file_of("council-fly-tipping", {"Removed": "yes"}))
    assert "removed was left out: it is no time in the feed's formats" in report.warnings
    assert "removed" not in incidents(cleared)[0]["attributes"]


# --- abandoned vehicles ---


def test_a_vehicle_has_its_notice_and_its_times(cleared: Store) -> None:
    assert kept(cleared, "council-abandoned-vehicles")["attributes"] == {
        "inspected": "2026-03-12T10:00:00Z",
        "notice": "24_hour",
        "notice_served": "2026-03-12T10:05:00Z",
        "removed": "2026-03-12T11:00:00Z",
        "tax": "untaxed",
    }


@pytest.mark.parametrize(
    ("said", "kept_as"), [("24-hour", "24_hour"), ("7 Day", "7_day"), ("15-day", "15_day"), ("None", None)]
)
def test_each_notice_has_its_word(cleared: Store, said: str, kept_as: str | None) -> None:
    assert kept(cleared, "council-abandoned-vehicles", {"NoticeType": said})["attributes"].get("notice") == kept_as


def test_the_two_hour_target_can_be_computed(cleared: Store) -> None:
    """Real hours: on the last row the clocks go back between report and removal."""
    rows = [
        {"Reference": "1", "Reported": "12/07/2026 09:00", "Removed": "12/07/2026 11:00"},
        {"Reference": "2", "Reported": "12/07/2026 09:00", "Removed": "12/07/2026 11:01"},
        {"Reference": "3", "Reported": "12/07/2026 09:00", "Removed": "12/07/2026"},
        {"Reference": "4", "Reported": "12/07/2026 09:00", "Removed": ""},
        {"Reference": "5", "Reported": "26/10/2025 00:30", "Removed": "26/10/2025 02:15"},
    ]
    cleared.load("council-abandoned-vehicles", file_of("council-abandoned-vehicles", *rows))
    found = cleared.rows(
        "SELECT source_id, (attributes->>'removed')::timestamptz - occurred_from <= interval '2 hours' AS met"
        " FROM incident WHERE attributes->>'removed' LIKE '%T%' AND time_precision = 'exact' ORDER BY source_id"
    )
    assert found == [
        {"source_id": "1", "met": True},
        {"source_id": "2", "met": False},
        {"source_id": "5", "met": False},
    ]


def test_the_reference_of_police_or_fire_is_kept(cleared: Store) -> None:
    row = kept(cleared, "council-abandoned-vehicles", {"ExternalReference": " 000123-01032026 "})
    assert row["attributes"]["external_id"] == "000123-01032026"


def test_the_sample_names_fires_that_are_in_the_fire_sample(samples: Path) -> None:
    rows = pl.read_csv(next((samples / "feeds/council-abandoned-vehicles").iterdir()), infer_schema=False)
    named = set(rows["ExternalReference"].drop_nulls())
    burnt = {burnt["source_id"] for burnt, _ in answers(samples, "duplicates")["pairs"]}
    assert len(named) >= 5
    assert named <= burnt


# --- the customer system ---


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("Graffiti", "graffiti"),
        ("Graffiti - racist", "graffiti"),
        ("Litter", "litter"),
        ("Noise - domestic", "noise"),
        ("Needles", "drug_litter"),
        ("Drug litter", "drug_litter"),
        ("Dog fouling", "dog_fouling"),
        ("Fly-posting", "graffiti"),
        ("Something else", UNMAPPED),
    ],
)
def test_each_service_has_its_category(cleared: Store, said: str, category: str) -> None:
    assert kept(cleared, "council-environment", {"ServiceType": said})["category"] == category


def test_a_service_that_nobody_mapped_is_counted(cleared: Store) -> None:
    report = cleared.load("council-environment", file_of("council-environment", {"ServiceType": "Rats"}))
    assert report.unmapped_categories == {"Rats": 1}


def test_of_noise_only_the_square_is_stored(cleared: Store) -> None:
    """Two homes in one square of 100 m become one point; what lies in the street stays where it is."""
    rows = [
        {"Reference": "1", "ServiceType": "Noise", "GeoX": "449212", "GeoY": "520388"},
        {"Reference": "2", "ServiceType": "noise - alarm", "GeoX": "449299", "GeoY": "520301"},
        {"Reference": "3", "ServiceType": "Litter", "GeoX": "449212", "GeoY": "520388"},
    ]
    cleared.load("council-environment", file_of("council-environment", *rows))
    first, second, litter = incidents(cleared)
    assert (first["longitude"], first["latitude"]) == (second["longitude"], second["latitude"])
    assert METRES.transform(first["longitude"], first["latitude"]) == pytest.approx((449250, 520350), abs=0.01)
    assert (first["location_method"], first["location_precision_m"]) == ("rounded", 96)
    assert METRES.transform(litter["longitude"], litter["latitude"]) == pytest.approx((449212, 520388), abs=0.01)
    assert (litter["location_method"], litter["location_precision_m"]) == ("exact", 25)


@settings(deadline=None)
@given(st.floats(-5.0, 1.5), st.floats(50.5, 55.5))
def test_the_true_place_of_noise_lies_within_what_is_stated(longitude: float, latitude: float) -> None:
    row = dict(SOILED) | {"ServiceType": "Noise", "GeoX": f"{longitude:.7f}", "GeoY": f"{latitude:.7f}"}
    raw = pl.DataFrame({"line": [2]} | {name: [text or None] for name, text in row.items()})
    raw = raw.with_columns(pl.col(pl.Null).cast(pl.String))
    [placed] = FEEDS["council-environment"].normalise(raw).to_dicts()
    moved = h3.great_circle_distance((latitude, longitude), (placed["latitude"], placed["longitude"]), unit="m")
    assert moved + 25 <= placed["location_precision_m"] + 0.5  # the sphere's metres are not the ellipsoid's


def test_a_noise_report_without_a_place_or_swapped_is_treated_as_any(cleared: Store) -> None:
    rows = [
        {"Reference": "1", "ServiceType": "Noise", "GeoX": "", "GeoY": ""},
        {"Reference": "2", "ServiceType": "Noise", "GeoX": "54.57", "GeoY": "-1.24"},
    ]
    report = cleared.load("council-environment", file_of("council-environment", *rows))
    assert (report.inserted, report.without_location) == (1, 1)
    assert report.rejected_by_reason == {"coordinates_swapped": 1}
    assert incidents(cleared)[0]["location_method"] == "none"


# --- what a profile may say ---

REGISTER = """
name = "sheds"
title = "Sheds"
agency = "council"
publisher = "The council"
licence = "None"
attribution = "The council"
location_note = "Within 10 m."
id = { columns = "no" }
time = { start = "when", formats = ["%d/%m/%Y"] }
place = [{ x = "x", y = "y", precision_m = 10 }]
"""


@pytest.mark.parametrize("said", ["", 'columns = "what"\nconstant = "Shed"'], ids=["neither", "both"])
def test_what_happened_stands_in_columns_or_is_constant(said: str) -> None:
    with pytest.raises(WrongProfile, match=r"in `columns` or is the same `constant` in all rows: give one of them"):
        feed_of(f"{REGISTER}[category]\n{said}", "sheds.toml")


@pytest.mark.parametrize("column", ["reason", "outcome", "detail", "place", "x0", "said outcome"])
def test_a_source_may_use_the_program_s_own_names(column: str) -> None:
    rules = f'outcome = "outcome"\nleave_out = [{{ column = "{column}", values = ["Void"] }}]\n'
    feed = feed_of(f'{rules}{REGISTER}[category]\nconstant = "Fly-tipping"\nsource = "open311"', "sheds.toml")
    row = {"no": "1", "when": "12/03/2026", "x": "-1.2", "y": "54.5", "outcome": "Done", column: " void "}
    raw = pl.DataFrame({"line": [2]} | {name: [text] for name, text in row.items()})
    [found] = feed.normalise(raw).to_dicts()
    assert (found["reason"], found["detail"]) == ("withdrawn", "void")
