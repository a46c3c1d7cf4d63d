"""The log read: chosen lines of it. Who looks is logged by whoever calls this."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, select

from aim.audit.log import Action
from aim.db.tables import audit_log

SUBJECT = "audit"
"""What a look at the log itself is a look at."""
COLUMNS = tuple(column for column in audit_log.c if column.name != "previous")


@dataclass(frozen=True)
class Wanted:
    """Which lines; None: any. Times have a zone; `since` is part of the span and `until` is not."""

    actor: str | None = None
    subject: str | None = None
    """What it begins with: `layer/all-crime` is every run of it."""
    action: Action | None = None
    since: datetime | None = None
    until: datetime | None = None

    def query(self) -> Select[Any]:
        """The lines, in no order yet; without the digest of the line before, which that line has."""
        table = audit_log.c
        conditions = [
            self.actor is None or table.actor == self.actor,
            self.subject is None or table.subject.startswith(self.subject, autoescape=True),
            self.action is None or table.action == self.action.value,
            self.since is None or table.at >= self.since,
            self.until is None or table.at < self.until,
        ]
        return select(*COLUMNS).where(*(condition for condition in conditions if condition is not True))


def newest(engine: Engine, wanted: Wanted, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """Chosen lines, the newest first, beginning before a number: what is appended meanwhile moves no page."""
    query = wanted.query().order_by(audit_log.c.id.desc()).limit(limit)
    with engine.connect() as connection:
        rows = connection.execute(query if before is None else query.where(audit_log.c.id < before))
        return [as_dict(row) for row in rows.mappings()]


def as_dict(row: Any) -> dict[str, Any]:
    """A line as JSON objects know it."""
    return dict(row) | {"at": row["at"].isoformat(), "digest": row["digest"].hex()}
