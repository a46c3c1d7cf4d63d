"""One run of one source: the steps of its kind are carried out, and what came of it is written down."""

from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, assert_never

from sqlalchemy import Engine, text

from aim.errors import AimError, Refused, SourceBusy, SourceError, WrongColumns
from aim.ingest.catalogue import feed_named
from aim.ingest.feed import Feed
from aim.ingest.fetching.http import Http
from aim.ingest.fetching.kind import Answer, Ask, Keep, Load, Note, Remember, Step
from aim.ingest.fetching.manners import Outside
from aim.ingest.fetching.raw import Kept, Origin, Raw
from aim.ingest.fetching.secrets import load_secrets
from aim.ingest.fetching.sources import Source, change, kind_named, settings_of, source_named
from aim.ingest.health.gate import Acceptance
from aim.ingest.load import ingest
from aim.ingest.report import Report
from aim.ingest.source import Payload, payloads

LOCK: Final = "SELECT pg_try_advisory_lock(hashtext('aim-source'), hashtext(:name))"
RUNNING: Final = {"state": "running", "sentence": "Begun and not over."}


@dataclass
class Outcome:
    """What came of a run. `state`: loaded, nothing_new, refused (a file of several), failed or interrupted."""

    source: str
    state: str = "interrupted"
    sentence: str = "Stopped before it was over; what was loaded stays."
    files: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: list[str] = field(default_factory=list[str])
    refused: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON objects know it."""
        return asdict(self)

    def add(self, file: str, report: Report) -> None:
        """A file was loaded."""
        self.files.append({"file": file} | report.as_dict())

    def conclude(self) -> None:
        """All steps are done."""
        self.state = "refused" if self.refused else "loaded" if self.files else "nothing_new"
        count = {name: sum(file[name] for file in self.files) for name in ("read", "inserted", "updated", "rejected")}
        what = ", ".join(f"{number:,} {name}" for name, number in count.items())
        said = [f"Files loaded: {len(self.files)}; rows: {what}."] if self.files else []
        self.sentence = " ".join([*said, *self.notes]) or "There was nothing to fetch."


def run_source(
    engine: Engine,
    name: str,
    home: Path,
    outside: Outside,
    now: Callable[[], datetime],
    accepted: Acceptance | None = None,
) -> Outcome:
    """Run a source, whatever its schedule says, and write down what came of it. `accepted`: as of `ingest`.

    Raises SourceBusy where another process is at it, and what the steps raise, which is written down too.
    """
    with exclusive(engine, name):
        source, outcome = source_named(engine, name), Outcome(name)
        change(engine, name, last_run=now(), last_result=RUNNING)
        try:
            _Run(engine, source, home, outside, now, accepted, outcome).run()
            outcome.conclude()
        except AimError as error:
            outcome.state, outcome.sentence = "failed", str(error)
            raise
        finally:
            change(engine, name, last_result=outcome.as_dict())
    return outcome


@contextmanager
def exclusive(engine: Engine, name: str) -> Generator[None]:
    """One run of a source at a time, by hand or by a worker. The server lets go of the lock of one that died."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # closing it then ends the session, and with it the lock
        if not connection.execute(text(LOCK), {"name": name}).scalar_one():
            raise SourceBusy(f"Another process is fetching from {name}: wait until it has finished.")
        yield


class _Run:
    """The hands of a run."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        home: Path,
        outside: Outside,
        now: Callable[[], datetime],
        accepted: Acceptance | None,
        outcome: Outcome,
    ) -> None:
        self.engine, self.source, self.outside, self.now = engine, source, outside, now
        self.accepted, self.outcome = accepted, outcome
        with engine.connect() as connection:
            self.feed: Feed = feed_named(source.feed, connection)
        self.raw = Raw(home, self.feed.name, source.name, now)
        self.http = Http(outside, self.raw, load_secrets(home, source.name))

    def run(self) -> None:
        """Carry out the steps in turn; the kind is told what came of each."""
        kind = kind_named(self.source.kind)
        settings = settings_of(kind, self.source.settings)
        with closing(self.http), closing(kind.plan(settings, self.source.checkpoint, self.now())) as steps:
            step = next(steps, None)
            while step is not None:
                self.outside.stop_if_asked()
                answer = self._carry_out(step)
                try:
                    step = steps.send(answer)
                except StopIteration:
                    step = None

    def _carry_out(self, step: Step) -> Answer:
        match step:
            case Ask():
                answer = self.http.fetch(step)
                return replace(answer, rows=self._rows(answer.payload)) if step.counted else answer
            case Keep():
                return Answer(kept=self.raw.keep(step.name, [step.body], Origin(step.url, 0)))
            case Load():
                self._load(step)
            case Remember():
                change(self.engine, self.source.name, checkpoint=step.checkpoint)
            case Note():
                self.outcome.notes.append(step.sentence)
            case _:
                assert_never(step)
        return Answer()

    def _rows(self, kept: Kept) -> int:
        blocks = self.feed.read(Payload(kept.path, kept.path.name))
        return sum(block.frame.height + block.broken.height for block in blocks)

    def _load(self, step: Load) -> None:
        """Load the files, one transaction each, and only then remember how far that is."""
        try:
            for payload in self._files(step):
                report = ingest(self.engine, self.feed, payload, self.now(), self._between_blocks, self.accepted)
                self.outcome.add(payload.name, report)
        except (SourceError, Refused) as error:
            if step.refused is None:
                raise
            step.refused(error)
            self.outcome.refused += 1
            self.outcome.notes.append(f"{step.name} was refused: {error}")
            return
        if step.checkpoint is not None:
            change(self.engine, self.source.name, checkpoint=step.checkpoint)
        step.loaded()

    def _between_blocks(self, _what: str, _rows: int) -> None:
        self.outside.stop_if_asked()

    def _files(self, step: Load) -> list[Payload]:
        """The file, or the members of an archive that are wanted and of this feed. Raises WrongColumns for none."""
        found = [payload for payload in payloads([step.path]) if step.wanted(payload)]
        ours = [payload for payload in found if not payload.found or self.feed.recognises(payload.head())]
        if not ours:
            raise WrongColumns(f"Nothing that is wanted of {step.name} is of the feed {self.feed.name}.")
        title = f"{self.source.name}/{step.name}"
        return [replace(file, name=f"{title}:{file.member}" if file.member else title) for file in ours]
