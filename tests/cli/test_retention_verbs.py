"""Retention through the command."""

from pathlib import Path

import pytest

from tests.cli.conftest import Aim
from tests.ingest.files import fire

FEED = "lfb-incidents"


@pytest.fixture
def aim_old(aim_empty: Aim, tmp_path: Path) -> Aim:
    """Three fires: of 2020, 2025 and 2026."""
    file = tmp_path / "fire.csv"
    dates = ("01 Sep 2020", "01 Sep 2025", "01 Sep 2026")
    file.write_bytes(fire(*({"IncidentNumber": date, "DateOfCall": date} for date in dates)))
    aim_empty.monkeypatch.setenv("AIM_HOME", str(tmp_path))
    aim_empty.json("ingest", FEED, file, "--as-of", "2026-10-01")
    return aim_empty


def test_the_status_says_what_is_due_and_when(aim_old: Aim) -> None:
    [held] = aim_old.json("retention", "status", "--as-of", "2026-10-01")["feeds"]
    assert held == {
        "feed": FEED, "retention_months": 36, "cutoff": "2023-09-30 23:00:00+00:00", "incidents": 3,
        "oldest": "2020-09-01 20:30:15+00:00", "next_due": "2023-09-02", "erased_until": None,
        "due": {"incidents": 1, "quarantined": 0, "corrections": 0, "files": 0},
    }  # fmt: skip
    answer = aim_old("retention", "status", "--as-of", "2026-10-01")
    assert (answer.code, "2023-09-02" in answer.out) == (0, True)


def test_a_dry_run_changes_nothing_and_a_run_does_what_it_said(aim_old: Aim) -> None:
    said = aim_old.json("retention", "run", "--as-of", "2026-10-01", "--dry-run")
    assert (said["dry_run"], said["feeds"][0]["incidents"]) == (True, 1)
    assert aim_old.json("retention", "log")["erasures"] == []
    done = aim_old.json("retention", "run", "--as-of", "2026-10-01", "--feed", FEED)
    assert (done["dry_run"], done["feeds"][0]["incidents"], done["feeds"][0]["aggregates"]) == (False, 1, 1)
    [entry] = aim_old.json("retention", "log", "--feed", FEED)["erasures"]
    assert (entry["feed"], entry["incidents"], entry["retention_months"]) == (FEED, 1, 36)
    assert aim_old("retention", "log").code == 0
    assert aim_old.json("retention", "run", "--as-of", "2026-10-01")["feeds"][0]["incidents"] == 0


def test_a_period_is_set_and_taken_back(aim_old: Aim) -> None:
    assert aim_old.json("retention", "set", FEED, "12") == {"feed": FEED, "retention_months": 12}
    assert aim_old.json("retention", "run", "--as-of", "2026-10-01", "--dry-run")["feeds"][0]["incidents"] == 2
    assert aim_old.json("retention", "set", FEED) == {"feed": FEED, "retention_months": 36}
    assert aim_old.fails(2, "retention", "set", FEED, "0")[0] == "usage-error"
    assert aim_old.fails(2, "retention", "set", "police", "12")[0] == "unknown-name"


def test_a_day_to_come_is_wrong_usage(aim_old: Aim) -> None:
    slug, message = aim_old.fails(2, "retention", "run", "--as-of", "2999-10-01")
    assert slug == "usage-error"
    assert message == "--as-of 2999-10-01 lies in the future: nothing is erased before it is due."
