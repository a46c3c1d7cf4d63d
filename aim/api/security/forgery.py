"""Against forged requests: another site must not make a signed-in browser change something here.

Whatever changes something must come from our own pages, as the browser itself says (Sec-Fetch-Site, Origin), and a
session must show the token that only pages of that session hold: in the field `csrf` of a form, or in the header
`X-CSRF-Token`. A key in the Authorization header needs neither, for no browser sends that by itself.
"""

from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from aim.access.principal import Principal
from aim.api.problems import Problem, respond
from aim.api.security.credentials import Shown
from aim.api.security.gate import PRINCIPAL, SAFE, SHOWN
from aim.errors import AimError, NotAllowed, UsageError

FORM: Final = "aim.form"
"""Key of the scope under which the fields of a form stand."""
FIELD: Final = "csrf"
HEADER: Final = "x-csrf-token"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
MOST: Final = 64 * 1024
"""Bytes of a form: ours have a few hundred."""


class Forgery:
    """Stands behind the gate, reads forms, and lets nothing through that the browser's owner did not mean."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            return await self.app(scope, receive, send)
        request = Request(scope, receive)
        try:
            scope[FORM] = await read_form(request)
            check(request, scope[FORM])
        except AimError as error:
            return await respond(request, Problem.of(error))(scope, receive, send)
        await self.app(scope, receive, send)


def token_of(principal: Principal) -> str:
    """The token of a session's pages: it follows from the session and does not lead back to it."""
    return hmac(bytes.fromhex(principal.credential), FIELD.encode(), sha256).hexdigest()


def check(request: Request, form: dict[str, str]) -> None:
    """Raise NotAllowed for a request that another site may have made."""
    shown = request.scope[SHOWN]
    if shown is Shown.HEADER:
        return
    if not from_here(request):
        raise NotAllowed(
            "This did not come from a page of this service. If a proxy stands in front, see `aim serve --behind-proxy`."
        )
    if shown is Shown.COOKIE:
        given = request.headers.get(HEADER, form.get(FIELD, ""))
        if not compare_digest(given.encode(), token_of(request.scope[PRINCIPAL]).encode()):
            raise NotAllowed("The page is out of date: go back, load it again and repeat what you did.")


def from_here(request: Request) -> bool:
    """What the browser says of where a request was made; a program that says nothing has no cookie by accident."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    ours = f"{request.url.scheme}://{request.url.netloc}"
    return site in (None, "same-origin") and origin in (None, ours)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name; nothing for any other body, which is left unread.

    Raises UsageError for a form that is too large or no text.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        return {}
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            raise UsageError("The form is too large.")
    try:
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100, errors="strict"))
    except ValueError as error:
        raise UsageError("The form cannot be read: send it as UTF-8.") from error
    if any("\0" in value for value in fields.values()):
        raise UsageError("The form has the character NUL in it: leave it out.")
    return fields
