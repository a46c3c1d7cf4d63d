"""What the routes share: the service's parts, and one call of it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from jinja2 import Environment
from sqlalchemy import Engine
from starlette.responses import Response

from aim.access.principal import Principal
from aim.access.roles import May
from aim.api.answers import REVALIDATE, Prepared, coding_for, prefers_html, prepare, unchanged, weighted, whole
from aim.api.cache import ByteCache
from aim.api.catalogue import Catalogue, Snapshot
from aim.api.coarse import Parents
from aim.api.events import Events
from aim.api.feeds import FeedDesk
from aim.api.habits import Habits
from aim.api.links import HTML, JSON, SCHEMA
from aim.api.metrics import Metrics
from aim.api.pages import make_environment, render
from aim.api.ready import QUESTION, Kept, ReadyAnswers
from aim.api.security.gate import PRINCIPAL
from aim.errors import NotAllowed
from aim.settings import Settings

PAGE_BYTES: Final = 48 * 2**20
TILE_BYTES: Final = 24 * 2**20
PARENT_BYTES: Final = 8 * 2**20


class Service:
    """The parts of one running service, made by `create_app`."""

    def __init__(self, engine: Engine, door: Engine, settings: Settings, catalogue: Catalogue, version: str) -> None:
        """`engine` reads under the sharing rules; `door` reaches accounts, sessions, keys and the log, and no more."""
        self.engine = engine
        self.door = door
        self.settings = settings
        self.catalogue = catalogue
        self.events = Events(catalogue)
        self.feeds = FeedDesk(engine)
        self.metrics = Metrics(self.feeds, version)
        self.templates: Environment = make_environment()
        self.pages: ByteCache[Any, Prepared] = ByteCache(PAGE_BYTES, lambda page: page.size)
        self.tiles: ByteCache[Any, Prepared] = ByteCache(TILE_BYTES, lambda tile: tile.size)
        self.parents: ByteCache[Any, Parents] = ByteCache(PARENT_BYTES, lambda parents: parents.size)
        self.ready = ReadyAnswers()
        self.habits = Habits()

    def at_hand(self, _: Principal) -> Snapshot | None:
        """What the catalogue holds for a principal, without a look; None when that is too old to answer by."""
        return self.catalogue.at_hand()


@dataclass(frozen=True)
class Call:
    """One request to the service."""

    request: Request
    service: Service

    @property
    def principal(self) -> Principal:
        """Who asks, as the gate told them apart."""
        return self.request.scope[PRINCIPAL]

    @property
    def base(self) -> str:
        """The address of the landing page as the client wrote it, with its slash."""
        return str(self.request.base_url)

    @property
    def coding(self) -> str:
        """The content coding to answer in."""
        return coding_for(self.request.headers.get("accept-encoding", ""))

    def wants_html(self, f: str | None) -> bool:
        """`f` decides; without it, what the client accepts."""
        return f == "html" or (f is None and prefers_html(self.request.headers.get("accept", "")))

    @property
    def wants_plain_json(self) -> bool:
        """Whether the client asks for JSON and does not take JSON Schema, by name or as anything."""
        accept = dict(weighted(self.request.headers.get("accept", "")))
        return "application/json" in accept and not accept.keys() & {SCHEMA, "*/*", "application/*"}

    def send(
        self,
        prepared: Prepared,
        cache_control: str = REVALIDATE,
        *,
        of: Snapshot | None = None,
        look: str | None = None,
    ) -> Response:
        """The answer, or that the client holds it. `of`: the snapshot that nothing but it was made from, and which was
        read before; then it stands ready for who may see the same, unless it is a page, which may name its reader.
        `look` is what a reader has looked at.
        """
        kept = Kept(of, self.request.scope.get("route"), look, prepared.tag,
                    whole(prepared, cache_control), unchanged(prepared, cache_control))  # fmt: skip
        if of is not None and prepared.media_type != HTML and QUESTION in self.request.scope:
            self.service.ready.keep(self.request.scope[QUESTION], kept)
        return kept.response(self.request.headers.get("if-none-match", "").encode("latin-1"))

    def document(self, content: Any, media_type: str = JSON, *, of: Snapshot | None = None) -> Response:
        return self.send(prepare(json.dumps(content, ensure_ascii=False).encode(), media_type, self.coding), of=of)

    def page(self, template: str, **variables: Any) -> Response:
        return self.send(render(self.service.templates, template, variables | {"base": self.base}, self.coding))


async def make_call(request: Request) -> Call:
    return Call(request, request.app.state.service)


def needs(what: May) -> Callable[[Request], Awaitable[Call]]:
    """A call that only who may do this gets to make. Raises NotAllowed."""

    async def make(request: Request) -> Call:
        call = await make_call(request)
        if not call.principal.access.may(what):
            raise NotAllowed(f"The role of {call.principal.access.rights.title.lower()} does not allow this.")
        return call

    return make


Calling = Annotated[Call, Depends(make_call)]
"""For what everybody may have."""
LayerCalling = Annotated[Call, Depends(needs(May.READ_LAYERS))]
CardCalling = Annotated[Call, Depends(needs(May.READ_CARDS))]
MethodCalling = Annotated[Call, Depends(needs(May.READ_METHODS))]
FeedCalling = Annotated[Call, Depends(needs(May.READ_FEEDS))]
MetricsCalling = Annotated[Call, Depends(needs(May.READ_METRICS))]
