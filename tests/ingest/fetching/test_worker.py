"""The worker, as a process of its own where it is about processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from aim.errors import FetchFailed, SourceBusy, TryAgainLater
from aim.ingest.fetching.addresses import Allowed
from aim.ingest.fetching.manners import Outside
from aim.ingest.fetching.queue import ensure_queue, release
from aim.ingest.fetching.run import Outcome, exclusive
from aim.ingest.fetching.sources import Source, add, change, source_named
from aim.ingest.fetching.worker import TRIES, Backoff, Worker
from tests.ingest.fetching.conftest import HOST, NOW, Stage, World, answer, hang
from tests.ingest.files import requests
from tests.waiting import PATIENCE, await_count, held

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
YEARLY = "0 0 1 1 *"
"""Due once for everything that was missed, and then not again in the time of a test."""
JOBS = "SELECT count(*) FROM queue.procrastinate_jobs WHERE queue_name = 'runs'"
HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
WRITING = HELD_UP.replace("wait_event_type = 'Lock'", "backend_xid IS NOT NULL")
WORKERS = "SELECT count(*) FROM queue.procrastinate_workers"
INCIDENTS = "SELECT count(*) FROM incident"


@dataclass
class Shop:
    """A database, its URL and a data folder."""

    engine: Engine
    url: str
    home: Path

    def due(self, name: str, kind: str = "url", schedule: str = YEARLY, **given: Any) -> None:
        """Add a source that is due."""
        add(self.engine, name, "open311", kind, given, schedule)
        change(self.engine, name, last_run=LONG_AGO)

    def source(self, name: str = "council") -> Source:
        return source_named(self.engine, name)

    def count(self, query: str) -> int:
        with self.engine.connect() as connection:
            return connection.execute(text(query)).scalar_one()

    def run(self, statement: str) -> None:
        """Change the queue's tables, whose triggers name each other without their schema."""
        with self.engine.begin() as connection:
            connection.execute(text(f"SET LOCAL search_path TO queue, public; {statement}"))

    @contextmanager
    def worker(self, *options: str) -> Generator[subprocess.Popen[str]]:
        """`aim worker` as a process; gone at the end, whatever happens."""
        own = {"AIM_DATABASE_URL": self.url, "AIM_HOME": str(self.home), "AIM_FETCH_ALLOW": HOST}
        command = [sys.executable, "-m", "aim", "worker", "--json", *options]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, env=os.environ | own, stdout=pipe, stderr=pipe, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.communicate(timeout=PATIENCE)

    def once(self) -> dict[str, int]:
        """What `aim worker --once` does, in this process: how many runs ended in which state."""
        outside = Outside(Allowed(frozenset({HOST})))
        worker = Worker(self.engine, self.home, outside, lambda: datetime.now(UTC))
        with ThreadPoolExecutor(1) as elsewhere:  # a browser's tests may have left an event loop running in this thread
            return dict(elsewhere.submit(worker.work, once=True).result())


def ended(process: subprocess.Popen[str]) -> tuple[int, dict[str, int]]:
    out, errors = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors, errors
    return process.returncode, json.loads(out)["runs"]


@pytest.fixture
def shop(engine: Engine, database_url: str, tmp_path: Path) -> Shop:
    """Nothing is due in it."""
    return Shop(engine, database_url, tmp_path / "home")


def test_a_source_that_is_due_is_run_once(shop: Shop, stage: Stage) -> None:
    shop.due("council", url=stage.on("/a.json", answer(requests({}))))
    add(shop.engine, "by-hand", "open311", "url", {"url": stage.url("/b.json")}, None)
    shop.due("paused", url=stage.url("/c.json"))
    change(shop.engine, "paused", enabled=False)
    with shop.worker("--once") as process:
        assert ended(process) == (0, {"loaded": 1})
    assert shop.once() == {}
    assert [seen.path for seen in stage.seen] == ["/a.json"]
    assert (shop.count(INCIDENTS), shop.count(JOBS), shop.count(WORKERS)) == (1, 0, 0)
    assert (shop.source().last_result or {})["state"] == "loaded"


def test_a_worker_looks_by_itself_and_stops_when_it_is_told(shop: Shop, stage: Stage) -> None:
    shop.due("council", url=stage.on("/a.json", answer(requests({}))))
    with shop.worker() as process:
        await_count(shop.engine, "SELECT count(*) FROM fetch_source WHERE last_result ->> 'state' = 'loaded'", one)
        process.send_signal(signal.SIGTERM)
        assert ended(process) == (0, {"loaded": 1})
    assert shop.count(WORKERS) == 0


def one(found: int) -> bool:
    return found == 1


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_load_that_is_under_way_is_finished_first(shop: Shop, stage: Stage, asked: signal.Signals) -> None:
    shop.due("council", url=stage.on("/a.json", answer(requests({}))))
    with shop.worker() as process:
        with held(shop.engine, "incident"):
            await_count(shop.engine, HELD_UP, one)
            process.send_signal(asked)
            assert shop.count(INCIDENTS) == 0
        assert ended(process) == (0, {"loaded": 1})
    assert (shop.count(INCIDENTS), shop.count(JOBS)) == (1, 0)


def test_what_a_killed_worker_leaves_the_next_one_finishes(shop: Shop, stage: Stage) -> None:
    shop.due("council", url=stage.on("/a.json", answer(requests({}))))
    with shop.worker("--once") as process:
        with held(shop.engine, "incident"):
            await_count(shop.engine, HELD_UP, one)
            process.send_signal(signal.SIGKILL)
            assert process.wait(PATIENCE) == -signal.SIGKILL
        await_count(shop.engine, WRITING, none)
    assert (shop.count(INCIDENTS), shop.source().checkpoint) == (0, {})
    assert shop.count(f"{JOBS} AND status = 'doing'") == 1
    assert shop.once() == {}  # it may be alive yet
    shop.run("UPDATE queue.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    assert shop.once() == {"loaded": 1}
    assert (shop.count(INCIDENTS), shop.count(JOBS), len(stage.seen)) == (1, 0, 2)
    assert shop.source().checkpoint["sha256"]


def none(found: int) -> bool:
    return found == 0


def test_what_may_pass_is_tried_again_later_and_not_before(shop: Shop, stage: Stage) -> None:
    """Every minute due, but there is a job already, and it waits as the server wishes."""
    url = stage.on("/a.json", answer(b"", 503, Retry_After="7200"))
    shop.due("council", schedule="* * * * *", url=url)
    assert shop.once() == {"to_try_again": 1}
    change(shop.engine, "council", last_run=LONG_AGO)
    assert shop.once() == {}
    assert len(stage.seen) == 1
    assert shop.count(f"{JOBS} AND status = 'todo' AND scheduled_at > now() + interval '119 minutes'") == 1
    stage.on("/a.json", answer(requests({})))
    shop.run("UPDATE queue.procrastinate_jobs SET scheduled_at = now()")
    assert shop.once() == {"loaded": 1}


def test_what_will_not_pass_is_said_and_done_with(shop: Shop, stage: Stage) -> None:
    shop.due("council", url=stage.on("/a.json", answer(b"", 404)))
    shop.due("other", url=stage.on("/b.json", answer(requests({}))))
    with shop.worker("--once") as process:
        assert ended(process) == (1, {"failed": 1, "loaded": 1})
    assert shop.count(JOBS) == 0
    assert (shop.source().last_result or {})["sentence"].endswith("/a.json answers 404 Not Found.")


def test_a_slow_server_does_not_hold_up_the_others(shop: Shop, stage: Stage) -> None:
    shop.due("a-slow-one", url=stage.on("/a.json", hang))
    shop.due("council", url=stage.on("/b.json", answer(requests({}))))
    with shop.worker() as process:
        await_count(shop.engine, "SELECT count(*) FROM fetch_source WHERE last_result ->> 'state' = 'loaded'", one)
        assert process.poll() is None


def test_another_release_of_the_library_gets_a_queue_of_its_own(shop: Shop, stage: Stage) -> None:
    made_by = "SELECT obj_description('queue'::regnamespace::oid, 'pg_namespace')"
    shop.due("council", url=stage.on("/a.json", answer(requests({}))))
    shop.run("COMMENT ON SCHEMA queue IS 'procrastinate 1.0'; DROP TABLE queue.procrastinate_events")
    assert shop.once() == {"loaded": 1}
    with shop.engine.connect() as connection:
        assert connection.execute(text(made_by)).scalar_one() == release()
    before = shop.count("SELECT 'queue.procrastinate_jobs'::regclass::oid::bigint")
    ensure_queue(shop.engine)
    assert shop.count("SELECT 'queue.procrastinate_jobs'::regclass::oid::bigint") == before


# In this process


def context(attempts: int = 0, *, stopping: Callable[[], bool] = lambda: False) -> JobContext:
    return cast(JobContext, SimpleNamespace(job=SimpleNamespace(attempts=attempts), should_abort=stopping))


def job(attempts: int) -> Job:
    return Job(queue="runs", lock=None, queueing_lock=None, task_name="run", attempts=attempts)


def seconds(error: BaseException, attempts: int = 0) -> float | None:
    """How long until the next try, to the minute; None: there is none."""
    decision = Backoff().get_retry_decision(exception=error, job=job(attempts))
    if decision is None or decision.retry_at is None:
        return None
    return (decision.retry_at - datetime.now(UTC)).total_seconds()


def test_pauses_between_tries_double_up_to_an_hour() -> None:
    for attempts, longest in enumerate((60, 120, 240, 480, 960)):
        pauses = [seconds(TryAgainLater(), attempts) or 0 for _ in range(20)]
        assert all(longest / 2 - 5 <= pause <= longest + 5 for pause in pauses)
        assert max(pauses) - min(pauses) > 1
    assert seconds(TryAgainLater(), TRIES) is None


def test_which_errors_are_tried_again() -> None:
    assert (seconds(TryAgainLater(seconds=7200)) or 0) > 7190
    assert all(seconds(error) for error in (SourceBusy(), OperationalError("", {}, Exception())))
    assert [seconds(FetchFailed()), seconds(ValueError())] == [None, None]
    assert (seconds(JobAborted(), TRIES + 1) or 0) <= 0


def made(shop: Shop, world: World, heard: list[Outcome]) -> Worker:
    return Worker(shop.engine, shop.home, world.outside(HOST), lambda: NOW, heard.append)


def test_a_worker_that_stops_calls_a_run_away_from_its_nap(shop: Shop, stage: Stage, world: World) -> None:
    """The server asks for a minute's patience; the worker is stopped after a few seconds of it."""
    shop.due("council", url=stage.on("/a.json", answer(b"", 429, Retry_After="60")))
    heard: list[Outcome] = []
    with pytest.raises(JobAborted):
        made(shop, world, heard).run(context(stopping=lambda: len(world.slept) >= 3), "council")
    assert (world.slept, [outcome.state for outcome in heard]) == ([1.0, 1.0, 1.0], ["interrupted"])
    assert (shop.source().last_result or {})["state"] == "interrupted"


def test_a_load_that_is_given_up_leaves_nothing(shop: Shop, stage: Stage, world: World) -> None:
    shop.due("council", url=stage.on("/a.json", answer(requests({}))))
    asked = iter([False] * 3)  # before the first step, in the body, before the load; then it is to stop
    with pytest.raises(JobAborted):
        made(shop, world, []).run(context(stopping=lambda: next(asked, True)), "council")
    assert (shop.count(INCIDENTS), shop.count("SELECT count(*) FROM feed_run")) == (0, 0)
    assert shop.source().checkpoint == {}


def test_after_the_last_try_a_run_has_failed(shop: Shop, world: World) -> None:
    shop.due("council", url="https://council.example/a.json")
    heard: list[Outcome] = []
    with exclusive(shop.engine, "council"):
        with pytest.raises(SourceBusy):
            made(shop, world, heard).run(context(), "council")
        made(shop, world, heard).run(context(TRIES), "council")
    made(shop, world, heard).run(context(), "removed")
    assert [outcome.state for outcome in heard] == ["to_try_again", "failed", "failed"]


def test_a_source_is_due_when_its_time_has_come(shop: Shop) -> None:
    add(shop.engine, "council", "open311", "url", {"url": "https://c.example/a"}, "0 6 * * *")
    change(shop.engine, "council", last_run=NOW)
    source = shop.source()
    assert [source.is_due(NOW + timedelta(hours=h)) for h in (0, 1, 2, 48)] == [False, False, True, True]
