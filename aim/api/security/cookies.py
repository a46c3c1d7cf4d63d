"""The session's cookie.

Over https it carries the prefix `__Host-`, with which a browser takes it only from this very host and over TLS. Over
plain http, which is served on this machine alone, no browser would take that name.

SameSite is Lax and not Strict: with Strict, whoever follows a link from an e-mail, or comes back from the identity
provider, would arrive signed out. What changes something is guarded by origin and token besides (`forgery`).
"""

from typing import Final

from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from aim.access.sign_ins import ABSOLUTE

NAMES: Final = {True: "__Host-aim", False: "aim"}


def is_https(scope: Scope) -> bool:
    return scope["scheme"] == "https"


def signed_in(response: Response, secret: str, *, https: bool) -> None:
    """Give the browser its session."""
    lifetime = int(ABSOLUTE.total_seconds())
    response.set_cookie(NAMES[https], secret, max_age=lifetime, path="/", secure=https, httponly=True, samesite="lax")


def signed_out(response: Response, *, https: bool) -> None:
    """Take the session from the browser."""
    response.delete_cookie(NAMES[https], path="/", secure=https, httponly=True, samesite="lax")


def session_in(cookies: str, *, https: bool) -> str | None:
    """The secret in a Cookie header, if there is one."""
    return cookie_parser(cookies).get(NAMES[https])
