"""The street-level API as it is documented: 404 is not yet, 503 is too many crimes, 4,094 characters are the limit."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from aim.errors import FetchFailed, UnreadableFile
from aim.ingest.fetching.http import Http
from aim.ingest.fetching.kind import Answer, Ask, Checkpoint, Keep, Load, Note
from aim.ingest.fetching.kinds.police_uk_api import LONGEST_URL, Settings, plan
from aim.ingest.fetching.raw import Kept, Origin, Raw
from aim.ingest.fetching.secrets import Secrets
from tests.ingest.fetching.conftest import HOST, NOW, Handler, Stage, World, answer, now

SQUARE = "54.5,-1.3:54.5,-1.1:54.7,-1.1:54.7,-1.3"
Crime = tuple[int, float, float]
"""Its id, longitude and latitude."""


@dataclass
class Publisher:
    """data.police.uk in one function: months with crimes, and how many crimes are too many."""

    months: dict[str, list[Crime]]
    most: int = 10_000
    asked: list[Ask] = field(default_factory=list[Ask])

    def crimes(self, month: str, poly: str) -> tuple[int, list[dict[str, Any]]]:
        if month not in self.months:
            return 404, []
        area = shapely.Polygon([tuple(map(float, corner.split(",")))[::-1] for corner in poly.split(":")])
        found = [crime for crime in self.months[month] if area.covers(shapely.Point(crime[1:]))]
        if len(found) > self.most:
            return 503, []
        return 200, [{"id": id_, "month": month, "location": {"longitude": x, "latitude": y}} for id_, x, y in found]


@dataclass
class Driven:
    """What a run of the plan came to."""

    loaded: dict[str, list[int]]
    notes: list[str]
    checkpoint: Checkpoint


def drive(publisher: Publisher, checkpoint: Checkpoint, folder: Path, months: int, polygon: str = SQUARE) -> Driven:
    """Run the plan against the publisher, payloads on the disk."""
    steps = plan(Settings(polygon=polygon, months=months), checkpoint, NOW)
    driven, number = Driven({}, [], checkpoint), 0
    step = next(steps, None)
    while step is not None:
        reply = Answer()
        number += 1
        match step:
            case Ask():
                publisher.asked.append(step)
                reply = _kept(step, *_served(publisher, step), folder / str(number))
            case Keep():
                reply = _kept(step, 200, step.body, folder / str(number))
            case Load():
                driven.loaded[step.name] = [crime["id"] for crime in json.loads(step.path.read_bytes())]
                driven.checkpoint = step.checkpoint or {}
            case Note():
                driven.notes.append(step.sentence)
            case _:
                raise AssertionError(step)
        try:
            step = steps.send(reply)
        except StopIteration:
            step = None
    return driven


def _served(publisher: Publisher, ask: Ask) -> tuple[int, bytes]:
    path, _, query = ask.url.partition("?")
    if path.endswith("/crime-last-updated"):
        return 200, json.dumps({"date": f"{max(publisher.months)}-01"}).encode()
    form = ask.form or {name: values[0] for name, values in parse_qs(query).items()}
    status, crimes = publisher.crimes(form["date"], form["poly"])
    return status, json.dumps(crimes).encode()


def _kept(step: Ask | Keep, status: int, body: bytes, path: Path) -> Answer:
    if status != 200:
        return Answer(status)
    path.write_bytes(body)
    return Answer(200, Kept(path, Origin(step.url, 200), "", len(body), NOW))


def crimes(number: int, first: int = 0) -> list[Crime]:
    """A row of crimes across the square."""
    return [(first + n, round(-1.29 + 0.18 * n / number, 6), 54.6) for n in range(number)]


def test_the_latest_months_are_loaded_oldest_first(tmp_path: Path) -> None:
    publisher = Publisher({month: crimes(3) for month in ("2026-05", "2026-06", "2026-07")})
    driven = drive(publisher, {}, tmp_path, months=3)
    assert driven.loaded == {f"{month}.json": [0, 1, 2] for month in ("2026-05", "2026-06", "2026-07")}
    assert driven.checkpoint == {"release": "2026-07", "months": ["2026-05", "2026-06", "2026-07"]}


def test_a_release_is_asked_for_once(tmp_path: Path) -> None:
    publisher = Publisher({"2026-07": crimes(3)})
    done = drive(publisher, {}, tmp_path, months=1).checkpoint
    again = drive(publisher, done, tmp_path, months=1)
    assert (again.loaded, again.notes, len(publisher.asked)) == ({}, ["The release of 2026-07 is loaded."], 3)


def test_a_new_release_has_revised_every_month(tmp_path: Path) -> None:
    publisher = Publisher({"2026-06": crimes(1), "2026-07": crimes(2)})
    driven = drive(publisher, {"release": "2026-06", "months": ["2026-05", "2026-06"]}, tmp_path, months=2)
    assert list(driven.loaded) == ["2026-06.json", "2026-07.json"]


def test_a_run_goes_on_where_the_last_was_cut_off(tmp_path: Path) -> None:
    publisher = Publisher({"2026-06": crimes(1), "2026-07": crimes(2)})
    driven = drive(publisher, {"release": "2026-07", "months": ["2026-06"]}, tmp_path, months=2)
    assert list(driven.loaded) == ["2026-07.json"]
    assert driven.checkpoint["months"] == ["2026-06", "2026-07"]


def test_a_month_that_is_not_published_is_no_error_and_is_asked_for_again(tmp_path: Path) -> None:
    publisher = Publisher({"2026-05": crimes(1), "2026-07": crimes(2)})
    driven = drive(publisher, {}, tmp_path, months=3)
    assert driven.notes == ["2026-06 is not published yet."]
    publisher.months["2026-06"] = crimes(4)
    assert list(drive(publisher, driven.checkpoint, tmp_path, months=3).loaded) == ["2026-06.json"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(-1_299_999, -1_100_001), st.integers(54_500_001, 54_699_999)), max_size=60),
    st.integers(3, 20),
)
def test_however_an_area_is_cut_each_crime_is_loaded_once(
    tmp_path: Path, points: list[tuple[int, int]], most: int
) -> None:
    found = [(n, x / 1e6, y / 1e6) for n, (x, y) in enumerate(dict.fromkeys(points))]
    try:
        driven = drive(Publisher({"2026-07": found}, most), {}, tmp_path, months=1)
    except FetchFailed:
        assert len(found) > most  # a crowd within a 64th of the area
    else:
        assert sorted(driven.loaded["2026-07.json"]) == [n for n, _, _ in found]


def test_cuts_run_beside_the_publishers_points(tmp_path: Path) -> None:
    """All crimes lie on the very middle of the square, where a cut of six decimals would give them to two parts."""
    publisher = Publisher({"2026-07": crimes(30)}, most=9)
    drive(publisher, {}, tmp_path, months=1)
    parts = [parse_qs(ask.url)["poly"][0] for ask in publisher.asked[1:]]
    assert len(parts) > 5
    whole = [publisher.crimes("2026-07", part) for part in parts]
    assert sum(len(found) for _, found in whole) == 30


def test_a_place_with_too_many_crimes_ends_the_run(tmp_path: Path) -> None:
    publisher = Publisher({"2026-07": [(n, -1.2, 54.6) for n in range(11)]}, most=10)
    with pytest.raises(FetchFailed, match="smallest part"):
        drive(publisher, {}, tmp_path, months=1)
    assert len(publisher.asked) < 40  # a server that is out of order is not asked 4,096 times


def test_an_area_of_any_shape_is_asked_for_as_its_hull(tmp_path: Path) -> None:
    publisher = Publisher({"2026-07": crimes(3)})
    dented = "54.5,-1.3:54.6,-1.2:54.5,-1.1:54.7,-1.1:54.7,-1.3"
    drive(publisher, {}, tmp_path, months=1, polygon=dented)
    assert parse_qs(publisher.asked[1].url)["poly"][0].count(":") == 3


@pytest.mark.parametrize("polygon", ["", "1,2:3,4", "1,2:2,4:3,6", "a,b:c,d:e,f", "1,2,3:1,2,3:1,2,3"])
def test_what_is_no_area_is_refused(polygon: str) -> None:
    with pytest.raises(ValidationError):
        Settings(polygon=polygon)


# Over HTTP


def circle(corners: int) -> str:
    ring = shapely.get_coordinates(shapely.Point(-1.2, 54.6).buffer(0.1, quad_segs=corners // 4))[:-1]
    return ":".join(f"{lat:.7f},{lng:.7f}" for lng, lat in ring)


def api(stage: Stage, month: Callable[[Handler], None]) -> str:
    stage.on("/api/crime-last-updated", answer(b'{"date": "2026-07-01"}'))
    stage.on("/api/crimes-street/all-crime", month)
    return stage.url("/api")


def over_http(stage: Stage, world: World, folder: Path, polygon: str, url: str) -> list[Path]:
    """The payloads that would be loaded."""
    raw = Raw(folder, "police-uk-api", "api", now)
    http = Http(world.outside(HOST), raw, Secrets(folder / "none.toml"))
    try:
        return [*_loaded(http, raw, Settings(polygon=polygon, months=1, url=url), NOW)]
    finally:
        http.close()


def _loaded(http: Http, raw: Raw, given: Settings, as_of: datetime) -> Iterator[Path]:
    steps = plan(given, {}, as_of)
    step = next(steps, None)
    while step is not None:
        reply = Answer()
        if isinstance(step, Ask):
            reply = http.fetch(step)
        elif isinstance(step, Keep):
            reply = Answer(kept=raw.keep(step.name, [step.body], Origin(step.url, 0)))
        elif isinstance(step, Load):
            yield step.path
        try:
            step = steps.send(reply)
        except StopIteration:
            step = None


@pytest.mark.parametrize(("corners", "method"), [(40, "GET"), (400, "POST")])
def test_a_long_polygon_is_posted(stage: Stage, world: World, tmp_path: Path, corners: int, method: str) -> None:
    url = api(stage, answer(b"[]"))
    assert len(over_http(stage, world, tmp_path, circle(corners), url)) == 1
    asked = stage.seen[-1]
    assert asked.method == method
    form = asked.query if method == "GET" else parse_qs(asked.body.decode())
    assert (form["date"], form["poly"][0].count(":") + 1) == (["2026-07"], corners)


def test_a_get_is_never_longer_than_the_api_takes(stage: Stage, world: World, tmp_path: Path) -> None:
    url = api(stage, answer(b"[]"))
    for corners in range(120, 200, 4):
        over_http(stage, world, tmp_path, circle(corners), url)
    asked = [seen for seen in stage.seen if seen.path.endswith("all-crime")]
    gets = [
        len(url) + len("/crimes-street/all-crime?date=2026-07&poly=") + _quoted(seen.query["poly"][0])
        for seen in asked
        if seen.method == "GET"
    ]
    assert {seen.method for seen in asked} == {"GET", "POST"}
    assert max(gets) <= LONGEST_URL


def _quoted(poly: str) -> int:
    return len(poly) + 2 * (poly.count(",") + poly.count(":"))


def test_too_many_requests_are_waited_for_and_too_many_crimes_are_cut(
    stage: Stage, world: World, tmp_path: Path
) -> None:
    url = api(stage, answer(b"[]"))
    crime = json.dumps([{"id": 1}]).encode()
    stage.on("/api/crimes-street/all-crime", answer(b"", 503), answer(b"", 429, Retry_After="2"), answer(crime))
    [path] = over_http(stage, world, tmp_path, SQUARE, url)
    assert json.loads(path.read_bytes()) == [{"id": 1}]
    assert len([seen for seen in stage.seen if seen.path.endswith("all-crime")]) == 6
    assert 2.0 in world.slept


@pytest.mark.parametrize("body", [b'[{"id": 1', b'{"id": 1}', b"[1]", b'[{"month": "2026-07"}]'])
def test_a_part_that_holds_no_crimes_is_refused(stage: Stage, world: World, tmp_path: Path, body: bytes) -> None:
    url = api(stage, answer(b"[]"))
    stage.on("/api/crimes-street/all-crime", answer(b"", 503), answer(body))
    with pytest.raises(UnreadableFile, match=r"not JSON, or is cut short|no list of crimes"):
        over_http(stage, world, tmp_path, SQUARE, url)
