"""What is stored of the past, as a look back reads it, beside a plain loop over the incidents."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from aim.areas import area_named
from aim.hotspots.counted import incidents, once
from aim.hotspots.grid import Grid, cells_of, from_hex
from aim.hotspots.record import record
from aim.hotspots.track_record import Past, past
from aim.layers.publishing.known import LAYERS
from tests.town import CENTRE, Town, at, near

ASB = LAYERS["anti-social-behaviour"].categories
CRIME = LAYERS["all-crime"].categories
OCTOBER = datetime(2026, 10, 1, tzinfo=ZoneInfo("Europe/London"))


def known(town: Town, kinds: tuple[str, ...], until: datetime = OCTOBER, resolution: int = 8) -> Past | None:
    with town.engine.connect() as connection:
        stored = record(connection, area_named(connection, "testby"), kinds, until)
    rows = incidents(stored, kinds, resolution)
    grid = Grid.of(np.concatenate([cells_of(stored.area.boundary, resolution), rows["cell"].to_numpy()]))
    return past(grid, once(rows, stored.links))


def some(found: Past | None) -> Past:
    assert found is not None
    return found


def by_cell_and_day(found: Past) -> Counter[tuple[int, str]]:
    record = found.incidents
    return Counter((int(found.grid.cells[c]), str(d)) for c, d in zip(record.cell, record.day, strict=True))


def test_incidents_are_told_by_cell_and_london_day(town: Town) -> None:
    town.reports("2026-06-30T23:30:00+00:00", [at()] * 3 + [at(near(1))])
    town.reports("2026-07-02T12:00:00+01:00", [at()])
    centre, beside = (int(cell) for cell in from_hex([CENTRE, near(1)]))
    counted = by_cell_and_day(some(known(town, ASB)))
    assert counted == {(centre, "2026-07-01"): 3, (beside, "2026-07-01"): 1, (centre, "2026-07-02"): 1}


def test_nothing_from_the_end_on_is_looked_at(town: Town) -> None:
    town.reports("2026-06-03T09:00:00+01:00", [at()])
    town.reports("2026-06-04T00:00:00+01:00", [at()])
    assert len(some(known(town, ASB, OCTOBER.replace(month=6, day=4))).incidents) == 1


def test_what_police_find_by_looking_is_left_out_and_counted(town: Town) -> None:
    town.crimes("2026-05", [at()] * 2, "Burglary")
    town.crimes("2026-06", [at()] * 3, "Drugs")
    found = some(known(town, CRIME)).incidents
    assert (len(found), found.enforcement_driven) == (2, 3)


def test_months_are_judged_by_months_and_days_by_weeks(town: Town) -> None:
    town.crimes("2026-01", [at()], "Anti-social behaviour")
    found = some(known(town, ASB))
    assert found.monthly
    periods = found.last_periods(np.datetime64("2026-07-15"), 7)
    assert [str(end) for end in periods.ends] == ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]


def test_the_first_weeks_of_a_record_are_not_foretold(town: Town) -> None:
    town.reports("2026-06-01T09:00:00+01:00", [at()])
    periods = some(known(town, ASB)).last_periods(np.datetime64("2026-07-15"), 7)
    assert [str(eve) for eve in periods.eves] == ["2026-06-30", "2026-07-07"]


def test_where_nothing_is_stored_there_is_no_past(town: Town) -> None:
    assert known(town, ASB) is None


def test_nor_where_there_is_nothing_but_what_is_found_by_looking(town: Town) -> None:
    town.crimes("2026-06", [at()], "Drugs")
    assert known(town, CRIME) is None
