"""The sources: what is fetched, as what, when, and how far it has got."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import shapely
from pydantic import ValidationError
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from aim.db.tables import area, fetch_source
from aim.errors import UnknownName, UsageError
from aim.ingest.fetching.kind import Checkpoint, Kind, KindSettings
from aim.ingest.fetching.kinds import KINDS
from aim.ingest.fetching.schedule import check_schedule, is_due

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Source:
    """A row of `fetch_source`."""

    name: str
    feed: str
    kind: str
    settings: dict[str, Any]
    schedule: str | None
    checkpoint: Checkpoint
    enabled: bool
    added: datetime
    last_run: datetime | None
    last_result: dict[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """The source as JSON objects know it."""
        return asdict(self)

    def is_due(self, as_of: datetime) -> bool:
        """Whether its schedule asks for a run."""
        return self.enabled and self.schedule is not None and is_due(self.schedule, self.last_run or self.added, as_of)


def kind_named(name: str) -> Kind[Any]:
    """The kind of that name. Raises UnknownName, which lists the kinds there are."""
    if name not in KINDS:
        raise UnknownName(f"There is no kind of source {name!r}. The kinds are: {', '.join(KINDS)}.")
    return KINDS[name]


def settings_of(kind: Kind[Any], given: dict[str, Any]) -> KindSettings:
    """The settings of a source of this kind. Raises UsageError, which names each that is wrong and what it is for."""
    try:
        return kind.settings.model_validate(given)
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc'])) or kind.name}: {e['msg']}." for e in error.errors()]
        known = [f"{name} ({field.description})" for name, field in kind.settings.model_fields.items()]
        raise UsageError(f"{' '.join(wrong)} A source of the kind {kind.name} has: {' '.join(known)}") from error


def add(engine: Engine, name: str, feed: str, kind: str, given: dict[str, Any], schedule: str | None) -> Source:
    """Add a source. Raises UsageError where something is wrong with it, or the name is taken."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a source: use small letters, digits and hyphens.")
    if schedule is not None:
        check_schedule(schedule)
    settings = settings_of(kind_named(kind), given).model_dump(mode="json")
    row = {"name": name, "feed": feed, "kind": kind, "settings": settings, "schedule": schedule}
    try:
        with engine.begin() as connection:
            connection.execute(insert(fetch_source).values(**row))
    except IntegrityError as error:
        raise UsageError(f"There is a source {name!r} already: remove it first, or choose another name.") from error
    return source_named(engine, name)


def hull_of_area(engine: Engine, identifier: str) -> str:
    """The convex hull of a study area in the notation of data.police.uk, lat,lng:lat,lng:... Raises UnknownName."""
    hull = select(func.ST_AsBinary(func.ST_ConvexHull(area.c.boundary))).where(area.c.id == identifier)
    with engine.connect() as connection:
        found = connection.execute(hull).scalar()
    if found is None:
        raise UnknownName(f"There is no area {identifier!r}: see `aim areas list`.")
    corners = shapely.get_coordinates(shapely.from_wkb(bytes(found)))[:-1]
    return ":".join(f"{lat:.6f},{lng:.6f}" for lng, lat in corners)


def listed(engine: Engine) -> list[Source]:
    """All sources, by name."""
    with engine.connect() as connection:
        rows = connection.execute(select(fetch_source).order_by(fetch_source.c.name)).mappings()
        return [Source(**row) for row in rows]


def source_named(engine: Engine, name: str) -> Source:
    """The source of that name. Raises UnknownName, which lists the sources there are."""
    found = {source.name: source for source in listed(engine)}
    if name not in found:
        names = f"The sources are: {', '.join(found)}." if found else "Add one with `aim sources add`."
        raise UnknownName(f"There is no source {name!r}. {names}")
    return found[name]


def remove(engine: Engine, name: str) -> Source:
    """Forget a source; what it brought stays."""
    source = source_named(engine, name)
    with engine.begin() as connection:
        connection.execute(delete(fetch_source).where(fetch_source.c.name == name))
    return source


def change(engine: Engine, name: str, **values: Any) -> None:
    """Set columns of a source."""
    with engine.begin() as connection:
        connection.execute(update(fetch_source).where(fetch_source.c.name == name).values(**values))
