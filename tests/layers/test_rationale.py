"""Why a cell is where it is, in sentences that a warden can act on."""

from dataclasses import replace
from datetime import datetime

import pytest

from aim.hotspots.run import LONDON
from aim.layers.publishing.known import LAYERS
from aim.layers.publishing.rationale import Finding, last_day, months_to, rationale

YEAR = "12 months to 30 September 2026"
HOT = Finding(
    count=371,
    by_agency={"police": 176, "council": 194, "fire": 1},
    top_categories=[("Anti-social behaviour", 176), ("Fly-tipping", 117), ("Graffiti and fly-posting", 51)],
    expected=35.58,
    confidence="99 %",
    previous=310,
)


def test_a_hot_cell_says_how_sure_how_many_of_what_by_whom_and_how_it_changed() -> None:
    assert rationale(HOT, "reports of graffiti", YEAR) == (
        "A hot spot at 99 % confidence: this cell and those next to it hold more than chance explains. "
        "Reports of graffiti: 371 in the 12 months to 30 September 2026, where the average cell has 35.6. "
        "Mostly Anti-social behaviour (176), Fly-tipping (117) and Graffiti and fly-posting (51). "
        "Reported by police (176), council (194), fire (1). "
        "Up 20 % on the twelve months before (310)."
    )


def test_a_cell_that_is_not_hot_says_so_first() -> None:
    cold = replace(HOT, count=1, by_agency={"fire": 1}, top_categories=[("Secondary fire", 1)], confidence=None)
    assert rationale(replace(cold, previous=None), "deliberate or secondary fires", YEAR) == (
        "Not a hot spot: this cell and those next to it hold no more than chance explains. "
        "Deliberate or secondary fires: 1 in the 12 months to 30 September 2026, where the average cell has 35.6. "
        "All Secondary fire (1)."
    )


def test_an_empty_cell_in_a_hot_area_is_not_to_be_tasked_alone() -> None:
    empty = Finding(0, {}, [], 35.58, "95 %", previous=12)
    assert rationale(empty, "crimes", YEAR) == (
        "Lies in a hot area, but no crimes were recorded here in the 12 months to 30 September 2026: "
        "do not task on it alone."
    )


def test_one_agency_needs_no_mention() -> None:
    alone = replace(HOT, by_agency={"police": 371, "council": 0, "fire": 0})
    assert "Reported by" not in rationale(alone, "crimes", YEAR)
    assert "Reported by police (370), fire (1)." in rationale(
        replace(HOT, by_agency={"police": 370, "council": 0, "fire": 1}), "crimes", YEAR
    )


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ([("Burglary", 1371)], "All Burglary (1,371)."),
        ([("Burglary", 300), ("Robbery", 71)], "Mostly Burglary (300) and Robbery (71)."),
    ],
)
def test_one_category_is_all_and_several_are_mostly(top: list[tuple[str, int]], expected: str) -> None:
    assert expected in rationale(replace(HOT, top_categories=top), "crimes", YEAR)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (None, 371, "(1)."),
        (0, 9, "From 0 to 9 against the twelve months before."),
        (9, 18, "From 9 to 18 against the twelve months before."),
        (10, 18, "Up 80 % on the twelve months before (10)."),
        (10, 5, "Down 50 % on the twelve months before (10)."),
        (10, 10, "Level with the twelve months before (10)."),
        (1000, 1004, "Level with the twelve months before (1,000)."),
        (10, 371, "Up 3,610 % on the twelve months before (10)."),
    ],
)
def test_a_percentage_needs_a_base_of_ten(before: int | None, now: int, expected: str) -> None:
    assert rationale(replace(HOT, count=now, previous=before), "crimes", YEAR).endswith(expected)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("confidence", ["99 %", None])
def test_each_layers_own_words_fit_the_sentence(name: str, confidence: str | None) -> None:
    said = rationale(replace(HOT, confidence=confidence), LAYERS[name].events, YEAR)
    sentences = said.removesuffix(".").split(". ")
    assert all(sentence[0].isupper() for sentence in sentences), said
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2025-10-01", "2026-10-01", "12 months to 30 September 2026"),
        ("2026-03-15", "2026-09-15", "6 months to 14 September 2026"),
        ("2026-09-01", "2026-10-01", "month to 30 September 2026"),
        ("2025-10-05", "2026-10-01", "361 days to 30 September 2026"),
        ("2026-09-30", "2026-10-01", "day to 30 September 2026"),
        ("2023-03-01", "2024-02-29", "365 days to 28 February 2024"),
    ],
)
def test_the_time_counted_is_told_in_months_where_they_are_whole(since: str, until: str, expected: str) -> None:
    first, after = (datetime.fromisoformat(day).replace(tzinfo=LONDON) for day in (since, until))
    assert months_to(first, after) == expected


def test_the_last_day_is_londons() -> None:
    assert last_day(datetime.fromisoformat("2026-06-30T23:00:00+00:00")) == "30 June 2026"
    assert last_day(datetime.fromisoformat("2026-01-01T00:00:00+00:00")) == "31 December 2025"
