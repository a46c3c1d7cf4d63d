"""`aim audit` as a shell runs it, and the files it writes."""

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from aim.audit.export import Given, export
from aim.audit.log import Action, operator, record
from aim.audit.reading import Wanted
from aim.db.engine import role_engine
from aim.db.roles import DOOR
from aim.errors import UsageError
from tests.audit.lines import entries
from tests.audit.test_chain import as_superuser
from tests.cli.conftest import Aim


@pytest.fixture
def logged(engine: Engine) -> Engine:
    """A log of three lines; the second one's actor and purpose would run in a spreadsheet."""
    with engine.begin() as connection:
        record(connection, Action.COLLECTION, "operator:jo", "feed/cad", {"file": "a.csv", "read": 2})
        record(connection, Action.CONSULTATION, "=cmd|'/c calc'!A0", "layer/fires@7", {"how": "ü"}, purpose="+1")
        record(connection, Action.CONSULTATION, "account:jo", "layer/fires_old@7")
    return engine


def test_the_verbs(aim_empty: Aim, engine: Engine, cluster_home: Path, tmp_path: Path) -> None:
    assert aim_empty.fails(1, "audit", "head")[0] == "audit-broken"
    assert aim_empty.json("audit", "verify") == {"lines": 0, "head": None, "notes": [], "whole": True}
    with engine.begin() as connection:
        record(connection, Action.ERASURE, "operator:jo", "feed/cad")
    head = aim_empty.json("audit", "head")
    assert aim_empty.json("audit", "verify", "--head", head["digest"])["head"] == head
    assert "--head" in aim_empty("audit", "verify").out, "what the chain alone cannot tell is said"
    out = tmp_path / "log.jsonl"
    asked = ("--format", "jsonl", "--out", out, "--action", "erasure", "--recipient", "the auditor", "--purpose", "17")
    days = ("--from", "2020-01-01", "--to", "2100-12-31")
    assert aim_empty.json("audit", "export", *asked, *days)["lines"] == 1
    assert [json.loads(line)["subject"] for line in out.read_text().splitlines()] == ["feed/cad"]
    [given] = entries(engine, 1)
    assert given[:3] == ("disclosure", operator(), "audit")
    assert (given.detail["lines"], given.detail["recipient"]) == (1, "the auditor")
    assert given.detail["chosen"]["action"] == "erasure"
    as_superuser(cluster_home, engine, "UPDATE audit_log SET actor = 'operator:eve' WHERE id = 1")
    slug, sentence = aim_empty.fails(1, "audit", "verify")
    assert (slug, sentence[:40]) == ("audit-broken", "The log is broken at line 1, changed. Wh")


def test_a_table_of_the_log_runs_nothing_in_a_spreadsheet(logged: Engine, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    assert export(logged, Wanted(), "csv", out, Given()) == 3
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert (rows[1]["actor"], rows[1]["purpose"], rows[1]["detail"]) == (
        "'=cmd|'/c calc'!A0", "'+1", '{"how": "ü"}')  # fmt: skip
    assert all(len(row["digest"]) == 64 for row in rows)
    assert list(tmp_path.iterdir()) == [out]


def test_lines_are_chosen_and_an_underscore_is_no_wildcard(logged: Engine, tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"
    for wanted, ids in (
        (Wanted(actor="account:jo"), [3]), (Wanted(subject="layer/fires"), [2, 3]),
        (Wanted(subject="layer/fires_"), [3]), (Wanted(action=Action.COLLECTION), [1]),
    ):  # fmt: skip
        export(logged, wanted, "jsonl", out, Given())
        assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ids


def test_a_file_that_cannot_be_written_leaves_nothing(logged: Engine, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        export(logged, Wanted(), "csv", tmp_path / "nowhere" / "log.csv", Given())
    assert len(entries(logged)) == 3


def test_the_services_door_appends_and_reads_and_changes_nothing(logged: Engine, database_url: str) -> None:
    door = role_engine(DOOR, None, database_url, private=True)
    with door.begin() as connection:
        assert record(connection, Action.ACCESS, "account:jo", "sign-in") == 4
    assert len(entries(door)) == 4
    for statement in (
        "INSERT INTO audit_log SELECT 5, at, action, actor, subject, detail, purpose, previous, digest FROM audit_log",
        "UPDATE audit_log SET actor = ''", "DELETE FROM audit_log", "TRUNCATE audit_log",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
    ):  # fmt: skip
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), door.begin() as connection:
            connection.execute(text(statement))
    door.dispose()
