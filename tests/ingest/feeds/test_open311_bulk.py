"""Open311 in bulk, by the rules of FixMyStreet's importer where they hold here."""

import h3
import pytest

from tests.ingest.conftest import Store
from tests.ingest.feeds.registers import (
    ASKED,
    assert_rejected,
    file_of,
    incidents,
    kept,
)


@pytest.mark.parametrize("column", ["closed_date", "closed_datetime"])
def test_both_names_of_the_time_of_closing_are_accepted(cleared: Store, column: str) -> None:
    header = [name for name in ASKED if name != "closed_date"] + [column]
    body = file_of("open311-bulk", {column: "2026-03-13T09:00:00+00:00"}, header=header)
    assert cleared.load("open311-bulk", body).inserted == 1
    assert incidents(cleared)[0]["attributes"]["closed"] == "2026-03-13T09:00:00Z"


def test_a_file_with_neither_is_read_all_the_same(cleared: Store) -> None:
    header = [name for name in ASKED if name != "closed_date"]
    assert cleared.load("open311-bulk", file_of("open311-bulk", {}, header=header)).inserted == 1
    assert "closed" not in incidents(cleared)[0]["attributes"]


def test_an_enquiry_has_eastings_under_long_and_a_job_has_degrees(cleared: Store) -> None:
    enquiry = {"service_request_id": "80002", "long": "449228", "lat": "520153"}
    job = {"service_request_id": "JOB_80003"}
    cleared.load("open311-bulk", file_of("open311-bulk", enquiry, job))
    one, other = ((row["latitude"], row["longitude"]) for row in incidents(cleared))
    assert h3.great_circle_distance(one, other, unit="m") < 5


def test_a_request_without_an_id_is_rejected_and_one_without_a_place_is_counted(cleared: Store) -> None:
    """FixMyStreet skips both; here totals would fall if a request without a place were not counted."""
    nowhere = {"lat": "", "long": ""}
    report = cleared.load("open311-bulk", file_of("open311-bulk", {"service_request_id": ""}, nowhere))
    assert (report.inserted, report.without_location) == (1, 1)
    assert report.rejected_by_reason == {"missing_id": 1}


def test_a_request_without_its_time_has_that_of_its_update(cleared: Store) -> None:
    assert kept(cleared, "open311-bulk", {"requested_datetime": ""})["start"] == "2026-03-12 11:08"


def test_an_update_before_the_request_is_not_believed(cleared: Store) -> None:
    body = file_of("open311-bulk", {"updated_datetime": "2026-03-11T00:00:00+00:00"})
    report = cleared.load("open311-bulk", body)
    assert "updated before it was reported: the time of the report is kept" in report.warnings
    assert incidents(cleared)[0]["start"] == "2026-03-12 10:58"


def test_a_time_without_a_zone_is_rejected(cleared: Store) -> None:
    when = "2026-03-12T10:58:43"
    assert_rejected(cleared, "open311-bulk", {"requested_datetime": when}, "no_time_zone", when)


@pytest.mark.parametrize("column", ["external_id", "fixmystreet_id"])
def test_the_reference_of_a_mirrored_report_is_kept(cleared: Store, column: str) -> None:
    cleared.load("open311-bulk", file_of("open311-bulk", {column: "3300001"}, header=[*ASKED, column]))
    assert incidents(cleared)[0]["attributes"]["external_id"] == "3300001"


@pytest.mark.parametrize(("said", "word"), [("1", "yes"), ("true", "yes"), ("0", "no"), ("", None)])
def test_a_request_that_is_not_public_is_marked(cleared: Store, said: str, word: str | None) -> None:
    cleared.load("open311-bulk", file_of("open311-bulk", {"non_public": said}, header=[*ASKED, "non_public"]))
    assert incidents(cleared)[0]["attributes"].get("non_public") == word


def test_a_closed_request_updates_the_open_one(cleared: Store) -> None:
    cleared.load("open311-bulk", file_of("open311-bulk", {}, {"service_request_id": "80002"}))
    closed = {"status_description": "closed", "closed_date": "2026-03-13T09:00:00+00:00"}
    report = cleared.load("open311-bulk", file_of("open311-bulk", closed))
    assert (report.updated, report.removed) == (1, 0)
    assert [row["outcome"] for row in incidents(cleared)] == ["closed", "open"]
