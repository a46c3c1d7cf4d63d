"""GDAL as a client: what QGIS and many scripts read us with."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from fastapi import FastAPI

from aim.api.crs import NATIONAL_GRID
from aim.api.server import running
from tests.api.conftest import CELLS, OVER_THERE, World
from tests.keys import new_key

pytestmark = pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo (Debian: gdal-bin) is not installed")


@pytest.fixture
def address(open_app: FastAPI, world: World) -> Iterator[str]:
    world.publish("all-crime", {"middlesbrough": CELLS, "liverpool": OVER_THERE})
    with running(open_app) as address:
        yield address


def ogrinfo(*arguments: str) -> str:
    done = subprocess.run(["ogrinfo", "-ro", *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout


def test_it_lists_the_layers(address: str) -> None:
    assert "all-crime" in ogrinfo(f"OAPIF:{address}")


def test_it_reads_with_a_key_and_not_without(app: FastAPI, world: World) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS})
    with running(app) as address:
        key = f"GDAL_HTTP_HEADERS=Authorization: Bearer {new_key(world.engine)}"
        assert "Feature Count: 37" in ogrinfo("-so", "--config", *key.split("=", 1), f"OAPIF:{address}", "all-crime")
        refused = subprocess.run(["ogrinfo", "-ro", f"OAPIF:{address}"], capture_output=True, timeout=60, check=False)
        assert refused.returncode != 0


def test_it_counts_and_types_the_features_of_a_layer(address: str) -> None:
    told = ogrinfo("-so", f"OAPIF:{address}", "all-crime")
    assert "Feature Count: 44" in told
    assert "rank: Integer" in told
    assert "rationale: String" in told
    assert "Extent: (-3.1" in told


@pytest.mark.parametrize("page_size", [1, 10, 1000])
def test_it_reads_every_feature_whatever_its_page_size(address: str, page_size: int) -> None:
    told = ogrinfo("-al", "-oo", f"PAGE_SIZE={page_size}", f"OAPIF:{address}")
    assert len(re.findall(r"^OGRFeature", told, re.MULTILINE)) == 44
    assert set(re.findall(r"h3 \(String\) = (\w+)", told)) == {*CELLS, *OVER_THERE}


def test_it_selects_by_a_box(address: str) -> None:
    told = ogrinfo("-al", "-spat", "-3.2", "53.2", "-2.8", "53.6", f"OAPIF:{address}", "all-crime")
    assert len(re.findall(r"^OGRFeature", told, re.MULTILINE)) == len(OVER_THERE)


def test_it_reads_a_tile(address: str, tmp_path: Path) -> None:
    file = tmp_path / "tile.pbf"
    with urlopen(f"{address}/collections/all-crime/tiles/WebMercatorQuad/10/325/508") as tile:  # noqa: S310  # our own server
        file.write_bytes(tile.read())
    told = ogrinfo("-al", "-oo", "CLIP=NO", f"MVT:{file}")
    assert "Layer name: all-crime" in told
    cells = re.findall(r" id \(String\) = (\w+)", told)
    assert len(cells) > 20
    assert set(cells) <= set(CELLS)


def test_it_passes_a_filter_on_to_the_server(address: str) -> None:
    """What the server does not answer, GDAL would look through itself, after reading every page."""
    where = "count_total > 45 AND hotspot_class = 'new' AND area_name LIKE 'm%'"
    asked = ["-al", "-so", "--debug", "on", "-where", where, f"OAPIF:{address}", "all-crime"]
    done = subprocess.run(["ogrinfo", "-ro", *asked], capture_output=True, text=True, timeout=60, check=True)
    assert "Feature Count: 2" in done.stdout
    assert "filter=" in done.stderr
    assert "evaluated on client side" not in done.stderr


def test_it_selects_by_a_box_of_the_national_grid(address: str) -> None:
    query = (
        f"{address}/collections/all-crime/items?bbox-crs={quote(NATIONAL_GRID.uri)}&bbox=330000,385000,340000,395000"
    )
    told = ogrinfo("-al", "-so", query)
    assert f"Feature Count: {len(OVER_THERE)}" in told
