"""The page of whoever is signed in, and their password."""

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from aim.access.accounts import set_password
from aim.access.sign_ins import open_sign_in, prove
from aim.api.routes.signing import enter
from aim.api.security.credentials import Shown
from aim.api.security.gate import SHOWN
from aim.api.service import Call, Calling
from aim.errors import NotAllowed, SignInFailed, UnfitPassword

router: Final = APIRouter(default_response_class=Response, include_in_schema=False)
PERSON: Final = "account:"


@router.get("/account")
async def account(call: Calling, done: str = "") -> Response:
    return _page(call, done=done == "password")


@router.post("/account/password")
def change_password(call: Calling) -> Response:
    """A new password ends every session of the account; the browser that asked gets a new one."""
    name, service = _person(call), call.service
    try:
        proven = prove(service.door, name, call.form.get("current", ""), service.now())
        with service.door.begin() as connection:
            set_password(connection, name, call.form.get("password", ""), call.principal.name)
            secret = open_sign_in(connection, proven, service.now())
    except SignInFailed:
        return _page(call, 400, field="current", problem="This is not your password, or there were too many attempts.")
    except UnfitPassword as error:
        return _page(call, error.status, field="password", problem=str(error))
    service.principals.forget()
    return enter(call, secret, "/account?done=password")


def _page(call: Call, status: int = 200, field: str = "", problem: str = "", done: bool = False) -> Response:
    person = call.request.scope[SHOWN] is Shown.COOKIE
    return call.private_page("account.html", status, person=person, field=field, problem=problem, done=done)


def _person(call: Call) -> str:
    """The name of the account that asks. Raises NotAllowed for a key or the demo."""
    if call.request.scope[SHOWN] is not Shown.COOKIE:
        raise NotAllowed("Only somebody who is signed in has a password.")
    return call.principal.name.removeprefix(PERSON)
