"""What a layer counts of the record of an area, beside a plain loop over the incidents."""

from collections import Counter
from datetime import UTC, datetime

import h3
import polars as pl
import pytest
import shapely
from sqlalchemy import Connection, Engine, func, select, update

from aim.areas import area_named
from aim.db.tables import incident
from aim.hotspots.counted import Coverage, Window, coverage, events, incidents
from aim.hotspots.record import record
from aim.hotspots.run import FOREVER, window_until
from aim.layers.publishing.known import LAYERS
from tests.town import OUTSIDE, Town, at

ASB = LAYERS["anti-social-behaviour"].categories
FIRES = LAYERS["deliberate-fires"].categories
UNTIL = datetime(2026, 9, 30, 23, tzinfo=UTC)
KEPT = ("category", "agency", "feed", "occurred_from")


def covered(town: Town, categories: tuple[str, ...], until: datetime = FOREVER) -> dict[str, Coverage]:
    with town.engine.connect() as connection:
        return coverage(record(connection, area_named(connection, "testby"), categories, until), categories)


def events_of(
    connection: Connection,
    area: str,
    categories: tuple[str, ...],
    resolution: int,
    window: Window,
    *,
    once: bool = True,
) -> pl.DataFrame:
    """`once`: an event that two agencies tell of is one."""
    known = record(connection, area_named(connection, area), categories, window.until)
    return events(incidents(known, categories, resolution), known.links if once else known.links.clear(), window)


def test_coverage_runs_from_the_first_midnight_to_after_the_last_instant(town: Town) -> None:
    town.reports("2026-06-03T15:00:00+01:00", [at()])
    town.reports("2026-09-02T08:00:00+01:00", [at()])
    found = covered(town, ASB)["council"]
    assert found.begins == datetime(2026, 6, 2, 23, tzinfo=UTC)
    assert found.ends == datetime(2026, 9, 2, 7, 0, 0, 1, tzinfo=UTC)


def test_coverage_counts_all_that_a_feed_reports_once_it_has_one_of_the_categories(town: Town) -> None:
    town.fires("2026-03-01 04:00", [at()], "AFA")
    town.fires("2026-06-01 04:00", [at()])
    town.fires("2026-08-01 04:00", [at()], "AFA")
    found = covered(town, FIRES)["fire"]
    assert found.begins == datetime(2026, 3, 1, tzinfo=UTC)
    assert found.ends == datetime(2026, 8, 1, 3, 0, 0, 1, tzinfo=UTC)


def test_coverage_leaves_out_a_feed_without_any_of_the_categories(town: Town) -> None:
    town.fires("2026-06-01 04:00", [at()])
    town.reports("2026-06-01T04:00:00+01:00", [at()])
    assert list(covered(town, FIRES)) == ["fire"]


def test_coverage_of_a_month_ends_with_the_month_but_never_after_the_day_asked_for(town: Town) -> None:
    town.crimes("2026-06", [at()], "Anti-social behaviour")
    assert covered(town, ASB)["police"].ends == datetime(2026, 6, 30, 23, tzinfo=UTC)
    middle = datetime(2026, 6, 15, tzinfo=UTC)
    assert covered(town, ASB, middle)["police"].ends == middle


def test_coverage_looks_at_nothing_from_the_end_on(town: Town) -> None:
    town.reports("2026-06-03T15:00:00+01:00", [at()])
    assert covered(town, ASB, datetime(2026, 6, 3, 14, tzinfo=UTC)) == {}


def counted(town: Town, window: Window) -> dict[bool, int]:
    """Events by whether they are of the window itself or of the one before."""
    with town.engine.connect() as connection:
        frame = events_of(connection, "testby", ASB, 8, window)
    return dict(frame.group_by("current").agg(pl.col("events").sum()).iter_rows())


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2024-09-30T23:59:59.999999+01:00", {}),
        ("2024-10-01T00:00:00+01:00", {False: 1}),
        ("2025-09-30T23:59:59.999999+01:00", {False: 1}),
        ("2025-10-01T00:00:00+01:00", {True: 1}),
        ("2026-09-30T23:59:59.999999+01:00", {True: 1}),
        ("2026-10-01T00:00:00+01:00", {}),
    ],
)
def test_an_incident_belongs_to_the_window_it_begins_in(town: Town, when: str, expected: dict[bool, int]) -> None:
    town.reports(when, [at()])
    assert counted(town, window_until(UNTIL)) == expected


def test_what_is_outside_the_area_or_has_no_place_is_not_counted(town: Town) -> None:
    town.reports("2026-06-01T12:00:00+01:00", [OUTSIDE, (0.0, 0.0), at()])
    assert counted(town, window_until(UNTIL)) == {True: 1}


def test_kinds_of_place_are_told_apart(town: Town) -> None:
    town.fires("2026-06-01 04:00", [at(), at()])
    town.fires("2026-06-02 04:00", [at()], exact=False)
    with town.engine.connect() as connection:
        frame = events_of(connection, "testby", FIRES, 9, window_until(UNTIL))
    found = frame.select("method", "precision_m", "events").sort("method").rows()
    assert found == [("exact", 10.0, 2), ("rounded", 71.0, 1)]


def test_the_worst_precision_of_a_group_is_what_counts(town: Town) -> None:
    town.reports("2026-06-01T12:00:00+01:00", [at(), at()])
    with town.engine.begin() as connection:
        worse = update(incident).where(incident.c.source_id == "R2").values(location_precision_m=250)
        assert connection.execute(worse).rowcount == 1
        frame = events_of(connection, "testby", ASB, 8, window_until(UNTIL))
    assert frame.select("precision_m", "events").rows() == [(250.0, 2)]


@pytest.mark.parametrize("name", LAYERS)
def test_the_counts_of_the_samples_are_those_of_a_plain_loop(sample_engine: Engine, name: str) -> None:
    categories, resolution, window = LAYERS[name].categories, LAYERS[name].resolution, window_until(UNTIL)
    with sample_engine.connect() as connection:
        frame = events_of(connection, "made-up-town", categories, resolution, window, once=False)
        boundary = area_named(connection, "made-up-town").boundary
        place = (func.ST_X(incident.c.location).label("x"), func.ST_Y(incident.c.location).label("y"))
        rows = connection.execute(select(*(incident.c[kept] for kept in KEPT), *place)).all()
    shapely.prepare(boundary)
    plain: Counter[tuple[int, str, str, str, bool]] = Counter()
    for row in rows:
        inside = row.x is not None and boundary.covers(shapely.Point(row.x, row.y))
        if inside and row.category in categories and window.before <= row.occurred_from < window.until:
            cell = h3.str_to_int(h3.latlng_to_cell(row.y, row.x, resolution))
            plain[cell, row.agency, row.category, row.feed, row.occurred_from >= window.since] += 1
    keys = ["cell", "agency", "category", "feed", "current"]
    found = frame.group_by(keys).agg(pl.col("events").sum())
    assert {row[:-1]: row[-1] for row in found.select(*keys, "events").iter_rows()} == plain
