"""The application: `create_app` makes everything it needs, and importing this makes nothing."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from aim.access.principal import Principal
from aim.api import problems
from aim.api.catalogue import Catalogue
from aim.api.documents import DESCRIPTION, TITLE
from aim.api.edge import Head, SecurityHeaders
from aim.api.limits import Bounds, Limits
from aim.api.metrics import Measured
from aim.api.openapi import VERSION, operation_id
from aim.api.ready import Ready
from aim.api.routes import (
    account,
    admin,
    agreements,
    areas,
    audit,
    cards,
    events,
    features,
    feeds,
    oidc,
    root,
    signing,
    strategy,
    tiles,
)
from aim.api.security.forgery import Forgery
from aim.api.security.gate import Gate
from aim.api.security.principals import Principals
from aim.api.service import Service
from aim.api.spool import spool_folder
from aim.api.static import DIRECTORY, static_files
from aim.audit.looks import Looks
from aim.settings import Settings

EXPOSED: Final = ["ETag", "Content-Crs", "Link", "OGC-NumberMatched", "OGC-NumberReturned", "Retry-After"]
SENT: Final = ["Authorization", "If-None-Match", "Last-Event-ID"]
DISTRIBUTION: Final = "active-intelligence-mapping"
LICENCE: Final = {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"}


class Application(FastAPI):
    """FastAPI, with the headers that guard a browser on all answers, failures too: what is added as a middleware is
    within the part that answers for a failure."""

    def build_middleware_stack(self) -> ASGIApp:
        basemap_style = self.state.service.settings.basemap_style
        return SecurityHeaders(super().build_middleware_stack(), basemap_style)


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    engine: Engine,
    settings: Settings,
    clock: Callable[[], float] = time.monotonic,
    *,
    door: Engine | None = None,
    everybody: Principal | None = None,
    now: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The whole service over one database; `door` is as in Service.

    `clock` gives seconds and never goes back; `now` is the time of day (UTC), by which sessions and keys expire.
    `everybody` is whom a request counts for that shows no session and no key; None: it is refused.
    """
    app = Application(
        title=TITLE, description=DESCRIPTION, version=version(DISTRIBUTION), license_info=LICENCE,
        openapi_url=None, docs_url=None, redoc_url=None, generate_unique_id_function=operation_id,
    )  # fmt: skip
    app.openapi_version = VERSION
    door = door or engine
    principals, looks = Principals(door, clock, now), Looks(door, clock)
    catalogue = Catalogue(engine, clock, spool_folder(settings.home))
    service = Service(engine, door, settings, catalogue, principals, looks, app.version)
    app.state.service = service
    for room in (
        features, tiles, cards, areas, feeds, agreements, strategy, audit, events, signing, oidc, account, admin, root,
    ):  # fmt: skip
        app.include_router(room.router)
    if DIRECTORY.is_dir():  # until the web client is built, the pages have no style and the API is whole
        app.mount("/static", static_files(DIRECTORY))
    problems.register(app)
    app.add_middleware(
        Ready,
        answers=service.ready,
        current=service.catalogue.at_hand,
        renewed=service.catalogue.snapshot,
        known=looks.known,
    )
    app.add_middleware(Measured, requests=service.metrics.requests)  # within Head, which hides the route
    app.add_middleware(Forgery)
    app.add_middleware(Gate, principals=principals, everybody=everybody)
    app.add_middleware(Head)
    app.add_middleware(Limits, bounds=Bounds(a_second=settings.requests_per_second))
    # Map clients in other people's pages may read with a key; no browser adds our cookie to what they ask.
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_headers=SENT, expose_headers=EXPOSED)
    return app
