"""`aim sources` and `aim worker`."""

from pathlib import Path

import pytest

from tests.cli.conftest import Aim
from tests.ingest.files import requests


@pytest.fixture
def inbox(aim_empty: Aim, tmp_path: Path) -> Path:
    """A folder that is a source, in a data folder of the test's own."""
    aim_empty.monkeypatch.setenv("AIM_HOME", str(tmp_path / "home"))
    folder = tmp_path / "inbox"
    folder.mkdir()
    settings = ["--set", f"folder={folder}", "--set", "settle_seconds=0"]
    added = aim_empty.json("sources", "add", "inbox", "--kind", "drop-folder", "--feed", "open311", *settings)
    assert added["source"]["settings"] == {"folder": str(folder), "settle_seconds": 0.0}
    return folder


def test_from_a_folder_to_the_table(aim_empty: Aim, inbox: Path) -> None:
    (inbox / "a.json").write_bytes(requests({}, {"service_request_id": "2"}))
    states = [aim_empty.json("sources", "run", "inbox")["state"] for _ in range(2)]
    assert states == ["nothing_new", "loaded"]
    [source] = aim_empty.json("sources", "list")["sources"]
    assert source["last_result"]["files"][0]["inserted"] == 2
    assert "loaded" in aim_empty("sources", "list").out


def test_every_verb_answers(aim_empty: Aim, inbox: Path) -> None:
    assert {kind["name"] for kind in aim_empty.json("sources", "kinds")["kinds"]} > {"open311", "url"}
    assert "folder (needed): " in aim_empty("sources", "kinds").out
    assert aim_empty.json("sources", "pause", "inbox")["source"]["enabled"] is False
    assert "paused" in aim_empty("sources", "list").out
    assert aim_empty.json("sources", "resume", "inbox")["source"]["enabled"] is True
    assert aim_empty.json("worker", "--once") == {"runs": {}}
    assert aim_empty.json("sources", "remove", "inbox")["source"]["name"] == "inbox"
    assert aim_empty.json("sources", "list") == {"sources": []}


@pytest.mark.parametrize(
    ("arguments", "slug"),
    [
        (("run", "nothing"), "unknown-name"),
        (("remove", "nothing"), "unknown-name"),
        (("pause", "nothing"), "unknown-name"),
        (("add", "x", "--kind", "url", "--feed", "nothing"), "unknown-name"),
        (("add", "x", "--kind", "nothing", "--feed", "open311"), "unknown-name"),
        (("add", "x", "--kind", "url", "--feed", "open311", "--set", "url"), "usage-error"),
        (("add", "x", "--kind", "url", "--feed", "open311", "--set", "url=https://a.example/?key=1"), "usage-error"),
        (("add", "x", "--kind", "url", "--feed", "open311", "--schedule", "daily"), "usage-error"),
    ],
)
def test_wrong_usage(aim_empty: Aim, arguments: tuple[str, ...], slug: str) -> None:
    assert aim_empty.fails(2, "sources", *arguments)[0] == slug


def test_a_study_area_is_a_polygon(aim_loaded: Aim) -> None:
    wards = aim_loaded.json("areas", "list")["areas"]
    kind = ["--kind", "police-uk-api", "--feed", "police-uk-api", "--area", wards[0]["id"]]
    polygon = aim_loaded.json("sources", "add", "api", *kind)["source"]["settings"]["polygon"]
    corners = [tuple(map(float, corner.split(","))) for corner in polygon.split(":")]
    assert len(corners) >= 3
    assert all(49 < lat < 61 and -9 < lng < 3 for lat, lng in corners)
    assert aim_loaded.fails(2, "sources", "add", "no", *kind[:-1], "nowhere")[0] == "unknown-name"


def test_an_address_inside_the_network_is_refused(aim_empty: Aim, tmp_path: Path) -> None:
    aim_empty.monkeypatch.setenv("AIM_HOME", str(tmp_path))
    aim_empty("sources", "add", "x", "--kind", "url", "--feed", "open311", "--set", "url=https://127.0.0.1:9/a.json")
    slug, sentence = aim_empty.fails(2, "sources", "run", "x")
    assert slug == "address-refused"
    assert "AIM_FETCH_ALLOW" in sentence
