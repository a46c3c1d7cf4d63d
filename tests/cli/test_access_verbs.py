"""Accounts and keys through the command, and what `aim serve` and `aim demo` refuse."""

import io
import json
import signal
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from aim.access.sign_ins import sign_in_with
from aim.db.engine import make_engine
from tests.cli.conftest import INTERRUPTIBLE, Aim
from tests.keys import PASSWORD


@pytest.fixture
def word(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\nand a second line\n")
    return file


def may_sign_in(url: str, name: str, password: str = PASSWORD) -> bool:
    from aim.errors import SignInFailed

    engine = make_engine(url)
    try:
        return bool(sign_in_with(engine, name, password, datetime.now(UTC)))
    except SignInFailed:
        return False
    finally:
        engine.dispose()


def test_an_account_is_added_listed_disabled_and_enabled(aim_empty: Aim, database_url: str, word: Path) -> None:
    add = ("users", "add", "jo", "--role", "analyst", "--agency", "police", "--password-from", word)
    made = aim_empty.json(*add)
    assert made == {"name": "jo", "role": "analyst", "agency": "police", "areas": None} | dict.fromkeys(
        ("locked_until", "disabled_at")
    )
    assert may_sign_in(database_url, "jo")
    assert aim_empty.json("users", "list")["users"] == [made]
    assert aim_empty.json("users", "disable", "jo")["disabled_at"]
    assert not may_sign_in(database_url, "jo")
    assert aim_empty.json("users", "enable", "jo") == made
    aim_empty.monkeypatch.setattr(sys, "stdin", io.StringIO("nine lighthouses\r\n"))
    aim_empty.json("users", "password", "jo", "--password-from", "-")
    assert may_sign_in(database_url, "jo", "nine lighthouses")
    assert aim_empty.fails(2, *add)[0] == "name-taken"
    assert aim_empty.fails(2, "users", "disable", "nobody")[0] == "unknown-name"
    assert aim_empty.fails(2, *add[:2], "kim", *add[3:], "--area", "atlantis")[1].startswith(
        "There is no area atlantis"
    )
    assert "analyst" in aim_empty("users", "list").out


def test_a_password_comes_from_a_file_or_a_terminal_and_no_other_place(aim_empty: Aim, tmp_path: Path) -> None:
    aim_empty.monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD))
    slug, words = aim_empty.fails(2, "users", "add", "jo", "--role", "analyst")
    assert (slug, "--password-from FILE" in words) == ("usage-error", True)
    weak = tmp_path / "weak"
    weak.write_text("short")
    assert aim_empty.fails(2, "users", "add", "jo", "--role", "analyst", "--password-from", weak)[0] == "unfit-password"
    assert aim_empty.fails(2, "users", "add", "jo", "--role", "king", "--password-from", weak)[0] == "usage-error"


def test_a_key_is_printed_once_listed_without_its_secret_and_revoked(aim_empty: Aim) -> None:
    made = aim_empty.json("keys", "create", "qgis", "--role", "viewer", "--layer", "all-crime", "--days", 30)
    assert made.keys() == {"key", "name", "expires_at"}
    [listed] = aim_empty.json("keys", "list")["keys"]
    assert (listed["name"], listed["role"], listed["layers"], listed["revoked_at"]) == (
        "qgis", "viewer", ["all-crime"], None,
    )  # fmt: skip
    assert made["key"] not in json.dumps(listed)
    assert listed["created_by"].startswith("operator:")
    printed = aim_empty("keys", "create", "script", "--role", "analyst").out
    assert len(printed.strip()) == 43
    assert aim_empty.json("keys", "revoke", "qgis")["revoked_at"]
    assert aim_empty.fails(2, "keys", "revoke", "qgis")[0] == "unknown-name"
    assert (
        "no layer witchcraft"
        in aim_empty.fails(2, "keys", "create", "x", "--role", "viewer", "--layer", "witchcraft")[1]
    )


@pytest.mark.parametrize("verb", ["serve", "demo"])
def test_an_open_address_is_refused(aim_empty: Aim, verb: str) -> None:
    aim_empty.monkeypatch.setenv("AIM_HOST", "0.0.0.0")  # noqa: S104
    slug, words = aim_empty.fails(2, verb, "--port", 0)
    assert slug == "usage-error"
    assert ("--behind-proxy" in words) == (verb == "serve")


def test_serving_prints_the_link_for_the_first_administrator_and_asks_for_a_key(aim_empty: Aim, word: Path) -> None:
    secret = aim_empty.json("keys", "create", "script", "--role", "analyst")["key"]
    command = [sys.executable, "-c", INTERRUPTIBLE, "serve", "--port", "0", "--json"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        ExitStack() as otherwise,
    ):
        otherwise.callback(process.kill)
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["set_up"].startswith(f"{told['url']}/set-up?token=")
        with urlopen(told["set_up"], timeout=60) as page:  # noqa: S310  # our own server
            assert b"Make the first administrator" in page.read()
        with pytest.raises(HTTPError, match="401"):
            urlopen(f"{told['url']}/collections", timeout=60)  # noqa: S310  # the same
        asked = Request(f"{told['url']}/collections", headers={"Authorization": f"Bearer {secret}"})  # noqa: S310
        with urlopen(asked, timeout=60) as answer:  # noqa: S310
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130
