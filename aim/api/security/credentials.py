"""Where a client may put what it knows: the Authorization header, the parameter `key`, the session's cookie."""

from enum import Enum
from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from starlette.types import Scope

from aim.api.security.cookies import is_https, session_in

BEARER: Final = "bearer"
PARAMETER: Final = "key"


class Shown(Enum):
    """How a secret came."""

    HEADER = "header"
    """By a program that was given a key."""
    ADDRESS = "address"
    """By a map client that can set nothing but the address of a layer."""
    COOKIE = "cookie"
    """By a browser, without being asked."""


class Shows(NamedTuple):
    """A secret as it came. One that nobody could have been given is the empty string, which opens nothing."""

    how: Shown
    secret: str


def take_credential(scope: Scope) -> Shows | None:
    """What the request shows, if anything; a key is taken out of the address, so that nothing further in learns of it.

    A program's own words come first: a browser adds its cookie to whatever is asked.
    """
    key = _take_key(scope)
    authorization = _header(scope, b"authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        return Shows(Shown.HEADER, secret.strip() if scheme.lower() == BEARER else "")
    if key is not None:
        return Shows(Shown.ADDRESS, key)
    cookie = _header(scope, b"cookie")
    secret = None if cookie is None else session_in(cookie, https=is_https(scope))
    return None if secret is None else Shows(Shown.COOKIE, secret)


def _header(scope: Scope, wanted: bytes) -> str | None:
    """The first header of a name. Every request passes here, so nothing is made of the others."""
    for name, value in scope["headers"]:
        if name == wanted:
            return value.decode("latin-1")
    return None


def _take_key(scope: Scope) -> str | None:
    """Take every `key` out of the query string. Two of them are none: nobody can say which was meant."""
    query: bytes = scope["query_string"]
    if b"key" not in query and b"%" not in query:
        return None
    pairs = [(part, *_named(part)) for part in query.split(b"&")]
    found = [value for _, name, value in pairs if name == PARAMETER]
    if found:
        scope["query_string"] = b"&".join(part for part, name, _ in pairs if name != PARAMETER)
    return None if not found else found[0] if len(found) == 1 else ""


def _named(part: bytes) -> tuple[str, str]:
    name, _, value = part.decode("latin-1").partition("=")
    return unquote_plus(name), unquote_plus(value)
