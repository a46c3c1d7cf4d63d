"""Layers as files: every format is read back by another program's reader, and none is ever there by half."""

import csv
import json
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import geopandas
import pytest
from sqlalchemy import Engine

from aim.cli.layers import export_layer
from aim.errors import UnknownName, UsageError
from aim.layers.publishing import export as exporting
from aim.layers.publishing.export import WRITERS, export
from aim.layers.publishing.properties import BY_NAME
from tests.api.conftest import CELLS, OVER_THERE, World

LAYER = "all-crime"
READ_BY_GDAL = ("geojson", "csv", "gpkg", "fgb")
IN_ORDER = [*OVER_THERE, *CELLS]


@pytest.fixture
def published(engine: Engine) -> World:
    world = World(engine)
    world.publish(LAYER, {"middlesbrough": CELLS, "liverpool": OVER_THERE}, made_up=True)
    return world


def ogrinfo(path: Path) -> str:
    asked = ["ogrinfo", "-ro", "-al", "-so", str(path)]
    return subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_command_offers_the_formats_that_there_are() -> None:
    assert set(get_args(get_args(export_layer.__annotations__["to"])[0])) == WRITERS.keys()


@pytest.mark.parametrize("wanted", READ_BY_GDAL)
def test_gdal_reads_what_is_written(published: World, tmp_path: Path, wanted: str) -> None:
    out = tmp_path / f"layer.{wanted}"
    found = export(published.engine, LAYER, wanted, out)
    assert (found["features"], found["runs"]) == (44, {"liverpool": 1, "middlesbrough": 1})
    told = ogrinfo(out)
    assert "Feature Count: 44" in told
    assert "rationale: String" in told
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("wanted", ["geojson", "gpkg", "fgb", "parquet"])
def test_values_and_outlines_are_those_that_were_published(published: World, tmp_path: Path, wanted: str) -> None:
    out = tmp_path / f"layer.{wanted}"
    export(published.engine, LAYER, wanted, out)
    frame: Any = geopandas.read_parquet(out) if wanted == "parquet" else geopandas.read_file(out)
    frame = frame.set_index("h3").loc[IN_ORDER]
    assert frame.crs.name.startswith("WGS 84")
    assert frame["rank"].tolist() == [*range(1, 8), *range(1, 38)]
    assert frame["rank_change"].isna().sum() == 14
    assert str(frame["valid_from"].iloc[0])[:10] == "2024-11-02"
    assert frame.geometry.iloc[7].covers(frame.geometry.iloc[7].centroid)
    assert frame.geometry.is_valid.all()


def test_a_table_is_safe_to_open(published: World, tmp_path: Path) -> None:
    out = tmp_path / "layer.csv"
    export(published.engine, LAYER, "csv", out)
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8"), newline="")))
    assert list(rows[0]) == ["id", *BY_NAME]
    assert rows[0]["caveats"] == "'=1+1"


def test_whose_data_they_are_travels_with_them(published: World, tmp_path: Path) -> None:
    paths = {wanted: tmp_path / f"layer.{wanted}" for wanted in ("geojson", "gpkg", "fgb", "parquet")}
    for wanted, out in paths.items():
        export(published.engine, LAYER, wanted, out)
    collection = json.loads(paths["geojson"].read_text(encoding="utf-8"))
    assert (collection["made_up"], collection["marking"]) == (True, "OFFICIAL")
    assert "Made-up data. OFFICIAL. Contains public sector information." in ogrinfo(paths["gpkg"])
    assert b"Contains public sector information." in paths["fgb"].read_bytes()
    assert b"Contains public sector information." in paths["parquet"].read_bytes()


def test_an_earlier_run_can_be_written(published: World, tmp_path: Path) -> None:
    published.publish(LAYER, {"middlesbrough": CELLS[:2]})
    out = tmp_path / "layer.geojson"
    assert export(published.engine, LAYER, "geojson", out)["runs"] == {"liverpool": 1, "middlesbrough": 2}
    assert export(published.engine, LAYER, "geojson", out, run=1)["features"] == 44
    assert export(published.engine, LAYER, "geojson", out, run=2)["features"] == 2


@pytest.mark.parametrize("wanted", list(WRITERS))
def test_a_layer_without_cells_is_a_file_without_features(published: World, tmp_path: Path, wanted: str) -> None:
    published.publish("empty", {"middlesbrough": []})
    out = tmp_path / f"layer.{wanted}"
    assert export(published.engine, "empty", wanted, out)["features"] == 0
    assert out.stat().st_size > 0


def test_what_fails_leaves_the_file_that_was_there(
    published: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "layer.csv"
    out.write_text("as before")

    def half(_: object, path: Path) -> None:
        path.write_text("hal")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(exporting.WRITERS, "csv", half)
    with pytest.raises(UsageError, match="No space left on device"):
        export(published.engine, LAYER, "csv", out)
    assert out.read_text() == "as before"
    assert list(tmp_path.iterdir()) == [out]


def test_what_is_not_published_is_answered_with_what_is(published: World, tmp_path: Path) -> None:
    out = tmp_path / "layer.csv"
    with pytest.raises(UnknownName, match="The layers are: all-crime"):
        export(published.engine, "fires", "csv", out)
    with pytest.raises(UnknownName, match="Run 9 published nothing"):
        export(published.engine, LAYER, "csv", out, run=9)
    with pytest.raises(UsageError, match="There is no folder"):
        export(published.engine, LAYER, "csv", tmp_path / "nowhere" / "layer.csv")
