"""The command as a shell runs it, in this process: arguments in; exit code, standard output and standard error out."""

import json
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from aim.cli import main

INTERRUPTIBLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
from aim.cli import main
main()
"""
"""The command for `python -c`, in a process of its own that Ctrl+C can reach."""


@dataclass(frozen=True)
class Answer:
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object that is all of standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        assert self.out.count("\n") == 1
        return found


class Aim:
    """`aim(...)` runs the command; `aim.json(...)` expects it to succeed and gives its object."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: object) -> Answer:
        self.monkeypatch.setattr(sys, "argv", ["aim", *map(str, arguments)])
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        code = stopped.value.code
        assert isinstance(code, int)
        said = self.capsys.readouterr()
        return Answer(code, said.out, said.err)

    def json(self, *arguments: object) -> dict[str, Any]:
        """The object of a call that has to succeed."""
        answer = self(*arguments, "--json")
        assert answer.code == 0, answer.err
        return answer.json

    def fails(self, code: int, *arguments: object) -> tuple[str, str]:
        """The slug and the sentence of a call that has to fail, the same on both outputs."""
        answer = self(*arguments, "--json")
        assert answer.code == code, answer
        assert set(answer.json) == {"error", "message"}
        assert f"aim: {answer.json['message']}\n" in answer.err
        return answer.json["error"], answer.json["message"]


@pytest.fixture
def aim(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Aim:
    """The command, with no database."""
    return Aim(monkeypatch, capsys)


@pytest.fixture
def aim_empty(aim: Aim, database_url: str) -> Aim:
    """The command on a migrated, empty database."""
    aim.monkeypatch.setenv("AIM_DATABASE_URL", database_url)
    return aim


@pytest.fixture
def aim_loaded(aim: Aim, sample_url: str) -> Aim:
    """The command on a database with the samples loaded and nothing scored."""
    aim.monkeypatch.setenv("AIM_DATABASE_URL", sample_url)
    return aim
