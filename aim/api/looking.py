"""What the log is told of a look."""

from typing import Any, Final

from fastapi import Request

from aim.access.principal import Principal
from aim.audit.log import Action

KEY: Final = "key:"
"""What the names of map clients' keys begin with."""
NARROWED: Final = ("bbox", "filter")


def action_of(principal: Principal) -> Action:
    """A person of the partnership looks: consultation. To anybody else, and to a program that may keep and pass on what
    it fetches by a key, the partnership discloses; the actor is then the recipient."""
    inside = principal.access.rights.inside and not principal.name.startswith(KEY)
    return Action.CONSULTATION if inside else Action.DISCLOSURE


def told_of(request: Request, principal: Principal) -> dict[str, Any]:
    """How the look was made, by whom; of a filter only that there was one, for it may hold anything."""
    access = principal.access
    told: dict[str, Any] = {"how": request.scope["route"].name, "role": access.role.value}
    told |= {"agency": access.agency.value} if access.agency else {}
    return told | {name: True for name in NARROWED if name in request.query_params}
