"""The two roles of the database that the service works as. Neither owns anything."""

from typing import Final

APP: Final = "aim_app"
"""Reads what is published, under row-level security, and nothing else."""
DOOR: Final = "aim_door"
"""Reaches accounts, sessions and keys, and appends to the log; sees no layer and no incident."""
ROLES: Final = (APP, DOOR)
POWERS: Final = "NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"


def by_hand(owner: str) -> str:
    """What a superuser has to run where the owner of the database may not make roles."""
    made = " ".join(f"CREATE ROLE {role} {POWERS};" for role in ROLES)
    return f'{made} GRANT {", ".join(ROLES)} TO "{owner}";'
