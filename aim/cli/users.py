"""`aim users`: who may sign in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aim.access.roles import Role
from aim.cli.common import Json, database, emit, table
from aim.errors import UsageError
from aim.vocabulary.nim import Agency

if TYPE_CHECKING:
    from aim.access.accounts import Account
    from aim.access.principal import Access

app = typer.Typer(help="Accounts: who may sign in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What they sign in with, in lower case.")]
RoleOption = Annotated[Role, typer.Option(help="What they may see and do: docs/how-to/users-and-keys.md.")]
AgencyOption = Annotated[Agency | None, typer.Option(help="Left out: the partnership's support team.")]
AreaOption = Annotated[
    list[str] | None, typer.Option("--area", metavar="ID", help="Only this study area; can be repeated.")
]
PasswordFrom = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File whose first line is the password, - for standard input; else it asks."),
]


@app.command()
def add(
    name: Name,
    role: RoleOption,
    agency: AgencyOption = None,
    area: AreaOption = None,
    password_from: PasswordFrom = None,
    as_json: Json = False,
) -> None:
    """Add an account."""
    from aim.access.accounts import check_areas, make
    from aim.audit.log import operator

    password = _password(password_from)
    with database() as (_, engine), engine.begin() as connection:
        check_areas(connection, area or ())
        made = make(connection, name, role, agency, area or None, password, by=operator())
    emit(_told(made), as_json=as_json, lines=[f"{made.name} may sign in as {made.access.rights.title.lower()}."])


@app.command("list")
def list_users(as_json: Json = False) -> None:
    """List the accounts."""
    from aim.access.accounts import all_accounts

    with database() as (_, engine), engine.connect() as connection:
        found = [_told(each) for each in all_accounts(connection)]
    columns = ["name", "role", "agency", "areas", "disabled_at"]
    rows = [[str(each[column] or "") for column in columns] for each in found]
    emit({"users": found}, as_json=as_json, lines=table("Accounts", columns, rows))


@app.command()
def disable(name: Name, as_json: Json = False) -> None:
    """End an account's sessions and let it sign in no more."""
    from datetime import UTC, datetime

    from aim.access.accounts import by_name
    from aim.access.accounts import disable as shut
    from aim.audit.log import operator

    with database() as (_, engine), engine.begin() as connection:
        shut(connection, name, datetime.now(UTC), operator())
        emit(_told(by_name(connection, name)), as_json=as_json, lines=[f"{name} may sign in no more."])


@app.command()
def enable(name: Name, as_json: Json = False) -> None:
    """Let an account sign in again, also one that is locked after wrong passwords."""
    from aim.access.accounts import by_name
    from aim.access.accounts import enable as reopen
    from aim.audit.log import operator

    with database() as (_, engine), engine.begin() as connection:
        reopen(connection, name, operator())
        emit(_told(by_name(connection, name)), as_json=as_json, lines=[f"{name} may sign in again."])


@app.command()
def password(name: Name, password_from: PasswordFrom = None, as_json: Json = False) -> None:
    """Set an account's password; its sessions end."""
    from aim.access.accounts import by_name, set_password
    from aim.audit.log import operator

    given = _password(password_from)
    with database() as (_, engine), engine.begin() as connection:
        set_password(connection, name, given, operator())
        emit(_told(by_name(connection, name)), as_json=as_json, lines=[f"{name} has a new password."])


def told_access(access: "Access") -> dict[str, Any]:
    """Role, agency and areas; null is all."""
    areas = None if access.areas is None else sorted(access.areas)
    return {"role": access.role, "agency": access.agency, "areas": areas}


def _told(account: "Account") -> dict[str, Any]:
    times = {"locked_until": account.locked_until, "disabled_at": account.disabled_at}
    return {"name": account.name, **told_access(account.access), **times}


def _password(file: Path | None) -> str:
    """From a file or the terminal, never from the command line, which every user of the machine can read."""
    import sys

    if file is None:
        if not sys.stdin.isatty():
            raise UsageError(
                "There is no terminal to ask for the password: give --password-from FILE, or - with a pipe."
            )
        given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return given
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    return text.partition("\n")[0].removesuffix("\r")
