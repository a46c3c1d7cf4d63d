"""Mending that is killed leaves all as it was, or all as it should be."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ingest.conftest import Store
from tests.ingest.files import fire
from tests.ingest.quarantine.sheets import exported, given_back
from tests.waiting import PATIENCE, await_count, held

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
HELD_UP = f"SELECT count(*) {OTHERS} AND wait_event_type = 'Lock'"
WRITING = f"SELECT count(*) {OTHERS} AND backend_xid IS NOT NULL"


@contextmanager
def aim(url: str, *arguments: str | Path) -> Generator[subprocess.Popen[str]]:
    """The command in a process of its own; gone at the end, whatever happens."""
    command = [sys.executable, "-m", "aim", *map(str, arguments), "--json"]
    environment = os.environ | {"AIM_DATABASE_URL": url}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize(("verb", "table"), [("replay", "incident"), ("fix", "incident"), ("replay", "rejected_row")])
def test_killed_half_way_it_changes_nothing_and_the_next_completes(
    store: Store, database_url: str, verb: str, table: str
) -> None:
    store.load("lfb-incidents", fire({}, *({"IncidentNumber": f"{n}", "DateOfCall": "02 Oct 2026"} for n in range(9))))
    before = store.digest()
    sheet = [row | {"DateOfCall": "03 Oct 2026"} for row in exported(store)]
    file = [given_back(store, sheet)] if verb == "fix" else []
    arguments = ("rejects", verb, *file, "--as-of", "2026-10-04")
    with held(store.engine, table), aim(database_url, *arguments) as process:
        await_count(store.engine, HELD_UP, lambda found: found == 1)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    await_count(store.engine, WRITING, lambda found: found == 0)
    assert store.digest() == before
    assert store.rows("SELECT FROM correction") == []
    with aim(database_url, *arguments) as process:
        assert process.wait(PATIENCE) == 0
    assert store.rejects() == []
    assert store.rows("SELECT count(*) AS n FROM incident") == [{"n": 10}]
