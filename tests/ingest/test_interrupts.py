"""A load that is killed, interrupted or not alone leaves the tables as they were, and the next one succeeds.

Each load is held at a known moment (by a pipe that is still being written, or by a lock), so nothing depends on timing.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from aim.errors import UnreadableFile
from aim.ingest.report import Report
from tests.ingest.conftest import Store
from tests.ingest.files import POLICE, line, police
from tests.waiting import PATIENCE, await_count, held

POLL = 0.02
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
HELD_UP = f"SELECT count(*) {OTHERS} AND wait_event_type = 'Lock'"
COPIED = f"SELECT count(*) {OTHERS} AND state = 'idle in transaction' AND query ILIKE 'COPY%incoming%'"
WRITING = f"SELECT count(*) {OTHERS} AND backend_xid IS NOT NULL"


def month(rows: int, first: int = 0) -> bytes:
    """A snapshot of one month with this many crimes."""
    return police(*({"Crime ID": f"{number:08}"} for number in range(first, first + rows)))


def await_one(engine: Engine, query: str) -> None:
    """Until the server counts one."""
    await_count(engine, query, lambda found: found == 1)


@contextmanager
def loader(url: str, path: Path) -> Generator[subprocess.Popen[str]]:
    """A process that loads the file; gone at the end, whatever happens."""
    command = [sys.executable, "-m", "aim", "ingest", "police-uk-street", str(path), "--json"]
    environment = os.environ | {"AIM_DATABASE_URL": url}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def is_over(process: subprocess.Popen[str]) -> bool:
    """Whether the process ends within a moment."""
    try:
        process.wait(POLL)
    except subprocess.TimeoutExpired:
        return False
    return True


@contextmanager
def half_written(path: Path, process: subprocess.Popen[str], body: bytes) -> Generator[None]:
    """The file is a pipe: the process has read `body` from it, and there is more to come until the end."""
    with open_pipe(path, process) as pipe:
        rest = memoryview(body)
        while rest:
            rest = rest[pipe.write(rest) :]
        yield


def open_pipe(path: Path, process: subprocess.Popen[str]) -> FileIO:
    """The writing end, once the process has opened the other."""
    for _ in range(round(PATIENCE / POLL)):
        try:
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert not is_over(process), process.communicate()[1]
        else:
            os.set_blocking(pipe, True)
            return FileIO(pipe, "wb")
    raise AssertionError("the process does not open its file")


@pytest.fixture
def loaded(store: Store) -> Store:
    """A database that holds two hundred crimes of the month."""
    store.load("police-uk-street", month(200), "first.csv")
    return store


def assert_untouched(store: Store, before: dict[str, object]) -> None:
    """Once the server has noticed that the client is gone, everything is as it was."""
    await_count(store.engine, WRITING, lambda found: found == 0)
    assert store.digest() == before
    assert store.rows("SELECT 1 FROM pg_class WHERE relname LIKE 'incoming%'") == []


def assert_loads(store: Store, body: bytes, inserted: int, unchanged: int, removed: int) -> None:
    """A new load is not hampered by what is left of the old."""
    report = store.load("police-uk-street", body)
    assert (report.inserted, report.unchanged, report.removed) == (inserted, unchanged, removed)


def test_killed_before_it_begins(loaded: Store, database_url: str) -> None:
    """It waits for its turn behind another load."""
    before = loaded.digest()
    path = loaded.file(month(250, 50), "second.csv")
    with loaded.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('aim-ingest'))"))
        with loader(database_url, path) as process:
            await_one(loaded.engine, HELD_UP)
            process.send_signal(signal.SIGKILL)
            assert process.wait(PATIENCE) == -signal.SIGKILL
    assert_untouched(loaded, before)
    assert_loads(loaded, month(250, 50), 100, 150, 50)


def test_killed_while_it_copies(loaded: Store, database_url: str) -> None:
    before = loaded.digest()
    path = loaded.folder / "pipe.csv"
    os.mkfifo(path)
    row = line(
        [{"Month": "2026-03", "Reported by": "Cleveland Police", "Crime type": "Burglary"}.get(n, "") for n in POLICE]
    )
    with loader(database_url, path) as process, half_written(path, process, month(1) + f"{row}\n".encode() * 240_000):
        await_one(loaded.engine, COPIED)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    assert_untouched(loaded, before)
    assert_loads(loaded, month(250, 50), 100, 150, 50)


@pytest.mark.parametrize("years", ["the same", "a new one"])
def test_killed_while_it_writes(loaded: Store, database_url: str, years: str) -> None:
    """The first write to `incident` waits for a lock that lets readers through."""
    before = loaded.digest()
    body = month(250, 50) if years == "the same" else month(300).replace(b"2026-03", b"2019-03")
    path = loaded.file(body, "second.csv")
    with held(loaded.engine, "incident"), loader(database_url, path) as process:
        await_one(loaded.engine, HELD_UP)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE) == -signal.SIGKILL
    assert_untouched(loaded, before)
    assert_loads(loaded, body, *((100, 150, 50) if years == "the same" else (300, 0, 0)))


def test_interrupted_by_the_keyboard_it_says_so(loaded: Store, database_url: str) -> None:
    before = loaded.digest()
    path = loaded.file(month(250, 50), "second.csv")
    with held(loaded.engine, "incident"), loader(database_url, path) as process:
        await_one(loaded.engine, HELD_UP)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
    assert errors.startswith("aim: Interrupted")
    assert "Traceback" not in out + errors
    assert_untouched(loaded, before)


def test_an_interrupt_between_two_blocks(loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.tabular.BLOCK", 4096)
    before = loaded.digest()

    def interrupt(_: str, rows: int) -> None:
        if rows > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loaded.load("police-uk-street", month(250, 50), progress=interrupt)
    assert_untouched(loaded, before)
    assert_loads(loaded, month(250, 50), 100, 150, 50)


def test_a_file_that_breaks_off_in_its_last_block(loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.tabular.BLOCK", 4096)
    before = loaded.digest()
    with pytest.raises(UnreadableFile, match="runs over 2 lines"):
        loaded.load("police-uk-street", month(250, 50) + b'"never closed\n\n')
    assert_untouched(loaded, before)


def test_two_loads_of_one_file_at_once(loaded: Store) -> None:
    """The second waits for the first and then finds all its rows there."""
    reports: dict[str, Report] = {}
    path = "second.csv"
    body = month(250, 50)

    def second() -> None:
        reports["second"] = loaded.load("police-uk-street", body, path)

    waiting = threading.Thread(target=second)

    def let_the_second_come(_: str, rows: int) -> None:
        waiting.start()
        await_one(loaded.engine, HELD_UP)

    reports["first"] = loaded.load("police-uk-street", body, path, let_the_second_come)
    waiting.join(PATIENCE)
    assert (reports["first"].inserted, reports["first"].unchanged, reports["first"].removed) == (100, 150, 50)
    assert (reports["second"].inserted, reports["second"].unchanged, reports["second"].removed) == (0, 250, 0)
    assert loaded.rows("SELECT count(*) AS n FROM incident") == [{"n": 250}]


def test_readers_are_not_held_up(loaded: Store) -> None:
    """Until the load is over they see the table as it was."""
    seen: list[int] = []

    def look(_: str, rows: int) -> None:
        with loaded.engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            seen.append(connection.execute(text("SELECT count(*) FROM incident")).scalar_one())

    loaded.load("police-uk-street", month(300).replace(b"2026-03", b"2019-03"), progress=look)
    assert seen == [200]
    assert loaded.rows("SELECT count(*) AS n FROM incident") == [{"n": 500}]
