"""Which figures refuse a load, and which only warn."""

from datetime import date, timedelta

import polars as pl
import pytest

from aim.ingest.feed import Delivery
from aim.ingest.health.checks import Check, EarlierLoad, Outcome, check_load
from aim.ingest.health.series import VOLUME_SCHEMA
from aim.ingest.limits import Limit, Limits

WITHIN, WARNED, REFUSED = Outcome.WITHIN, Outcome.WARNED, Outcome.REFUSED
NO_HISTORY, TOO_FEW = Outcome.NO_HISTORY, Outcome.TOO_FEW
FORCE = "North Police"
DAY = date(2026, 3, 1)


def volumes(*rows: tuple[str, str, date, int, int, int]) -> pl.DataFrame:
    return pl.DataFrame([("f", *row) for row in rows], schema=VOLUME_SCHEMA, orient="row")


def months(counts: dict[str, int], placed: float = 1.0, mapped: float = 1.0, force: str = FORCE) -> pl.DataFrame:
    return volumes(
        *(
            (f"{force} {name}", "month", date.fromisoformat(f"{name}-01"), n, round(n * placed), round(n * mapped))
            for name, n in counts.items()
        )
    )


def with_share(figure: str, share: float) -> pl.DataFrame:
    """A new month in which one of the two shares is this."""
    return months({"2026-04": 1_000}, share if figure == "placed" else 1.0, share if figure == "mapped" else 1.0)


def some_days(rows: int, length: int = 1, placed: float = 1.0) -> pl.DataFrame:
    """So many rows spread over so many days: all on the first but one on the last."""
    last = DAY + timedelta(length - 1)
    if length == 1:
        return volumes(("", "day", DAY, rows, round(rows * placed), rows))
    return volumes(("", "day", DAY, rows - 1, rows - 1, rows - 1), ("", "day", last, 1, 1, 1))


def snapshot(brought: pl.DataFrame, held: pl.DataFrame, limits: Limits | None = None) -> dict[str, Check]:
    return {check.figure: check for check in check_load(limits or Limits(), Delivery.SNAPSHOT, brought, held, [])}


def incremental(brought: pl.DataFrame, earlier: list[int], days: int = 1) -> Check:
    loads = [EarlierLoad(rows, DAY, DAY + timedelta(days - 1)) for rows in earlier]
    return check_load(Limits(), Delivery.INCREMENTAL, brought, volumes(), loads)[0]


USUAL = {"2026-01": 1_000, "2026-02": 1_100, "2026-03": 900}


@pytest.mark.parametrize(
    ("rows", "outcome"), [(499, REFUSED), (500, WITHIN), (3_000, WITHIN), (3_001, REFUSED)], ids=str
)
def test_a_new_month_is_held_against_the_forces_other_months(rows: int, outcome: Outcome) -> None:
    check = snapshot(months({"2026-04": rows}), months(USUAL))["rows"]
    assert (check.outcome, check.compared_with, check.value) == (outcome, 1_000, rows / 1_000)


def test_a_month_before_the_others_is_held_against_them_too() -> None:
    """Archives are loaded backwards as often as forwards."""
    assert snapshot(months({"2020-01": 100}), months(USUAL))["rows"].outcome is REFUSED


def test_the_nearest_twelve_months_count() -> None:
    long_ago = {f"{year}-{month:02}": 5_000 for year in (2022, 2023) for month in range(1, 13)}
    lately = {f"2025-{month:02}": 1_000 for month in range(1, 13)}
    assert snapshot(months({"2026-01": 900}), months(long_ago | lately))["rows"].compared_with == 1_000


def test_another_forces_months_are_no_history() -> None:
    check = snapshot(months({"2026-04": 10}, force="South Police"), months(USUAL))["rows"]
    assert (check.outcome, check.value) == (NO_HISTORY, None)


def test_two_months_are_not_enough_history() -> None:
    assert snapshot(months({"2026-04": 1}), months({"2026-01": 900, "2026-02": 900}))["rows"].outcome is NO_HISTORY


def test_a_release_that_falls_to_15_percent_of_what_it_replaces_is_refused_even_with_no_other_month() -> None:
    check = snapshot(months({"2026-01": 150}), months({"2026-01": 1_000}))["rows"]
    assert (check.outcome, check.compared_with) == (REFUSED, 1_000)
    assert check.sentence == (
        "150 rows of North Police 2026-01: 15 % of the 1,000 that it replaces; the floor is 50 %, the ceiling is 300 %."
    )


def test_the_full_release_after_a_cut_short_one_is_taken() -> None:
    """It is seven times what it replaces, and just what the other months have."""
    held = months(USUAL | {"2026-04": 164})
    assert snapshot(months({"2026-04": 1_187}), held)["rows"].outcome is WITHIN


def test_a_month_far_above_the_others_is_refused_even_where_it_replaces_one_like_them() -> None:
    held = months({"2026-01": 60, "2026-02": 60, "2026-03": 60, "2026-04": 60})
    assert snapshot(months({"2026-04": 600}), held)["rows"].outcome is REFUSED


def test_the_same_outage_again_is_not_refused_again() -> None:
    held = months(USUAL | {"2026-04": 164})
    assert snapshot(months({"2026-04": 164}), held)["rows"].outcome is WITHIN


def test_the_file_after_a_trial_of_its_first_rows_is_taken() -> None:
    assert snapshot(months({"2026-04": 9_000}), months({"2026-04": 1_000}))["rows"].outcome is WITHIN


def test_a_small_force_is_not_judged() -> None:
    held = months({"2026-01": 40, "2026-02": 45, "2026-03": 42})
    assert snapshot(months({"2026-04": 3}), held)["rows"].outcome is TOO_FEW
    assert snapshot(months({"2026-04": 4_000}), held)["rows"].outcome is REFUSED


def test_each_force_of_a_file_is_judged() -> None:
    brought = pl.concat([months({"2026-04": 1_000}), months({"2026-04": 100}, force="South Police")])
    held = pl.concat([months(USUAL), months(USUAL, force="South Police")])
    found = check_load(Limits(), Delivery.SNAPSHOT, brought, held, [])
    assert [(check.scope, check.outcome) for check in found if check.figure == "rows"] == [
        ("North Police 2026-04", WITHIN),
        ("South Police 2026-04", REFUSED),
    ]


@pytest.mark.parametrize(("rows", "outcome"), [(49, WARNED), (50, WITHIN), (300, WITHIN), (301, WARNED)], ids=str)
def test_an_incremental_delivery_of_unusual_size_is_taken_with_a_warning(rows: int, outcome: Outcome) -> None:
    assert incremental(some_days(rows), [100, 90, 110]).outcome is outcome


def test_an_incremental_delivery_is_held_against_those_of_like_length() -> None:
    assert incremental(some_days(5_000, 30), [100] * 5).outcome is NO_HISTORY
    assert incremental(some_days(100, 2), [100] * 5).outcome is WITHIN


def test_nothing_brought_is_nothing_to_judge() -> None:
    assert check_load(Limits(), Delivery.SNAPSHOT, volumes(), months(USUAL), []) == []


@pytest.mark.parametrize("figure", ["placed", "mapped"])
def test_a_share_that_collapses_is_refused(figure: str) -> None:
    check = snapshot(with_share(figure, 0.3), months(USUAL))[figure]
    assert (check.outcome, check.value) == (REFUSED, 0.3)
    assert check.compared_with == 1.0


@pytest.mark.parametrize("figure", ["placed", "mapped"])
def test_the_same_share_on_a_first_load_warns(figure: str) -> None:
    assert snapshot(with_share(figure, 0.3), volumes())[figure].outcome is WARNED


@pytest.mark.parametrize("figure", ["placed", "mapped"])
def test_a_feed_that_always_stood_below_warns(figure: str) -> None:
    held = months(USUAL, placed=0.7, mapped=0.7)
    assert snapshot(with_share(figure, 0.7), held)[figure].outcome is WARNED


def test_a_fall_of_less_than_ten_points_warns() -> None:
    held = months(USUAL, mapped=0.99)
    assert snapshot(months({"2026-04": 1_000}, mapped=0.9), held)["mapped"].outcome is WARNED
    assert snapshot(months({"2026-04": 1_000}, mapped=0.88), held)["mapped"].outcome is REFUSED


def test_a_share_that_chance_explains_is_within() -> None:
    """39 of 50 is below 80 %, but a feed with just 80 % has that one time in four."""
    assert snapshot(months({"2026-04": 50}, placed=0.78), volumes())["placed"].outcome is WITHIN
    assert snapshot(months({"2026-04": 5_000}, placed=0.78), volumes())["placed"].outcome is WARNED
    assert snapshot(months({"2026-04": 49}, placed=0.1), volumes())["placed"].outcome is TOO_FEW


def test_a_ceiling_of_a_share_holds_too() -> None:
    limits = Limits(placed=Limit("Dwellings have to be blank.", ceiling=0.6))
    held = months(USUAL, placed=0.5)
    assert snapshot(months({"2026-04": 1_000}, placed=0.55), held, limits)["placed"].outcome is WITHIN
    assert snapshot(months({"2026-04": 1_000}, placed=0.9), held, limits)["placed"].outcome is REFUSED


def test_without_limits_nothing_is_refused() -> None:
    free = Limit("Anything may come.")
    limits = Limits(rows=free, placed=free, mapped=free)
    found = snapshot(months({"2026-04": 1}, placed=0, mapped=0), months(USUAL), limits)
    assert {check.outcome for check in found.values()} <= {WITHIN, TOO_FEW}
    assert found["rows"].sentence.endswith("no limit.")
