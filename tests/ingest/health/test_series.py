"""From rows by day or month to the outages of who reports."""

from datetime import date, timedelta

import polars as pl
import pytest

from aim.ingest.health.outage import Verdict
from aim.ingest.health.series import VOLUME_SCHEMA, Outage, Series, Span, series, when

MONDAY = date(2026, 3, 2)


def volumes(*rows: tuple[str, str, date, int]) -> pl.DataFrame:
    """Rows of (scope, span, start, count)."""
    return pl.DataFrame([("f", *row, 0, 0) for row in rows], schema=VOLUME_SCHEMA, orient="row")


def months(unit: str, counts: dict[str, int]) -> list[tuple[str, str, date, int]]:
    return [(f"{unit} {name}", "month", date.fromisoformat(f"{name}-01"), rows) for name, rows in counts.items()]


def days(counts: list[int], first: date = MONDAY) -> list[tuple[str, str, date, int]]:
    return [("", "day", first + timedelta(days=n), rows) for n, rows in enumerate(counts) if rows]


def only(found: list[Series]) -> Series:
    [one] = found
    return one


def test_each_force_is_a_series_of_its_own() -> None:
    north, south = ({"2026-01": 10, "2026-02": 20}, {"2026-01": 7})
    found = series(volumes(*months("North Police", north), *months("South Police", south)), date(2026, 12, 31))
    assert [(each.unit, [judged.observed for judged in each.judged]) for each in found] == [
        ("North Police", [10, 20]),
        ("South Police", [7]),
    ]


def test_a_month_between_two_that_came_is_covered() -> None:
    counts = {"2026-01": 500, "2026-02": 510, "2026-03": 490, "2026-05": 500}
    found = only(series(volumes(*months("North Police", counts)), date(2026, 12, 31)))
    assert [judged.observed for judged in found.judged] == [500, 510, 490, 0, 500]
    assert found.outages == [
        Outage("f", "North Police", Span.MONTH, date(2026, 4, 1), date(2026, 4, 30), 0, 500, current=False)
    ]


def test_months_after_the_last_one_are_late_and_no_outage() -> None:
    counts = {"2026-01": 500, "2026-02": 510, "2026-03": 490, "2026-04": 505}
    assert only(series(volumes(*months("North Police", counts)), date(2026, 12, 31))).outages == []


def test_nothing_is_known_of_what_comes_after_the_day() -> None:
    counts = {"2026-01": 500, "2026-02": 510, "2026-03": 490, "2026-04": 5}
    rows = volumes(*months("North Police", counts))
    assert only(series(rows, date(2026, 4, 29))).outages == []
    assert [outage.current for outage in only(series(rows, date(2026, 4, 30))).outages] == [True]
    assert series(rows, date(2025, 12, 31)) == []


def test_a_feed_of_many_rows_a_day_is_looked_at_by_day() -> None:
    found = only(series(volumes(*days([40] * 28 + [0, 1, 0, 2] + [40] * 4)), date(2026, 12, 31)))
    assert found.span is Span.DAY
    assert found.outages == [
        Outage("f", "", Span.DAY, MONDAY + timedelta(28), MONDAY + timedelta(31), 3, 160, current=False)
    ]


@pytest.mark.parametrize("closed", [1, 2])
def test_an_office_that_is_closed_for_a_day_or_two_is_no_outage(closed: int) -> None:
    assert only(series(volumes(*days([40] * 28 + [0] * closed + [40] * 6)), date(2026, 12, 31))).outages == []


def test_weekends_without_rows_do_not_end_an_outage() -> None:
    week = [60, 60, 60, 60, 60, 0, 0]
    broken = [60, 60, 60, 0, 0, 0, 0, 0, 60, 60, 60]
    [outage] = only(series(volumes(*days(week * 4 + broken)), date(2026, 12, 31))).outages
    assert (outage.first, outage.last) == (MONDAY + timedelta(31), MONDAY + timedelta(35))


def test_the_newest_day_may_be_half_a_day() -> None:
    found = only(series(volumes(*days([40] * 28 + [1])), date(2026, 12, 31)))
    assert len(found.judged) == 28


def test_a_feed_of_few_rows_a_day_is_looked_at_by_week() -> None:
    found = only(series(volumes(*days([3] * 70 + [0] * 7 + [3] * 8)), date(2026, 12, 31)))
    assert found.span is Span.WEEK
    [outage] = found.outages
    assert (outage.first, outage.last, outage.observed, outage.expected) == (
        MONDAY + timedelta(70), MONDAY + timedelta(76), 0, 21,
    )  # fmt: skip


def test_a_feed_of_very_few_rows_is_told_so() -> None:
    found = only(series(volumes(*days([1, 0, 0, 0, 0, 0, 0] * 60)), date(2028, 1, 1)))
    assert found.span is Span.MONTH
    assert {judged.verdict for judged in found.judged} == {Verdict.NO_HISTORY, Verdict.TOO_FEW}


def test_a_young_feed_shows_its_days() -> None:
    assert only(series(volumes(*days([5] * 6)), date(2026, 12, 31))).span is Span.DAY


def test_the_sentence() -> None:
    outage = Outage("f", "Dyfed-Powys Police", Span.MONTH, date(2019, 11, 1), date(2019, 11, 30), 164, 1187, True)
    assert outage.sentence == (
        "Dyfed-Powys Police, November 2019: 164 rows came where 1,187 were expected. "
        "This is an outage of the reporting, not a fall."
    )
    nameless = Outage("open311", "", Span.DAY, date(2026, 5, 3), date(2026, 5, 9), 1, 80, False)
    assert nameless.sentence.startswith("The feed open311, 3 to 9 May 2026: 1 row came where 80 were expected.")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2024, 2, 1), date(2024, 2, 29), "February 2024"),
        (date(2024, 12, 1), date(2024, 12, 31), "December 2024"),
        (date(2024, 2, 1), date(2024, 2, 28), "1 to 28 February 2024"),
        (date(2024, 2, 3), date(2024, 2, 3), "3 February 2024"),
        (date(2025, 12, 29), date(2026, 1, 4), "29 December 2025 to 4 January 2026"),
    ],
)
def test_a_time_in_words(first: date, last: date, words: str) -> None:
    assert when(first, last) == words
