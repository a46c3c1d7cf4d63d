"""The worker: every minute it looks which sources are due, and runs them from a queue in the database.

Nothing but the database is talked to here; what a run talks to is `http.py`'s business. A worker that dies leaves its
jobs behind, and the next look of any worker, half a minute later or more, takes them up again.
"""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import JobAborted
from procrastinate.jobs import Job
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from aim.db.engine import check
from aim.errors import AimError, SourceBusy, TryAgainLater
from aim.ingest.fetching.manners import Outside
from aim.ingest.fetching.queue import SEARCH_PATH, ensure_queue
from aim.ingest.fetching.run import Outcome, run_source
from aim.ingest.fetching.sources import listed

RUNS: Final = "runs"
LOOKS: Final = "looks"
"""The queues: `aim worker --once` looks itself and leaves the second alone."""
AT_ONCE: Final = 4
"""Sources fetched from at once; loads take turns all the same."""
GRACE: Final = 20.0
"""Seconds that a stopped worker gives its runs to finish before they are given up."""
STALLED: Final = 30.0
"""Seconds without a sign of life after which a worker is taken for dead; it gives one every 10."""
TRIES: Final = 5
FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 3600.0
NAP: Final = 1.0
"""Seconds that a run sleeps at a time: in between it asks whether the worker is to stop."""
PASSING: Final = (TryAgainLater, SourceBusy, OperationalError)
"""What may go better in a while."""


class Backoff(BaseRetryStrategy):
    """Again after what may pass: later each time, at random, and not before the other server wishes."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """None: not again. A run that was given up because the worker stops is the next worker's first."""
        if isinstance(exception, JobAborted):
            return RetryDecision(retry_in={"seconds": 0})
        if not isinstance(exception, PASSING) or job.attempts >= TRIES:
            return None
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2**job.attempts)
        asked = exception.seconds if isinstance(exception, TryAgainLater) else 0.0
        seconds = max(asked, random.uniform(longest / 2, longest))  # noqa: S311  # spreads load, guards nothing
        return RetryDecision(retry_in={"seconds": round(seconds)})


@dataclass
class Worker:
    """What a worker is made of. `heard` is told of each run that is over, on the run's own thread."""

    engine: Engine
    home: Path
    outside: Outside
    now: Callable[[], datetime]
    heard: Callable[[Outcome], None] = lambda _: None
    states: Counter[str] = field(default_factory=Counter[str])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, *, once: bool) -> Counter[str]:
        """Work until SIGTERM or SIGINT, or `once`: until nothing is due. How many runs ended in which state.

        Raises DatabaseUnavailable where the database went away.
        """
        ensure_queue(self.engine)
        asyncio.run(self._work(once))
        check(self.engine)
        return self.states

    async def _work(self, once: bool) -> None:
        app = self.app()
        async with app.open_async():
            if once:
                await self.look(app)
            await app.run_worker_async(
                queues=[RUNS] if once else [RUNS, LOOKS],
                wait=not once,
                concurrency=AT_ONCE,
                delete_jobs="always",
                shutdown_graceful_timeout=GRACE,
                stalled_worker_timeout=STALLED,
            )

    def app(self) -> App:
        """The queue's tasks, over a pool of connections of their own."""
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        app = App(connector=PsycopgConnector(conninfo=url, kwargs={"options": SEARCH_PATH}, min_size=1, max_size=4))
        app.task(name="run", queue=RUNS, pass_context=True, retry=Backoff())(self.run)

        async def look(timestamp: int) -> None:  # noqa: ARG001  # the library says which minute it is for
            await self.look(app)

        app.periodic(cron="* * * * *")(app.task(name="look", queue=LOOKS, lock="look", queueing_lock="look")(look))
        return app

    async def look(self, app: App) -> None:
        """Queue the runs that are due, and take up those that a dead worker has left.

        A source that has a job already, waiting, running or to be tried again, needs no other. Two looks at once could
        both queue one: it would run twice, one after the other, and the second time find nothing new.
        """
        for job in await app.job_manager.get_stalled_jobs(queue=RUNS, seconds_since_heartbeat=STALLED):
            await app.job_manager.retry_job(job)
        queued = {job.lock for job in await app.job_manager.list_jobs_async(queue=RUNS)}
        as_of = self.now()
        for source in await asyncio.to_thread(listed, self.engine):
            if source.is_due(as_of) and source.name not in queued:
                await app.configure_task("run", lock=source.name).defer_async(source=source.name)

    def run(self, context: JobContext, source: str) -> None:
        """One run. What fails for good is said and done with; what may pass goes back to the queue."""
        outcome = Outcome(source)
        try:
            outcome = run_source(self.engine, source, self.home, self._outside(context), self.now)
        except AimError as error:
            again = isinstance(error, PASSING) and context.job.attempts < TRIES
            outcome = Outcome(source, "to_try_again" if again else "failed", str(error))
            if again:
                raise
        finally:
            self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        with self.lock:
            self.states[outcome.state] += 1
            self.heard(outcome)

    def _outside(self, context: JobContext) -> Outside:
        """The world, but for a way to be called away from it."""

        def stop_if_asked() -> None:
            if context.should_abort():
                raise JobAborted

        def sleep(seconds: float) -> None:
            while seconds > 0:
                stop_if_asked()
                self.outside.sleep(min(NAP, seconds))
                seconds -= NAP

        return replace(self.outside, stop_if_asked=stop_if_asked, sleep=sleep)
