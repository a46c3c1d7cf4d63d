"""What a layer rests on, as JSON, as a page and as the tables of its methods."""

import csv
import io

import numpy as np
import polars as pl
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from aim.api.app import create_app
from aim.hotspots.grid import Grid, from_hex
from aim.hotspots.method import Scores
from aim.hotspots.methods import METHODS
from aim.hotspots.store import Version, write_answers
from aim.layers.publishing.publish import publish
from aim.settings import Settings
from tests.api.conftest import CENTRE, World
from tests.keys import everybody

CARD = "/collections/all-crime/card"


@pytest.fixture
def scored(sample_engine: Engine, few_layers: None) -> TestClient:
    publish(sample_engine)
    return TestClient(create_app(sample_engine, Settings(), everybody=everybody(sample_engine)))


def test_the_card_names_every_method_and_how_right_the_layer_was(scored: TestClient) -> None:
    [card] = scored.get(CARD).json()["cards"]
    assert card["methods"].keys() == METHODS.keys()
    assert card["how_right"]["published"]["pai"] > card["how_right"]["chance"]["pai"]
    assert scored.get(f"{CARD}?run={card['run']}").json()["cards"] == [card]


def test_the_page_says_the_same_and_links_to_the_tables(scored: TestClient) -> None:
    [card] = scored.get(CARD).json()["cards"]
    page = scored.get(f"{CARD}?f=html").text
    assert card["how_right"]["sentence"].partition("'")[0] in page
    for name, told in card["methods"].items():
        assert told["title"].replace("'", "&#39;") in page
        answer = scored.get(f"/collections/all-crime/methods/{name}")
        assert answer.status_code == (404 if "lacks" in told else 200), name
        assert (f"/methods/{name}" in page) == ("lacks" not in told)


def test_a_methods_table_has_a_row_for_each_cell(scored: TestClient) -> None:
    [card] = scored.get(CARD).json()["cards"]
    found = pl.read_csv(io.BytesIO(scored.get("/collections/all-crime/methods/gi_star").content))
    assert found.height == card["of"]["cells"]
    assert found.columns[:4] == ["area", "run", "cell", "score"]


def test_no_text_of_a_methods_table_is_a_formula(world: World, engine: Engine, client: TestClient) -> None:
    run = world.publish("all-crime", {"town": [CENTRE]})
    said = Scores(np.full(1, -1.5), None, None, {}, {"class": np.array(["=1+1"], dtype=object)})
    with engine.begin() as connection:
        version = Version(run, "all-crime", "town")
        write_answers(connection, version, "digest", Grid.of(from_hex([CENTRE])), {"emerging": said})
    [row] = csv.DictReader(io.StringIO(client.get("/collections/all-crime/methods/emerging").text))
    assert (row["class"], row["score"]) == ("'=1+1", "-1.5")


def test_a_method_that_there_is_not_is_refused_with_those_that_are(scored: TestClient) -> None:
    answer = scored.get("/collections/all-crime/methods/guess")
    assert answer.status_code == 404
    assert "gi_star" in answer.json()["detail"]
