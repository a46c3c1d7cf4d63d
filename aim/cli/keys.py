"""`aim keys`: keys of map clients and scripts."""

from collections.abc import Iterable
from typing import Annotated

import typer

from aim.cli.common import Json, database, emit, table
from aim.cli.users import AgencyOption, AreaOption, RoleOption, told_access
from aim.errors import UnknownName

app = typer.Typer(help="Keys: map clients and scripts that may read.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What will use it, in lower case.")]


@app.command()
def create(
    name: Name,
    role: RoleOption,
    agency: AgencyOption = None,
    area: AreaOption = None,
    layer: Annotated[
        list[str] | None, typer.Option("--layer", metavar="ID", help="Only this layer; can be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it lasts.", min=1, max=730)] = 365,
    as_json: Json = False,
) -> None:
    """Make a key and print it, this once."""
    from datetime import UTC, datetime, timedelta

    from aim.access.accounts import check_areas
    from aim.access.keys import create as make
    from aim.access.principal import Access
    from aim.audit.log import operator

    access = Access(role, agency, frozenset(area or ()) or None, _layers(layer or ()))
    now = datetime.now(UTC)
    with database() as (_, engine), engine.begin() as connection:
        check_areas(connection, area or ())
        secret = make(connection, name, access, operator(), now, days)
    emit({"key": secret, "name": name, "expires_at": now + timedelta(days=days)}, as_json=as_json, lines=[secret])


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys without their secrets, which only their holders have."""
    from aim.access.keys import listed

    with database() as (_, engine), engine.connect() as connection:
        found = [
            {
                "name": key.name,
                **told_access(key.access),
                "layers": None if key.access.layers is None else sorted(key.access.layers),
                "created_by": key.created_by,
                "last_used": key.last_used,
                "expires_at": key.expires_at,
                "revoked_at": key.revoked_at,
            }
            for key in listed(connection)
        ]
    columns = ["name", "role", "agency", "areas", "layers", "last_used", "expires_at", "revoked_at"]
    rows = [[str(each[column] or "") for column in columns] for each in found]
    emit({"keys": found}, as_json=as_json, lines=table("Keys", columns, rows))


@app.command()
def revoke(name: Name, as_json: Json = False) -> None:
    """Let a key open nothing any more; it takes at most five seconds."""
    from datetime import UTC, datetime

    from aim.access.keys import revoke as shut
    from aim.audit.log import operator

    now = datetime.now(UTC)
    with database() as (_, engine), engine.begin() as connection:
        shut(connection, name, now, operator())
    emit({"name": name, "revoked_at": now}, as_json=as_json, lines=[f"The key {name} opens nothing any more."])


def _layers(names: Iterable[str]) -> frozenset[str] | None:
    """Raises UnknownName: a misspelt layer would make a key that opens nothing."""
    from aim.layers.publishing.known import LAYERS

    if unknown := sorted(set(names) - LAYERS.keys()):
        raise UnknownName(f"There is no layer {', '.join(unknown)}. The layers are: {', '.join(LAYERS)}.")
    return frozenset(names) or None
