"""Signing in and out with the partnership's identity provider. The session that comes of it is like any other."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from aim.access.identities import admit, turn_away
from aim.access.sign_ins import open_sign_in
from aim.api.parameters import Parameters
from aim.api.routes.signing import enter
from aim.api.security.cookies import is_https
from aim.api.security.next_page import HOME
from aim.api.security.oidc.attempt import Attempt
from aim.api.security.oidc.desk import Desk, Proven
from aim.api.service import Call, Calling
from aim.errors import IdentityNotProven, NotAllowed, UnknownName

router: Final = APIRouter(default_response_class=Response, prefix="/sign-in/oidc", include_in_schema=False)

COOKIES: Final = {True: "__Host-aim-attempt", False: "aim-attempt"}
"""By whether the request came over https, as the session's cookie."""
LIFETIME: Final = 600
"""Seconds for which somebody may take at the provider's page."""


class StartParameters(Parameters):
    next: str = HOME


def desk_of(call: Calling) -> Desk:
    """Raises UnknownName where there is no provider."""
    if call.service.oidc is None:
        raise UnknownName("No identity provider is set up for this service: sign in with a local account.")
    return call.service.oidc


AtDesk = Annotated[Desk, Depends(desk_of)]


@router.get("")
def start(query: Annotated[StartParameters, Query()], call: Calling, desk: AtDesk) -> Response:
    """To the provider. A link leads here, not a form, which the policy for pages keeps on this server."""
    attempt = Attempt.begin(query.next)
    response = call.go(desk.provider.address(attempt, callback_of(call)))
    https = is_https(call.request.scope)
    response.set_cookie(
        COOKIES[https], attempt.cookie, max_age=LIFETIME, path="/", secure=https, httponly=True, samesite="lax"
    )
    return response


@router.get("/callback")
def callback(call: Calling, desk: AtDesk) -> Response:
    """Back from the provider, with parameters of its choice beside ours."""
    https = is_https(call.request.scope)
    attempt = Attempt.of_cookie(call.request.cookies.get(COOKIES[https]))
    proven = desk.identify(code_of(call, desk, attempt), attempt, callback_of(call), call.service.now())
    response = enter(call, open_session(call, proven), attempt.onward)
    response.delete_cookie(COOKIES[https], path="/", secure=https, httponly=True, samesite="lax")
    return response


@router.get("/leave")
def leave(call: Calling, desk: AtDesk) -> Response:
    """To the provider's page for signing out, where it has one; the session here ends before, at /sign-out."""
    back = f"{call.base}sign-in"
    return call.go(desk.provider.leaving(back) or back)


def code_of(call: Call, desk: Desk, attempt: Attempt) -> str:
    """The code in an answer to this very attempt. Raises IdentityNotProven for any other answer."""
    said = call.request.query_params
    if not attempt.began(said.get("state")):
        raise IdentityNotProven(
            f"This browser did not begin this sign-in, or more than {LIFETIME // 60} minutes ago: "
            f"start again at {call.base}sign-in."
        )
    desk.provider.check_sender(said.get("iss"))
    if (code := said.get("code", "")) and code.isascii() and code.isprintable():
        return code
    why = said.get("error", "no reason given")[:60]
    raise IdentityNotProven(f"The identity provider did not sign you in ({why}): start again, or ask {desk.roles.ask}.")


def open_session(call: Call, proven: Proven) -> str:
    """The secret of a new session. Raises NotAllowed for whoever is nobody here any more, and ends their sessions."""
    service = call.service
    try:
        with service.door.begin() as connection:
            return open_sign_in(connection, admit(connection, proven.identity, proven.access).id, service.now())
    except NotAllowed:
        with service.door.begin() as connection:
            turn_away(connection, proven.identity)
        service.principals.forget()
        raise


def callback_of(call: Call) -> str:
    """The address that the provider has to know beforehand."""
    return f"{call.base}sign-in/oidc/callback"
