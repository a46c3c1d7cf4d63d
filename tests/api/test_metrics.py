"""What Prometheus reads."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine
from starlette.testclient import TestClient

from aim.api.app import create_app
from aim.api.feeds import FeedDesk
from aim.api.metrics import FEED_GAUGES, Metrics
from aim.api.security.gate import EVERYBODY
from aim.db.engine import make_engine
from aim.errors import UnusualLoad
from aim.settings import Settings
from tests.ingest.conftest import Store
from tests.ingest.files import requests
from tests.ingest.health.deliveries import COUNCIL, POLICE, load, load_months, month

NOW = datetime(2026, 10, 1, 6, tzinfo=UTC)
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(client: TestClient) -> Samples:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert response.headers["cache-control"] == "no-store"
    return read(response.text)


def of(samples: Samples, feed: str) -> dict[str, float]:
    return {name: value for (name, labels), value in samples.items() if labels == (("feed", feed),)}


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Store:
    """A force in an outage with a refused file, and reports half of which have no place."""
    store = Store(engine, tmp_path)
    load_months(store, {"2026-06": 1_187, "2026-07": 1_190, "2026-08": 1_180, "2026-09": 164})
    with pytest.raises(UnusualLoad):
        load(store, POLICE, month(9, "2026-08"), "again.csv")
    load(store, COUNCIL, requests({"lat": "", "long": ""}, {"service_request_id": "2"}, {"lat": "x"}), "1.json")
    return store


def test_each_feed_has_its_figures(store: Store) -> None:
    body, _ = Metrics(FeedDesk(store.engine), "1.2.3", now=lambda: NOW).exposed("", EVERYBODY)
    samples = read(body.decode())
    police, council = of(samples, POLICE), of(samples, COUNCIL)
    [success] = store.rows(
        "SELECT extract(epoch FROM max(loaded_at))::float AS at FROM feed_run WHERE feed <> 'open311'"
    )
    assert police == {
        "aim_feed_last_success_timestamp_seconds": pytest.approx(success["at"]),
        "aim_feed_rows": 3_721,
        "aim_feed_rejected_rows": 0,
        "aim_feed_placed_ratio": 1,
        "aim_feed_mapped_ratio": 1,
        "aim_feed_age_seconds": 7 * 3600,
        "aim_feed_open_refusals": 1,
        "aim_feed_outages": 1,
        "aim_feed_refused_loads_total": 1,
    }
    assert (council["aim_feed_placed_ratio"], council["aim_feed_rejected_rows"]) == (0.5, 1)
    assert samples["aim_build_info", (("version", "1.2.3"),)] == 1


def test_what_is_not_known_is_left_out(engine: Engine, tmp_path: Path) -> None:
    load(Store(engine, tmp_path), COUNCIL, requests(), "nothing.json")
    body, _ = Metrics(FeedDesk(engine), "1", now=lambda: NOW).exposed("", EVERYBODY)
    found = of(read(body.decode()), COUNCIL)
    assert "aim_feed_age_seconds" not in found
    assert "aim_feed_placed_ratio" not in found
    assert found["aim_feed_rows"] == 0


def test_requests_are_counted_by_route_and_not_by_path(client: TestClient) -> None:
    for path in ("/areas/a", "/areas/b", "/nowhere/1", "/nowhere/2", "/conformance"):
        client.get(path)
    client.head("/conformance")
    samples = scraped(client)
    counts = {labels: value for (name, labels), value in samples.items() if name.endswith("duration_seconds_count")}
    assert counts == {
        (("route", "/areas/{id}"), ("status", "404")): 2,
        (("route", "other"), ("status", "404")): 2,
        (("route", "/conformance"), ("status", "200")): 2,
    }


def test_two_applications_do_not_count_for_each_other(engine: Engine, client: TestClient) -> None:
    client.get("/conformance")
    with TestClient(create_app(engine, Settings())) as other:
        assert not [labels for name, labels in scraped(other) if name.endswith("_count")]


def test_open_metrics_for_who_accepts_it(client: TestClient) -> None:
    response = client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


def test_each_gauge_is_explained(client: TestClient, store: Store) -> None:
    text = client.get("/metrics").text
    for name in FEED_GAUGES:
        assert f"# HELP {name} " in text


@pytest.fixture
def nowhere() -> Iterator[FastAPI]:
    """A service whose database does not answer."""
    engine = make_engine("postgresql://localhost:1/nothing")
    yield create_app(engine, Settings())
    engine.dispose()


def test_without_a_database_it_says_so_and_still_answers(nowhere: FastAPI) -> None:
    with TestClient(nowhere) as client:
        client.get("/conformance")
        samples = scraped(client)
    assert samples["aim_database_up", ()] == 0
    assert any(name.endswith("_count") for name, _ in samples)
