"""The gate at the end of a load: it lets the transaction commit, or refuses and remembers why."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Engine, bindparam, insert, text
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables import load_check
from aim.errors import UnusualLoad, UsageError
from aim.ingest.feed import Delivery, Feed
from aim.ingest.health import volume
from aim.ingest.health.checks import Check, EarlierLoad, Outcome, check_load
from aim.ingest.logged import refused
from aim.ingest.report import Report

LOOKED_BACK: Final = 50
"""Earlier loads among which some of like length are sought."""
UNUSUAL: Final = {Outcome.WARNED, Outcome.ACCEPTED}
EARLIER: Final = """
SELECT CAST(report ->> 'read' AS integer) - CAST(report ->> 'rejected' AS integer) AS rows, first_day, last_day
FROM load_check WHERE feed = :feed AND run IS NOT NULL AND first_day IS NOT NULL ORDER BY id DESC LIMIT :most
"""

REPEATED: Final = text("""
INSERT INTO load_check (feed, file_name, run, as_of, report, checks, limits)
SELECT feed, file_name, run, :as_of, :report, checks, limits
FROM load_check WHERE feed = :feed AND file_name = :file AND run IS NOT NULL ORDER BY id DESC LIMIT 1
""").bindparams(bindparam("report", type_=JSONB))
"""Without its days: a file that is sent again and again is no measure for the next one."""


@dataclass(frozen=True)
class Acceptance:
    """A person's word that an unusual load is right. Raises UsageError where the reason is empty."""

    who: str
    why: str

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise UsageError("Say why the load is right: --accept-unusual WHY.")


class Gate:
    """One load of one file. `as_of` (with a zone) is what the load takes for now."""

    def __init__(self, feed: Feed, file_name: str, as_of: datetime, accepted: Acceptance | None) -> None:
        self.feed = feed
        self.file_name = file_name
        self.as_of = as_of
        self.accepted = accepted
        self.blocks: list[pl.DataFrame] = []
        self.brought: pl.DataFrame = pl.DataFrame(schema=volume.VOLUME_SCHEMA)
        self.checks: list[Check] = []
        self.report = Report(feed.name)

    @contextmanager
    def transaction(self, engine: Engine) -> Generator[Connection]:
        """The load's transaction. A refusal undoes all of it; that it was refused is then kept in one of its own."""
        try:
            with engine.begin() as connection:
                yield connection
        except UnusualLoad:
            with engine.begin() as connection:
                connection.execute(insert(load_check).values(run=None, **self._record()))
                figures = [check.figure for check in self.checks if check.outcome is Outcome.REFUSED]
                refused(connection, self.report, self.file_name, figures)
            raise

    def take(self, brought: pl.DataFrame) -> None:
        """Note what a block of the load brings (VOLUME_SCHEMA)."""
        self.blocks.append(brought)

    def repeat(self, connection: Connection, report: Report) -> None:
        """Keep that a file came again and changed nothing: what it was judged by still holds."""
        values = {"feed": self.feed.name, "file": self.file_name, "as_of": self.as_of}
        connection.execute(REPEATED, values | {"report": report.as_dict()})

    def settle(self, connection: Connection, run: int, report: Report) -> None:
        """Judge the load and keep what it was judged by; what is unusual joins the report's warnings.

        Raises UnusualLoad, which undoes the transaction, where a figure refuses it and nobody has accepted that.
        """
        self.brought = volume.total_of(self.blocks)
        held, earlier = volume.stored(connection, self.feed.name), self._earlier(connection)
        found = check_load(self.feed.limits, self.feed.delivery, self.brought, held, earlier)
        self.report, self.checks = report, [self._with_acceptance(check) for check in found]
        refused = [check for check in self.checks if check.outcome is Outcome.REFUSED]
        if refused:
            raise UnusualLoad(_refusal(self.file_name, refused))
        report.warnings += [self._warning(check) for check in self.checks if check.outcome in UNUSUAL]
        volume.keep_up(connection, self.feed.name, self.feed.delivery, self.brought, report)
        connection.execute(insert(load_check).values(run=run, **self._record()))

    def _earlier(self, connection: Connection) -> list[EarlierLoad]:
        if self.feed.delivery is Delivery.SNAPSHOT:
            return []
        rows = connection.execute(text(EARLIER), {"feed": self.feed.name, "most": LOOKED_BACK})
        return [EarlierLoad(row.rows, row.first_day, row.last_day) for row in rows]

    def _with_acceptance(self, check: Check) -> Check:
        if self.accepted is None or check.outcome is not Outcome.REFUSED:
            return check
        return replace(check, outcome=Outcome.ACCEPTED)

    def _warning(self, check: Check) -> str:
        if check.outcome is Outcome.ACCEPTED and self.accepted is not None:
            return f"{check.sentence} Accepted: {self.accepted.why}"
        return f"{check.sentence} {check.limit.reason}"

    def _record(self) -> dict[str, Any]:
        """Someone's word is kept where it was needed."""
        needed = any(check.outcome is Outcome.ACCEPTED for check in self.checks)
        word = self.accepted if needed else None
        return {
            "feed": self.feed.name,
            "file_name": self.file_name,
            "as_of": self.as_of,
            "report": self.report.as_dict(),
            "checks": [check.as_dict() for check in self.checks],
            "limits": asdict(self.feed.limits),
            "first_day": self.brought["starts"].min(),
            "last_day": self.brought["starts"].max(),
            "accepted_by": word.who if word else None,
            "accepted_why": word.why if word else None,
        }


def _refusal(file_name: str, refused: list[Check]) -> str:
    said = " ".join(f"{check.sentence} {check.limit.reason}" for check in refused[:3])
    more = f" {len(refused) - 3} more figures are outside their limits." if len(refused) > 3 else ""
    advice = "Nothing was changed. Check the export; if it is right, load it with --accept-unusual WHY."
    return f"{file_name} was refused. {said}{more} {advice}"
