"""What is kept of the incidents is what is stored of them, whatever came, changed or went in between."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import Connection, select, text

from aim.areas import area_named
from aim.db.tables import incident_part
from aim.hotspots.record import Record, record
from aim.hotspots.run import FOREVER
from aim.ingest.retention.expiry import expire
from aim.layers.publishing.known import LAYERS
from tests.town import ASB, OUTSIDE, TOWN, Town, as_of, at, near

KINDS = LAYERS[ASB].categories
Step = Callable[[Town], None]


def read(connection: Connection, until: datetime = FOREVER) -> Record:
    return record(connection, area_named(connection, "testby"), KINDS, until)


def known(town: Town) -> Record:
    """What is known with what was kept before, which is kept."""
    with town.engine.begin() as connection:
        return read(connection)


def from_scratch(town: Town) -> Record:
    """The same without what was kept."""
    with town.engine.begin() as connection:
        connection.execute(text("DELETE FROM incident_part"))
        return read(connection)


def kept(town: Town) -> dict[tuple[str, str], int]:
    """The version of each part that is kept."""
    table = incident_part.c
    with town.engine.connect() as connection:
        rows = connection.execute(select(table.feed, table.month, table.version)).all()
    return {(row.feed, f"{row.month:%Y-%m}"): row.version for row in rows}


def move(town: Town) -> None:
    town.found(shape=TOWN.buffer(0.004))


def forget(town: Town) -> None:
    expire(town.engine, datetime(2029, 5, 15, tzinfo=UTC), Path(town.folder), "a test")


STEPS: dict[str, Step] = {
    "reports come": lambda town: town.reports("2026-05-03T09:00:00+01:00", [at(), at(near(1))]),
    "older reports come": lambda town: town.reports("2026-03-03T09:00:00+00:00", [at(near(2)), OUTSIDE]),
    "a month of crimes comes": lambda town: town.crimes("2026-05", [at()], "Anti-social behaviour"),
    "another force's too": lambda town: town.crimes("2026-06", [at(near(2))] * 3, "Anti-social behaviour"),
    "fires come, which the layer does not count": lambda town: town.fires("2026-05-04 04:00", [at()]),
    "the last minute of May in London": lambda town: town.reports("2026-05-31T22:59:59Z", [at()]),
    "the first of June in London": lambda town: town.reports("2026-05-31T23:00:00Z", [at()]),
    "the area grows": move,
    "the oldest go": forget,
}


def test_after_each_change_what_is_known_is_what_is_stored(town: Town) -> None:
    for name, step in STEPS.items():
        step(town)
        found = known(town)
        wanted = from_scratch(town)
        assert_frame_equal(found.rows, wanted.rows)
        assert found.versions == wanted.versions, name


def test_a_load_touches_its_own_months_and_feeds_alone(town: Town) -> None:
    town.reports("2026-03-03T09:00:00+00:00", [at()])
    town.reports("2026-05-03T09:00:00+01:00", [at()])
    town.crimes("2026-05", [at()], "Anti-social behaviour")
    known(town)
    before = kept(town)
    town.reports("2026-05-04T09:00:00+01:00", [at()])
    gone = before.keys() - kept(town).keys()
    assert gone == {("open311", "2026-05")}
    known(town)
    changed = {part for part, version in kept(town).items() if version != before[part]}
    assert changed == {("open311", "2026-05")}


def test_the_same_file_again_touches_nothing(town: Town) -> None:
    town.reports("2026-05-03T09:00:00+01:00", [at()])
    known(town)
    before = kept(town)
    file = sorted(town.folder.glob("*.json"))[0]
    town.load_again("open311", file)
    assert kept(town) == before


def test_nothing_that_is_erased_is_kept(town: Town) -> None:
    town.reports("2023-05-03T09:00:00+01:00", [at()])
    town.reports("2026-05-03T09:00:00+01:00", [at()])
    assert known(town).rows.height == 2
    expire(town.engine, as_of("2026-06-01"), Path(town.folder), "a test")
    assert kept(town).keys() == {("open311", "2026-05")}
    assert known(town).rows.height == 1


def test_a_month_without_incidents_in_the_area_is_not_read_again(town: Town) -> None:
    town.reports("2026-05-03T09:00:00+01:00", [OUTSIDE])
    assert known(town).rows.is_empty()
    assert kept(town).keys() == {("open311", "2026-05")}
    assert from_scratch(town).rows.schema == known(town).rows.schema


def test_what_began_at_the_end_is_not_known(town: Town) -> None:
    town.reports("2026-05-03T09:00:00+01:00", [at()])
    town.reports("2026-06-01T00:00:00+01:00", [at()])
    with town.engine.connect() as connection:
        june = datetime(2026, 5, 31, 23, tzinfo=UTC)
        assert read(connection, june).rows["occurred_from"].to_list() == [datetime(2026, 5, 3, 8, tzinfo=UTC)]


@pytest.mark.parametrize("when", ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"])
def test_times_come_back_to_the_microsecond(town: Town, when: str) -> None:
    exact = datetime.fromisoformat(when).replace(microsecond=123457)
    town.reports(exact.isoformat(), [at()])
    assert known(town).rows["occurred_from"].to_list() == [exact.astimezone(UTC)]


def test_a_place_in_metres_is_the_place_in_degrees(town: Town) -> None:
    town.reports("2026-05-03T09:00:00+01:00", [at()])
    [x, y] = known(town).rows.select("x", "y").row(0)
    assert (x, y) == pytest.approx((449_500, 519_900), abs=300)
    assert known(town).rows.select(pl.col("inside").all()).item()
