"""A refused load changes nothing and is remembered; a person's word lets it in."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aim.errors import Refused, UnusualLoad, UsageError, WrongColumns
from aim.ingest.health.checks import LEAST
from aim.ingest.health.gate import Acceptance
from tests.ingest.conftest import Store
from tests.ingest.health.deliveries import (
    COUNCIL,
    POLICE,
    WORD,
    days,
    days_of_reports,
    load,
    load_file,
    load_months,
    month,
    unpacked,
)

FORCE = "Dyfed-Powys Police"
VOLUME = "SELECT md5(string_agg(v::text, '|' ORDER BY v::text)) AS volume FROM feed_volume AS v"
USUAL = {"2026-01": 120, "2026-02": 110, "2026-03": 130}


def digest(store: Store) -> dict[str, Any]:
    return store.digest() | store.rows(VOLUME)[0]


def checked(store: Store) -> list[dict[str, Any]]:
    return store.rows("SELECT * FROM load_check ORDER BY id")


def outcomes(row: dict[str, Any]) -> dict[str, str]:
    return {check["figure"]: check["outcome"] for check in row["checks"]}


def test_a_refused_load_names_the_number_the_limit_the_reason_and_the_way_out(store: Store) -> None:
    load_months(store, {"2026-01": 1_187, "2026-02": 1_187, "2026-03": 1_187})
    before = digest(store)
    with pytest.raises(UnusualLoad) as refused:
        load(store, POLICE, month(164, "2026-04"), "2026-04-dyfed-powys-street.csv")
    assert str(refused.value) == (
        "2026-04-dyfed-powys-street.csv was refused. 164 rows of Dyfed-Powys Police 2026-04: 14 % of the 1,187 that "
        "are typical of its other periods; the floor is 50 %, the ceiling is 300 %. A delivery of less than half, or "
        "more than three times, the median of the feed's last deliveries is more often a fault of the export than a "
        "change of the world. Nothing was changed. Check the export; if it is right, load it with --accept-unusual WHY."
    )
    assert isinstance(refused.value, Refused)
    assert (refused.value.exit_code, refused.value.status) == (3, 409)
    assert digest(store) == before


def test_the_refusal_is_remembered_with_what_the_load_would_have_done(store: Store) -> None:
    load_months(store, USUAL)
    with pytest.raises(UnusualLoad):
        load(store, POLICE, month(20, "2026-03"), "again.csv")
    last = checked(store)[-1]
    assert (last["feed"], last["file_name"], last["run"], last["accepted_by"]) == (POLICE, "again.csv", None, None)
    report = last["report"]
    assert (report["read"], report["unchanged"], report["removed"]) == (20, 20, 110)
    assert outcomes(last)["rows"] == "outside its limits, refused"
    assert last["limits"]["rows"]["floor"] == 0.5
    assert (last["first_day"], last["last_day"]) == (date(2026, 3, 1), date(2026, 3, 1))


def test_a_word_lets_it_in_and_is_kept_with_who_and_why(store: Store) -> None:
    load_months(store, USUAL)
    report = load(store, POLICE, month(20, "2026-04"), "2026-04.csv", WORD)
    assert report.inserted == 20
    assert any(warning.endswith("Accepted: the force says so") for warning in report.warnings)
    last = checked(store)[-1]
    assert (last["accepted_by"], last["accepted_why"]) == ("a tester", "the force says so")
    assert last["run"] == store.rows("SELECT max(id) AS run FROM feed_run")[0]["run"]
    assert outcomes(last)["rows"] == "outside its limits, accepted by a person"
    [run] = store.rows("SELECT report FROM feed_run ORDER BY id DESC LIMIT 1")
    assert run["report"]["warnings"] == report.warnings


def test_a_word_that_was_not_needed_is_not_kept(store: Store) -> None:
    load(store, POLICE, month(20, "2026-04"), "2026-04.csv", WORD)
    assert checked(store)[-1]["accepted_by"] is None


def test_a_word_without_a_reason_is_none() -> None:
    with pytest.raises(UsageError, match="Say why"):
        Acceptance("a tester", "  ")


def test_an_incremental_feed_warns_and_takes(store: Store) -> None:
    for week in range(4):
        first = date(2026, 3, 2 + 7 * week)
        load(store, COUNCIL, days_of_reports(days(first, [30] * 7)), f"{week}.json")
    report = load(store, COUNCIL, days_of_reports(days(date(2026, 3, 30), [2] * 7)), "short.json")
    assert report.inserted == 14
    [warning] = [each for each in report.warnings if "typical" in each]
    assert warning.startswith(
        "14 rows: 7 % of the 210 that are typical of deliveries of this length; the floor is 50 %"
    )


def test_places_that_are_lost_are_refused(store: Store) -> None:
    load_months(store, USUAL)
    with pytest.raises(UnusualLoad, match=r"0 of 120 rows \(0\.0 %\) have a location, of the rows before 100\.0 %"):
        load(store, POLICE, month(120, "2026-04", Longitude="", Latitude=""), "2026-04.csv")


def test_the_same_file_once_more_is_a_load_of_its_own(store: Store) -> None:
    load_months(store, USUAL)
    first = load(store, POLICE, month(20, "2026-04"), "2026-04.csv", WORD)
    again = load(store, POLICE, month(20, "2026-04"), "2026-04.csv")
    assert (first.inserted, again.unchanged) == (20, 20)
    one, other = checked(store)[-2:]
    assert (other["run"], other["checks"], other["first_day"]) == (one["run"], one["checks"], None)
    assert other["report"]["unchanged"] == 20


def test_an_old_archive_is_not_refused_for_its_age(store: Store) -> None:
    load_months(store, USUAL)
    assert load(store, POLICE, month(115, "2014-07"), "2014-07.csv").inserted == 115


def test_a_file_that_cannot_be_read_is_no_refusal(store: Store) -> None:
    with pytest.raises(WrongColumns):
        load(store, POLICE, b"a,b\n1,2\n", "wrong.csv")
    assert checked(store) == []


def test_a_refused_first_file_of_several_leaves_the_others_alone(store: Store) -> None:
    load_months(store, USUAL)
    with pytest.raises(UnusualLoad):
        load(store, POLICE, month(9, "2026-04"), "2026-04.csv")
    assert load(store, POLICE, month(100, "2026-05"), "2026-05.csv").inserted == 100


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(1, 200), max_size=5),
    st.integers(0, 400),
    st.integers(0, 5),
    st.booleans(),
)
def test_a_load_is_taken_whole_or_leaves_everything_as_it_was(
    cleared: Store, history: list[int], rows: int, at: int, placed: bool
) -> None:
    """Any history, then a month of any size that is new or replaces one: the floor and the ceiling decide, alone."""
    cleared.clear()
    load_months(cleared, {f"2026-{number:02}": count for number, count in enumerate(history, 1)})
    before, seen = digest(cleared), len(checked(cleared))
    nowhere = {} if placed else {"Longitude": "", "Latitude": ""}
    name = f"2026-{at + 1:02}"
    try:
        report = load(cleared, POLICE, month(rows, name, **nowhere), "tried.csv")
    except UnusualLoad:
        assert digest(cleared) == before
        assert must_refuse(history, rows, at, placed)
        assert checked(cleared)[-1]["run"] is None
    else:
        assert not must_refuse(history, rows, at, placed)
        assert report.balanced()
        [held] = cleared.rows("SELECT count(*) AS n FROM incident WHERE scope = :scope", scope=f"{FORCE} {name}")
        assert held["n"] == (rows or (history[at] if at < len(history) else 0))
    assert len(checked(cleared)) == seen + 1


def must_refuse(history: list[int], rows: int, at: int, placed: bool) -> bool:
    """What the documentation says, in other words."""
    if not rows:
        return False
    others = sorted(count for number, count in enumerate(history) if number != at)
    middle = len(others) // 2
    typical = (others[middle] + others[-middle - 1]) / 2 if len(others) >= 3 else None
    replaced = history[at] if at < len(history) else None
    too_many = typical is not None and rows > 3 * typical and rows >= LEAST
    floor = replaced if replaced is not None else typical
    too_few = floor is not None and rows < floor / 2 and floor >= LEAST
    lost = not placed and rows >= LEAST and sum(history) >= LEAST
    return too_many or too_few or lost


@pytest.mark.parametrize("force", ["cleveland", "merseyside"])
def test_the_months_of_real_forces_are_taken_without_a_word(store: Store, shared: Path, force: str) -> None:
    files = sorted((shared / "data/police" / force).glob("*-street.csv.gz"))
    for path in [*files, *reversed(files)]:
        report = load_file(store, POLICE, path)
        assert not any("limit" in warning or "floor" in warning for warning in report.warnings)
    assert {outcome for row in checked(store) for outcome in outcomes(row).values()} <= {
        "within its limits",
        "not enough history",
    }


def test_a_real_month_cut_short_is_refused(store: Store, shared: Path) -> None:
    path = shared / "data/police/cleveland/2018-10-cleveland-street.csv.gz"
    load_file(store, POLICE, path)
    before = digest(store)
    cut = unpacked(path).splitlines(keepends=True)[:1_404]
    with pytest.raises(UnusualLoad, match=r"1,403 rows of Cleveland Police 2018-10: 15 % of the 9,352 "):
        load(store, POLICE, b"".join(cut), "2018-10.csv")
    assert digest(store) == before
