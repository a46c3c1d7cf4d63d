"""The application: `create_app` makes everything it needs, and importing this makes nothing."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.middleware.cors import CORSMiddleware

from aim.access.principal import Principal
from aim.api import problems
from aim.api.catalogue import Catalogue
from aim.api.documents import DESCRIPTION, TITLE
from aim.api.edge import Head, SecurityHeaders
from aim.api.metrics import Measured
from aim.api.openapi import VERSION, operation_id
from aim.api.routes import account, admin, areas, cards, events, features, feeds, oidc, root, signing, tiles
from aim.api.security.forgery import Forgery
from aim.api.security.gate import Gate
from aim.api.security.principals import Principals
from aim.api.service import Service
from aim.api.static import DIRECTORY, static_files
from aim.settings import Settings

EXPOSED: Final = ["ETag", "Content-Crs", "Link", "OGC-NumberMatched", "OGC-NumberReturned"]
SENT: Final = ["Authorization", "If-None-Match", "Last-Event-ID"]
DISTRIBUTION: Final = "active-intelligence-mapping"
LICENCE: Final = {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0.html"}


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
    app = FastAPI(
        title=TITLE, description=DESCRIPTION, version=version(DISTRIBUTION), license_info=LICENCE,
        openapi_url=None, docs_url=None, redoc_url=None, generate_unique_id_function=operation_id,
    )  # fmt: skip
    app.openapi_version = VERSION
    door = door or engine
    principals = Principals(door, clock, now)
    service = app.state.service = Service(engine, door, settings, Catalogue(engine, clock), principals, app.version)
    for room in (features, tiles, cards, areas, feeds, events, signing, oidc, account, admin, root):
        app.include_router(room.router)
    if DIRECTORY.is_dir():  # until the web client is built, the pages have no style and the API is whole
        app.mount("/static", static_files(DIRECTORY))
    problems.register(app)
    app.add_middleware(Measured, requests=service.metrics.requests)  # within Head, which hides the route
    app.add_middleware(Forgery)
    app.add_middleware(Gate, principals=principals, everybody=everybody)
    app.add_middleware(Head)
    # Map clients in other people's pages may read with a key; no browser adds our cookie to what they ask.
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_headers=SENT, expose_headers=EXPOSED)
    app.add_middleware(SecurityHeaders, basemap_style=settings.basemap_style)
    return app
