"""The log as tests read it."""

from typing import Any, NamedTuple

from sqlalchemy import Engine, select

from aim.db.tables import audit_log


class Entry(NamedTuple):
    """A line, its time and digests apart."""

    action: str
    actor: str
    subject: str
    detail: dict[str, Any]


def entries(engine: Engine, after: int = 0) -> list[Entry]:
    """The lines after a number, in their order."""
    columns = (audit_log.c[name] for name in Entry._fields)
    query = select(*columns).where(audit_log.c.id > after).order_by(audit_log.c.id)
    with engine.connect() as connection:
        return [Entry(*row) for row in connection.execute(query)]
