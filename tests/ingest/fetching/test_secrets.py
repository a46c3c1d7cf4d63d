"""Keys stay in the operator's file."""

from pathlib import Path

import pytest

from aim.errors import UsageError
from aim.ingest.fetching.secrets import load_secrets, looks_secret, without_secrets


@pytest.mark.parametrize(
    "name", ["api_key", "apikey", "KEY", "token", "access_token", "sig", "X-Amz-Signature", "password", "pwd", "code"]
)
def test_what_looks_like_a_key(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["start_date", "jurisdiction_id", "service_code", "poly", "date", "f", "outFields"])
def test_what_does_not(name: str) -> None:
    assert not looks_secret(name)


def test_keys_are_hidden_in_what_is_shown() -> None:
    shown = without_secrets("https://me:pw@council.example/requests.json?a=1&a=2&api_key=s3cret&uid=x#frag", {"uid"})
    assert shown == "https://council.example/requests.json?a=1&a=2&api_key=...&uid=..."


def test_the_rest_of_an_address_is_shown_as_it_is() -> None:
    url = "https://data.police.uk/api/crimes-street/all-crime?date=2026-08&poly=54.5,-1.2:54.6,-1.2:54.6,-1.3"
    assert without_secrets("https://council.example/a.csv") == "https://council.example/a.csv"
    assert without_secrets(url).startswith("https://data.police.uk/api/crimes-street/all-crime?date=2026-08&poly=54.5")


def file(home: Path, text: str, mode: int = 0o600) -> Path:
    path = home / "secrets" / "council.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_keys_are_read_from_the_sources_own_file(tmp_path: Path) -> None:
    path = file(tmp_path, '[query]\napi_key = "s3cret"\n[headers]\nAuthorization = "Bearer t0ken"\n')
    found = load_secrets(tmp_path, "council")
    assert (found.file, found.query, found.headers) == (
        path,
        {"api_key": "s3cret"},
        {"Authorization": "Bearer t0ken"},
    )
    assert not load_secrets(tmp_path, "another").query


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = file(tmp_path, '[query]\napi_key = "s3cret"\n', mode)
    with pytest.raises(UsageError, match=f"chmod 600 {path}"):
        load_secrets(tmp_path, "council")


@pytest.mark.parametrize("text", ["api_key = 's3cret'", "[query\n", "query = 1", "[quary]\nkey = 's3cret'", "\udcff"])
def test_a_file_that_is_not_of_the_form_is_refused_without_its_words(tmp_path: Path, text: str) -> None:
    path = file(tmp_path, "")
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UsageError) as refused:
        load_secrets(tmp_path, "council")
    assert "s3cret" not in str(refused.value)
