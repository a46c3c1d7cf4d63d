"""Two police forces of real open data, loaded side by side."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h3
import pytest
from sqlalchemy import Engine, select

from aim.areas import load_areas
from aim.db.engine import make_engine
from aim.db.tables import published_feature, published_layer
from aim.ingest.load import feed_named, ingest
from aim.ingest.report import Report, total
from aim.ingest.source import payloads
from aim.layers.publishing.publish import Run, publish
from aim.vocabulary.kinds import AreaKind
from tests.conftest import MIGRATED, copy_of
from tests.town import ASB, CRIME

FORCES = {
    "cleveland": ("E06000001", "E06000002", "E06000003", "E06000004"),
    "merseyside": ("E08000011", "E08000012", "E08000013", "E08000014", "E08000015"),
}
ROWS = {"cleveland": 40_898, "merseyside": 13_350 + 15_523 + 14_060 + 12_743}
CELLS_KM2 = {"cleveland": (597, 0.69), "merseyside": (647, 0.70)}
"""Land and cell area in square kilometres, to say how many cells there should be, roughly."""


@pytest.fixture(scope="module")
def forces(shared: Path, cluster_home: Path) -> Iterator[tuple[Engine, dict[str, Report], Run]]:
    """Both forces loaded and scored: the database, the reports of the loads and that of the run."""
    with copy_of(cluster_home, MIGRATED) as url:
        engine = make_engine(url)
        for force, boroughs in FORCES.items():
            for borough in boroughs:
                wards = shared / f"data/boundaries/uk-geojson/wards_by_lad/{borough}.json"
                load_areas(engine, wards, AreaKind.WARD, "WD13CD", "WD13NM", force.title())
        yield engine, {force: load(engine, shared, force) for force in FORCES}, publish(engine)
        engine.dispose()


def load(engine: Engine, shared: Path, force: str) -> Report:
    feed, day = feed_named("police-uk-street"), datetime(2026, 10, 1, tzinfo=UTC)
    files = sorted((shared / "data/police" / force).glob("*-street.csv.gz"))
    return total(feed.name, [ingest(engine, feed, payload, day) for payload in payloads(files)])


@pytest.mark.parametrize("force", FORCES)
def test_every_row_inside_the_force_is_in_one_of_the_two_layers(
    forces: tuple[Engine, dict[str, Report], Run], force: str
) -> None:
    _, reports, run = forces
    report = reports[force]
    assert (report.read, report.inserted, report.unmapped_categories) == (ROWS[force], ROWS[force], {})
    published = {layer.id: layer.incidents for layer in run.layers if layer.area == force}
    assert set(published) == {CRIME, ASB}
    assert sum(published.values()) == report.read - report.without_location - (report.outside_area or 0)


@pytest.mark.parametrize("force", FORCES)
def test_the_grid_is_the_whole_force_and_few_cells_are_hot(
    forces: tuple[Engine, dict[str, Report], Run], force: str
) -> None:
    land, cell = CELLS_KM2[force]
    for layer in (layer for layer in forces[2].layers if layer.area == force):
        assert layer.cells == pytest.approx(land / cell, rel=0.1)
        assert 0.02 < layer.significant / layer.cells < 0.2


def test_each_force_stands_on_its_own_last_month(forces: tuple[Engine, dict[str, Report], Run]) -> None:
    table = published_layer
    with forces[0].connect() as connection:
        rows = connection.execute(select(table.c.area, table.c.layer, table.c.description)).all()
    ends = {(row.area, row.layer): row.description["data_cutoff"]["police"] for row in rows}
    assert ends == {
        (force, layer): end
        for force, end in (("cleveland", "2019-02-28"), ("merseyside", "2019-12-31"))
        for layer in (CRIME, ASB)
    }
    assert forces[2].as_of == "2019-12-31"
    for row in rows:
        assert any("less than twelve months are counted" in caveat for caveat in row.description["caveats"])


@pytest.mark.parametrize(
    ("force", "town"), [("cleveland", (54.5742, -1.2350)), ("merseyside", (53.4048, -2.9837))], ids=str
)
def test_the_middle_of_the_biggest_town_is_the_hottest_place(
    forces: tuple[Engine, dict[str, Report], Run], force: str, town: tuple[float, float]
) -> None:
    first = top(forces[0], force)["properties"]
    centre = h3.latlng_to_cell(*town, 8)
    assert h3.grid_distance(first["h3"], centre) <= 1
    assert first["confidence"] == "99 %"
    assert first["change"] is None
    assert "5 months to 28 February 2019" in first["rationale"] or force != "cleveland"


def top(engine: Engine, force: str) -> dict[str, Any]:
    table = published_feature
    first = (table.c.area == force) & (table.c.layer == CRIME) & (table.c.rank == 1) & (table.c.edition != "outside")
    with engine.connect() as connection:
        body = connection.execute(select(table.c.body).where(first)).scalar_one()
    return json.loads(body)
