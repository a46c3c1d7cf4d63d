"""A file of areas that cannot be used is refused in a sentence, and the areas that are stored stay."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from aim.errors import AimError, UnreadableFile, UsageError
from tests.areas.wards import EASTING, NORTHING, ONE, TWO, Office, collection, kilometre, square

NO_FORMAT = r"^wards\.geojson is no GeoJSON, GeoPackage or Shapefile that can be read \("
POINT = {"type": "Point", "coordinates": [0, 1]}


def named(*fields: str) -> dict[str, Any]:
    """One area with these fields."""
    return collection((dict.fromkeys(fields, "a"), square()))


REFUSED: dict[str, tuple[dict[str, Any] | str, type[AimError], str]] = {
    "empty": ("", UnreadableFile, NO_FORMAT),
    "prose": ("Dear Sir", UnreadableFile, NO_FORMAT),
    "other JSON": ({"a": 1}, UnreadableFile, NO_FORMAT),
    "cut short": (json.dumps(named("id", "name"))[:-60], UnreadableFile, NO_FORMAT + "Failed to read GeoJSON data"),
    "no features": (collection(), UnreadableFile, r"^wards\.geojson holds no areas\.$"),
    "points": (
        collection((ONE, POINT)),
        UnreadableFile,
        r"^wards\.geojson holds no usable polygon: W1: no polygon\.$",
    ),
    "metres without a system": (
        collection((ONE, square(EASTING, NORTHING, 1000))),
        UnreadableFile,
        r"^Coordinates of wards\.geojson lie outside the earth\. If they are eastings and northings, the file has to ",
    ),
    "no field for the id": (
        named("Ward", "Name"),
        UsageError,
        r"^Which field to use is not clear: give --id-field\. The fields are: Ward, Name\.$",
    ),
    "no field for the name": (
        named("id", "Ward"),
        UsageError,
        r"^Which field to use is not clear: give --name-field\. The fields are: id, Ward\.$",
    ),
}


def assert_refused(office: Office, attempt: Callable[[], object], error: type[AimError], sentence: str) -> None:
    """Refused in words, and the areas are what they were."""
    before = office.stored()
    with pytest.raises(error, match=sentence):
        attempt()
    assert office.stored() == before


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_cannot_be_used_is_refused(office: Office, what: str) -> None:
    body, error, sentence = REFUSED[what]
    office.load(collection((TWO, square())), "before.geojson")
    assert_refused(office, lambda: office.load(body), error, sentence)


@pytest.mark.parametrize("option", ["id_field", "name_field"])
def test_a_field_that_is_not_there_is_refused_with_those_that_are(office: Office, option: str) -> None:
    sentence = r"^There is no field 'code'\. The fields are: WD_CODE, WD_NAME\.$"
    body = collection((ONE, square()))
    assert_refused(office, lambda: office.load(body, **{option: "code"}), UsageError, sentence)


@pytest.mark.parametrize("name", ["", "absent.geojson"])
def test_what_is_no_file_is_refused(office: Office, name: str) -> None:
    sentence = r" is not there, or is not a file\.$"
    assert_refused(office, lambda: office.load_file(name), UnreadableFile, sentence)


def test_a_table_without_shapes_is_refused(office: Office) -> None:
    sentence = r"^wards\.csv holds no areas\.$"
    assert_refused(office, lambda: office.load("code,name\n1,2\n", "wards.csv"), UnreadableFile, sentence)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("prj", r"^wards\.shp does not say its coordinate reference system: add one, for example a \.prj file\.$"),
        ("shx", r"^wards\.shp is no GeoJSON, GeoPackage or Shapefile that can be read \(Unable to open .*wards\.shx"),
    ],
)
def test_a_shapefile_that_lacks_a_part_is_refused(office: Office, part: str, sentence: str) -> None:
    kilometre().to_file(office.folder / "wards.shp")
    (office.folder / f"wards.{part}").unlink()
    assert_refused(office, lambda: office.load_file("wards.shp"), UnreadableFile, sentence)


def test_a_geopackage_of_several_layers_is_refused_with_their_names(office: Office) -> None:
    """Guessing which is meant could load the wrong one."""
    for layer in ("wards_2013", "wards_2024"):
        kilometre().to_file(office.folder / "wards.gpkg", layer=layer)
    sentence = r"^wards\.gpkg holds several layers \(wards_2013, wards_2024\): save one to a file of its own\.$"
    assert_refused(office, lambda: office.load_file("wards.gpkg"), UnreadableFile, sentence)


def test_a_partnership_needs_a_name_that_can_be_an_id(office: Office) -> None:
    sentence = r"^The partnership's name '!!!' needs a letter from a to z or a figure\.$"
    body = collection((ONE, square()))
    assert_refused(office, lambda: office.load(body, partnership="!!!"), UsageError, sentence)
