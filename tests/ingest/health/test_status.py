"""How a feed stands, from what was loaded and refused."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from aim.errors import UnusualLoad
from aim.ingest.health.as_json import detail, summary
from aim.ingest.health.status import FeedHealth, FigureVerdict, Standing, feed_health
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.files import requests
from tests.ingest.health.deliveries import (
    COUNCIL,
    POLICE,
    WORD,
    day_of_reports,
    days,
    days_of_reports,
    load,
    load_months,
    month,
)

USUAL = {"2026-06": 120, "2026-07": 110, "2026-08": 130}


def health(store: Store, feed: str, as_of: datetime = AS_OF) -> FeedHealth:
    with store.engine.connect() as connection:
        [found] = feed_health(connection, as_of, feed)
    return found


def verdicts(found: FeedHealth) -> dict[str, FigureVerdict]:
    return {figure.name: figure.verdict for figure in found.figures}


def test_before_anything_is_loaded_there_is_nothing_to_say(store: Store) -> None:
    with store.engine.connect() as connection:
        assert feed_health(connection, AS_OF) == []


def test_a_feed_in_good_health(store: Store) -> None:
    load_months(store, USUAL | {"2026-09": 118})
    found = health(store, POLICE)
    assert found.standing is Standing.HEALTHY
    assert set(verdicts(found).values()) == {FigureVerdict.WITHIN}
    assert (found.newest, found.rows, found.refusals) == (date(2026, 9, 30), 478, 0)
    assert {figure.name: figure.value for figure in found.figures}["age_days"] == 0
    assert found.last_success is not None
    assert found.last_success.file_name == "2026-09-Dyfed-Powys Police.csv"
    assert found.last_refusal is None


def test_a_refused_load_is_the_state_of_the_feed_until_it_is_put_right(store: Store) -> None:
    load_months(store, USUAL)
    with pytest.raises(UnusualLoad):
        load(store, POLICE, month(9, "2026-09"), "2026-09.csv")
    found = health(store, POLICE)
    assert found.standing is Standing.REFUSED
    [refusal] = found.open_refusals
    assert found.last_refusal == refusal
    assert refusal.unusual[0].startswith("9 rows of Dyfed-Powys Police 2026-09: 8 % of the 120 that are typical")
    load(store, POLICE, month(115, "2026-05"), "2026-05.csv")
    assert health(store, POLICE).standing is Standing.REFUSED, "another month does not put this one right"
    assert health(store, POLICE, AS_OF + timedelta(days=40)).open_refusals == []
    load(store, POLICE, month(119, "2026-09"), "2026-09.csv")
    found = health(store, POLICE)
    assert (found.standing, found.open_refusals, found.refusals) == (Standing.HEALTHY, [], 1)
    assert found.last_refusal is not None


def test_the_good_file_once_more_puts_a_bad_release_right(store: Store) -> None:
    load_months(store, USUAL)
    name = "2026-08-Dyfed-Powys Police.csv"
    with pytest.raises(UnusualLoad):
        load(store, POLICE, month(9, "2026-08"), name)
    assert health(store, POLICE).standing is Standing.REFUSED
    load_months(store, {"2026-08": 130})
    found = health(store, POLICE)
    assert (found.standing, found.loads[0].run is None) == (Standing.HEALTHY, False)


def test_any_later_delivery_of_an_incremental_feed_puts_a_refusal_right(store: Store) -> None:
    load(store, COUNCIL, days_of_reports(days(date(2026, 9, 1), [30] * 10)), "1.json")
    nowhere = requests(*day_of_reports(90, date(2026, 9, 11), lat="", long=""))
    with pytest.raises(UnusualLoad):
        load(store, COUNCIL, nowhere, "2.json")
    assert health(store, COUNCIL).standing is Standing.REFUSED
    load(store, COUNCIL, days_of_reports({date(2026, 9, 12): 20}), "3.json")
    assert health(store, COUNCIL).open_refusals == []


def test_an_accepted_collapse_is_an_outage(store: Store) -> None:
    load_months(store, {"2026-06": 1_187, "2026-07": 1_190, "2026-08": 1_180, "2026-09": 164})
    found = health(store, POLICE)
    assert found.standing is Standing.OUTAGE
    [outage] = found.outages
    assert outage.sentence.startswith("Dyfed-Powys Police, September 2026: 164 rows came where 1,187 were expected.")
    assert verdicts(found)["rows"] is FigureVerdict.BELOW


def test_one_force_may_fail_and_the_others_not(store: Store) -> None:
    load_months(store, USUAL | {"2026-09": 4})
    load_months(store, USUAL | {"2026-09": 119}, "Gwent Police")
    assert [(unit.unit, len(unit.outages)) for unit in health(store, POLICE).units] == [
        ("Dyfed-Powys Police", 1),
        ("Gwent Police", 0),
    ]


def test_an_outage_that_is_over_is_told_for_a_year(store: Store) -> None:
    load_months(store, {"2025-06": 120, "2025-07": 110, "2025-08": 130, "2025-09": 4, "2025-10": 120})
    found = health(store, POLICE, datetime(2025, 11, 1, tzinfo=UTC))
    assert [outage.current for outage in found.outages] == [False]
    assert found.standing is not Standing.OUTAGE
    load_months(store, {"2025-11": 120, "2025-12": 120} | {f"2026-{number:02}": 120 for number in range(1, 10)})
    assert health(store, POLICE).outages == []


def test_a_feed_that_stopped_is_late_however_long_ago(store: Store) -> None:
    load_months(store, USUAL)
    assert health(store, POLICE, datetime(2026, 12, 9, tzinfo=UTC)).standing is Standing.HEALTHY
    late = health(store, POLICE, datetime(2036, 12, 10, tzinfo=UTC))
    assert (late.standing, late.rows) == (Standing.LATE, 360)
    assert verdicts(late)["age_days"] is FigureVerdict.ABOVE


def test_words_that_nobody_mapped_are_unusual(store: Store) -> None:
    load(store, COUNCIL, requests(*day_of_reports(60, date(2026, 9, 30), service_name="Nobody knows")), "1.json")
    found = health(store, COUNCIL)
    assert found.standing is Standing.UNUSUAL
    assert verdicts(found)["mapped"] is FigureVerdict.BELOW
    assert verdicts(found)["rows"] is FigureVerdict.UNKNOWN


def test_a_feed_without_rows_is_not_called_healthy(store: Store) -> None:
    load(store, COUNCIL, requests(), "nothing.json")
    assert health(store, COUNCIL).standing is Standing.EMPTY


def test_what_was_loaded_before_there_were_checks_is_judged_by_the_usual_limits(store: Store) -> None:
    load(store, COUNCIL, days_of_reports({date(2026, 9, 1): 60}), "1.json")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE load_check SET checks = '[]', limits = '{}'"))
    found = health(store, COUNCIL)
    assert (found.standing, [figure.limit.ceiling for figure in found.figures]) == (Standing.LATE, [3.0, 7, None, None])


def test_the_json_names_no_person_and_no_point(store: Store) -> None:
    load_months(store, USUAL | {"2026-09": 4})
    found = health(store, POLICE)
    told = str([summary(found), detail(found, [])])
    assert WORD.who not in told
    assert WORD.why not in told
    assert "54.57" not in told
    assert detail(found, [])["units"][0]["periods"][-1] == {
        "starts": "2026-09-01",
        "rows": 4,
        "expected": 120.0,
        "verdict": "low",
    }


def test_one_query_is_enough(store: Store) -> None:
    from sqlalchemy import event

    load_months(store, USUAL)
    load(store, COUNCIL, days_of_reports({date(2026, 9, 1): 60}), "1.json")
    sent: list[str] = []
    event.listen(store.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    with store.engine.connect() as connection:
        assert [found.feed for found in feed_health(connection, AS_OF)] == [COUNCIL, POLICE]
    assert len(sent) == 1
