"""Runs of a source, from a server that misbehaves to the tables: what is loaded, what is remembered, what is kept."""

import io
import json
import zipfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from aim.errors import (
    FetchFailed,
    SourceBusy,
    TryAgainLater,
    UnknownName,
    UnreadableFile,
    UnusualLoad,
    UsageError,
    WrongColumns,
)
from aim.ingest.fetching.run import Outcome, exclusive, run_source
from aim.ingest.fetching.sources import Source, add, change, listed, remove, source_named
from aim.ingest.health.gate import Acceptance
from tests.ingest.fetching.conftest import HOST, NOW, Stage, World, answer, files, redirect, short
from tests.ingest.files import police, requests

SINCE = (NOW - timedelta(days=1)).isoformat()


@dataclass
class Office:
    """A database, a data folder and the world outside."""

    engine: Engine
    home: Path
    world: World
    at: datetime = NOW

    def add(self, kind: str, feed: str = "open311", schedule: str | None = None, **given: Any) -> Source:
        return add(self.engine, "council", feed, kind, given, schedule)

    def run(self, accepted: Acceptance | None = None) -> Outcome:
        return run_source(self.engine, "council", self.home, self.world.outside(HOST), lambda: self.at, accepted)

    @property
    def source(self) -> Source:
        return source_named(self.engine, "council")

    def incidents(self) -> int:
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT count(*) FROM incident")).scalar_one()

    def raw(self, feed: str = "open311") -> list[str]:
        """The payloads that are kept."""
        return [name for name in files(self.home / "raw" / feed) if not name.endswith(".about")]


@pytest.fixture
def office(engine: Engine, tmp_path: Path, world: World) -> Office:
    """Nothing is in it yet."""
    return Office(engine, tmp_path / "home", world)


def test_a_file_is_loaded_once_until_it_changes(office: Office, stage: Stage) -> None:
    first, second = requests({}), requests({}, {"service_request_id": "2"})
    url = stage.on("/requests.json", answer(first, ETag='"1"'), answer(b"", 304), answer(second, ETag='"2"'))
    office.add("url", url=url)
    states = [office.run().state for _ in range(3)]
    assert states == ["loaded", "nothing_new", "loaded"]
    assert [seen.headers.get("if-none-match") for seen in stage.seen] == [None, '"1"', '"1"']
    assert (office.incidents(), len(office.raw())) == (2, 2)
    assert office.source.checkpoint["etag"] == '"2"'


def test_the_same_bytes_are_not_loaded_again_even_without_an_etag(office: Office, stage: Stage) -> None:
    office.add("url", url=stage.on("/requests.json", answer(requests({}))))
    outcomes = [office.run() for _ in range(2)]
    assert [outcome.state for outcome in outcomes] == ["loaded", "nothing_new"]
    assert outcomes[1].sentence == "requests.json is what it was."


def test_what_came_of_a_run_is_written_down(office: Office, stage: Stage) -> None:
    office.add("url", url=stage.on("/requests.json", answer(requests({}, {"lat": "x"}))))
    outcome = office.run()
    assert outcome.sentence == "Files loaded: 1; rows: 2 read, 1 inserted, 0 updated, 1 rejected."
    assert (office.source.last_run, office.source.last_result) == (NOW, outcome.as_dict())
    assert outcome.files[0]["file"] == "council/requests.json"


def test_a_truncated_answer_is_refused_and_kept_and_nothing_is_remembered(office: Office, stage: Stage) -> None:
    """Its length is that of the header, so that only the feed can tell."""
    whole = requests({}, {"service_request_id": "2"})
    url = stage.on("/requests.json", answer(requests({}), ETag='"1"'), answer(whole[:-20], ETag='"2"'))
    office.add("url", url=url)
    office.run()
    before = office.source
    with pytest.raises(UnreadableFile, match="not JSON, or is cut short"):
        office.run()
    assert office.source.checkpoint == before.checkpoint
    assert office.incidents() == 1
    kept = {(office.home / "raw" / "open311" / name).read_bytes() for name in office.raw()}
    assert kept == {requests({}), whole[:-20]}
    assert (office.source.last_result or {})["state"] == "failed"


def test_a_delivery_that_is_far_too_small_waits_for_a_persons_word(office: Office, stage: Stage) -> None:
    """The same month of the same force, first with a hundred crimes and then with one."""
    month = police(*({"Crime ID": f"{number:03}"} for number in range(100)))
    office.add("url", "police-uk-street", url=stage.on("/street.csv", answer(month), answer(police({}))))
    office.run()
    before = office.source.checkpoint
    with pytest.raises(UnusualLoad):
        office.run()
    assert (office.incidents(), office.source.checkpoint) == (100, before)
    assert (office.source.last_result or {})["state"] == "failed"
    assert office.run(Acceptance("analyst", "the force has withdrawn them")).files[0]["removed"] == 100
    assert office.source.checkpoint != before


def test_a_page_instead_of_a_file_is_refused(office: Office, stage: Stage) -> None:
    office.add("url", url=stage.on("/requests.json", answer(b"<html><body>Please log in</body></html>")))
    with pytest.raises((WrongColumns, UnreadableFile)):
        office.run()
    assert office.source.checkpoint == {}


@pytest.mark.parametrize("act", [short(b"[", 9), answer(b"", 503), answer(b"", 429, Retry_After="900")])
def test_a_server_that_fails_is_for_later_and_changes_nothing(office: Office, stage: Stage, act: Any) -> None:
    office.add("open311", url=stage.url("/v2"), since=SINCE)
    stage.on("/v2/requests.json", act)
    with pytest.raises(TryAgainLater):
        office.run()
    assert (office.source.checkpoint, office.incidents(), office.raw()) == ({}, 0, [])


def test_nobody_else_runs_a_source_meanwhile(office: Office, stage: Stage) -> None:
    office.add("url", url=stage.on("/requests.json", answer(requests({}))))
    with exclusive(office.engine, "council"), pytest.raises(SourceBusy):
        office.run()
    assert office.source.last_run is None
    assert office.run().state == "loaded"


def test_a_run_that_is_called_away_says_so(office: Office, stage: Stage) -> None:
    office.add("url", url=stage.on("/requests.json", answer(requests({}))))

    def stop() -> None:
        raise KeyboardInterrupt

    outside = replace(office.world.outside(HOST), stop_if_asked=stop)
    with pytest.raises(KeyboardInterrupt):
        run_source(office.engine, "council", office.home, outside, lambda: NOW)
    assert (office.source.last_result or {})["state"] == "interrupted"
    assert office.run().state == "loaded"


def test_keys_are_read_for_a_run_and_stored_nowhere(office: Office, stage: Stage) -> None:
    keys = office.home / "secrets" / "council.toml"
    keys.parent.mkdir(parents=True)
    keys.write_text('[query]\napi_key = "s3cret"\n')
    keys.chmod(0o600)
    office.add("url", url=stage.on("/requests.json", answer(requests({}))))
    office.run()
    assert stage.seen[0].query == {"api_key": ["s3cret"]}
    with office.engine.connect() as connection:
        rows = connection.execute(text("SELECT s::text || r::text FROM fetch_source s, feed_run r")).scalars().all()
    assert "s3cret" not in "".join(rows) + (office.home / "raw" / "open311" / f"{office.raw()[0]}.about").read_text()


# Open311


def council(*windows: list[str]) -> list[Any]:
    """An answer for each request: these ids."""
    return [answer(requests(*({"service_request_id": found} for found in window))) for window in windows]


def test_an_open311_server_is_asked_for_the_rest_and_the_overlap(office: Office, stage: Stage) -> None:
    office.add("open311", url=stage.url("/v2"), since=SINCE, overlap_hours=2)
    stage.on("/v2/requests.json", *council(["1", "2"], ["2", "3"]))
    office.run()
    office.at = NOW + timedelta(hours=1)
    assert office.run().files[0]["unchanged"] == 1
    assert office.incidents() == 3
    assert [seen.query["start_date"] for seen in stage.seen] == [["2026-09-30T02:59:59Z"], ["2026-10-01T00:59:59Z"]]
    assert office.source.checkpoint == {"until": "2026-10-01T04:00:01+00:00"}


def test_a_full_answer_is_not_loaded_but_its_halves_are(office: Office, stage: Stage) -> None:
    office.add("open311", url=stage.url("/v2"), since=SINCE, cut_off=3)
    stage.on("/v2/requests.json", *council(["3", "2", "4"], ["1", "2"], ["3", "4"]))
    outcome = office.run()
    assert (len(outcome.files), office.incidents(), len(office.raw())) == (2, 4, 3)


def test_an_empty_window_is_remembered_without_a_load(office: Office, stage: Stage) -> None:
    office.add("open311", url=stage.url("/v2"), since=SINCE)
    stage.on("/v2/requests.json", answer(b"[]"))
    assert office.run().state == "nothing_new"
    assert office.source.checkpoint == {"until": "2026-10-01T03:00:01+00:00"}


def test_a_failure_between_two_windows_keeps_the_first(office: Office, stage: Stage) -> None:
    office.add("open311", url=stage.url("/v2"), since=(NOW - timedelta(days=100)).isoformat())
    first, second = council(["1"], ["2"])
    stage.on("/v2/requests.json", first, answer(b"", 404))
    with pytest.raises(FetchFailed):
        office.run()
    assert office.incidents() == 1
    stage.on("/v2/requests.json", second)
    assert office.run().state == "loaded"
    assert (office.incidents(), len(stage.seen)) == (2, 3)


# The monthly archives


def archive(**members: bytes) -> bytes:
    """A zip as data.police.uk packs it; names with underscores for hyphens."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, body in members.items():
            month = name[1:8].replace("_", "-")
            zipped.writestr(f"{month}/{name[1:].replace('_', '-')}.csv", body)
    return packed.getvalue()


MARCH, APRIL = police({}), police({"Month": "2026-04", "Crime ID": "b"})
OTHERS = police({"Reported by": "Durham Constabulary"})


def test_the_newest_archive_is_found_and_only_the_wanted_forces_are_loaded(office: Office, stage: Stage) -> None:
    body = archive(
        _2026_03_cleveland_street=MARCH,
        _2026_04_cleveland_street=APRIL,
        _2026_04_cleveland_outcomes=b"Crime ID,Month\n",
        _2026_03_durham_street=OTHERS,
    )
    stage.on("/2026-08.zip", answer(b"", 404))
    stage.on("/2026-07.zip", answer(body))
    office.add("police-uk-archive", "police-uk-street", forces="cleveland,avon-and-somerset", url=stage.url(""))
    outcome = office.run()
    assert [seen.path for seen in stage.seen] == ["/2026-09.zip", "/2026-08.zip", "/2026-07.zip"]
    assert [file["file"] for file in outcome.files] == [
        f"council/2026-07.zip:{month}/{month}-cleveland-street.csv" for month in ("2026-03", "2026-04")
    ]
    assert outcome.notes == ["The archive 2026-07 holds nothing of avon-and-somerset. Its forces: cleveland, durham."]
    assert (office.incidents(), office.source.checkpoint["archive"]) == (2, "2026-07")
    assert office.run().sentence == "The archive 2026-07 is loaded, and none after it is published yet."


def test_of_the_archives_only_the_latest_is_kept(office: Office, stage: Stage) -> None:
    for month in ("07", "09"):
        stage.on(f"/2026-{month}.zip", answer(archive(_2026_03_cleveland_street=MARCH)))
    office.add("police-uk-archive", "police-uk-street", forces="cleveland", url=stage.url(""))
    office.at = NOW - timedelta(days=60)
    office.run()
    office.at = NOW
    assert office.run().state == "loaded"
    latest = "20261001T030000Z-council-2026-09.zip"
    assert files(office.home / "raw" / "police-uk-street") == [latest, f"{latest}.about"]


def test_months_before_the_asked_for_are_left_out(office: Office, stage: Stage) -> None:
    stage.on("/2026-09.zip", answer(archive(_2026_03_cleveland_street=MARCH, _2026_04_cleveland_street=APRIL)))
    office.add("police-uk-archive", "police-uk-street", forces=["cleveland"], months=6, url=stage.url(""))
    assert [file["file"][-32:] for file in office.run().files] == ["2026-04/2026-04-cleveland-street.csv"[-32:]]


def test_an_archive_without_the_force_is_refused(office: Office, stage: Stage) -> None:
    stage.on("/2026-09.zip", answer(archive(_2026_03_durham_street=OTHERS)))
    office.add("police-uk-archive", "police-uk-street", forces="cleveland", url=stage.url(""))
    with pytest.raises(WrongColumns, match=r"Nothing that is wanted of 2026-09\.zip"):
        office.run()
    assert office.source.checkpoint == {}


def test_no_archive_at_all_is_no_error(office: Office, stage: Stage) -> None:
    office.add("police-uk-archive", "police-uk-street", forces="cleveland", url=stage.url(""))
    assert office.run().state == "nothing_new"
    assert [seen.path for seen in stage.seen] == [f"/2026-{month:02}.zip" for month in (9, 8, 7, 6)]


def test_half_an_archive_is_asked_for_again(office: Office, stage: Stage) -> None:
    whole = archive(_2026_03_cleveland_street=MARCH)
    stage.on("/2026-09.zip", short(whole[:-9], 9), answer(whole))
    office.add("police-uk-archive", "police-uk-street", forces="cleveland", url=stage.url(""))
    assert office.run().state == "loaded"
    assert len(office.raw("police-uk-street")) == 1


# The street-level API


def test_each_month_of_an_area_replaces_what_was_loaded_of_it(office: Office, stage: Stage) -> None:
    """The first release has three crimes, cut into four parts; the second has withdrawn one."""
    place = {"latitude": "54.6", "longitude": "-1.2", "street": {"id": 1, "name": "On or near a street"}}
    crime = {"category": "burglary", "month": "2026-07", "location": place, "location_type": "Force", "context": ""}
    crimes = [crime | {"id": n, "persistent_id": str(n), "outcome_status": None} for n in range(3)]
    parts = [answer(json.dumps(part).encode()) for part in (crimes[:2], crimes[1:], [], [])]
    stage.on("/crime-last-updated", answer(b'{"date": "2026-07-01"}'), answer(b'{"date": "2026-08-01"}'))
    stage.on(
        "/crimes-street/all-crime", answer(b"", 503), *parts, answer(b"", 404), answer(json.dumps(crimes[:2]).encode())
    )
    polygon = "54.5,-1.3:54.5,-1.1:54.7,-1.1:54.7,-1.3"
    office.add("police-uk-api", "police-uk-api", polygon=polygon, months=1, url=stage.url(""))
    assert (office.run().state, office.incidents()) == ("loaded", 3)
    assert office.run().sentence == "2026-08 is not published yet."
    change(office.engine, "council", settings=office.source.settings | {"months": 2})
    stage.on("/crimes-street/all-crime", answer(json.dumps(crimes[:2]).encode()), answer(b"", 404))
    assert (office.run().files[0]["removed"], office.incidents()) == (1, 2)


# The sources themselves


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": "Council"}, "small letters"),
        ({"name": "../x"}, "small letters"),
        ({"kind": "ftp"}, "no kind of source 'ftp'. The kinds are: drop-folder, open311"),
        ({"schedule": "daily"}, "'30 6 \\* \\* \\*'"),
        ({"schedule": "* * * * * *"}, "no schedule"),
        ({"given": {}}, "url: Field required"),
        ({"given": {"url": "https://c.example/", "jurisdiction": "x"}}, "jurisdiction: Extra inputs"),
        ({"given": {"url": "https://c.example/?api_key=s3cret"}}, "no keys or passwords in it"),
        ({"given": {"url": "https://me:s3cret@c.example/"}}, "no keys or passwords in it"),
        ({"given": {"url": "ftp://c.example/"}}, "begins with https://"),
        ({"given": {"url": "https://"}}, "begins with https://"),
    ],
)
def test_a_source_that_cannot_be_is_not_added(office: Office, given: dict[str, Any], why: str) -> None:
    good: dict[str, Any] = {"name": "c", "feed": "open311", "kind": "open311", "schedule": None}
    good["given"] = {"url": "https://c.example/"}
    with pytest.raises(UsageError, match=why) as refused:
        add(office.engine, **good | given)
    assert "s3cret" not in str(refused.value)
    assert listed(office.engine) == []


def test_a_name_is_taken_once(office: Office) -> None:
    office.add("open311", url="https://c.example/v2")
    with pytest.raises(UsageError, match="already"):
        office.add("open311", url="https://d.example/v2")
    remove(office.engine, "council")
    assert office.add("open311", url="https://d.example/v2").settings["url"] == "https://d.example/v2"


def test_an_unknown_source_is_named_beside_those_there_are(office: Office) -> None:
    with pytest.raises(UnknownName, match="aim sources add"):
        office.run()
    office.add("open311", url="https://c.example/v2")
    with pytest.raises(UnknownName, match="The sources are: council"):
        source_named(office.engine, "other")


def test_a_redirect_from_a_source_into_the_network_is_written_down(office: Office, stage: Stage) -> None:
    office.add("url", url=stage.on("/a.json", redirect("http://169.254.169.254/latest/meta-data/")))
    with pytest.raises(UsageError, match="AIM_FETCH_ALLOW"):
        office.run()
    assert json.dumps(office.source.last_result).count("169.254.169.254") == 1
