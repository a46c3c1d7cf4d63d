"""The forecast of plain files: the same numbers as from arrays, or a sentence that says what is at fault."""

import json
from dataclasses import replace
from pathlib import Path

import h3
import numpy as np
import polars as pl
import pytest
import shapely

from aim.errors import AimError, NoIncidents, UnreadableFile, UsageError, WrongColumns
from aim.hotspots.analyse_forecast import ForecastTable, forecast_file
from aim.hotspots.forecasting.forecast import forecast
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.grid import Grid, cells_of, to_hex
from aim.hotspots.points import PointColumns
from tests.hotspots.forecasting.town import CUT_OFF, DAY

BOX = shapely.box(-1.26, 54.56, -1.22, 54.585)
GRID = Grid.of(cells_of(BOX, 9))
COLUMNS = PointColumns("lon", "lat", "when", "EPSG:4326")


class Files:
    """The two files, and the forecast of them."""

    def __init__(self, folder: Path) -> None:
        self.points, self.area = folder / "points.csv", folder / "area.geojson"
        self.area.write_text(json.dumps(json.loads(shapely.to_geojson(BOX))))

    def write(self, rows: list[str], header: str = "when,lon,lat") -> None:
        self.points.write_text("\n".join([header, *rows]) + "\n")

    def forecast(
        self, columns: PointColumns = COLUMNS, as_of: np.datetime64 | None = CUT_OFF, horizon: int = 7
    ) -> ForecastTable:
        return forecast_file(self.points, columns, self.area, 9, as_of, horizon)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path)
    files.write(ROWS)
    return files


def some(number: int) -> tuple[list[int], list[np.datetime64]]:
    random = np.random.default_rng(4)
    cells = (len(GRID) * random.random(number) ** 3).astype(int).tolist()
    return cells, [CUT_OFF - day * DAY for day in random.integers(0, 600, number)]


def row(cell: int, day: object) -> str:
    latitude, longitude = h3.cell_to_latlng(to_hex(GRID.cells)[cell])
    return f"{day},{longitude:.6f},{latitude:.6f}"


CELLS, DAYS = some(400)
ROWS = [row(cell, f"{day} 23:10:00" if at % 2 else day) for at, (cell, day) in enumerate(zip(CELLS, DAYS, strict=True))]


def test_it_is_the_forecast_of_the_arrays_the_first_rank_first(files: Files) -> None:
    found = files.forecast().cells
    none = np.zeros(len(CELLS), dtype=np.bool_)
    record = Incidents.of(np.array(CELLS), np.array(DAYS), len(GRID), enforcement=none)
    expected = forecast(GRID, record, CUT_OFF, 7)
    assert found.columns[:3] == ["cell", "expected", "rank"]
    assert found["rank"].to_list() == list(range(1, len(GRID) + 1))
    at = np.argsort(expected.rank)
    assert found["cell"].to_list() == [to_hex(GRID.cells)[cell] for cell in at]
    assert np.array_equal(found["expected"], expected.expected[at])
    np.testing.assert_allclose(found.select(pl.sum_horizontal(r"^share_(\d+d|anywhere)$")).to_series(), 1)


def test_coordinates_may_be_in_another_system_and_the_file_gzipped(files: Files, tmp_path: Path) -> None:
    import gzip

    from pyproj import Transformer

    before = files.forecast()
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    parts = [text.split(",") for text in ROWS]
    moved = [(day, *to_grid.transform(float(x), float(y))) for day, x, y in parts]
    text = "when,lon,lat\n" + "".join(f"{day},{x:.2f},{y:.2f}\n" for day, x, y in moved)
    files.points = tmp_path / "points.csv.gz"
    files.points.write_bytes(gzip.compress(text.encode()))
    assert files.forecast(replace(COLUMNS, crs="EPSG:27700")).cells.equals(before.cells)


def test_what_was_left_out_is_counted(files: Files) -> None:
    before = files.forecast()
    extra = [row(3, CUT_OFF + 5 * DAY), f"{CUT_OFF},-1.0,54.0", f"{CUT_OFF},,", f"{row(3, CUT_OFF)},yes"]
    files.write([*(f"{text},no" for text in [*ROWS, *extra[:3]]), extra[3]], "when,lon,lat,proactive")
    found = files.forecast(replace(COLUMNS, flag="proactive"))
    assert found.cells.equals(before.cells)
    assert found.about == before.about | {
        "later": 1, "outside_area": 1, "without_location": 1, "enforcement_driven": 1
    }  # fmt: skip


def test_without_a_day_it_starts_from_the_last_of_the_file(files: Files) -> None:
    found = files.forecast(as_of=None)
    assert found.about["as_of"] == str(max(DAYS))


def test_a_month_without_a_day_is_a_month(files: Files) -> None:
    files.write([*ROWS, row(3, "2025-06")])
    assert files.forecast().about["incidents"] == 401
    assert files.forecast(as_of=CUT_OFF - DAY).about["later"] == sum(day == CUT_OFF for day in DAYS) + 1


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ("31/05/2025,-1.24,54.57", UnreadableFile, r"line 402: the when '31/05/2025,?' is not a date such as"),
        ("2025-05-31,west,54.57", UnreadableFile, "line 402: the lon 'west' is not a coordinate"),
        ("2025-05-31,-1.24,540000", UnreadableFile, "line 402: the place is not on the earth. Is EPSG:4326 right"),
    ],
)
def test_a_row_that_is_wrong_is_named(files: Files, fault: str, error: type[AimError], message: str) -> None:
    files.write([*ROWS, fault])
    with pytest.raises(error, match=message):
        files.forecast()


def test_a_flag_is_true_or_false(files: Files) -> None:
    files.write([f"{text},no" for text in ROWS] + [f"{row(3, CUT_OFF)},perhaps"], "when,lon,lat,proactive")
    with pytest.raises(UnreadableFile, match="line 402: the proactive 'perhaps' is neither true nor false"):
        files.forecast(replace(COLUMNS, flag="proactive"))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            {"x": "easting"},
            WrongColumns,
            "no column 'easting'. It needs easting,lat,when; its first line has 'when, lon, lat'",
        ),
        ({"crs": "EPSG:0"}, UsageError, "'EPSG:0' is not a coordinate reference system"),
        ({"crs": "EPSG:27700"}, UnreadableFile, "no incident lies in the area"),
    ],
)
def test_a_wrong_call_is_refused(files: Files, change: dict[str, str], error: type[AimError], message: str) -> None:
    with pytest.raises(error, match=message):
        files.forecast(replace(COLUMNS, **change))


def test_files_that_are_not_there_or_empty_are_refused(files: Files) -> None:
    files.points.write_text("")
    with pytest.raises(UnreadableFile, match="is empty"):
        files.forecast()
    files.points.write_bytes(b"when,lon,lat\n\xff\xfe,1,2\n")
    with pytest.raises(UnreadableFile, match="cannot be read as CSV"):
        files.forecast()
    files.points.unlink()
    with pytest.raises(UnreadableFile, match="is not a file"):
        files.forecast()


def test_an_area_without_polygons_is_refused(files: Files) -> None:
    files.area.write_text('{"type": "Point", "coordinates": [-1.24, 54.57]}')
    with pytest.raises(UnreadableFile, match="no usable polygon"):
        files.forecast()


def test_a_day_before_everything_and_another_horizon_are_refused(files: Files) -> None:
    with pytest.raises(NoIncidents, match="give a later --as-of"):
        files.forecast(as_of=np.datetime64("2001-01-01"))
    with pytest.raises(UsageError, match="for 3 days is not made"):
        files.forecast(horizon=3)
    with pytest.raises(UsageError, match="Resolution 7 is not one of 8, 9, 10"):
        forecast_file(files.points, COLUMNS, files.area, 7, CUT_OFF, 7)
