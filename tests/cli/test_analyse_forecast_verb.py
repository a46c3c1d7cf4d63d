"""`aim analyse forecast`: CSV on standard output or in a file, or one JSON object."""

import json
from pathlib import Path

import polars as pl
import shapely

from tests.cli.conftest import Aim

ROWS = "when,lon,lat\n" + "".join(f"2025-03-{1 + at % 28:02},-1.2{at % 5},54.57\n" for at in range(60))


def test_the_forecast_of_plain_files(aim: Aim, tmp_path: Path) -> None:
    points, area, out = (tmp_path / name for name in ("points.csv", "area.geojson", "out.csv"))
    points.write_text(ROWS)
    area.write_text(json.dumps(json.loads(shapely.to_geojson(shapely.box(-1.26, 54.56, -1.19, 54.585)))))
    call = ("analyse", "forecast", "--points", points, "--x", "lon", "--y", "lat", "--date", "when")
    call += ("--crs", "EPSG:4326", "--area", area, "--resolution", 9, "--as-of", "2025-03-20", "--horizon", 14)
    printed = aim(*call)
    assert printed.code == 0
    assert printed.out.startswith("cell,expected,rank,share_7d,share_30d,share_120d,share_365d,share_1460d,")
    assert (aim(*call, "--out", out).out, out.read_text()) == ("", printed.out)
    found = aim.json(*call)
    assert found["cells"] == pl.read_csv(out).to_dicts()
    assert (found["as_of"], found["horizon"], found["fitted"]) == ("2025-03-20", 14, False)
    assert aim.fails(2, *call[:-1], 30)[0] == "usage-error"
