"""The gate that every request passes: it puts the principal into the scope, where calls find it."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from aim.access.principal import Access, Principal
from aim.access.roles import Role

PRINCIPAL: Final = "aim.principal"
"""Key of the scope under which the principal stands."""

EVERYBODY: Final = Principal("everybody", Access(Role.ANALYST), credential="")


class Gate:
    """Tells who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[PRINCIPAL] = EVERYBODY
        await self.app(scope, receive, send)
