"""The street-level API of data.police.uk: one polygon, month by month.

An area with more than 10,000 crimes is answered with 503, so it is cut in four, and those again if need be. A month is
one payload whatever it was cut into, so that it can replace the month that was loaded before.
"""

import json
from collections.abc import Generator, Iterable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

import shapely
from pydantic import Field, field_validator

from aim.errors import FetchFailed, UnreadableFile
from aim.ingest.fetching.kind import Answer, Ask, Checkpoint, Keep, Kind, KindSettings, Load, Note, Step, Steps
from aim.ingest.fetching.months import Slug, month_before
from aim.ingest.fetching.raw import Kept
from aim.ingest.fetching.secrets import PlainUrl

LONGEST_URL: Final = 4094
"""Characters of a GET; longer is answered with 400, and has to be a POST."""
NOT_PUBLISHED: Final = 404
TOO_LARGE: Final = 503
DEEPEST: Final = 6
"""Times that an area is cut in four: a side is then a 64th."""
BETWEEN: Final = 5e-7
"""Degrees. The publisher's points have six decimals, so that none lies on a cut half a step beside them."""


class Settings(KindSettings):
    """Which area and months."""

    polygon: str = Field(
        description="Corners as the API writes them: lat,lng:lat,lng:... Its convex hull is asked for."
    )
    category: Slug = Field(default="all-crime", description="One of the API's categories.")
    months: int = Field(default=12, gt=0, le=36, description="Months back from the latest published.")
    url: PlainUrl = Field(default="https://data.police.uk/api", description="Where the API is.")

    @field_validator("polygon")
    @classmethod
    def _is_an_area(cls, polygon: str) -> str:
        if shapely.area(_hull(polygon)) <= 0:
            raise ValueError("three corners or more, none of them on one line")
        return polygon


def _hull(polygon: str) -> shapely.Geometry:
    """The convex hull: whatever it is cut into is convex too, and one ring, which is all that the API takes."""
    corners = [tuple(map(float, corner.split(","))) for corner in polygon.split(":")]
    return shapely.MultiPoint([(lng, lat) for lat, lng in corners]).convex_hull


def plan(settings: Settings, checkpoint: Checkpoint, _: datetime) -> Steps:
    """Each month of the latest release that is not loaded yet, oldest first; a new release has revised them all."""
    answer = yield Ask(f"{settings.url}/crime-last-updated", "crime-last-updated.json")
    release = _latest(answer.payload)
    done: list[str] = checkpoint.get("months", []) if checkpoint.get("release") == release else []
    months = [month for month in _months(release, settings.months) if month not in done]
    if not months:
        yield Note(f"The release of {release} is loaded.")
    for month in months:
        payload = yield from _month(settings, month)
        if payload is None:
            yield Note(f"{month} is not published yet.")
        else:
            done = [*done, month]
            yield Load(payload.path, f"{month}.json", {"release": release, "months": done})


def _latest(kept: Kept) -> str:
    """The latest month, of `{"date": "2026-08-01"}`."""
    found = _json(kept)
    if not isinstance(found, dict) or not isinstance(found.get("date"), str):
        raise UnreadableFile(f"{kept.origin.url} does not say what its latest month is.")
    return found["date"][:7]


def _months(last: str, number: int) -> list[str]:
    months = [last]
    while len(months) < number:
        months.append(month_before(months[-1]))
    return months[::-1]


def _month(settings: Settings, month: str) -> Generator[Step, Answer, Kept | None]:
    """One month's payload, put together where it had to be cut; None where it is not published."""
    pending, pieces = [(_hull(settings.polygon), 0)], list[Kept]()
    while pending:
        area, depth = pending.pop()
        answer = yield _ask(settings, month, area, len(pieces))
        if answer.status == NOT_PUBLISHED:
            return None
        if answer.status == TOO_LARGE:
            pending += [(quarter, depth + 1) for quarter in _quarters(settings, area, depth)]
        else:
            pieces.append(answer.payload)
    if len(pieces) == 1:
        return pieces[0]
    whole = yield Keep(json.dumps(_merged(pieces)).encode(), f"{month}.json", pieces[0].origin.url)
    return whole.payload


def _quarters(settings: Settings, area: shapely.Geometry, depth: int) -> list[shapely.Geometry]:
    """The parts of an area on either side of its middle. Raises FetchFailed where it is small already."""
    if depth == DEEPEST:
        raise FetchFailed(
            f"{settings.url} answers 503 even for the smallest part of the area: it is out of order, or there are more "
            "than 10,000 crimes in one place. Try again later, or load the monthly archive."
        )
    west, south, east, north = shapely.bounds(area)
    x, y = (round(middle, 6) + BETWEEN for middle in ((west + east) / 2, (south + north) / 2))
    boxes = [(west, south, x, y), (x, south, east, y), (west, y, x, north), (x, y, east, north)]
    parts = [shapely.intersection(area, shapely.box(*box)) for box in boxes]
    return [part for part in parts if shapely.area(part) > 0]


def _merged(pieces: Iterable[Kept]) -> list[Any]:
    """The crimes of all pieces, each once: the API gives each an id. Raises UnreadableFile for what are no crimes."""
    crimes: dict[Any, Any] = {}
    for piece in pieces:
        found = _json(piece)
        if not isinstance(found, list) or not all(isinstance(crime, dict) and "id" in crime for crime in found):
            raise UnreadableFile(f"{piece.origin.url} gave what is no list of crimes.")
        crimes |= {crime["id"]: crime for crime in found}
    return [*crimes.values()]


def _json(kept: Kept) -> Any:
    try:
        return json.loads(kept.path.read_bytes())
    except ValueError as error:
        raise UnreadableFile(f"{kept.origin.url} gave what is not JSON, or is cut short ({error}).") from error


def _ask(settings: Settings, month: str, area: shapely.Geometry, piece: int) -> Ask:
    corners = shapely.get_coordinates(area)[:-1]
    form = {"date": month, "poly": ":".join(f"{lat:.7f},{lng:.7f}" for lng, lat in corners)}
    url = f"{settings.url}/crimes-street/{settings.category}"
    name, expected = f"{month}-part-{piece}.json", frozenset({NOT_PUBLISHED, TOO_LARGE})
    if len(f"{url}?{urlencode(form)}") > LONGEST_URL:
        return Ask(url, name, form, expected)
    return Ask(f"{url}?{urlencode(form)}", name, expected=expected)


KIND = Kind("police-uk-api", "The street-level API of data.police.uk", Settings, plan)
