"""What a draft infers of dates, and where it asks instead."""

from pathlib import Path

import pytest

from aim.errors import WrongProfile
from aim.ingest.profile.schema import parse
from aim.vocabulary.nim import Agency
from tests.ingest.draft.tables import columns, count, drafted, evidence, jobs, profile_of, sure


@pytest.mark.parametrize(
    ("dates", "formats"),
    [
        (["03/04/2026", "14/04/2026"], ("%d/%m/%Y",)),
        (["03/04/2026", "04/14/2026"], ("%m/%d/%Y",)),
        (["03.04.26", "14.04.26"], ("%d.%m.%y",)),
        (["2026-04-03", "2026-04-14"], ("%Y-%m-%d",)),
        (["2026-04-03T10:00:00Z", "2026-04-14T10:30:00+01:00"], ("%Y-%m-%dT%H:%M:%S%z",)),
        (["3 Apr 2026", "14 Apr 2026"], ("%d %b %Y",)),
        (["03-Apr-26", "14-Apr-26"], ("%d-%b-%y",)),
        (["03 April 2026", "14 April 2026"], ("%d %B %Y",)),
        (["Apr 3, 2026", "Apr 14, 2026"], ("%b %d, %Y",)),
        (["20260403", "20260414"], ("%Y%m%d",)),
        (["03/04/2026 10:15 PM", "14/04/2026 1:15 AM"], ("%d/%m/%Y %I:%M %p",)),
        (["2026-04-03 10:15:20.125", "2026-04-14 10:15:20.125"], ("%Y-%m-%d %H:%M:%S%.f",)),
    ],
)
def test_formats_of_dates(tmp_path: Path, dates: list[str], formats: tuple[str, ...]) -> None:
    rows = jobs(20)
    for at, row in enumerate(rows):
        row["Date logged"] = dates[at % 2]
        del row["Time logged"]
    found = drafted(tmp_path, rows)
    assert profile_of(found).time.formats == formats
    assert found.trial is not None
    assert (found.trial.taken, found.trial.rejected) == (20, {})


def test_two_formats_in_one_column_are_both_read(tmp_path: Path) -> None:
    rows = jobs(20)
    for at, row in enumerate(rows):
        row["Date logged"] = "14/04/2026" if at % 4 else "3 Apr 2026"
        row["Time logged"] = ""
    assert set(profile_of(drafted(tmp_path, rows)).time.formats) == {"%d/%m/%Y", "%d %b %Y"}


def test_an_unproved_order_is_asked_for_with_both_choices(tmp_path: Path) -> None:
    found = drafted(tmp_path, jobs(50, **{"Date logged": "03/04/2026"}))
    assert found.undecided == ("time.formats",)
    assert '# formats = ["%d/%m/%Y %H:%M"]  # the day first' in found.profile
    assert '# formats = ["%m/%d/%Y %H:%M"]  # the month first' in found.profile
    with pytest.raises(WrongProfile, match=r"time\.formats: Field required"):
        parse(found.profile, "draft.toml")


def test_both_orders_in_one_column_are_asked_for_with_a_value_of_each(tmp_path: Path) -> None:
    rows = [*jobs(49), {**jobs(1)[0], "Job ref": "KB/1", "Date logged": "04/30/2026"}]
    rows[48]["Date logged"] = "30/04/2026"
    found = drafted(tmp_path, rows)
    assert found.undecided == ("time.formats",)
    assert "both orders occur" in evidence(found, "time.formats")
    assert "04/30/2026" in evidence(found, "time.formats")


def test_another_column_of_the_file_is_evidence_and_no_proof(tmp_path: Path) -> None:
    rows = [row | {"Date closed": f"{13 + at % 15}/04/2026"} for at, row in enumerate(jobs(50))]
    found = drafted(tmp_path, [row | {"Date logged": "03/04/2026"} for row in rows])
    assert found.undecided == ("time.formats",)
    assert "Date closed: the first number is above 12" in evidence(found, "time.formats")


def test_the_numbers_that_excel_keeps_for_dates_are_named(tmp_path: Path) -> None:
    rows = jobs(30)
    for at, row in enumerate(rows):
        row["Date logged"] = str(46_000 + at)
    found = drafted(tmp_path, rows)
    assert "time" in found.undecided
    assert "numbers that Excel keeps for dates" in evidence(found, "time")


def test_a_spike_at_midnight_means_that_only_the_day_is_known(tmp_path: Path) -> None:
    rows = jobs(300)
    for row in rows[::3]:
        row["Time logged"] = "00:00"
    found = drafted(tmp_path, rows)
    assert profile_of(found).time.midnight == "unknown"
    assert sure(found, "time.midnight") == [("unknown", "likely")]
    assert profile_of(drafted(tmp_path, jobs(300), "even.csv")).time.midnight == "time"


def test_from_and_to_are_a_span_and_a_last_change_is_one(tmp_path: Path) -> None:
    day = [f"{1 + at % 28:02}/03/2026 10:{at % 60:02}" for at in range(40)]
    rows = columns(
        crime_number=count(40, "C{:05}"), committed_from=day, committed_to=day, last_updated=day,
        offence_type=["Burglary"] * 40, easting=count(40, "4480{:02}"), northing=count(40, "5180{:02}"),
    )  # fmt: skip
    profile = profile_of(drafted(tmp_path, rows, agency=Agency.POLICE))
    assert (profile.time.start, profile.time.end) == (("committed_from",), ("committed_to",))
    assert profile.time.updated == ("last_updated",)


@pytest.mark.parametrize("said", ["1776611760000", "Sunday, 19 April 2026"])
def test_a_date_in_no_known_format_is_shown(tmp_path: Path, said: str) -> None:
    rows = [{k: v for k, v in job.items() if k != "Time logged"} for job in jobs(40, **{"Date logged": said})]
    found = drafted(tmp_path, rows)
    assert found.undecided == ("time",)
    assert f"Date logged holds {said!r}" in evidence(found, "time")


def test_words_are_never_shown_as_an_example_of_a_date(tmp_path: Path) -> None:
    rows = [{k: v for k, v in job.items() if k not in ("Date logged", "Time logged")} for job in jobs(40)]
    found = drafted(tmp_path, [row | {"Reported by": "Ann Example"} for row in rows])
    assert "Example" not in found.profile.replace("Sarah Example", "")
    assert "time" in found.undecided
