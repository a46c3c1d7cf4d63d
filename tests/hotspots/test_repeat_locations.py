"""Repeat locations: what counts as the same place, what as the same report, and a slow second answer."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.facts import Events, Facts
from aim.hotspots.method import Lacking, Table
from aim.hotspots.methods.repeat_locations import METHOD, first_reports, locations, median_gap, shares
from tests import facts
from tests.facts import UNTIL

Row = tuple[float, int, int, str, str]
"""x, days and hours before the end, category and agency."""


def events(rows: list[Row]) -> Events:
    x, days, hours, category, agency = (np.array(column) for column in zip(*rows, strict=True))
    m = len(rows)
    begins = (UNTIL - days.astype("timedelta64[D]")).astype("datetime64[s]") - hours.astype("timedelta64[h]")
    one = np.ones(m)
    return Events(
        np.zeros(m, np.int64), begins, begins, begins.astype("datetime64[D]"), x.astype(np.float64), 0 * one,
        category, agency, np.full(m, "exact"), 10 * one, np.zeros(m, np.bool_), one,
    )  # fmt: skip


def table(rows: list[Row]) -> Table:
    grid = facts.grid_of(0)
    found = METHOD.table(Facts(grid, np.zeros(1), events=events(rows), until=UNTIL))
    assert isinstance(found, Table)
    return found


def test_shares_and_gaps_are_of_places_to_the_metre() -> None:
    found = table(
        [
            (10.2, 30, 0, "a", "police"),
            (9.8, 20, 0, "b", "police"),
            (10.0, 4, 0, "a", "fire"),
            (11.0, 9, 0, "a", "fire"),
        ]
    )
    assert found.figures["share_at_2_or_more"] == found.figures["share_at_3_or_more"] == 0.75
    assert found.figures["share_at_5_or_more"] == 0
    assert found.figures["median_days_to_repeat"] == 13
    assert found.columns["incidents"].tolist() == [3, 1]
    assert found.columns["x"].tolist() == [10, 11]
    assert (found.columns["first"][0], found.columns["last"][0]) == (str(UNTIL - 30), str(UNTIL - 4))


def test_several_callers_about_one_thing_are_no_repeat() -> None:
    rows: list[Row] = [
        (0, 9, 0, "tip", "council"),
        (40, 8, 0, "tip", "council"),
        (80, 7, 0, "tip", "council"),
        (80, 7, 0, "graffiti", "council"),
        (0, 9, 0, "tip", "police"),
        (0, 2, 0, "tip", "council"),
    ]
    assert first_reports(events(rows)).tolist() == [True, False, False, True, True, True]
    assert table(rows).figures["reports_of_the_same"] == 2


def test_only_the_last_year_counts() -> None:
    assert table([(0, 365, 0, "a", "police"), (0, 366, 0, "a", "police")]).figures["incidents"] == 1


def test_imprecise_points_are_left_out_and_their_share_is_told() -> None:
    rows: list[Row] = [(0, 3, 0, "a", "police")] * 4
    coarse = replace(events(rows), location_precision_m=np.array([10.0, 71, 200, 200]))
    known = Facts(facts.grid_of(0), np.zeros(1), events=coarse, until=UNTIL)
    found = METHOD.table(known)
    assert isinstance(found, Table)
    assert (found.figures["incidents"], found.figures["imprecise_share"]) == (1, 0.75)
    none = METHOD.table(replace(known, events=replace(coarse, location_precision_m=np.full(4, 200.0))))
    assert isinstance(none, Lacking)


@settings(deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from([0.0, 40, 90, 500]),
            st.integers(1, 9),
            st.integers(0, 23),
            st.sampled_from("ab"),
            st.sampled_from(["council", "police"]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_two_answers_agree(rows: list[Row]) -> None:
    found = events(rows)
    kept = first_reports(found)
    leads = [at for at in range(len(rows)) if at == chain(rows, at)]
    assert np.flatnonzero(kept).tolist() == leads
    left = found.where(kept)
    places = [rows[at][0] for at in leads]
    for level in (2, 3, 5):
        share = sum(places.count(place) >= level for place in places) / len(places)
        assert shares(locations(left))[f"share_at_{level}_or_more"] == pytest.approx(share)
    gaps: list[int] = []
    for place in set(places):
        days = sorted(int(left.day.astype(np.int64)[at]) for at, where in enumerate(places) if where == place)
        gaps += [later - sooner for sooner, later in pairwise(days)]
    assert median_gap(locations(left), left.day) == (float(np.median(gaps)) if gaps else -1)


def chain(rows: list[Row], at: int) -> int:
    """The first of all reports that can be reached from one by steps of 50 m and 48 hours."""
    if rows[at][4] != "council":
        return at
    reached, grown = {at}, True
    while grown:
        more = {b for a in reached for b in range(len(rows)) if linked(rows[a], rows[b])} - reached
        reached, grown = reached | more, bool(more)
    return min(reached, key=lambda one: (-hours(rows[one]), one))


def hours(row: Row) -> int:
    return row[1] * 24 + row[2]


def linked(a: Row, b: Row) -> bool:
    return a[3:] == b[3:] and abs(a[0] - b[0]) <= 50 and abs(hours(a) - hours(b)) <= 48
