"""Keys of other servers: in a file of the operator's, never in the database, a log or the note of a payload."""

import re
import tomllib
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlsplit, urlunsplit

from pydantic import AfterValidator

from aim.errors import UsageError

KEY: Final = re.compile(r"key|token|secret|passw|pwd|auth|sig|credential|session|code$", re.IGNORECASE)
NOT_KEYS: Final = {"service_code", "postcode", "area_code", "ward_code"}
HIDDEN: Final = "..."
OTHERS: Final = 0o077
"""The mode bits of everybody but the owner."""


def looks_secret(parameter: str) -> bool:
    """Whether a query parameter or header of this name looks like a key. Too often rather than too rarely."""
    return parameter.lower() not in NOT_KEYS and KEY.search(parameter) is not None


def without_secrets(url: str, known: Container[str] = ()) -> str:
    """The URL with the parameters hidden that are `known` to be keys or look like it, for sentences and notes."""
    scheme, place, path, query, _ = urlsplit(url)
    shown = [_hidden(part, known) for part in query.split("&")]
    return urlunsplit((scheme, place.rpartition("@")[2], path, "&".join(shown), ""))


def _hidden(part: str, known: Container[str]) -> str:
    name = unquote_plus(part.partition("=")[0])
    return f"{part.partition('=')[0]}={HIDDEN}" if name in known or looks_secret(name) else part


def _plain(url: str) -> str:
    """A URL for the settings of a source. Raises ValueError where it is none, or holds what is kept elsewhere."""
    scheme, place, _, query, fragment = urlsplit(url)
    if scheme not in ("https", "http") or not place.strip(":") or fragment:
        raise ValueError("an address that begins with https://")
    if "@" in place or any(looks_secret(name) for name, _ in parse_qsl(query, keep_blank_values=True)):
        raise ValueError("no keys or passwords in it: they go into a file, see docs/how-to/fetch-feeds.md")
    return url


PlainUrl = Annotated[str, AfterValidator(_plain)]
"""An address without keys, fit to be stored and shown."""


@dataclass(frozen=True)
class Secrets:
    """What is added to the requests to a source's own server, and to no other; `file` is where it comes from."""

    file: Path
    query: dict[str, str] = field(default_factory=dict[str, str])
    headers: dict[str, str] = field(default_factory=dict[str, str])


def load_secrets(home: Path, source: str) -> Secrets:
    """The file `secrets/SOURCE.toml` in the data folder, with tables `query` and `headers`; none is no secrets.

    Raises UsageError where others may read it, or it is not such a file.
    """
    file = home / "secrets" / f"{source}.toml"
    try:
        if file.stat().st_mode & OTHERS:
            raise UsageError(f"Others may read {file}: run `chmod 600 {file}`.")
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Secrets(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{file} cannot be read ({type(error).__name__}): it holds [query] and [headers].") from error
    return Secrets(file, query=_strings(found, "query", file), headers=_strings(found, "headers", file))


def _strings(found: dict[str, Any], table: str, file: Path) -> dict[str, str]:
    values = found.get(table, {})
    if set(found) - {"query", "headers"} or not isinstance(values, dict):
        raise UsageError(f"{file} may hold the tables [query] and [headers] and nothing else.")
    return {str(name): str(value) for name, value in values.items()}
