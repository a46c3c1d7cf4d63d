"""The generator gives the committed files, byte for byte, and they stay small."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pytest
import shapely
from pyproj import Transformer
from reading import NOTHING, calls

BYTES = 5_000_000
WRITTEN_BY_HAND = {".md", ".py", ".pyc"}


def written(folder: Path) -> dict[str, Path]:
    """What the generator writes, by path."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in WRITTEN_BY_HAND)
    return {path.relative_to(folder).as_posix(): path for path in files}


@pytest.fixture(scope="module")
def again(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples, made anew."""
    folder = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, samples / "generate.py", folder], check=True, timeout=60)
    return folder


def test_the_generator_writes_the_committed_files_and_no_others(samples: Path, again: Path) -> None:
    assert sorted(written(again)) == sorted(written(samples))


def test_the_generator_writes_the_same_bytes(samples: Path, again: Path) -> None:
    committed = written(samples)
    different = [name for name, path in written(again).items() if path.read_bytes() != committed[name].read_bytes()]
    assert different == [], "run data/samples/generate.py and commit what it writes"


def test_the_samples_stay_under_five_megabytes(samples: Path) -> None:
    assert sum(path.stat().st_size for path in samples.rglob("*") if path.is_file() and path.suffix != ".pyc") < BYTES


def areas(samples: Path, name: str) -> list[dict[str, Any]]:
    """The features of one of the area files."""
    return json.loads((samples / "areas" / f"{name}.geojson").read_text(encoding="utf-8"))["features"]


def boundaries(samples: Path, name: str) -> list[shapely.Polygon]:
    """Their polygons."""
    return [shapely.Polygon(feature["geometry"]["coordinates"][0]) for feature in areas(samples, name)]


def test_the_wards_tile_the_town_without_overlap(samples: Path) -> None:
    town, wards = boundaries(samples, "town")[0], boundaries(samples, "wards")
    assert 8 <= len(wards) <= 12
    assert all(polygon.is_valid for polygon in [town, *wards])
    # A square metre is about 1.4e-10 square degrees here.
    assert shapely.union_all(wards).symmetric_difference(town).area < 1e-12
    assert abs(sum(ward.area for ward in wards) - town.area) < 1e-12


def test_rings_run_anticlockwise_as_rfc_7946_wants(samples: Path) -> None:
    assert all(polygon.exterior.is_ccw for name in ("town", "wards") for polygon in boundaries(samples, name))


def test_areas_say_that_they_are_made_up(samples: Path) -> None:
    town, wards = ([feature["properties"] for feature in areas(samples, name)] for name in ("town", "wards"))
    assert [properties["WD_CODE"] for properties in wards] == [f"SYN-W{i:02}" for i in range(1, len(wards) + 1)]
    assert all(properties["made_up"] is True for properties in town + wards)


def test_the_grid_of_the_town_has_the_size_of_a_real_town(samples: Path) -> None:
    assert 160 <= len(h3.geo_to_cells(boundaries(samples, "town")[0], 8)) <= 200


def test_degrees_and_metres_of_a_fire_agree(samples: Path) -> None:
    """The generator's own projection against PROJ's, which is up to 3 m off where it lacks Ordnance Survey's grid."""
    rows = [row for row in calls(samples) if row["Latitude"] not in NOTHING]
    longitudes, latitudes = ([float(row[name]) for row in rows] for name in ("Longitude", "Latitude"))
    metres = np.array(Transformer.from_crs(4326, 27700, always_xy=True).transform(longitudes, latitudes))
    stated = np.array([[float(row["Easting_m"]), float(row["Northing_m"])] for row in rows]).T
    assert len(rows) > 500
    assert np.abs(metres - stated).max() < 3
