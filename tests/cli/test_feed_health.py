"""`aim feeds health`, and `aim ingest --accept-unusual`."""

from getpass import getuser
from pathlib import Path

import pytest

from tests.cli.conftest import Aim
from tests.ingest.health.deliveries import month

AS_OF = ("--as-of", "2026-10-01")


@pytest.fixture
def months(tmp_path: Path) -> Path:
    """A folder with three months of a force."""
    folder = tmp_path / "months"
    folder.mkdir()
    for name in ("2026-06", "2026-07", "2026-08"):
        (folder / f"{name}.csv").write_bytes(month(1_187, name))
    return folder


@pytest.fixture
def low(tmp_path: Path) -> Path:
    """The month after, of which little came."""
    path = tmp_path / "2026-09.csv"
    path.write_bytes(month(164, "2026-09"))
    return path


def test_a_refusal_ends_with_3_and_is_told_of(aim_empty: Aim, months: Path, low: Path) -> None:
    aim_empty.json("ingest", "police-uk-street", months, *AS_OF)
    slug, sentence = aim_empty.fails(3, "ingest", "police-uk-street", low, *AS_OF)
    assert slug == "unusual-load"
    assert sentence.startswith("2026-09.csv was refused. 164 rows of Dyfed-Powys Police 2026-09: 14 % of the 1,187")
    [feed] = aim_empty.json("feeds", "health", *AS_OF)["feeds"]
    assert (feed["standing"], feed["refusals"], feed["rows"]) == ("Refused", 1, 3 * 1_187)
    printed = aim_empty("feeds", "health", *AS_OF).out
    assert "refused" in printed
    assert "Refused: 2026-09.csv on" in printed


def test_a_persons_word_is_recorded_with_who_and_why(aim_empty: Aim, months: Path, low: Path) -> None:
    aim_empty.json("ingest", "police-uk-street", months, *AS_OF)
    said = "The force confirmed it by telephone"
    report = aim_empty.json("ingest", "police-uk-street", low, *AS_OF, "--accept-unusual", said)
    assert report["inserted"] == 164
    assert any(warning.endswith(f"Accepted: {said}") for warning in report["warnings"])
    [feed] = aim_empty.json("feeds", "health", "--feed", "police-uk-street", *AS_OF)["feeds"]
    assert (feed["loads"][0]["accepted_by"], feed["loads"][0]["accepted_why"]) == (getuser(), said)
    assert feed["standing"] == "Outage"
    assert "164 rows came where 1,187 were expected" in aim_empty("feeds", "health", *AS_OF).out


def test_a_word_without_a_reason_is_wrong_usage(aim_empty: Aim, low: Path) -> None:
    assert aim_empty.fails(2, "ingest", "police-uk-street", low, "--accept-unusual", " ")[0] == "usage-error"


def test_before_anything_is_loaded(aim_empty: Aim) -> None:
    assert aim_empty("feeds", "health").out == "No feed was loaded yet.\n"
    assert aim_empty.json("feeds", "health", "--feed", "open311")["feeds"] == []


def test_a_feed_that_does_not_exist(aim_empty: Aim) -> None:
    assert aim_empty.fails(2, "feeds", "health", "--feed", "nothing")[0] == "unknown-name"


def test_the_samples_are_in_good_health(aim_loaded: Aim) -> None:
    feeds = aim_loaded.json("feeds", "health", *AS_OF)["feeds"]
    assert {feed["feed"]: (feed["standing"], feed["outages"], feed["spikes"], feed["refusals"]) for feed in feeds} == {
        name: ("Healthy", [], [], 0)
        for name in ("lfb-incidents", "open311", "police-offending-places", "police-uk-street")
    }
