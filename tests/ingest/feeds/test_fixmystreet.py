"""FixMyStreet dashboards: what the person wrote stays outside, hidden reports are no reports, and mirrors are known."""

from pathlib import Path

import polars as pl
import pytest

from tests.ingest.conftest import Store
from tests.ingest.feeds.registers import TOLD, assert_left_at_the_door, assert_rejected, file_of, incidents, kept
from tests.ingest.files import requests
from tests.samples.reading import requests as sampled_requests

FEED = "fixmystreet-dashboard"


def test_who_reported_and_what_they_wrote_is_left_at_the_door(cleared: Store) -> None:
    usual = ["User Name", "Title", "Detail", "Query", "Report URL"]
    added_by_some = ["User Email", "First name", "Last name", "Staff User", "Nearest address", "Location"]
    assert_left_at_the_door(cleared, FEED, [*usual, *added_by_some])


@pytest.mark.parametrize("state", ["hidden", "partial", "unconfirmed", "Hidden", " hidden "])
def test_what_the_public_cannot_see_is_left_out(cleared: Store, state: str) -> None:
    assert_rejected(cleared, FEED, {"Status": state}, "withdrawn", state.strip())


@pytest.mark.parametrize(
    "state",
    [
        "confirmed", "investigating", "action scheduled", "in progress", "fixed - council", "fixed - user", "closed",
        "duplicate", "unable to fix", "not responsible", "internal referral",
    ],
)  # fmt: skip
def test_every_other_state_is_kept_as_the_outcome(cleared: Store, state: str) -> None:
    assert kept(cleared, FEED, {"Status": state})["outcome"] == state


def test_a_report_that_is_hidden_later_stays_as_it_was(cleared: Store) -> None:
    """The dashboard leaves it out, as a rule; the export of all states has it, and the row goes to the quarantine."""
    cleared.load(FEED, file_of(FEED, {}))
    report = cleared.load(FEED, file_of(FEED, {"Status": "hidden"}))
    assert (report.rejected_by_reason, report.removed) == ({"withdrawn": 1}, 0)


def test_its_moments_are_kept_in_utc(cleared: Store) -> None:
    moments = {"Acknowledged": "2026-07-13T09:00:00", "Fixed": "2026-07-14T10:00:00", "Closed": "2026-07-15T11:00:00"}
    row = kept(cleared, FEED, moments)
    assert row["start"] == "2026-07-12 09:58"
    assert {name: row["attributes"][name] for name in ("confirmed", "acknowledged", "fixed", "closed")} == {
        "confirmed": "2026-07-12T10:01:00Z",
        "acknowledged": "2026-07-13T08:00:00Z",
        "fixed": "2026-07-14T09:00:00Z",
        "closed": "2026-07-15T10:00:00Z",
    }


def test_a_report_without_its_time_has_that_of_its_confirmation(cleared: Store) -> None:
    assert kept(cleared, FEED, {"Created": ""})["start"] == "2026-07-12 10:01"


def test_a_time_that_clocks_skip_is_rejected(cleared: Store) -> None:
    skipped = "2026-03-29T01:30:00"
    assert_rejected(cleared, FEED, {"Created": skipped}, "time_does_not_exist", skipped)


@pytest.mark.parametrize(
    ("group", "what", "category"),
    [
        ("Graffiti", "", "graffiti"),
        ("Rubbish", "Fly-tipping", "fly_tipping"),
        ("Streets,Rubbish", "Flytipping (small)", "fly_tipping"),
        ("Abandoned vehicles", "", "abandoned_vehicle"),
        ("Rubbish", "Something odd", "unmapped"),
    ],
)
def test_the_subcategory_says_what_where_there_are_groups(cleared: Store, group: str, what: str, category: str) -> None:
    assert kept(cleared, FEED, {"Category": group, "Subcategory": what})["category"] == category


def test_a_dashboard_without_groups_has_no_subcategory(cleared: Store) -> None:
    header = [name for name in TOLD if name != "Subcategory"]
    cleared.load(FEED, file_of(FEED, {}, header=header))
    assert incidents(cleared)[0]["category"] == "graffiti"


def test_text_with_line_ends_and_quotes_shifts_no_line(cleared: Store) -> None:
    wild = {"Detail": 'One\n\n"Two", three\r\n– four', "Title": '"'}
    body = b"\xef\xbb\xbf" + file_of(FEED, wild, {"Report ID": "3300002"}, {"Report ID": ""})
    report = cleared.load(FEED, body)
    assert (report.read, report.inserted) == (3, 2)
    assert cleared.rejects()[0][:2] == (7, "missing_id")


def test_without_degrees_the_grid_is_taken(cleared: Store) -> None:
    row = kept(cleared, FEED, {"Longitude": "", "Latitude": ""})
    assert (row["longitude"], row["latitude"]) == pytest.approx((-1.24, 54.5742), abs=1e-4)


def test_a_report_without_any_place_is_kept_and_counted(cleared: Store) -> None:
    nowhere = {"Longitude": "", "Latitude": "", "Easting": "", "Northing": ""}
    report = cleared.load(FEED, file_of(FEED, nowhere))
    assert (report.inserted, report.without_location) == (1, 1)


@pytest.mark.parametrize("column", ["External ID", "External reference", "HIAMS/Exor Ref"])
def test_the_council_s_reference_leads_to_its_request(cleared: Store, column: str) -> None:
    """The report went on to the council, whose own feed has it too: one event, to be linked and never doubled."""
    cleared.load("open311", requests({}), "council.json")
    body = file_of(FEED, {column: "14-01100669"}, header=[*TOLD, column])
    assert cleared.load(FEED, body).inserted == 1
    mirrored = cleared.rows(
        "SELECT there.feed FROM incident AS here JOIN incident AS there"
        " ON there.source_id = here.attributes->>'external_id' AND there.feed <> here.feed"
    )
    assert mirrored == [{"feed": "open311"}]


def test_the_sample_mirrors_requests_of_the_council_sample(samples: Path) -> None:
    rows = pl.read_csv(next((samples / "feeds" / FEED).iterdir()), infer_schema=False)
    named = set(rows["External ID"].drop_nulls())
    assert len(named) >= 10
    assert named <= {request.get("service_request_id") for request in sampled_requests(samples)}
