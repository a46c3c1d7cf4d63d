"""The chain: in one order whoever appends, refused to whoever would change it, and broken where somebody has."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from aim.audit.chain import head
from aim.audit.log import Action, operator, record
from aim.audit.verify import Fault, verify
from aim.errors import AuditBroken, UsageError
from tests.conftest import maintenance

LINES = 9
ANEW = """
UPDATE audit_log SET digest = audit_digest(previous, at, action, actor, subject, detail, purpose) WHERE id = {id}
"""
SHIFT = "UPDATE audit_log SET id = -id - 1 WHERE id >= {id}; UPDATE audit_log SET id = -id WHERE id < 0"
FORGED = """
INSERT INTO audit_log SELECT {id}, at, action, 'account:eve', subject, detail, purpose, previous, digest
FROM audit_log WHERE id = {like}
"""
TAMPERINGS: dict[str, tuple[str, int, Fault]] = {
    "another actor": ("UPDATE audit_log SET actor = 'account:eve' WHERE id = 4", 4, Fault.CHANGED),
    "another time": ("UPDATE audit_log SET at = at + interval '1 microsecond' WHERE id = 1", 1, Fault.CHANGED),
    "another count": ("""UPDATE audit_log SET detail = '{"rows": 0}' WHERE id = 9""", 9, Fault.CHANGED),
    "a purpose that was not given": ("UPDATE audit_log SET purpose = '' WHERE id = 2", 2, Fault.CHANGED),
    "words moved from one column to the next": (
        "UPDATE audit_log SET actor = actor || ',', subject = substr(subject, 2) WHERE id = 3", 3, Fault.CHANGED),
    "another digest": ("UPDATE audit_log SET digest = sha256('x') WHERE id = 5", 5, Fault.CHANGED),
    "changed, and its digest made anew": (
        "UPDATE audit_log SET actor = 'account:eve' WHERE id = 4;" + ANEW.format(id=4), 5, Fault.REMOVED),
    "the first removed": ("DELETE FROM audit_log WHERE id = 1", 1, Fault.REMOVED),
    "some removed": ("DELETE FROM audit_log WHERE id BETWEEN 4 AND 6", 4, Fault.REMOVED),
    "removed, and those after it renumbered": (
        "DELETE FROM audit_log WHERE id = 4; UPDATE audit_log SET id = -id + 1 WHERE id > 4;"
        "UPDATE audit_log SET id = -id WHERE id < 0", 4, Fault.REMOVED),
    "inserted before the first": (FORGED.format(id=0, like=1), 0, Fault.INSERTED),
    "inserted, room made for it": (SHIFT.format(id=4) + ";" + FORGED.format(id=4, like=5), 4, Fault.INSERTED),
    "inserted with a digest that fits": (
        SHIFT.format(id=4) + ";" + FORGED.format(id=4, like=5) + ";" + ANEW.format(id=4), 4, Fault.INSERTED),
    "neighbours exchanged": (
        "UPDATE audit_log SET id = 0 WHERE id = 4; UPDATE audit_log SET id = 4 WHERE id = 5;"
        "UPDATE audit_log SET id = 5 WHERE id = 0", 4, Fault.REORDERED),
    "exchanged over some others": (
        "UPDATE audit_log SET id = 0 WHERE id = 2; UPDATE audit_log SET id = 2 WHERE id = 8;"
        "UPDATE audit_log SET id = 8 WHERE id = 0", 2, Fault.REORDERED),
}  # fmt: skip


def append(engine: Engine, lines: int = LINES, actor: str = "account:jo") -> None:
    for number in range(1, lines + 1):
        with engine.begin() as connection:
            record(connection, Action.ALTERATION, actor, f"feed/cad-{number}", {"rows": number, "ü": ["ß", None, 0.50]})


def as_superuser(home: Path, engine: Engine, statements: str) -> None:
    """What only somebody can do who may do anything: the trigger is no lock to them."""
    with maintenance(home, str(engine.url.database)) as session:
        session.execute("ALTER TABLE audit_log DISABLE TRIGGER ALL")
        for statement in statements.split(";"):
            session.execute(statement)  # type: ignore[call-overload]  # constants of this file
        session.execute("ALTER TABLE audit_log ENABLE TRIGGER ALL")


def test_a_log_that_nobody_touched_is_whole(engine: Engine) -> None:
    assert verify(engine).lines == 0
    append(engine)
    with engine.begin() as connection:
        assert record(connection, Action.ACCESS, operator(), "", {}, purpose="a line with nothing in it") == LINES + 1
    found = verify(engine)
    assert (found.lines, found.notes) == (LINES + 1, [])
    assert found.head == head(engine)


def test_what_is_undone_leaves_no_line_and_no_gap(engine: Engine) -> None:
    append(engine, 2)
    with engine.connect() as connection:
        assert record(connection, Action.ERASURE, "operator:jo", "feed/cad") == 3
        connection.rollback()
    append(engine, 1)
    assert verify(engine).lines == 3


def test_what_the_owner_may_not_do_either(engine: Engine) -> None:
    append(engine, 1)
    for statement in ("UPDATE audit_log SET actor = ''", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(ProgrammingError, match="the log is only ever appended to"), engine.begin() as connection:
            connection.execute(text(statement))
    blind = engine.connect().execution_options(isolation_level="REPEATABLE READ")
    with pytest.raises(DBAPIError, match="READ COMMITTED"), blind as connection:
        record(connection, Action.ACCESS, "operator:jo", "a transaction that cannot see the last line")


def test_only_who_was_allowed_to_appends(engine: Engine, cluster_home: Path) -> None:
    with maintenance(cluster_home, str(engine.url.database)) as session:
        session.execute("CREATE ROLE nobody_in_particular")
        try:
            allowed = session.execute(
                "SELECT has_function_privilege('nobody_in_particular', oid, 'EXECUTE') FROM pg_proc "
                "WHERE proname = 'audit_append'"
            ).fetchone()
        finally:
            session.execute("DROP ROLE nobody_in_particular")
    assert allowed == (False,)


def test_tampering_is_found_where_it_was_done(engine: Engine, cluster_home: Path) -> None:
    """All of it in one database: what was done is undone again from a copy that the test keeps."""
    append(engine)
    as_superuser(cluster_home, engine, "CREATE TABLE kept AS SELECT * FROM audit_log")
    for name, (statements, line, fault) in TAMPERINGS.items():
        as_superuser(cluster_home, engine, statements)
        with pytest.raises(AuditBroken, match=f"broken at line {line}, {fault}") as broken:
            verify(engine)
        assert (broken.value.line, broken.value.fault) == (line, fault), name
        as_superuser(cluster_home, engine, "DELETE FROM audit_log; INSERT INTO audit_log SELECT * FROM kept")
        assert verify(engine).lines == LINES, name


def test_an_end_that_was_cut_off_shows_beside_a_head_that_was_written_down(engine: Engine, cluster_home: Path) -> None:
    append(engine)
    noted = head(engine).digest
    append(engine, 2)
    assert verify(engine, noted.upper()).lines == LINES + 2
    as_superuser(cluster_home, engine, f"DELETE FROM audit_log WHERE id >= {LINES}")
    assert verify(engine).lines == LINES - 1, "the chain alone does not know how long it was"
    with pytest.raises(AuditBroken, match=f"line {LINES}, cut off"):
        verify(engine, noted)
    with pytest.raises(UsageError, match="64 figures"):
        verify(engine, noted[:-1])


def test_a_clock_that_goes_back_is_told_and_breaks_nothing(engine: Engine, cluster_home: Path) -> None:
    append(engine, 3)
    later = "UPDATE audit_log SET at = at + interval '1 day' WHERE id = 3;" + ANEW.format(id=3)
    as_superuser(cluster_home, engine, later)
    append(engine, 1)
    assert verify(engine).notes == ["The server's clock went back once, first at line 4; the order is right."]


def test_who_append_at_once_make_one_chain(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(append, engine, 10), [f"account:{number}" for number in range(8)]))
    assert verify(engine).lines == 80
