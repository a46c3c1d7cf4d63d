"""Signing in and out, and the link that makes the first administrator."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from aim.access.secrets import credential_of
from aim.access.sign_ins import close_sign_in, open_sign_in, sign_in_with
from aim.api.security.cookies import is_https, session_in, signed_in, signed_out
from aim.api.security.next_page import HOME, safe_next
from aim.api.service import Call, Calling
from aim.errors import SignInFailed, UsageError

router: Final = APIRouter(default_response_class=Response, include_in_schema=False)


@router.get("/sign-in")
async def sign_in_page(call: Calling, next: str = HOME) -> Response:
    return call.private_page("sign_in.html", next=safe_next(next), name="", problem="")


@router.post("/sign-in")
def sign_in(call: Calling) -> Response:
    name, onward = call.form.get("name", ""), safe_next(call.form.get("next", HOME))
    try:
        secret = sign_in_with(call.service.door, name, call.form.get("password", ""), call.service.now())
    except SignInFailed as error:
        return call.private_page("sign_in.html", error.status, next=onward, name=name, problem=str(error))
    return enter(call, secret, onward)


@router.post("/sign-out")
def sign_out(call: Calling) -> Response:
    leave(call)
    response = call.go("/sign-in")
    signed_out(response, https=is_https(call.request.scope))
    return response


@router.get("/set-up")
async def set_up_page(call: Calling, token: str = "") -> Response:
    call.service.first.check(token)
    return call.private_page("set_up.html", token=token, name="", problem="")


@router.post("/set-up")
def set_up(call: Calling) -> Response:
    service, token, name = call.service, call.form.get("token", ""), call.form.get("name", "").strip().lower()
    try:
        made = service.first.make(token, name, call.form.get("password", ""))
    except UsageError as error:
        return call.private_page("set_up.html", error.status, token=token, name=name, problem=str(error))
    with service.door.begin() as connection:
        secret = open_sign_in(connection, made.id, service.now())
    return enter(call, secret, "/admin")


def enter(call: Call, secret: str, onward: str) -> Response:
    """On to a page, with a session of its own: one that the browser had before ends, so that nobody planted it."""
    leave(call)
    response = call.go(onward)
    signed_in(response, secret, https=is_https(call.request.scope))
    return response


def leave(call: Call) -> None:
    """End the session that the browser has, if it has one."""
    held = session_in(call.request.headers.get("cookie", ""), https=is_https(call.request.scope))
    if held is not None:
        with call.service.door.begin() as connection:
            close_sign_in(connection, credential_of(held))
        call.service.principals.forget()
