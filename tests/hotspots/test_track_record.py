"""What is stored of the past, as a look back reads it, beside a plain loop over the incidents."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from aim.areas import area_named
from aim.errors import NoIncidents
from aim.hotspots.grid import from_hex
from aim.hotspots.track_record import Past, past
from aim.layers import LAYERS
from tests.town import CENTRE, Town, at, near

ASB = LAYERS["anti-social-behaviour"].categories
CRIME = LAYERS["all-crime"].categories
OCTOBER = datetime(2026, 10, 1, tzinfo=ZoneInfo("Europe/London"))


def known(town: Town, kinds: tuple[str, ...], until: datetime = OCTOBER, resolution: int = 8) -> Past:
    with town.engine.connect() as connection:
        return past(connection, area_named(connection, "testby"), kinds, resolution, until)


def by_cell_and_day(found: Past) -> Counter[tuple[int, str]]:
    record = found.incidents
    return Counter((int(found.grid.cells[c]), str(d)) for c, d in zip(record.cell, record.day, strict=True))


def test_incidents_are_told_by_cell_and_london_day(town: Town) -> None:
    town.reports("2026-06-30T23:30:00+00:00", [at()] * 3 + [at(near(1))])
    town.reports("2026-07-02T12:00:00+01:00", [at()])
    centre, beside = (int(cell) for cell in from_hex([CENTRE, near(1)]))
    counted = by_cell_and_day(known(town, ASB))
    assert counted == {(centre, "2026-07-01"): 3, (beside, "2026-07-01"): 1, (centre, "2026-07-02"): 1}


def test_nothing_from_the_end_on_is_looked_at(town: Town) -> None:
    town.reports("2026-06-03T09:00:00+01:00", [at()])
    town.reports("2026-06-04T00:00:00+01:00", [at()])
    assert len(known(town, ASB, OCTOBER.replace(month=6, day=4)).incidents) == 1


def test_what_police_find_by_looking_is_left_out_and_counted(town: Town) -> None:
    town.crimes("2026-05", [at()] * 2, "Burglary")
    town.crimes("2026-06", [at()] * 3, "Drugs")
    found = known(town, CRIME).incidents
    assert (len(found), found.enforcement_driven) == (2, 3)


def test_months_are_judged_by_months_and_days_by_weeks(town: Town) -> None:
    town.crimes("2026-01", [at()], "Anti-social behaviour")
    found = known(town, ASB)
    assert found.monthly
    periods = found.last_periods(np.datetime64("2026-07-15"), 7)
    assert [str(end) for end in periods.ends] == ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]


def test_the_first_weeks_of_a_record_are_not_foretold(town: Town) -> None:
    town.reports("2026-06-01T09:00:00+01:00", [at()])
    periods = known(town, ASB).last_periods(np.datetime64("2026-07-15"), 7)
    assert [str(eve) for eve in periods.eves] == ["2026-06-30", "2026-07-07"]


def test_nothing_stored_is_refused(town: Town) -> None:
    with pytest.raises(NoIncidents, match="There are no incidents in Testby to look back on"):
        known(town, ASB)


def test_nothing_but_what_is_found_by_looking_is_refused_too(town: Town) -> None:
    town.crimes("2026-06", [at()], "Drugs")
    with pytest.raises(NoIncidents, match="recorded where police look for them"):
        known(town, CRIME)
