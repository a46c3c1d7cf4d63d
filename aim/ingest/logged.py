"""What the log is told of loads: counts and the file's own name, never its rows or where it lay."""

from collections import Counter
from pathlib import PurePath
from typing import Any, Final

from sqlalchemy import Connection

from aim.audit.log import Action, operator, record
from aim.ingest.report import Report

COUNTS: Final = ("read", "inserted", "updated", "unchanged", "removed", "rejected")


def collected(connection: Connection, report: Report, file_name: str) -> None:
    """A file was taken."""
    detail = {"file": PurePath(file_name).name} | counts(report)
    record(connection, Action.COLLECTION, operator(), f"feed/{report.feed}", detail)


def refused(connection: Connection, report: Report, file_name: str, figures: list[str]) -> None:
    """A file was looked at and nothing of it was taken, for its figures."""
    detail = {"file": PurePath(file_name).name, "read": report.read, "refused": figures}
    record(connection, Action.COLLECTION, operator(), f"feed/{report.feed}", detail)


def tried_again(connection: Connection, how: str, reports: list[Report]) -> None:
    """Rows of the quarantine came back in, by `how`, or stayed."""
    for report in reports:
        detail = {"quarantine": how} | counts(report)
        record(connection, Action.ALTERATION, operator(), f"feed/{report.feed}", detail)


def corrected(connection: Connection, rows: list[str]) -> None:
    """What persons had said of rows that are stored by now was changed; `rows` are called FEED/..."""
    for feed, count in sorted(Counter(row.partition("/")[0] for row in rows).items()):
        record(connection, Action.ALTERATION, operator(), f"feed/{feed}", {"corrections": count})


def looked_at(connection: Connection, feed: str | None, rows: int, file_name: str | None = None) -> None:
    """An operator looks at rows in quarantine, or takes them into a file to mend them; before they see any."""
    detail = {"rows": rows} | ({"file": file_name} if file_name else {})
    record(connection, Action.CONSULTATION, operator(), f"quarantine/{feed}" if feed else "quarantine", detail)


def counts(report: Report) -> dict[str, Any]:
    """What became of the rows."""
    return {name: getattr(report, name) for name in COUNTS}
