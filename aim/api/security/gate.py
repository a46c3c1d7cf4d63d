"""The gate that every request passes: it puts the principal into the scope, where calls find it, or answers 401."""

from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aim.access.principal import Access, Principal
from aim.access.roles import Role
from aim.api.problems import Problem, respond, wants_page
from aim.api.security.credentials import Shown, Shows, take_credential
from aim.api.security.principals import Principals
from aim.db.engine import UNAVAILABLE
from aim.errors import DatabaseUnavailable, NotAllowed, SignInNeeded

PRINCIPAL: Final = "aim.principal"
"""Key of the scope under which the principal stands."""
SHOWN: Final = "aim.shown"
"""Key of the scope under which stands how the principal was told: a `Shown`, or None where everybody may enter."""
NOBODY: Final = Principal("nobody", Access(Role.VIEWER, areas=frozenset(), layers=frozenset()), credential="")
"""Whoever is at a path that is open to all: the database shows them nothing either."""
PROVIDER: Final = ("/sign-in/oidc", "/sign-in/oidc/callback", "/sign-in/oidc/leave")
OPEN: Final = frozenset({"/health/live", "/health/ready", "/sign-in", "/set-up", *PROVIDER})
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
        if is_open(scope):
            scope[PRINCIPAL], scope[SHOWN] = NOBODY, None
            return await self.app(scope, receive, send)
        try:
            principal = await self._tell(shows)
        except UNAVAILABLE:
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
        principal = await self.principals.tell(shows)
        return principal or (self.everybody if shows.how is Shown.COOKIE else None)


def is_open(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return path in OPEN or path.startswith(OPEN_UNDER)


def refuse(request: Request, shows: Shows | None) -> Response:
    """To the sign-in page for a browser, which comes back from there; 401 for a program."""
    bad = shows is not None and shows.how is not Shown.COOKIE
    if wants_page(request) and request.method in SAFE and not bad:
        back = quote(request.scope["path"]) + (f"?{request.url.query}" if request.url.query else "")
        address = f"{request.scope.get('root_path', '')}/sign-in?{urlencode({'next': back})}"
        return RedirectResponse(address, 303, {"Cache-Control": "no-store"})
    words = "This key is wrong, expired or revoked: ask whoever runs the service for a new one." if bad else None
    return respond(request, Problem.of(SignInNeeded(words)), BAD_CHALLENGE if bad else CHALLENGE)
