"""The chain as this program works it out for itself, from what the database says of each line."""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection as Psycopg
from sqlalchemy import Connection, Engine, text

from aim.errors import AuditBroken

BEGINNING: Final = bytes(32)
"""What the first line follows."""
LINES: Final = """
COPY (SELECT id, (extract(epoch FROM at) * 1000000)::bigint, action, actor, subject, detail::text, purpose,
             encode(previous, 'hex'), encode(digest, 'hex')
      FROM audit_log ORDER BY id) TO STDOUT
"""
HEAD: Final = text("SELECT id, encode(digest, 'hex') AS digest FROM audit_log ORDER BY id DESC LIMIT 1")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `at` in microseconds since 1970 (UTC)."""

    id: int
    at: int
    said: tuple[str | None, ...]
    """Action, actor, subject, detail, purpose."""
    previous: bytes
    digest: bytes

    @property
    def whole(self) -> bool:
        """Whether what it says gives its digest."""
        return digest_of(self.previous, (str(self.at), *self.said)) == self.digest


@dataclass(frozen=True)
class Head:
    """The last line, to be written down where nobody who can change the database can change it."""

    id: int
    digest: str


def digest_of(previous: bytes, parts: tuple[str | None, ...]) -> bytes:
    """SHA-256 over the line before and each part led by its length in bytes; "-" where there is none."""
    encoded = (b"-" if part is None else _led(part.encode()) for part in parts)
    return hashlib.sha256(previous + b",".join(encoded)).digest()


def _led(part: bytes) -> bytes:
    return b"%d:%s" % (len(part), part)


@contextmanager
def one_look(engine: Engine) -> Generator[Connection]:
    """A connection that sees the log as it is now, whatever is appended meanwhile."""
    read_only = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**read_only) as connection:
        yield connection


def lines(connection: Connection) -> Iterator[Line]:
    """All lines by their number, a few at a time."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, Psycopg), "the log is read with COPY"  # noqa: S101  # a programming error, not input
    with driver.cursor() as cursor, cursor.copy(LINES) as copy:
        for row in copy.rows():
            yield _line(row)


def _line(row: tuple[Any, ...]) -> Line:
    id, at, *said, previous, digest = row
    return Line(int(id), int(at), tuple(said), bytes.fromhex(previous), bytes.fromhex(digest))


def head(engine: Engine) -> Head:
    """The last line. Raises AuditBroken where there is none: a migrated database that is in use has some."""
    with engine.connect() as connection:
        row = connection.execute(HEAD).one_or_none()
    if row is None:
        raise AuditBroken("The log is empty. If anything was ever loaded into this database, somebody emptied it.")
    return Head(row.id, row.digest)
