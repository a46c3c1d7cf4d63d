"""The promise: a stranger's CSV goes from file to map in four commands without code. The rows are made up."""

import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pyproj import Transformer
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from aim.api.app import create_app
from aim.settings import Settings
from tests.cli.conftest import Aim
from tests.ingest.draft.tables import table
from tests.keys import everybody

HOW_TO = Path(__file__).resolve().parents[2] / "docs/how-to/add-a-feed.md"
AS_OF = ("--as-of", "2026-06-01")
LAYER = "anti-social-behaviour"
COUNT = 500
FIRST = datetime(2026, 1, 3, 7, 30)
PROBLEMS = ("Fly-tipping", "Graffiti", "Litter", "Noise nuisance", "Abandoned vehicle")
OFFICERS = ("Ann Example", "Tom Sample", "Priya Madeup", "Joe Nobody")
TO_DEGREES = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
Row = dict[str, str]


def with_grid(at: int) -> Row:
    """A row that tells where by eastings and northings; a fifth of all lie in one street."""
    step = at * 137 % 3_000 if at % 5 else at % 60
    row = {"Ref": f"ENV{70_000 + at}", "Reported": f"{FIRST + timedelta(hours=5 * at):%d/%m/%Y %H:%M}"}
    row |= {"Problem": PROBLEMS[at % 7 % len(PROBLEMS)], "Easting": str(448_500 + step)}
    return row | {"Northing": str(515_500 + step * 7 % 3_000), "Officer name": OFFICERS[at % len(OFFICERS)]}


def with_degrees(at: int) -> Row:
    """The same row with degrees, the latitude first as people say it."""
    row = with_grid(at)
    longitude, latitude = TO_DEGREES.transform(int(row.pop("Easting")), int(row.pop("Northing")))
    return row | {"Lat": f"{latitude:.6f}", "Long": f"{longitude:.6f}"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The administrator's working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(file: Path, rows: Sequence[Row]) -> Path:
    """A CSV as a council system exports it."""
    file.write_text(table(rows), encoding="utf-8")
    return file


def got(engine: Engine, path: str, **parameters: int) -> dict[str, Any]:
    """An answer of the service, started anew so that it remembers no earlier run."""
    with TestClient(create_app(engine, Settings(), everybody=everybody(engine))) as client:
        found = client.get(path, params={"f": "json", **parameters}).raise_for_status().json()
    assert isinstance(found, dict)
    return found


def shown(engine: Engine) -> int:
    """The incidents behind the layer's features as the map is given them."""
    page = got(engine, f"/collections/{LAYER}/items", limit=1_000)
    assert page["numberMatched"] == page["numberReturned"] > 0
    return sum(feature["properties"]["count_total"] for feature in page["features"])


@pytest.mark.parametrize("row", [with_grid, with_degrees])
def test_a_strangers_csv_is_on_the_map_after_four_commands(
    aim_empty: Aim, folder: Path, samples: Path, engine: Engine, row: Callable[[int], Row]
) -> None:
    file = write(folder / "envirocrime export.csv", [row(at) for at in range(COUNT)])
    assert aim_empty.json("feeds", "guess", file)["feeds"] == [], "no feed knows it"

    aim_empty.json("areas", "load", samples / "areas/wards.geojson", "--kind", "ward", "--partnership", "Kelderby")
    draft = aim_empty.json("feeds", "draft", file)
    loaded = aim_empty.json("ingest", "--profile", draft["file"], file, *AS_OF)
    run = aim_empty.json("score", *AS_OF)

    assert (draft["ready"], draft["undecided"]) == (True, [])
    counted = {name: loaded[name] for name in ("read", "inserted", "rejected", "without_location", "outside_area")}
    assert counted == {"read": COUNT, "inserted": COUNT, "rejected": 0, "without_location": 0, "outside_area": 0}
    assert loaded["unmapped_categories"] == {}
    [layer] = [layer for layer in run["layers"] if layer["id"] == LAYER]
    assert (layer["incidents"], shown(engine)) == (COUNT, COUNT)
    assert "envirocrime-export" in str(got(engine, "/feeds"))
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT incident::text FROM incident")).scalars().all()
    assert len(stored) == COUNT
    assert [name for name in chain.from_iterable(map(str.split, OFFICERS)) if any(name in row for row in stored)] == []


def test_a_word_that_nobody_knows_is_off_the_map_until_a_person_says_what_it_means(
    aim_empty: Aim, folder: Path, samples: Path, engine: Engine
) -> None:
    rows = [with_grid(at) | ({"Problem": "Kerfuffle"} if at % 10 == 0 else {}) for at in range(COUNT)]
    file, unknown = write(folder / "week.csv", rows), COUNT // 10
    aim_empty.json("areas", "load", samples / "areas/wards.geojson", "--kind", "ward", "--partnership", "Kelderby")
    profile = Path(aim_empty.json("feeds", "draft", file)["file"])
    first = aim_empty.json("ingest", "--profile", profile, file, *AS_OF)
    aim_empty.json("score", *AS_OF)
    assert (first["unmapped_categories"], shown(engine)) == ({"Kerfuffle": unknown}, COUNT - unknown)

    drafted = profile.read_text(encoding="utf-8")
    assert f'# "Kerfuffle" = ""  # {unknown} rows' in drafted
    profile.write_text(drafted.replace('# "Kerfuffle" = ""', '"Kerfuffle" = "graffiti"'), encoding="utf-8")
    second = aim_empty.json("ingest", "--profile", profile, file, *AS_OF)
    aim_empty.json("score", *AS_OF)
    assert (second["updated"], second["unchanged"], second["unmapped_categories"]) == (unknown, COUNT - unknown, {})
    assert shown(engine) == COUNT


def test_the_commands_and_the_limits_of_the_how_to_page_work_as_written(
    aim_empty: Aim, folder: Path, samples: Path, engine: Engine
) -> None:
    page = HOW_TO.read_text(encoding="utf-8")
    commands, limits = re.findall(r"```(?:sh|toml)\n(.+?)```", page, re.DOTALL)[:2]
    write(folder / "kelderby jobs.csv", [with_grid(at) for at in range(COUNT)])
    shutil.copy(samples / "areas/wards.geojson", folder)
    for command in commands.splitlines():
        dates = AS_OF if command.startswith(("aim ingest", "aim score")) else ()
        aim_empty.json(*shlex.split(command, comments=True)[1:], *dates)
    assert shown(engine) == COUNT

    profile = Path("kelderby-jobs.toml")
    own = profile.read_text(encoding="utf-8").replace("# retention_months = 36", "retention_months = 24")
    profile.write_text(f"{own}\n{limits}", encoding="utf-8")
    aim_empty.json("ingest", "--profile", profile, "kelderby jobs.csv", *AS_OF)
    assert aim_empty.json("retention", "status")["feeds"][0]["retention_months"] == 24
    nowhere = [with_grid(at) | {"Ref": f"N{at}", "Easting": "", "Northing": ""} for at in range(COUNT)]
    slug, message = aim_empty.fails(3, "ingest", "kelderby-jobs", write(folder / "next.csv", nowhere), *AS_OF)
    assert slug == "unusual-load"
    assert "The vans have satellite receivers" in message
