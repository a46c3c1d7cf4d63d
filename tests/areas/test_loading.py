"""Areas come in from any of three formats in any coordinate system, repaired where need be."""

import json
from pathlib import Path

import pytest
import shapely
from sqlalchemy import text

from aim.areas import area_named, areas, load_areas, union_of_areas
from aim.errors import UnknownName
from aim.vocabulary.kinds import AreaKind
from tests.areas.wards import ONE, TWO, Office, collection, kilometre, square

SIX_INVALID = ("E06000003", "E06000004", "E08000011", "E08000012", "E08000014", "E08000015")
SOUND = ("E06000001", "E06000002", "E08000013")


def test_geojson_in_degrees_needs_no_word_on_its_system(office: Office) -> None:
    loaded = office.load(collection((ONE, square())))
    assert loaded.as_dict() == {"areas": ["W1"], "repaired": [], "rejected": [], "partnership": None}
    area = office.stored()["W1"]
    assert (area.kind, area.name, area.partnership) == (AreaKind.WARD, "One", None)
    assert (area.repaired, area.made_up) == (False, False)
    assert area.boundary.bounds == pytest.approx((-1.24, 54.57, -1.23, 54.58))


@pytest.mark.parametrize("name", ["wards.geojson", "wards.gpkg", "wards.shp"])
def test_a_square_kilometre_of_the_national_grid_is_one_in_each_format(office: Office, name: str) -> None:
    """GeoJSON keeps the system in its old `crs` member, a Shapefile in its .prj."""
    kilometre().to_file(office.folder / name)
    assert office.load_file(name).areas == ["W1"]
    assert office.stored()["W1"].boundary.centroid.coords[0] == pytest.approx((-1.235, 54.577), abs=2e-3)
    # The National Grid's scale is 0.9997 here.
    assert office.square_metres("W1") == pytest.approx(1_000_600, rel=5e-4)


def test_the_old_crs_member_of_geojson_is_heeded(office: Office) -> None:
    body = json.loads(kilometre().to_json(drop_id=True))
    body["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    office.load(body)
    assert office.square_metres("W1") == pytest.approx(1_000_600, rel=5e-4)


def test_polygons_that_cross_themselves_are_repaired_and_named(office: Office) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    loaded = office.load(collection((ONE, bow_tie), (TWO, square())))
    assert (loaded.areas, loaded.repaired) == (["W1", "W2"], ["W1"])
    stored = office.stored()
    assert (stored["W1"].repaired, stored["W2"].repaired) == (True, False)
    assert all(area.boundary.is_valid for area in stored.values())
    assert stored["W1"].boundary.area == pytest.approx(0.5)
    with office.engine.connect() as connection:
        assert connection.execute(text("SELECT bool_and(ST_IsValid(boundary)) FROM area")).scalar_one()


@pytest.mark.parametrize("borough", SIX_INVALID + SOUND)
def test_six_of_the_published_files_hold_one_invalid_polygon(office: Office, shared: Path, borough: str) -> None:
    file = shared / f"data/boundaries/uk-geojson/lsoa_by_lad/{borough}.json"
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    invalid = [f["properties"]["LSOA11CD"] for f in features if not shapely.geometry.shape(f["geometry"]).is_valid]
    loaded = load_areas(office.engine, file, AreaKind.LSOA)
    assert len(loaded.areas) == len(features)
    assert loaded.repaired == invalid
    assert len(invalid) == (borough in SIX_INVALID)


def test_what_is_no_polygon_is_left_out_and_named(office: Office) -> None:
    point = {"type": "Point", "coordinates": [-1.24, 54.57]}
    mixed = {"type": "GeometryCollection", "geometries": [square(), point]}
    others = [({"WD_CODE": name, "WD_NAME": ""}, shape) for name, shape in (("P", point), ("N", None))]
    loaded = office.load(collection((ONE, mixed), *others))
    assert (loaded.areas, loaded.rejected) == (["W1"], ["P: no polygon", "N: no polygon"])
    assert office.stored()["W1"].boundary.geom_type == "MultiPolygon"


@pytest.mark.filterwarnings("ignore:Non closed ring detected:RuntimeWarning")
@pytest.mark.parametrize("ring", [[[0, 0], [1, 0], [1, 1], [0, 1]], [[0, 0], [1, 0]]])
def test_a_ring_that_does_not_close_is_left_out_and_named(office: Office, ring: list[list[int]]) -> None:
    loaded = office.load(collection((ONE, square()), (TWO, {"type": "Polygon", "coordinates": [ring]})))
    assert (loaded.areas, loaded.rejected) == (["W1"], ["W2: no polygon"])


def test_heights_are_dropped(office: Office) -> None:
    office.load(collection((ONE, {"type": "Polygon", "coordinates": [[[0, 0, 5], [1, 0, 5], [1, 1, 5], [0, 0, 5]]]})))
    assert not office.stored()["W1"].boundary.has_z


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_without_an_id_it_is_left_out_and_without_a_name_the_id_is_its_name(
    office: Office, nothing: str | None
) -> None:
    loaded = office.load(collection((ONE | {"WD_NAME": nothing}, square()), (TWO | {"WD_CODE": nothing}, square())))
    assert (loaded.areas, loaded.rejected) == (["W1"], ["a feature: no id"])
    assert office.stored()["W1"].name == "W1"


def test_numbers_are_ids_as_they_are_written(office: Office) -> None:
    """A gap in the column would make them fractions."""
    features = [({"id": number, "name": "x"}, square()) for number in (1, 2, None)]
    assert office.load(collection(*features)).areas == ["1", "2"]


def test_an_id_twice_is_taken_once_and_named(office: Office) -> None:
    loaded = office.load(collection((ONE, square()), (ONE, square(-1.3))))
    assert (loaded.areas, loaded.rejected) == (["W1"], ["W1: the id appears twice"])
    assert office.stored()["W1"].boundary.bounds[0] == pytest.approx(-1.24)


def test_the_same_id_again_replaces_the_area(office: Office) -> None:
    office.load(collection((ONE, square())))
    office.load(collection((ONE | {"WD_NAME": "Renamed"}, square(side=0.02))))
    assert [(area.name, round(area.boundary.area, 6)) for area in office.stored().values()] == [("Renamed", 0.0004)]


def test_any_field_may_be_named(office: Office) -> None:
    body = collection(({"ref": "R1", "label": "Label", "code": "no"}, square()))
    office.load(body, id_field="ref", name_field="label")
    assert office.stored()["R1"].name == "Label"


@pytest.mark.parametrize(
    ("value", "made_up"), [(True, True), ("true", True), (1, True), (False, False), ("false", False), (None, False)]
)
def test_a_place_that_does_not_exist_says_so_itself(office: Office, value: object, made_up: bool) -> None:
    office.load(collection((ONE | {"made_up": value}, square()), (TWO, square())))
    assert [area.made_up for area in office.stored().values()] == [made_up, False]


def test_areas_are_narrowed_by_kind_and_partnership(office: Office) -> None:
    office.load(collection((ONE, square())), partnership="Town")
    office.load(collection((TWO, square(-1.20))))
    with office.engine.connect() as connection:
        assert [a.id for a in areas(connection, kind=AreaKind.WARD)] == ["W1", "W2"]
        assert [a.id for a in areas(connection, partnership="town")] == ["W1"]
        assert [a.id for a in areas(connection)] == ["W1", "W2", "town"]


def test_an_unknown_area_is_named_with_the_partnerships_there_are(office: Office) -> None:
    none = r"^There is no area 'east'\. The partnerships are: none yet\.$"
    with office.engine.connect() as connection, pytest.raises(UnknownName, match=none):
        area_named(connection, "east")
    office.load(collection((ONE, square())), partnership="West")
    one = r"^There is no area 'east'\. The partnerships are: west\.$"
    with office.engine.connect() as connection, pytest.raises(UnknownName, match=one):
        area_named(connection, "east")


def test_the_union_of_all_is_what_points_are_held_against(office: Office) -> None:
    with office.engine.connect() as connection:
        assert union_of_areas(connection) is None
    office.load(collection((ONE, square())), partnership="Town")
    office.load(collection((TWO, square(-1.20))))
    with office.engine.connect() as connection:
        union = union_of_areas(connection)
    assert union is not None
    inside = shapely.contains_xy(union, [-1.235, -1.195, -1.215], [54.575] * 3)
    assert inside.tolist() == [True, True, False]
