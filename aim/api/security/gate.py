"""The gate that every request passes: it puts the principal into the scope, where calls find it, or answers 401."""

from typing import Final
from urllib.parse import quote, urlencode

from anyio.to_thread import run_sync
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aim.access.principal import Principal
from aim.api.problems import Problem, respond, wants_page
from aim.api.security.credentials import Shown, Shows, take_credential
from aim.api.security.principals import Principals
from aim.errors import DatabaseUnavailable, NotAllowed, SignInNeeded

PRINCIPAL: Final = "aim.principal"
"""Key of the scope under which the principal stands; on open paths nobody does."""
SHOWN: Final = "aim.shown"
"""Key of the scope under which stands how the principal was told: a `Shown`, or None where everybody may enter."""
OPEN: Final = frozenset({"/health/live", "/health/ready", "/sign-in", "/set-up"})
OPEN_UNDER: Final = "/static/"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="Active Intelligence Mapping"'}
BAD_CHALLENGE: Final = {"WWW-Authenticate": CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'}


class Gate:
    """Tells who asks. `everybody` is whom a request counts for that shows nothing; None: such a request is refused."""

    def __init__(self, app: ASGIApp, principals: Principals, everybody: Principal | None) -> None:
        self.app = app
        self.principals = principals
        self.everybody = everybody

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        shows = take_credential(scope)
        if is_open(scope["path"]):
            return await self.app(scope, receive, send)
        try:
            principal = await self._tell(shows)
        except OperationalError:
            return await respond(Request(scope), Problem.of(DatabaseUnavailable()))(scope, receive, send)
        if principal is None:
            return await refuse(Request(scope), shows)(scope, receive, send)
        if shows is not None and shows.how is Shown.ADDRESS and scope["method"] not in SAFE:
            problem = Problem.of(NotAllowed("A key in the address only reads: send it as Authorization: Bearer."))
            return await respond(Request(scope), problem)(scope, receive, send)
        scope[PRINCIPAL], scope[SHOWN] = principal, shows and shows.how
        await self.app(scope, receive, send)

    async def _tell(self, shows: Shows | None) -> Principal | None:
        """Who shows this. A cookie that is over is none: a browser sends it without being asked."""
        if shows is None:
            return self.everybody
        known, principal = self.principals.recall(shows)
        if not known:
            principal = await run_sync(self.principals.look_up, shows)
        return principal or (self.everybody if shows.how is Shown.COOKIE else None)


def is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_UNDER)


def refuse(request: Request, shows: Shows | None) -> Response:
    """To the sign-in page for a browser, which comes back from there; 401 for a program."""
    bad = shows is not None and shows.how is not Shown.COOKIE
    if wants_page(request) and request.method in SAFE and not bad:
        back = quote(request.scope["path"]) + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?{urlencode({'next': back})}", 303, {"Cache-Control": "no-store"})
    words = "This key is wrong, expired or revoked: ask whoever runs the service for a new one." if bad else None
    return respond(request, Problem.of(SignInNeeded(words)), BAD_CHALLENGE if bad else CHALLENGE)
