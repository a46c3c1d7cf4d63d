"""What a disclosure holds, what it says is missing, and how it tells none from not loaded."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aim.errors import Refused, UnknownName, UsageError
from aim.exchange.rows import COLUMNS
from aim.exchange.sets import Holder, StatutorySet, sets
from tests.exchange.conftest import IN_EAST, IN_WEST, OUTSIDE, Land, entry, london, reason

ASB = "police-anti-social-behaviour"
FEED_OF = {Holder.POLICE: "crimes", Holder.FIRE: "irs", Holder.COUNCIL: "wardens"}
PRODUCED = [wanted for wanted in sets() if wanted.categories]
LISTED = [wanted for wanted in sets() if not wanted.categories]


@pytest.mark.parametrize("wanted", PRODUCED, ids=lambda wanted: wanted.id)
def test_each_set_holds_its_categories_and_no_others(land: Land, wanted: StatutorySet) -> None:
    name = FEED_OF[wanted.holder]
    more: dict[str, Any] = {"attributes": {wanted.where.attribute: wanted.where.value}} if wanted.where else {}
    land.span(name)
    for category in wanted.categories:
        land.plant(name, category, **more)
        land.plant(name, category, place=OUTSIDE, **more)
    for other in ("warden_patrol", "unmapped", "stop_and_search"):
        land.plant(name, other, **more)
    found = entry(land.share(agency=wanted.holder.value), wanted.id)
    titles = sorted(row["category"] for row in land.rows(wanted.id))
    assert len(titles) == len(set(titles)) == len(wanted.categories) == found["rows"]
    assert (found["coverage"], found["paragraph"]) == ("complete", wanted.paragraph)


@pytest.mark.parametrize("wanted", LISTED, ids=lambda wanted: wanted.id)
def test_what_no_feed_can_give_is_listed_and_no_file_pretends(land: Land, wanted: StatutorySet) -> None:
    land.span("cad", "asb_personal")
    about = land.share()
    assert wanted.supplied_by in reason(about, wanted.id)
    assert not (land.folder / "out" / f"{wanted.id}.csv").exists()
    assert reason(about, wanted.id) in " ".join((land.folder / "out" / "README.txt").read_text().split())


def test_an_area_is_any_that_is_loaded_and_its_partnership_measures_what_was_delivered(land: Land) -> None:
    """No incident in the ward on the quarter's first day does not mean that none was delivered."""
    for when in ("2026-07-01 10:00", "2026-09-30 10:00"):
        land.plant("cad", "asb_personal", when, place=IN_EAST)
    land.plant("cad", "asb_personal", place=IN_WEST)
    about = land.share(area="west")
    assert len(land.rows(ASB)) == 1
    assert about["area"] == {"id": "west", "name": "West", "kind": "ward"}
    assert entry(about, ASB)["feeds"][0]["from"] == "2026-07-01"


def test_loaded_and_none_in_the_quarter(land: Land) -> None:
    land.span("cad")
    found = entry(land.share(), ASB)
    assert (found["rows"], found["coverage"]) == (0, "complete")
    assert "Loaded, and none in the quarter." in found["notes"]
    assert (land.folder / "out" / found["file"]).read_text() == ",".join(COLUMNS) + "\n"
    assert any("never held any here" in note for note in found["notes"])


def test_loaded_but_not_for_this_quarter(land: Land) -> None:
    land.span("cad", times=("2026-04-02 12:00", "2026-06-30 23:59"))
    land.plant("cad", "asb_personal", "2026-05-01 12:00")
    land.span("irs")
    said = reason(land.share(), ASB)
    assert said.startswith("Not loaded for this quarter (cad: its rows here run from 2 April 2026 to 30 June 2026")


def test_loaded_around_the_quarter_but_not_in_it(land: Land) -> None:
    land.span("cad", times=("2026-06-30 12:00", "2026-10-01 12:00"))
    land.span("irs")
    assert "none lies in the quarter" in reason(land.share(), ASB)


def test_loaded_but_for_somewhere_else(land: Land) -> None:
    """A file of another town proves nothing about this one."""
    land.plant("cad", "asb_personal", place=(51.5, -0.1))
    land.span("irs")
    assert "no row of it lies in or around the area" in reason(land.share(), ASB)


def test_a_part_of_the_quarter_is_said_with_its_dates(land: Land) -> None:
    land.span("cad", times=("2026-07-05 12:00", "2026-09-12 12:00"))
    found = entry(land.share(), ASB)
    assert found["coverage"] == "partial"
    assert found["notes"][-2:-1] == ["None in the part that is loaded."]
    [feed] = found["feeds"]
    assert (feed["from"], feed["to"]) == ("2026-07-05", "2026-09-12")
    assert "run from 5 July 2026 to 12 September 2026 and it has no row in August 2026" in feed["note"]


def test_a_months_span_is_delivered_to_its_end_but_an_open_end_proves_nothing(land: Land) -> None:
    land.plant(
        "cad", "asb_personal", "2026-07-01 00:00", occurred_to=london("2026-08-01 00:00"), time_precision="month"
    )
    land.plant(
        "cad", "asb_personal", "2026-08-01 00:00", occurred_to=london("2026-09-01 00:00"), time_precision="month"
    )
    land.plant(
        "cad", "asb_personal", "2026-09-01 00:00", occurred_to=london("2026-10-01 00:00"), time_precision="month"
    )
    land.plant("crimes", "burglary", "2026-07-01 00:00", occurred_to=london("2026-12-01 00:00"))
    about = land.share()
    assert entry(about, ASB)["coverage"] == "complete"
    assert entry(about, "police-burglary")["coverage"] == "partial"


def test_published_data_stand_in_only_where_the_agencys_own_are_not_loaded(land: Land) -> None:
    land.span("police-uk-street")
    land.plant("police-uk-street", "anti_social_behaviour")
    alone = entry(land.share(out="alone"), ASB)
    land.span("cad")
    land.plant("cad", "asb_nuisance")
    both = entry(land.share(out="both"), ASB)
    assert [feed["feed"] for feed in alone["feeds"]] == ["police-uk-street"]
    assert [feed["feed"] for feed in both["feeds"]] == ["cad"]
    assert [row["source"] for row in land.rows(ASB, "both")] == ["cad"]


def test_a_feed_that_never_held_it_gives_way_to_a_published_one_that_did(land: Land) -> None:
    land.span("irs")
    land.span("lfb-incidents")
    land.plant("lfb-incidents", "malicious_false_alarm")
    about = land.share()
    assert [feed["feed"] for feed in entry(about, "fire-malicious-calls")["feeds"]] == ["lfb-incidents"]


def test_a_caveat_of_published_data_is_not_put_on_the_agencys_own(land: Land) -> None:
    land.span("police-uk-street")
    land.plant("police-uk-street", "violence")
    published = entry(land.share(out="published"), "police-violence")
    land.span("crimes")
    land.plant("crimes", "violence")
    own = entry(land.share(out="own"), "police-violence")
    assert any("counts sexual offences" in note for note in published["notes"])
    assert own["notes"] == []


def test_two_feeds_in_one_set_are_told_apart_and_warned_of(land: Land) -> None:
    for name in ("wardens", "open311"):
        land.span(name)
        land.plant(name, "graffiti")
    about = land.share()
    assert sorted(row["source"] for row in land.rows("council-environmental-crime")) == ["open311", "wardens"]
    assert any("it twice" in note for note in entry(about, "council-environmental-crime")["notes"])


def test_a_partners_category_from_another_agency_is_not_its_own(land: Land) -> None:
    """What the police know of fly-tipping is not the council's record of it."""
    land.span("cad")
    land.span("wardens")
    land.plant("cad", "fly_tipping")
    land.share()
    assert land.rows("council-environmental-crime") == []


def test_fires_without_motive_or_alarm_are_not_passed_off_as_the_set(land: Land) -> None:
    land.span("lfb-incidents")
    land.plant("lfb-incidents", "primary_fire_dwelling")
    land.plant("lfb-incidents", "malicious_false_alarm")
    about = land.share(agency="fire")
    assert [found["set"] for found in about["sets"]] == ["fire-malicious-calls"]
    assert "motive" in reason(about, "fire-deliberate-primary")
    assert "read" in reason(about, "fire-deliberate-primary")
    assert reason(about, "fire-no-smoke-alarm").startswith("The loaded feeds (lfb-incidents) do not say smoke alarm.")


def test_alarms_that_were_fitted_make_an_honest_none(land: Land) -> None:
    land.span("irs")
    land.plant("irs", "primary_fire_dwelling", attributes={"smoke_alarm": "present"})
    assert entry(land.share(), "fire-no-smoke-alarm")["rows"] == 0


def test_an_attack_on_a_crew_is_in_its_set_whatever_it_was_recorded_as(land: Land) -> None:
    land.span("irs")
    land.plant("irs", "violence_against_fire_crew")
    land.plant("irs", "deliberate_secondary_fire", attributes={"violence_to_crew": "yes"})
    land.plant("irs", "deliberate_secondary_fire", attributes={"violence_to_crew": "no"})
    land.share()
    assert len(land.rows("fire-violence-to-crew")) == 2
    assert len(land.rows("fire-deliberate-secondary")) == 2


def test_one_agency_is_not_told_of_the_others(land: Land) -> None:
    land.span("cad")
    about = land.share(agency="police")
    assert {found["agency"] for found in about["sets"] + about["not_produced"]} == {"police"}


def test_the_highest_marking_of_the_rows_is_the_disclosures(land: Land) -> None:
    land.span("cad")
    land.plant("cad", "asb_personal", marking="OFFICIAL-SENSITIVE")
    land.plant("cad", "transport_incident")
    about = land.share()
    assert about["marking"] == entry(about, ASB)["marking"] == "OFFICIAL-SENSITIVE"
    assert entry(about, "police-transport")["marking"] == "OFFICIAL"


def test_the_manifest_has_the_checksum_of_every_other_file(land: Land) -> None:
    land.span("cad", "asb_personal")
    about = land.share()
    out = land.folder / "out"
    assert json.loads((out / "manifest.json").read_text()) == about
    assert {path.name for path in out.iterdir()} == {*about["files"], "manifest.json"}
    for name, checksum in about["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == checksum
    assert entry(about, ASB)["sha256"] == about["files"][f"{ASB}.csv"]


def test_the_page_says_when_where_and_whose(land: Land) -> None:
    land.span("cad", "asb_personal")
    land.share()
    page = (land.folder / "out" / "README.txt").read_text()
    for said in ("1 July 2026 to 30 September 2026", "31 December 2026", "Testby", "Contains cad (cad; licence: L)"):
        assert said in page
    assert "overdue" not in page
    assert "not over" not in page
    assert max(map(len, page.splitlines())) <= 100


def test_a_late_or_early_disclosure_says_so(land: Land) -> None:
    land.span("cad", "asb_personal")
    land.share(out="late", as_of=datetime(2027, 1, 1, tzinfo=UTC))
    land.share(out="early", as_of=datetime(2026, 9, 30, 22, 59, tzinfo=UTC))
    assert "31 December 2026 (overdue)" in (land.folder / "late" / "README.txt").read_text()
    assert "The period is not over" in (land.folder / "early" / "README.txt").read_text()


def test_nothing_to_disclose_is_refused_and_nothing_is_written(land: Land) -> None:
    with pytest.raises(Refused, match="None of the sets can be made for Testby in 2026Q3"):
        land.share()
    assert list(land.folder.iterdir()) == []


def test_an_area_that_is_not_there(land: Land) -> None:
    with pytest.raises(UnknownName, match="The partnerships are: town"):
        land.share(area="nowhere")


def test_a_folder_that_is_there_is_left_as_it_is(land: Land) -> None:
    land.span("cad", "asb_personal")
    land.share()
    before = land.text()
    with pytest.raises(UsageError, match="is there already"):
        land.share()
    assert land.text() == before
