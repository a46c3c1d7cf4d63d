"""The table of roles in the database, where row-level security reads it: written from `roles.toml`, never by hand."""

from typing import Any

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from aim.access.roles import Rights, Role, rights
from aim.db.tables import role_right


def write_rights(engine: Engine) -> None:
    """Make the database's table say what `roles.toml` says; does nothing where it does already."""
    wanted = [_row(role, line) for role, line in rights().items()]
    with engine.begin() as connection:
        if stored_rights(connection) == wanted:
            return
        connection.execute(delete(role_right).where(role_right.c.role.not_in([row["role"] for row in wanted])))
        statement = upsert(role_right)
        changed = {
            column.name: statement.excluded[column.name] for column in role_right.columns if not column.primary_key
        }
        connection.execute(statement.on_conflict_do_update(index_elements=["role"], set_=changed), wanted)


def stored_rights(connection: Connection) -> list[dict[str, Any]]:
    """What the database takes the rights to be, in the order of `Role`."""
    rows = {row["role"]: dict(row) for row in connection.execute(select(role_right)).mappings()}
    return [rows.pop(role) for role in Role if role in rows] + list(rows.values())


def _row(role: Role, line: Rights) -> dict[str, Any]:
    return {
        "role": role.value,
        "inside": line.inside,
        "markings": [marking.value for marking in line.markings],
        "without": line.without,
        "may": sorted(may.value for may in line.may),
    }
