"""OWSLib as a client: what Python scripts read us with."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from aim.api.crs import NATIONAL_GRID
from aim.api.server import running
from tests.api.conftest import CELLS, OVER_THERE, World

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from owslib.ogcapi.features import Features


@pytest.fixture
def service(open_app: FastAPI, world: World) -> Iterator[Features]:
    world.publish("all-crime", {"middlesbrough": CELLS, "liverpool": OVER_THERE})
    with running(open_app) as address:
        yield Features(address)


def test_it_finds_the_layers_and_what_they_hold(service: Features) -> None:
    assert service.feature_collections() == ["all-crime"]
    assert service.collection_queryables("all-crime")["properties"]["count_total"]["type"] == "integer"


def test_it_reads_a_filtered_and_sorted_page(service: Features) -> None:
    asked: dict[str, Any] = {"filter": "rank <= 3", "bbox": [-2, 54, -1, 55], "limit": 2}
    page = service.collection_items("all-crime", **asked)
    assert (page["numberMatched"], page["numberReturned"]) == (3, 2)


def test_it_reads_one_feature(service: Features) -> None:
    assert service.collection_item("all-crime", CELLS[0])["properties"]["rank"] == 1
    assert NATIONAL_GRID.uri in service.collection("all-crime")["crs"]
