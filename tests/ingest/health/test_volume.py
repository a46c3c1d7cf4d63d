"""The counts beside the incidents are always what counting the incidents would give."""

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.ingest.conftest import Store
from tests.ingest.files import police, requests
from tests.ingest.health.deliveries import COUNCIL, POLICE, day_of_reports, load

HELD = "SELECT scope, span, starts, rows, placed, mapped FROM feed_volume WHERE feed = :feed ORDER BY 1, 2, 3"
COUNTED = """
SELECT scope, CASE time_precision WHEN 'month' THEN 'month' ELSE 'day' END AS span,
       (occurred_from AT TIME ZONE 'Europe/London')::date AS starts, count(*) AS rows,
       count(location) AS placed, count(*) FILTER (WHERE category <> 'unmapped') AS mapped
FROM incident WHERE feed = :feed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
CHECKED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(store: Store, feed: str) -> bool:
    with store.engine.connect() as connection:
        held, counted = (connection.execute(text(q), {"feed": feed}).all() for q in (HELD, COUNTED))
    assert held == counted
    return bool(held)


reports = st.lists(
    st.fixed_dictionaries(
        {
            "service_request_id": st.sampled_from([f"R{n}" for n in range(8)]),
            "requested_datetime": st.sampled_from(
                ["2026-03-01T23:30:00+00:00", "2026-03-02T00:30:00Z", "2026-05-31T23:30:00Z", "2025-12-31T12:00:00Z"]
            ),
            "service_name": st.sampled_from(["Graffiti", "Nobody knows"]),
            "lat": st.sampled_from([54.57, ""]),
        }
    ).map(lambda report: report | ({"long": ""} if report["lat"] == "" else {})),
    max_size=8,
)


@CHECKED
@given(st.lists(reports, min_size=1, max_size=4))
def test_reports_that_change_day_place_and_kind(cleared: Store, deliveries: list[list[dict[str, Any]]]) -> None:
    cleared.clear()
    for number, delivery in enumerate(deliveries):
        load(cleared, COUNCIL, requests(*delivery), f"{number}.json")
        same(cleared, COUNCIL)


crimes = st.lists(
    st.fixed_dictionaries(
        {
            "Crime ID": st.sampled_from(["", "a", "b", "c"]),
            "Month": st.sampled_from(["2026-02", "2026-03", "no month"]),
            "Longitude": st.sampled_from(["-1.24", "-1.25"]),
        }
    ),
    max_size=8,
)


@CHECKED
@given(st.lists(crimes, min_size=1, max_size=4))
def test_snapshots_that_replace_each_other(cleared: Store, deliveries: list[list[dict[str, str]]]) -> None:
    cleared.clear()
    for number, delivery in enumerate(deliveries):
        load(cleared, POLICE, police(*delivery), f"{number}.csv")
        same(cleared, POLICE)


def test_a_day_ends_at_midnight_in_london(store: Store) -> None:
    load(store, COUNCIL, requests({"requested_datetime": "2026-06-30T23:30:00Z"}), "summer.json")
    assert store.rows("SELECT starts, rows FROM feed_volume") == [{"starts": date(2026, 7, 1), "rows": 1}]


def test_a_report_that_moves_to_another_day_leaves_the_first(store: Store) -> None:
    load(store, COUNCIL, requests(*day_of_reports(3, date(2026, 3, 1))), "1.json")
    moved = {"service_request_id": "2026-03-01/0", "requested_datetime": "2026-04-01T12:00:00Z"}
    load(store, COUNCIL, requests(moved), "2.json")
    assert store.rows("SELECT starts, rows FROM feed_volume ORDER BY 1") == [
        {"starts": date(2026, 3, 1), "rows": 2},
        {"starts": date(2026, 4, 1), "rows": 1},
    ]
    assert same(store, COUNCIL)
