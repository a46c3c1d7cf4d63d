"""Accounts and keys, for administrators."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from aim.access import accounts, keys
from aim.access.principal import Access
from aim.access.roles import Role
from aim.api.security.forgery import FORM
from aim.api.service import AccountsCalling, Call
from aim.errors import AimError, UsageError
from aim.vocabulary.nim import Agency

router: Final = APIRouter(default_response_class=Response, include_in_schema=False, prefix="/admin")


@router.get("")
def overview(call: AccountsCalling) -> Response:
    return _page(call)


@router.post("/accounts")
def add_account(call: AccountsCalling) -> Response:
    def add(connection: Connection) -> None:
        wanted, password = _access(call), call.form.get("password", "")
        by = call.principal.name
        accounts.make(connection, _name(call), wanted.role, wanted.agency, wanted.areas, password, by=by)

    return _do(call, add, "new-account")


@router.post("/accounts/{name}/disable")
def disable(call: AccountsCalling, name: str) -> Response:
    now, by = call.service.now(), call.principal.name
    return _do(call, lambda connection: accounts.disable(connection, name, now, by), "accounts")


@router.post("/accounts/{name}/enable")
def enable(call: AccountsCalling, name: str) -> Response:
    by = call.principal.name
    return _do(call, lambda connection: accounts.enable(connection, name, by), "accounts")


@router.post("/accounts/{name}/password")
def set_password(call: AccountsCalling, name: str) -> Response:
    given, by = call.form.get("password", ""), call.principal.name
    return _do(call, lambda connection: accounts.set_password(connection, name, given, by), "accounts")


@router.post("/keys")
def create_key(call: AccountsCalling) -> Response:
    """Shows the key, this once."""
    made: list[str] = []

    def create(connection: Connection) -> None:
        by, days = call.principal.name, _days(call)
        made.append(keys.create(connection, _name(call), _access(call), by, call.service.now(), days))

    refused = _do(call, create, "new-key")
    return call.private_page("key.html", name=_name(call), key=made[0]) if made else refused


@router.post("/keys/{name}/revoke")
def revoke(call: AccountsCalling, name: str) -> Response:
    now, by = call.service.now(), call.principal.name
    return _do(call, lambda connection: keys.revoke(connection, name, now, by), "keys")


def _do(call: Call, change: Callable[[Connection], None], part: str) -> Response:
    """Make a change and show the page anew; where it is refused, with the reason beside the part of the page."""
    try:
        with call.service.door.begin() as connection:
            change(connection)
    except AimError as error:
        return _page(call, error.status, part, str(error))
    call.service.principals.forget()
    return call.go(f"/admin#{part}")


def _page(call: Call, status: int = 200, part: str = "", problem: str = "") -> Response:
    with call.service.door.connect() as connection:
        people, made = accounts.all_accounts(connection), keys.listed(connection)
    return call.private_page(
        "admin.html", status, accounts=people, keys=made, roles=list(Role), agencies=list(Agency), part=part,
        problem=problem, form=call.request.scope.get(FORM, {}), now=call.service.now(), days=keys.DAYS,
    )  # fmt: skip


def _name(call: Call) -> str:
    return call.form.get("name", "").strip().lower()


def _access(call: Call) -> Access:
    """Role, agency and areas as the form names them. Raises UsageError, UnknownName."""
    form = call.form
    try:
        role, agency = Role(form.get("role", "")), Agency(form["agency"]) if form.get("agency") else None
    except ValueError as error:
        raise UsageError("Choose a role and an agency from the lists.") from error
    areas, layers = (frozenset(form.get(each, "").replace(",", " ").split()) or None for each in ("areas", "layers"))
    with call.reading() as connection:
        accounts.check_areas(connection, areas or ())
    return Access(role, agency, areas, layers)


def _days(call: Call) -> int:
    days = call.form.get("days", "")
    if not (days.isascii() and days.isdigit() and len(days) < 5):
        raise UsageError("Write the number of days that the key lasts as a whole number.")
    return int(days)
