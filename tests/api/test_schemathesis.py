"""Schemathesis over the description of the API: no failure, and no answer that is not described."""

import pytest
from fastapi import FastAPI
from schemathesis import GenerationMode
from sqlalchemy import Engine

from aim.access.principal import Access
from aim.access.roles import Role
from aim.strategy.file import made_up
from aim.strategy.store import load
from tests.api.conftest import CELLS, World
from tests.api.fuzzing import Operation, ask, attack, operations
from tests.keys import bearer, new_key

EXAMPLES = 6
"""In each mode; `python -m benchmarks.schemathesis` asks for hundreds."""


@pytest.fixture
def attacked(app: FastAPI, engine: Engine, world: World) -> list[Operation]:
    """Every operation, over a world where there is something behind each."""
    world.publish("all-crime", {"middlesbrough": CELLS})
    world.add_feed("fires")
    world.add_area("centre", "ward", CELLS[0])
    world.add_answer("all-crime", "gi_star")
    load(engine, made_up(), "tests")
    known = {"collectionId": ["all-crime"], "id": ["centre", CELLS[0]], "feed": ["fires"], "method": ["gi_star"]}
    found = operations(app, bearer(new_key(engine)), known)
    assert len(found) > 20
    return found


def test_every_operation_does_as_it_is_described(attacked: list[Operation], engine: Engine) -> None:
    """Asked by an administrator, who may all of it; then by who may little, and by nobody, who are refused in order."""
    administrator, viewer = (bearer(new_key(engine, Access(role))) for role in (Role.ADMINISTRATOR, Role.VIEWER))
    for operation in attacked:
        attack(operation, EXAMPLES, administrator)
        for headers in (viewer, {}):
            ask(operation, GenerationMode.POSITIVE, 1, headers)
