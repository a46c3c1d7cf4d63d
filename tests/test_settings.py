"""The environment is read in one place, and a mistake in it stops the start."""

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from aim import settings
from aim.errors import UnknownSetting, UsageError
from aim.settings import Settings, load_settings

PACKAGE = Path(settings.__file__).parent


def test_nothing_set_is_the_private_cluster_on_this_machine_only() -> None:
    found = load_settings()
    assert (found.database_url, found.host, found.port, found.basemap_style) == (None, "127.0.0.1", 8000, None)


def test_root_and_others_have_homes_that_the_databases_user_may_enter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIM_HOME")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert load_settings().home == Path("/var/lib/active-intelligence-mapping")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/warden/data")
    assert load_settings().home == Path("/home/warden/data/active-intelligence-mapping")


def test_every_setting_is_read_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "database_url": "postgresql://elsewhere/aim",
        "home": Path("/srv/aim"),
        "host": "::1",
        "port": 0,
        "requests_per_second": 50,
        "service_database_url": "postgresql://aim_app@elsewhere/aim",
        "door_database_url": "postgresql://aim_door@elsewhere/aim",
        "fetch_allow": "confirm.council.example,10.0.0.5:8080",
        "harm_weights": Path("/srv/aim/harm.toml"),
        "oidc_issuer": "https://provider.example",
        "oidc_client_id": "aim",
        "oidc_client_secret_file": Path("/srv/aim/secret"),
        "oidc_roles": Path("/srv/aim/roles.toml"),
        "basemap_style": "https://tiles.example/style.json",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"AIM_{name.upper()}", str(value))
    assert load_settings().model_dump() == given
    assert given.keys() == Settings.model_fields.keys()


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(f"AIM_{name.upper()}", "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert load_settings() == Settings(home=settings.ROOT_HOME)


@pytest.mark.parametrize("name", ["AIM_DATABSE_URL", "aim_database", "AIM_"])
def test_a_misspelt_name_stops_the_start_and_names_all_settings(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "postgresql://elsewhere/aim")
    with pytest.raises(UnknownSetting) as refused:
        load_settings()
    known = ", ".join(sorted(f"AIM_{field.upper()}" for field in Settings.model_fields))
    assert str(refused.value) == f"Unknown setting {name}. The settings are {known}."


def test_the_value_of_a_misspelt_name_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIM_DATABASE", "postgresql://me:secret@elsewhere/aim")
    with pytest.raises(UnknownSetting) as refused:
        load_settings()
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(("value", "why"), [("eighty", "valid integer"), ("65536", "65535"), ("-1", "0")])
def test_a_value_that_cannot_be_is_named_with_its_setting(
    monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    monkeypatch.setenv("AIM_PORT", value)
    with pytest.raises(UsageError, match=f"^AIM_PORT cannot be '{value}': .*{why}.*[.]$"):
        load_settings()


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().port = 1


def test_each_setting_says_what_it_is_for() -> None:
    for field in Settings.model_fields.values():
        assert field.description
        assert field.description.endswith(".")


def test_nobody_else_reads_the_environment() -> None:
    """Memory writes into it what Polars reads."""
    readers = [path for path in PACKAGE.rglob("*.py") if re.search(r"\benviron\b|\bgetenv\b", path.read_text())]
    assert set(readers) == {PACKAGE / "memory.py", PACKAGE / "settings.py"}


def test_a_secret_may_be_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "aim_database_url").write_text("postgresql://aim:secret@db/aim\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_settings().database_url == "postgresql://aim:secret@db/aim"
    monkeypatch.setenv("AIM_DATABASE_URL", "postgresql://other/aim")
    assert load_settings().database_url == "postgresql://other/aim"
