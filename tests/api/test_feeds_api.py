"""The feeds and how they stand, for programs and for people."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from starlette.testclient import TestClient

from aim.errors import UnusualLoad
from tests.ingest.conftest import Store
from tests.ingest.files import requests
from tests.ingest.health.deliveries import COUNCIL, POLICE, WORD, load, load_months, month

DAY = "2026-10-01"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Store:
    """The database that the client's service reads."""
    return Store(engine, tmp_path)


@pytest.fixture
def troubled(store: Store) -> Store:
    """A force in an outage, and a file of another that was refused."""
    load_months(store, {"2026-06": 1_187, "2026-07": 1_190, "2026-08": 1_180, "2026-09": 164})
    load_months(store, {"2026-06": 120, "2026-07": 110, "2026-08": 130}, "Gwent Police")
    with pytest.raises(UnusualLoad):
        load(store, POLICE, month(9, "2026-09", "Gwent Police"), "2026-09-gwent-street.csv")
    return store


def document(client: TestClient, path: str) -> dict[str, Any]:
    response = client.get(f"{path}?f=json&as_of={DAY}")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    return response.json()


def page(client: TestClient, path: str) -> str:
    response = client.get(f"{path}?as_of={DAY}", headers={"accept": "text/html"})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return response.text


def test_before_anything_is_loaded(client: TestClient) -> None:
    assert document(client, "/feeds")["feeds"] == []
    assert "No feed was loaded yet: run <code>aim ingest FEED FILE</code>." in page(client, "/feeds")


def test_a_feed_stands_with_its_figures_refusals_and_outages(client: TestClient, troubled: Store) -> None:
    [feed] = document(client, "/feeds")["feeds"]
    assert (feed["feed"], feed["standing"], feed["newest_day"], feed["refusals"]) == (
        POLICE,
        "Refused",
        "2026-09-30",
        1,
    )
    assert [figure["name"] for figure in feed["figures"]] == ["rows", "age_days", "placed", "mapped"]
    assert all(figure["reason"].endswith(".") for figure in feed["figures"])
    assert (feed["last_refusal"]["file"], feed["last_refusal"]["taken"]) == ("2026-09-gwent-street.csv", False)
    assert feed["open_refusals"][0]["unusual"][0].startswith("9 rows of Gwent Police 2026-09: 8 % of the 120")
    [outage] = feed["outages"]
    assert (outage["unit"], outage["when"], outage["observed"], outage["expected"]) == (
        "Dyfed-Powys Police",
        "September 2026",
        164,
        1_187,
    )
    assert [(link["rel"], link["href"]) for link in feed["links"]] == [
        ("self", f"http://testserver/feeds/{POLICE}?f=json&as_of={DAY}"),
        ("alternate", f"http://testserver/feeds/{POLICE}?f=html&as_of={DAY}"),
    ]


def test_one_feed_has_its_periods_and_loads_too(client: TestClient, troubled: Store) -> None:
    feed = document(client, f"/feeds/{POLICE}")
    assert [(unit["unit"], [p["rows"] for p in unit["periods"]]) for unit in feed["units"]] == [
        ("Dyfed-Powys Police", [1_187, 1_190, 1_180, 164]),
        ("Gwent Police", [120, 110, 130]),
    ]
    assert [load["taken"] for load in feed["loads"]] == [False, *[True] * 7]
    assert [load["accepted"] for load in feed["loads"]].count(True) == 1
    [spike] = feed["spikes"]
    assert spike["share"] == 1.0, "the made-up files have one point"


@pytest.mark.parametrize("path", ["/feeds", f"/feeds/{POLICE}"])
def test_neither_names_a_person_or_a_point(client: TestClient, troubled: Store, path: str) -> None:
    for text in (str(document(client, path)), page(client, path)):
        assert WORD.who not in text
        assert WORD.why not in text
        assert "54.57" not in text
        assert "Marshall Close" not in text


def test_the_page_says_what_was_refused_and_why(client: TestClient, troubled: Store) -> None:
    text = page(client, "/feeds")
    assert "<title>Feeds – Active Intelligence Mapping</title>" in text
    assert '<html lang="en-GB"' in text
    assert "2026-09-gwent-street.csv is not on the map; what was there before is." in text
    assert "8 % of the 120 that are typical of its other periods; the floor is 50 %" in text
    assert "This is an outage of the reporting, not a fall." in text
    assert re.search(r'govuk-tag--red">Refused</strong>', text)
    assert "As of 1 October 2026." in text


def test_the_bars_are_told_in_words(client: TestClient, troubled: Store) -> None:
    text = page(client, f"/feeds/{POLICE}")
    assert "from 1 June 2026: lowest 164 rows, highest 1,190, last 164. Far too few in 1 (drawn hollow)." in text
    for identity in re.findall(r'<svg role="img" aria-labelledby="([^"]+)"', text):
        assert text.count(f'id="{identity}"') == 1
    assert text.count('fill="none" stroke="currentColor"') == 1
    assert text.count("<rect ") == 7


def test_the_page_of_a_feed_explains_each_limit(client: TestClient, troubled: Store) -> None:
    text = page(client, f"/feeds/{POLICE}")
    assert "<h1" in text
    assert text.count("<h1") == 1
    said = " ".join(re.sub("<[^>]+>", "", text).split())
    assert "100.0&nbsp;%, within its limits; the floor is 80.0&nbsp;%. With over a fifth of the rows nowhere," in said
    assert "not known; the floor is 0.50; the ceiling is 3.00. A delivery of less than half" in said
    assert text.count("<caption") == text.count("<table")
    assert "yes, although unusual" in text


def test_what_comes_from_files_is_escaped(client: TestClient, store: Store) -> None:
    load(store, COUNCIL, requests({}), f"{SCRIPT.replace('/', '')}.json")
    load_months(store, {"2026-09": 3}, "<b>Police</b>")
    for path in ("/feeds", f"/feeds/{COUNCIL}", f"/feeds/{POLICE}"):
        text = page(client, path)
        assert "<script>alert" not in text
        assert "<b>Police" not in text
    assert "&lt;b&gt;Police" in page(client, f"/feeds/{POLICE}")


def test_a_day_in_the_past_knows_nothing_of_later_rows(client: TestClient, troubled: Store) -> None:
    earlier = client.get("/feeds?f=json&as_of=2026-08-31").json()["feeds"][0]
    assert (earlier["newest_day"], earlier["outages"]) == ("2026-08-31", [])


def test_without_a_day_it_is_today(client: TestClient, troubled: Store) -> None:
    told = client.get("/feeds?f=json").json()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", told["as_of"])


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "2026-1-1"])
def test_a_day_that_is_none_is_refused(client: TestClient, day: str) -> None:
    problem = client.get(f"/feeds?as_of={day}").json()
    assert (problem["status"], problem["parameter"]) == (400, "as_of")
    assert problem["detail"].endswith("write a day of the years 1900 to 2199 as 2024-05-01.")


def test_an_unknown_feed_is_a_problem(client: TestClient) -> None:
    problem = client.get("/feeds/nothing").json()
    assert (problem["status"], problem["detail"]) == (
        404,
        "No feed “nothing” was loaded yet: /feeds lists those that were.",
    )


def test_an_unknown_parameter_is_refused(client: TestClient) -> None:
    assert client.get("/feeds?feed=x").status_code == 400


def test_a_load_shows_at_once_and_nothing_is_worked_out_twice(client: TestClient, store: Store, engine: Engine) -> None:
    load_months(store, {"2026-06": 60})
    assert document(client, "/feeds")["feeds"][0]["rows"] == 60
    sent: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    document(client, "/feeds")
    assert len([statement for statement in sent if "FROM" in statement]) == 1
    load_months(store, {"2026-07": 61})
    assert document(client, "/feeds")["feeds"][0]["rows"] == 121


def test_the_answer_is_not_sent_twice(client: TestClient, troubled: Store) -> None:
    first = client.get(f"/feeds?f=json&as_of={DAY}")
    again = client.get(f"/feeds?f=json&as_of={DAY}", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304


def test_the_landing_page_and_the_menu_lead_there(client: TestClient) -> None:
    assert "http://testserver/feeds" in [link["href"] for link in client.get("/?f=json").json()["links"]]
    assert 'href="/feeds"' in client.get("/?f=html").text
