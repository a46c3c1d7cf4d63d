"""Schemathesis over the description of the API: no failure, and no answer that is not described."""

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.api.conftest import CELLS, World
from tests.api.fuzzing import attack, operations

EXAMPLES = 8
"""In each mode; `python -m benchmarks.schemathesis` asks for hundreds."""


def test_every_operation_does_as_it_is_described(app: FastAPI, published: TestClient, world: World) -> None:
    world.add_feed("fires")
    world.add_area("centre", "ward", CELLS[0])
    world.add_answer("all-crime", "gi_star")
    known = {"collectionId": ["all-crime"], "id": ["centre", CELLS[0]], "feed": ["fires"], "method": ["gi_star"]}
    attacked = operations(app, known)
    assert len(attacked) > 15
    for operation in attacked:
        attack(operation, EXAMPLES)
