"""What a layer over an area is told of the reporting behind it."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from aim.areas import Area, area_named
from aim.hotspots.counted import volume
from aim.hotspots.record import record
from aim.ingest.health.caveats import area_outages
from aim.ingest.health.series import Outage
from aim.vocabulary.categories import categories
from tests.ingest.conftest import Store
from tests.ingest.files import requests
from tests.ingest.health.deliveries import COUNCIL, day_of_reports, days, load, load_months
from tests.town import Town

SINCE, UNTIL = datetime(2025, 10, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
USUAL = {"2026-05": 500, "2026-06": 510, "2026-07": 490}
AWAY = {"lat": 53.4, "long": -2.98}


@pytest.fixture
def west(store: Store, town: Town) -> Area:
    """The western half of the town, where the files' incidents lie."""
    return named(store.engine, "Testby-West")


def named(engine: Engine, area: str) -> Area:
    with engine.connect() as connection:
        return area_named(connection, area)


def outages(store: Store, area: Area, since: datetime = SINCE, until: datetime = UNTIL) -> list[Outage]:
    with store.engine.connect() as connection:
        here = volume(record(connection, area, tuple(categories()), until))
        return area_outages(connection, area, here, since, until)


def test_a_force_whose_reports_collapse_is_told_of_with_the_forces_numbers(store: Store, west: Area) -> None:
    load_months(store, USUAL | {"2026-08": 60})
    [outage] = outages(store, west)
    assert outage.sentence == (
        "Dyfed-Powys Police, August 2026: 60 rows came where 500 were expected. "
        "This is an outage of the reporting, not a fall."
    )


def test_nothing_at_all_in_the_area_in_that_month_counts(store: Store, west: Area) -> None:
    load_months(store, USUAL | {"2026-09": 500})
    [outage] = outages(store, west)
    assert (outage.first, outage.observed, outage.expected) == (date(2026, 8, 1), 0, 500)


def test_an_area_that_falls_silent_alone_is_told_of_by_its_name(store: Store, west: Area) -> None:
    """The feed as a whole goes on: it is one district's reports that are missing."""
    first = date(2026, 8, 3)
    here = [30] * 28 + [0] * 5 + [30] * 3
    for day, rows in days(first, here).items():
        reports = [*day_of_reports(rows, day), *({**each, **AWAY} for each in day_of_reports(300, day, status="open"))]
        numbered = [{**each, "service_request_id": f"{day}-{n}"} for n, each in enumerate(reports)]
        load(store, COUNCIL, requests(*numbered), f"{day}.json")
    [outage] = outages(store, west)
    assert (outage.first, outage.last) == (date(2026, 8, 31), date(2026, 9, 4))
    assert outage.unit == "The feed open311 in West"
    assert outages(store, named(store.engine, "Testby-East")) == []


def test_an_outage_before_the_time_is_not_told_of(store: Store, west: Area) -> None:
    load_months(store, USUAL | {"2026-08": 4, "2026-09": 500})
    assert outages(store, west, since=datetime(2026, 9, 1, tzinfo=UTC)) == []


def test_what_comes_later_is_not_known_yet(store: Store, west: Area) -> None:
    load_months(store, USUAL | {"2026-08": 4})
    assert outages(store, west, until=datetime(2026, 8, 1, tzinfo=UTC)) == []


def test_a_feed_that_reports_elsewhere_is_none_of_the_areas_business(store: Store, west: Area) -> None:
    load_months(store, USUAL | {"2026-08": 4})
    assert outages(store, named(store.engine, "Testby-East")) == []
