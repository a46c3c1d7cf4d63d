"""Answers that stand ready: the same as the route's to the byte, never stale, never another's, never too many."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from aim.access.principal import Access, Principal
from aim.access.roles import Role
from aim.api.ready import NOTED, READY_BYTES, Kept, Question, Ready, ReadyAnswers
from aim.api.security.gate import PRINCIPAL
from tests.api.conftest import CELLS, Clock, World
from tests.api.test_catalogue import ITEMS, statements
from tests.api.test_metrics import scraped

PATHS = (
    "/collections",
    "/collections/all-crime",
    "/collections/all-crime/schema",
    "/collections/all-crime/queryables",
    "/collections/all-crime/tilejson.json",
    "/collections/all-crime/tiles/WebMercatorQuad/12/1302/2034",
    ITEMS,
    f"{ITEMS}?limit=3&run=1",
    f"{ITEMS}?bbox=-2,54,-1,55&filter=rank<9",
    f"{ITEMS}?f=csv",
    f"{ITEMS}/{CELLS[0]}",
)


@pytest.fixture
def reached(app: FastAPI) -> list[str]:
    """Paths that the routes themselves have answered."""
    found: list[str] = []
    inner = app.router.app if hasattr(app.router, "app") else None
    assert inner is not None
    return found


def raw(client: TestClient, path: str, **headers: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    with client.stream("GET", path, headers=headers) as response:
        return response.status_code, response.headers.raw, b"".join(response.iter_raw())
