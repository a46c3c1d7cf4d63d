"""GeoPackage, Shapefile, GeoJSON: the point of each row in the layer's own system, and nothing guessed of the rest."""

import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import polars as pl
import pyogrio
import pytest
import shapely

from aim.errors import UnreadableFile, WrongColumns
from aim.ingest.feed import Rows
from aim.ingest.load import ingest
from aim.ingest.profile.build import feed_of
from aim.ingest.source import Payload, payloads
from aim.ingest.spatial import X, Y, is_spatial, kind_of, spatial_reader
from aim.ingest.tabular import Table
from tests.ingest.conftest import AS_OF, Store

SUFFIXES: Final = ("gpkg", "shp", "geojson")
WANTED: Final = ("ref", "what", X, Y)
PROFILE = """
name = "bins"
title = "Bins"
agency = "council"
publisher = "Kelderby"
licence = "None"
attribution = "Kelderby"
location_note = "Made up, within 10 m."
file.format = "spatial"
id.columns = "ref"
time.start = "day"
time.formats = ["%Y-%m-%d"]
category.columns = "what"
category.source = "open311"
[[place]]
x = "geometry x"
y = "geometry y"
crs = "EPSG:27700"
precision_m = 10
"""


def layer(folder: Path, suffix: str, shapes: list[Any], crs: str | None = "EPSG:27700", **columns: list[Any]) -> Path:
    """A file with a layer of these shapes."""
    path = folder / f"bins.{suffix}"
    numbers = [str(at) for at in range(1, len(shapes) + 1)]
    data = {"ref": numbers, "what": ["Litter"] * len(shapes)} | columns
    gpd.GeoDataFrame(data, geometry=shapes, crs=crs).to_file(path)
    return path


def read(path: Path, table: Table, name: str | None = None, crs: str | None = None) -> Rows:
    """A file in one block."""
    [payload] = payloads([path])
    blocks = list(spatial_reader(table, name, crs)(payload))
    frame, broken = (pl.concat(getattr(block, part) for block in blocks) for part in ("frame", "broken"))
    return Rows(frame, broken, blocks[0].notes)


def points(count: int) -> list[shapely.Point]:
    """Places on the National Grid."""
    return [shapely.Point(448_000.5 + at, 518_000 + at) for at in range(count)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_points_in_the_layers_own_system(tmp_path: Path, suffix: str) -> None:
    rows = read(layer(tmp_path, suffix, points(2)), Table(("ref",), WANTED))
    assert rows.frame.to_dicts() == [
        {"line": 1, "ref": "1", "what": "Litter", X: "448000.5", Y: "518000"},
        {"line": 2, "ref": "2", "what": "Litter", X: "448001.5", Y: "518001"},
    ]
    assert rows.notes == (f"The coordinates of bins.{suffix} are in EPSG:27700, as it says itself.",)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_row_without_a_geometry_is_one_without_a_place(tmp_path: Path, suffix: str) -> None:
    rows = read(layer(tmp_path, suffix, [None, *points(1)]), Table(("ref",), WANTED))
    assert rows.frame.select("line", X, Y).rows() == [(1, None, None), (2, "448000.5", "518000")]
    assert rows.broken.is_empty()


@pytest.mark.parametrize("suffix", ["gpkg", "geojson"])
def test_lines_and_areas_are_broken_and_their_middle_is_not_guessed(tmp_path: Path, suffix: str) -> None:
    shapes = [points(1)[0], shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)]), shapely.MultiPoint([(3, 4)])]
    rows = read(layer(tmp_path, suffix, shapes), Table(("ref",), WANTED))
    assert rows.frame["line"].to_list() == [1, 4], "a group of one point is that point"
    assert rows.broken.select("line", "reason", "detail").rows() == [
        (2, "not_a_point", "polygon"),
        (3, "not_a_point", "linestring"),
    ]
    assert json.loads(rows.broken["raw"][0])["ref"] == "2"


def test_nothing_of_a_broken_row_is_kept_where_columns_are_personal(tmp_path: Path) -> None:
    path = layer(tmp_path, "gpkg", [shapely.box(0, 0, 1, 1)], caller=["Sarah Example"])
    rows = read(path, Table(("ref",), WANTED, ("caller",)))
    assert rows.broken["raw"].to_list() == [""]
    assert rows.notes[0] == "Dropped at the door, because they are about persons: caller."
    assert "caller" not in rows.frame.columns


def test_where_the_geometry_is_not_used_its_shape_does_not_matter(tmp_path: Path) -> None:
    rows = read(layer(tmp_path, "gpkg", [shapely.box(0, 0, 1, 1)]), Table(("ref",), ("ref",)))
    assert (rows.frame.height, rows.broken.height) == (1, 0)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_values_as_text(tmp_path: Path, suffix: str) -> None:
    moment = [datetime(2026, 3, 1, 14, 30, tzinfo=UTC), None]
    columns: dict[str, list[Any]] = {"whole": [7, 8], "share": [1.0, 2.5], "yes": [True, False]}
    columns |= {} if suffix == "shp" else {"at": moment}
    frame = read(layer(tmp_path, suffix, points(2), "EPSG:27700", **columns), Table(("ref",), tuple(columns))).frame
    assert frame["whole"].to_list() == ["7", "8"]
    assert frame["share"].to_list() == ["1", "2.5"]
    assert frame["yes"].to_list()[0] in ("true", "1")
    if "at" in columns:
        assert str(frame["at"][0]).startswith("2026-03-01T14:30:00")
        assert frame["at"][1] is None


def geojson(*features: dict[str, Any], **members: Any) -> bytes:
    """A collection of features, each given by its properties and, as `at`, its coordinates."""
    found = [
        {"type": "Feature", "properties": {k: v for k, v in each.items() if k != "at"}}
        | {"geometry": {"type": "Point", "coordinates": each["at"]} if "at" in each else None}
        for each in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": found} | members).encode()


def test_what_is_nested_is_text_and_dates_stay_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "bins.geojson"
    path.write_bytes(geojson({"ref": "1", "day": "2026/03/01", "who": {"a": [1]}, "list": [1, 2], "at": [-1.2, 54.5]}))
    [row] = read(path, Table(("ref",), ("day", "who", "list", X))).frame.to_dicts()
    assert (row["day"], json.loads(row["who"]), json.loads(row["list"])) == ("2026/03/01", {"a": [1]}, [1, 2])
    assert row[X] == "-1.2"


def test_geojson_that_names_no_system_is_not_said_to_be_in_one(tmp_path: Path) -> None:
    path = tmp_path / "bins.geojson"
    path.write_bytes(geojson({"ref": "1", "at": [448_000, 518_000]}))
    rows = read(path, Table(("ref",), WANTED), crs="EPSG:27700")
    assert rows.notes == ("The coordinates of bins.geojson are in a system that it does not name.",)
    assert rows.frame[X].to_list() == ["448000"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_in_another_system_than_the_feeds_is_refused(tmp_path: Path, suffix: str) -> None:
    path = layer(tmp_path, suffix, [shapely.Point(-137_000, 7_278_000)], crs="EPSG:3857")
    with pytest.raises(
        UnreadableFile, match=r"says its coordinates are in EPSG:3857, and the feed takes them to be in"
    ):
        read(path, Table(("ref",), WANTED), crs="EPSG:27700")
    assert read(path, Table(("ref",), WANTED), crs="EPSG:3857").frame.height == 1


@pytest.mark.parametrize(
    "crs",
    ["EPSG:27700", "+proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy +units=m"],
)
def test_a_system_by_another_name_is_the_same(tmp_path: Path, crs: str) -> None:
    assert read(layer(tmp_path, "shp", points(1)), Table(("ref",), WANTED), crs="EPSG:27700").frame.height == 1
    assert (
        read(layer(tmp_path, "gpkg", points(1), crs=crs), Table(("ref",), WANTED), crs="EPSG:27700").frame.height == 1
    )


def test_the_first_layer_or_the_one_that_is_named(tmp_path: Path) -> None:
    path = layer(tmp_path, "gpkg", points(1))
    gpd.GeoDataFrame({"ref": ["x", "y"]}, geometry=points(2), crs="EPSG:27700").to_file(path, layer="more")
    table = Table(("ref",), ("ref",))
    assert read(path, table).frame["ref"].to_list() == ["1"]
    assert read(path, table, "more").frame["ref"].to_list() == ["x", "y"]
    with pytest.raises(UnreadableFile, match=r"has no layer 'less'; it has 'bins', 'more'\."):
        read(path, table, "less")


def test_a_table_without_shapes_has_no_coordinates(tmp_path: Path) -> None:
    path = tmp_path / "plain.gpkg"
    pyogrio.write_dataframe(
        gpd.GeoDataFrame({"ref": ["1"]}, geometry=points(1), crs=27700).drop(columns="geometry"), path
    )
    assert read(path, Table(("ref",), ("ref",))).frame["ref"].to_list() == ["1"]
    with pytest.raises(WrongColumns, match="lacks the columns 'geometry x', 'geometry y'"):
        read(path, Table(("ref", X, Y), WANTED))


def test_a_layer_that_has_nothing_but_shapes(tmp_path: Path) -> None:
    path = tmp_path / "shapes.gpkg"
    gpd.GeoDataFrame(geometry=points(2), crs="EPSG:27700").to_file(path)
    assert read(path, Table((X, Y), (X, Y))).frame[X].to_list() == ["448000.5", "448001.5"]


def test_names_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    path = layer(tmp_path, "geojson", points(1))
    path.write_bytes(path.read_bytes().replace(b'"what"', b'"wh\xff\xff"'))
    with pytest.raises(UnreadableFile, match=r"bins\.geojson is no GeoJSON that can be read"):
        read(path, Table(("ref",), WANTED))


def packed(path: Path) -> Path:
    """The parts of a file in a zip, in a folder with a name that needs care."""
    target = path.parent / "it's {a} zip.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in path.parent.glob("bins.*"):
            archive.write(part, f"my data/{part.name}")
    return target


def gzipped(path: Path) -> Path:
    """The file, gzipped."""
    target = path.with_suffix(path.suffix + ".gz")
    target.write_bytes(gzip.compress(path.read_bytes()))
    return target


@pytest.mark.parametrize(
    ("suffix", "pack"), [("shp", packed), ("gpkg", packed), ("geojson", packed), ("geojson", gzipped)]
)
def test_packed_files(tmp_path: Path, suffix: str, pack: Callable[[Path], Path]) -> None:
    path = pack(layer(tmp_path, suffix, points(3)))
    assert read(path, Table(("ref",), WANTED), crs="EPSG:27700").frame[X].to_list() == [
        "448000.5",
        "448001.5",
        "448002.5",
    ]


def test_a_layer_comes_in_blocks_with_lines_that_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.spatial.BATCH", 10)
    [payload] = payloads([layer(tmp_path, "gpkg", points(25))])
    blocks = list(spatial_reader(Table(("ref",), WANTED), None, None)(payload))
    assert len(blocks) > 1
    assert max(block.frame.height for block in blocks) <= 10
    assert pl.concat(block.frame for block in blocks)["line"].to_list() == list(range(1, 26))


def test_numbers_that_stand_for_none_in_a_shapefile_are_no_place(tmp_path: Path) -> None:
    path = layer(tmp_path, "shp", [shapely.Point(-1.797e308, -1.797e308), *points(1)])
    assert read(path, Table(("ref",), WANTED)).frame[X].to_list() == [None, "448000.5"]


def test_a_shapefile_that_is_cut_short_or_lacks_its_table_is_refused(tmp_path: Path) -> None:
    path = layer(tmp_path, "shp", points(100))
    whole = path.read_bytes()
    path.write_bytes(whole[:1_000])
    with pytest.raises(UnreadableFile, match=r"bins\.shp is cut short: it says it has 2,900 bytes"):
        read(path, Table(("ref",), WANTED))
    path.write_bytes(whole)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(UnreadableFile, match=r"has no \.dbf beside it"):
        read(path, Table(("ref",), WANTED))


@pytest.mark.parametrize("keep", [10, 120, -3])
def test_geojson_that_is_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "bins.geojson"
    path.write_bytes(geojson(*({"ref": str(at), "at": [-1.2, 54.5]} for at in range(50)))[:keep])
    with pytest.raises(UnreadableFile, match=r"bins\.geojson"):
        read(path, Table(("ref",), WANTED))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ref,what\n1,Litter\n",
        b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>secret.csv</SrcDataSource></OGRVRTLayer>',
        b"SQLite format 3\0 and then nothing",
    ],
)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_none_of_these_is_refused_whatever_its_name(tmp_path: Path, body: bytes, suffix: str) -> None:
    """A virtual file, which names other files to be read, is not even opened."""
    path = tmp_path / f"bins.{suffix}"
    path.write_bytes(body)
    with pytest.raises(UnreadableFile, match=r"bins\."):
        read(path, Table(("ref",), WANTED))


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.spatial.LARGEST", 1_000)
    for path in (layer(tmp_path, "shp", points(50)), gzipped(layer(tmp_path, "geojson", points(50)))):
        with pytest.raises(UnreadableFile, match="unpacks to more than"):
            read(path, Table(("ref",), WANTED))


def test_formats_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    heads = {suffix: layer(tmp_path, suffix, points(1)).read_bytes()[:65_536] for suffix in SUFFIXES}
    kinds = {suffix: kind_of(head) for suffix, head in heads.items()}
    assert kinds == {"gpkg": "GeoPackage", "shp": "Shapefile", "geojson": "GeoJSON"}
    assert [is_spatial(("ref", X))(head) for head in heads.values()] == [True, True, True]
    assert not is_spatial(("other", X))(heads["geojson"]), "its columns are in plain sight"
    assert not is_spatial(())(b'{"service_requests": []}')


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_layer_is_loaded_by_a_profile_and_again(store: Store, suffix: str) -> None:
    days = [f"2026-03-{at:02}" for at in range(1, 11)]
    path = layer(store.folder, suffix, points(10), day=days)
    feed = feed_of(PROFILE, "bins.toml")
    first, again = (ingest(store.engine, feed, Payload(path, path.name), AS_OF) for _ in range(2))
    assert (first.read, first.inserted, first.without_location) == (10, 10, 0)
    assert again.unchanged == 10
    [place] = store.rows("SELECT ST_X(location) AS x, ST_Y(location) AS y FROM incident WHERE source_id = '1'")
    assert (place["x"], place["y"]) == pytest.approx((-1.2593, 54.5550), abs=1e-4)


def test_a_shapefile_whose_columns_have_changed_is_another_file(store: Store) -> None:
    """The shapes are the same to the byte; what they mean lies in the file beside them."""
    feed = feed_of(PROFILE, "bins.toml")
    path = layer(store.folder, "shp", points(3), day=["2026-03-01"] * 3)
    assert ingest(store.engine, feed, Payload(path, path.name), AS_OF).inserted == 3
    layer(store.folder, "shp", points(3), day=["2026-03-01", "2026-03-01", "2026-03-02"])
    assert ingest(store.engine, feed, Payload(path, path.name), AS_OF).updated == 1
