"""What the routes share: the service's parts, and one call of it."""

import json
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from jinja2 import Environment
from sqlalchemy import Connection, Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from aim.access.principal import Principal
from aim.access.roles import May
from aim.api.answers import REVALIDATE, Prepared, coding_for, marked, prefers_html, prepare, unchanged, weighted, whole
from aim.api.cache import ByteCache
from aim.api.catalogue import Catalogue, Snapshot
from aim.api.coarse import Parents
from aim.api.events import Events
from aim.api.feeds import FeedDesk
from aim.api.habits import Habits
from aim.api.links import HTML, JSON, SCHEMA
from aim.api.looking import action_of, told_of
from aim.api.metrics import Metrics
from aim.api.pages import make_environment, render
from aim.api.ready import QUESTION, Kept, ReadyAnswers
from aim.api.security.first import FirstAdministrator
from aim.api.security.forgery import FORM, token_of
from aim.api.security.gate import PRINCIPAL
from aim.api.security.oidc.desk import open_desk
from aim.api.security.principals import Principals
from aim.api.versions import Version
from aim.audit.looks import Looks, layer_subject
from aim.db.engine import reading
from aim.errors import NotAllowed, UnknownName, UsageError
from aim.settings import Settings

PAGE_BYTES: Final = 20 * 2**20
TILE_BYTES: Final = 12 * 2**20
PRIVATE: Final = {"Cache-Control": "no-store"}
PARENT_BYTES: Final = 8 * 2**20
LOOK: Final = "aim.look"
"""Key of the scope under which stands what the call has looked at."""


class Service:
    """The parts of one running service, made by `create_app`."""

    def __init__(
        self,
        engine: Engine,
        door: Engine,
        settings: Settings,
        catalogue: Catalogue,
        principals: Principals,
        looks: Looks,
        version: str,
    ) -> None:
        """`engine` reads under the sharing rules; `door` reaches accounts, sessions, keys and the log, and no more."""
        self.engine = engine
        self.door = door
        self.principals = principals
        self.now = principals.now
        self.first = FirstAdministrator(door, self.now)
        self.settings = settings
        self.catalogue = catalogue
        self.looks = looks
        self.events = Events(catalogue)
        self.feeds = FeedDesk(engine)
        self.metrics = Metrics(self.feeds, version)
        self.templates: Environment = make_environment()
        self.oidc = open_desk(settings, principals.clock)
        self.pages: ByteCache[Any, Prepared] = ByteCache(PAGE_BYTES, lambda page: page.size)
        self.tiles: ByteCache[Any, Prepared] = ByteCache(TILE_BYTES, lambda tile: tile.size)
        self.parents: ByteCache[Any, Parents] = ByteCache(PARENT_BYTES, lambda parents: parents.size)
        self.ready = ReadyAnswers()
        self.habits = Habits()


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
    def form(self) -> dict[str, str]:
        """The fields of the form that was sent."""
        return self.request.scope[FORM]

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

    async def versions(self, layer: str, run: int | None) -> Sequence[Version]:
        """What this call may read of a layer, ordered by area. There is no other way to it, so that nobody sees a
        layer without a line in the log.

        Raises UnknownName, and LogUnavailable where the look cannot be logged.
        """
        versions = await self.service.catalogue.versions(self.principal, layer, run)
        await self.look(layer_subject(layer, (version.key.run for version in versions)))
        return versions

    async def look(self, subject: str) -> None:
        """Log that the principal looks at something, before they see it. Raises LogUnavailable."""
        looks, actor = self.service.looks, self.principal.name
        self.request.scope[LOOK] = subject
        if not looks.known(actor, subject):
            told = told_of(self.request, self.principal)
            await run_in_threadpool(looks.first, actor, subject, told, action_of(self.principal))

    def send(self, prepared: Prepared, cache_control: str = REVALIDATE, *, of: Snapshot | None = None) -> Response:
        """The answer, or that the client holds it. `of`: the snapshot that nothing but it was made from, and which was
        read before; then it stands ready for who may see the same, unless it is a page, which may name its reader.
        """
        scope = self.request.scope
        kept = Kept(of, scope.get("route"), scope.get(LOOK), prepared.tag,
                    whole(prepared, cache_control), unchanged(prepared, cache_control))  # fmt: skip
        if of is not None and prepared.media_type != HTML and QUESTION in scope:
            self.service.ready.keep(scope[QUESTION], kept)
        return kept.response(self.request.headers.get("if-none-match", "").encode("latin-1"))

    def document(self, content: Mapping[str, Any], media_type: str = JSON, *, of: Snapshot | None = None) -> Response:
        """A JSON document. Its member `marking`, where it has one, goes out as the header too."""
        body, headers = json.dumps(content, ensure_ascii=False).encode(), marked(content.get("marking"))
        return self.send(prepare(body, media_type, self.coding, headers), of=of)

    def page(self, template: str, **variables: Any) -> Response:
        return self.send(render(self.service.templates, template, variables | {"base": self.base}, self.coding))

    def private_page(self, template: str, status: int = 200, **variables: Any) -> Response:
        """A page of the person who asks, with their token: kept nowhere, and not packed, for the size of a packed page
        that holds a secret beside a stranger's words tells of the secret (BREACH)."""
        known: dict[str, Any] = {"base": self.base, "csrf": token_of(self.principal), "principal": self.principal}
        known["oidc"] = self.service.oidc is not None
        page = render(self.service.templates, template, known | variables)
        return Response(page.body, status, PRIVATE, page.media_type)

    def go(self, path: str) -> Response:
        """To a page of ours, after something was done."""
        return RedirectResponse(path, 303, PRIVATE)

    async def snapshot(self) -> Snapshot:
        """What is published now, as they may see it."""
        return await self.service.catalogue.snapshot(self.principal)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection that reads what they may see; for a worker thread."""
        with reading(self.service.engine, self.principal.credential) as connection:
            yield connection


async def make_call(request: Request) -> Call:
    """The call. Raises UsageError for a parameter given twice, of which one would silently win, and for NUL, which no
    text in the database has; UnknownName for NUL in the path."""
    if "\0" in request.scope["path"]:
        raise UnknownName("There is nothing at an address that has the character NUL (%00) in it.")
    if "%00" in request.url.query:
        raise UsageError("There is the character NUL (%00) in a parameter: leave it out.")
    given = [name for name, _ in request.query_params.multi_items()]
    if len(given) > len(request.query_params):
        twice = next(name for name in given if given.count(name) > 1)
        raise UsageError(f"The parameter “{twice[:100]}” is given more than once: give it once.")
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
StrategyCalling = Annotated[Call, Depends(needs(May.READ_STRATEGY))]
StrategyWriting = Annotated[Call, Depends(needs(May.WRITE_STRATEGY))]
AgreementCalling = Annotated[Call, Depends(needs(May.READ_AGREEMENTS))]
FeedCalling = Annotated[Call, Depends(needs(May.READ_FEEDS))]
AuditCalling = Annotated[Call, Depends(needs(May.READ_AUDIT))]
MetricsCalling = Annotated[Call, Depends(needs(May.READ_METRICS))]
AccountsCalling = Annotated[Call, Depends(needs(May.MANAGE_ACCOUNTS))]
