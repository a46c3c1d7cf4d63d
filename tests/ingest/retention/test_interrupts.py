"""An expiry that is killed has erased nothing, or everything and said so; it takes turns with loads."""

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from aim.ingest.retention.expiry import erasures, expire
from tests.ingest.conftest import Store
from tests.ingest.quarantine.test_interrupts import HELD_UP, WRITING, aim
from tests.ingest.retention.conftest import AS_OF, CRIMES, aggregates, days, load_crimes, partitions
from tests.waiting import PATIENCE, await_count, held

RUN = ("retention", "run", "--as-of", "2026-10-01")
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('aim-ingest'))")


def state(store: Store) -> tuple[Any, ...]:
    return days(store), aggregates(store), partitions(store), erasures(store.engine), store.digest()


@pytest.mark.parametrize("table", ["incident", "incident_month", "erasure_log", "feed_volume"])
def test_killed_half_way_it_has_erased_nothing_and_the_next_completes(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, table: str
) -> None:
    """It is stopped where it first writes to each table: while it deletes, counts, or logs what it has done."""
    monkeypatch.setenv("AIM_HOME", str(tmp_path))
    load_crimes(store, "2020-08", "2022-05", "2023-08", "2023-11", "2026-03")
    before = state(store)
    with held(store.engine, table), aim(database_url, *RUN) as process:
        await_count(store.engine, HELD_UP, lambda found: found == 1)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    await_count(store.engine, WRITING, lambda found: found == 0)
    assert state(store) == before
    with aim(database_url, *RUN) as process:
        assert process.wait(PATIENCE) == 0
    assert days(store) == ["2023-11-01", "2026-03-01"]
    assert partitions(store) == ["incident_2023", "incident_2026"]
    assert sum(count for *_, count in aggregates(store)) == 3


def test_it_waits_for_a_load_and_erases_what_that_brought(store: Store) -> None:
    load_crimes(store, "2026-03")
    running = threading.Thread(target=lambda: expire(store.engine, AS_OF, store.folder, "a tester"))
    with store.engine.begin() as connection:
        connection.execute(LOCK)
        running.start()
        await_count(store.engine, HELD_UP, lambda found: found == 1)
    running.join(PATIENCE)
    assert days(store) == ["2026-03-01"]


def test_readers_are_not_held_up_by_what_is_deleted(store: Store) -> None:
    """Only where a whole year is dropped do they wait for the end."""
    load_crimes(store, "2023-08", "2023-11")
    with store.engine.connect() as reader, reader.begin():
        reader.execute(text("SELECT count(*) FROM incident"))
        [gone] = expire(store.engine, AS_OF, store.folder, "a tester")
        assert (gone.feed, gone.incidents) == (CRIMES, 1)
        assert reader.execute(text("SELECT count(*) FROM incident")).scalar_one() == 1
