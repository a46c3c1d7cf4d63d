"""A linked event counts once among several agencies, and twice within one; beside a plain loop."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.fold import KINDS, fold

FEEDS = {"fires": "fire", "council": "council", "app": "council", "calls": "police"}
START = datetime(2026, 3, 1, tzinfo=UTC)
Row = dict[str, Any]
EVENT_SCHEMA: dict[str, Any] = {
    "cell": pl.Int64,
    "agency": pl.String,
    "category": pl.String,
    "method": pl.String,
    "feed": pl.String,
    "precision_m": pl.Float64,
    "current": pl.Boolean,
    "events": pl.Int64,
}
LINKED_SCHEMA: dict[str, Any] = {
    "link": pl.Int64,
    "feed": pl.String,
    "scope": pl.String,
    "identity": pl.Int64,
    "ordinal": pl.Int64,
    "cell": pl.Int64,
    "agency": pl.String,
    "category": pl.String,
    "method": pl.String,
    "precision_m": pl.Float64,
    "occurred_from": pl.Datetime("us", "UTC"),
    "current": pl.Boolean,
}


@st.composite
def reports(draw: st.DrawFn) -> list[Row]:
    """Up to eight reports, some of them out of what the layer counts."""
    feeds = draw(st.lists(st.sampled_from(sorted(FEEDS)), max_size=8))
    return [
        {
            "feed": feed,
            "scope": "",
            "identity": number,
            "ordinal": 0,
            "cell": draw(st.sampled_from([None, 1, 2, 3])),
            "agency": FEEDS[feed],
            "category": draw(st.sampled_from(["litter", "noise"])),
            "method": "exact",
            "precision_m": draw(st.sampled_from([10.0, 71.0])),
            "occurred_from": START + timedelta(hours=draw(st.integers(0, 3))),
            "current": draw(st.booleans()),
        }
        for number, feed in enumerate(feeds)
    ]


@st.composite
def linked_reports(draw: st.DrawFn) -> tuple[list[Row], list[tuple[int, int]]]:
    rows = draw(reports())
    able = [(x, y) for x in range(len(rows)) for y in range(x) if rows[x]["feed"] != rows[y]["feed"]]
    return rows, draw(st.lists(st.sampled_from(able), unique=True, max_size=5)) if able else []


def counted(rows: list[Row]) -> pl.DataFrame:
    """What the event cube's statement gives."""
    frame = pl.DataFrame([row for row in rows if row["cell"] is not None], schema=LINKED_SCHEMA | {"link": pl.Int64()})
    summed = frame.group_by(KINDS).agg(pl.col("precision_m").max(), events=pl.len().cast(pl.Int64))
    return summed.select(EVENT_SCHEMA.keys())


def sides(rows: list[Row], links: list[tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        [rows[end] | {"link": number} for number, pair in enumerate(links) for end in pair], schema=LINKED_SCHEMA
    )


def groups(rows: list[Row], links: list[tuple[int, int]]) -> list[list[Row]]:
    """The reports of each event that the layer counts, by joining until nothing changes."""
    event = list(range(len(rows)))
    for _ in rows:
        for x, y in links:
            event[x] = event[y] = min(event[x], event[y])
    found: dict[int, list[Row]] = defaultdict(list)
    for row, number in zip(rows, event, strict=True):
        if row["cell"] is not None:
            found[number].append(row)
    return list(found.values())


def by_hand(rows: list[Row], links: list[tuple[int, int]]) -> tuple[Counter[Any], Counter[Any]]:
    """Events and reports by what tells rows of the cube apart."""
    events: Counter[Any] = Counter()
    told: Counter[Any] = Counter()
    for group in groups(rows, links):
        best = min(group, key=lambda row: (row["precision_m"], row["occurred_from"], row["feed"], row["identity"]))
        together = len({row["agency"] for row in group}) > 1
        for row in group:
            at = row | {"cell": best["cell"], "current": best["current"]} if together else row
            told[tuple(at[name] for name in KINDS)] += 1
            if row is best or not together:
                events[tuple(row[name] for name in KINDS)] += 1
    return events, told


@settings(deadline=None)
@given(linked_reports())
def test_events_and_reports_are_those_of_a_loop(given_: tuple[list[Row], list[tuple[int, int]]]) -> None:
    rows, links = given_
    found = fold(counted(rows), sides(rows, links))
    events, told = by_hand(rows, links)
    assert {
        tuple(row[name] for name in KINDS): row["events"] for row in found.iter_rows(named=True) if row["events"]
    } == events
    assert {
        tuple(row[name] for name in KINDS): row["reports"] for row in found.iter_rows(named=True) if row["reports"]
    } == told
    assert len(found.unique(KINDS)) == len(found)


def test_without_links_every_report_is_an_event() -> None:
    rows = [row | {"cell": 1} for row in [_row(1, "fires"), _row(2, "council")]]
    found = fold(counted(rows), sides(rows, []))
    assert found["events"].to_list() == found["reports"].to_list() == [1, 1]


def _row(number: int, feed: str) -> Row:
    same = {"scope": "", "ordinal": 0, "category": "litter", "method": "exact", "precision_m": 10.0, "current": True}
    return same | {"identity": number, "feed": feed, "agency": FEEDS[feed], "occurred_from": START}
