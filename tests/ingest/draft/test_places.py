"""What a draft infers of places, and where it asks instead."""

from pathlib import Path

import pytest

from tests.ingest.draft.tables import drafted, evidence, jobs, profile_of, sure

PLACES = {
    "grid": ("easting", "northing", "448{0:03}", "518{0:03}", "EPSG:27700", "likely"),
    "degrees": ("lon", "lat", "-1.2{0:04}1", "54.5{0:04}3", "EPSG:4326", "certain"),
    "swapped": ("longitude", "latitude", "54.5{0:04}3", "-1.2{0:04}1", "EPSG:4326", "certain"),
    "grid called degrees": ("long", "lat", "448{0:03}", "518{0:03}", "EPSG:27700", "certain"),
    "web mercator": ("x", "y", "-137{0:03}", "7278{0:03}", "EPSG:3857", "likely"),
    "scotland swapped": ("easting", "northing", "815{0:03}", "335{0:03}", "EPSG:27700", "likely"),
    "by one letter": ("OSX", "OSY", "448{0:03}", "518{0:03}", "EPSG:27700", "likely"),
    "a letter each": ("Grid E", "Grid N", "448{0:03}", "518{0:03}", "EPSG:27700", "likely"),
    "scotland swapped, a letter each": ("E", "N", "815{0:03}", "335{0:03}", "EPSG:27700", "likely"),
    "GeoX": ("GeoX", "GeoY", "448{0:03}", "518{0:03}", "EPSG:27700", "likely"),
}


@pytest.mark.parametrize("what", PLACES)
def test_coordinate_systems(tmp_path: Path, what: str) -> None:
    x, y, xs, ys, crs, confidence = PLACES[what]
    rows = [{k: v for k, v in job.items() if k not in ("Easting", "Northing")} for job in jobs(60)]
    rows = [row | {x: xs.format(at * 7 % 997), y: ys.format(at * 13 % 991)} for at, row in enumerate(rows)]
    found = drafted(tmp_path, rows)
    [place] = profile_of(found).place
    assert sure(found, "place.crs") == [(crs, confidence)]
    turned = "swapped" in what
    assert (place.x, place.y) == ((y, x) if turned else (x, y))
    assert found.trial is not None
    assert (found.trial.taken, found.trial.without_location) == (60, 0)


def test_degrees_in_some_rows_and_metres_in_others(tmp_path: Path) -> None:
    rows = [row | {"Easting": "-1.2350", "Northing": "54.5742"} if at % 3 else row for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, rows)
    assert profile_of(found).place[0].crs == "by range"
    assert evidence(found, "place.crs") == "20 of 60 rows are National Grid metres and 40 are degrees"


def test_feet_in_another_country_are_asked_for(tmp_path: Path) -> None:
    rows = jobs(60)
    for at, row in enumerate(rows):
        row["Easting"], row["Northing"] = str(7_640_000 + at), str(684_000 + at)
    found = drafted(tmp_path, rows)
    assert found.undecided == ("time.zone", "place.crs")


def test_metres_that_disagree_with_the_degrees_beside_them_are_not_britains(tmp_path: Path) -> None:
    rows = [row | {"Longitude": f"-74.0{at:03}", "Latitude": f"40.6{at:03}"} for at, row in enumerate(jobs(60))]
    found = drafted(tmp_path, rows)
    assert sure(found, "place") == [("Longitude, Latitude", "certain")]
    assert "Not used: Easting and Northing; as EPSG:27700 they would lie" in found.profile


def test_a_second_place_is_kept_for_the_rows_that_lack_the_first(tmp_path: Path) -> None:
    rows = [row | {"Easting_rounded": "449050", "Northing_rounded": "518050"} for row in jobs(60)]
    for row in rows[::2]:
        row["Easting"] = row["Northing"] = ""
    places = profile_of(drafted(tmp_path, rows)).place
    assert [(place.x, place.precision_m) for place in places] == [("Easting", 10), ("Easting_rounded", 71)]


@pytest.mark.parametrize(
    ("easting", "northing", "metres", "method"),
    [
        ("44{}50", "51{}50", 71, "rounded"),
        ("44{}00", "51{}00", 142, "rounded"),
        ("44{}25", "51{}75", 36, "rounded"),
        ("44{}37", "51{}61", 10, "exact"),
    ],
)
def test_rounding_of_metres(tmp_path: Path, easting: str, northing: str, metres: float, method: str) -> None:
    rows = jobs(200)
    for at, row in enumerate(rows):
        row["Easting"], row["Northing"] = easting.format(80 + at % 17), northing.format(80 + at % 19)
    rows = [row | {"Easting": str(int(row["Easting"]))} for row in rows]
    [place] = profile_of(drafted(tmp_path, rows)).place
    assert (place.precision_m, place.method) == (metres, method)


@pytest.mark.parametrize(("decimals", "metres"), [(2, 644), (3, 65), (6, 10)])
def test_decimals_of_degrees(tmp_path: Path, decimals: int, metres: float) -> None:
    rows = [{k: v for k, v in job.items() if k not in ("Easting", "Northing")} for job in jobs(100)]
    for at, row in enumerate(rows):
        row["lon"], row["lat"] = (f"{value + at * 0.00123457:.{decimals}f}" for value in (-1.3, 54.5))
    assert profile_of(drafted(tmp_path, rows)).place[0].precision_m == metres


def test_rows_that_share_few_points_were_moved_to_them(tmp_path: Path) -> None:
    rows = jobs(400)
    for at, row in enumerate(rows):
        row["Easting"], row["Northing"] = str(448_013 + at % 10 * 130), str(515_017 + at // 10 % 10 * 130)
    found = drafted(tmp_path, rows)
    [place] = profile_of(found).place
    assert (place.method, place.precision_m) == ("snapped", 130)
    assert "share one of 100 points" in evidence(found, "place.precision_m")


def test_many_rows_on_one_point_are_asked_about(tmp_path: Path) -> None:
    rows = jobs(400)
    for row in rows[::10]:
        row["Easting"], row["Northing"] = "450000", "516000"
    found = drafted(tmp_path, rows)
    assert ("(450000, 516000)", "to be decided") in sure(found, "place")
    assert found.undecided == (), "a question, not an obstacle"


def test_both_coordinates_in_one_text_are_no_place(tmp_path: Path) -> None:
    rows = [{k: v for k, v in job.items() if k not in ("Easting", "Northing")} for job in jobs(40)]
    found = drafted(tmp_path, [row | {"Location": "(54.5742, -1.2350)"} for row in rows])
    assert found.undecided == ("place",)
    assert "Location holds both coordinates in one text" in evidence(found, "place")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Easting": "448,003", "Northing": "515,007"}, "Easting holds '448,003' and Northing holds '515,007'"),
        (
            {"Easting": "", "Northing": "Ann Example of 3 Made-up Street, Kelderby"},
            "Easting is empty and Northing is text",
        ),
    ],
)
def test_columns_that_only_look_like_a_place_by_name_are_told(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    found = drafted(tmp_path, jobs(40, **changed))
    assert found.undecided == ("place",)
    assert evidence(found, "place").startswith(said)


def test_a_grid_reference_is_a_place_and_no_reference(tmp_path: Path) -> None:
    rows = [{k: v for k, v in job.items() if k not in ("Job ref", "Easting", "Northing")} for job in jobs(40)]
    found = drafted(tmp_path, [row | {"Grid Ref": f"NZ 480{at:02} 150{at:02}"} for at, row in enumerate(rows)])
    assert set(found.undecided) == {"delivery", "place"}
    assert evidence(found, "place").startswith("Grid Ref holds grid references")
