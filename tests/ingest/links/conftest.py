"""Three agencies' feeds whose reports a test places one by one: metres from a street corner, hours from an evening."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import polars as pl
import pytest
from sqlalchemy import text

from aim.incident import LocationMethod, TimePrecision
from aim.ingest import normalise as to
from aim.ingest.feed import Delivery, Feed, Rows, no_broken
from aim.ingest.feeds import FEEDS
from aim.ingest.limits import Limit, Limits
from aim.ingest.links.listing import listed
from aim.ingest.links.review import run
from aim.ingest.links.store import Linked
from aim.ingest.load import ingest
from aim.ingest.report import Report
from aim.ingest.source import Payload, payloads
from aim.vocabulary.categories import Words, categories
from aim.vocabulary.nim import Agency
from tests.ingest.conftest import Store

CORNER: Final = (-1.2400, 54.5742)
EVENING: Final = datetime(2026, 3, 12, 18, tzinfo=UTC)
METRES_A_DEGREE: Final = (64_500.0, 111_195.0)
ANY: Final = Limits(*[Limit("a test loads what it likes")] * 4)
NOW: Final = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """A report `east` and `north` metres from the corner, `hours` after the evening."""

    id: str
    category: str
    east: float = 0.0
    north: float = 0.0
    hours: float = 0.0
    lasts: float = 0.0
    precision_m: float = 10.0
    precise: TimePrecision = TimePrecision.EXACT
    words: str = ""
    external_id: str | None = None
    scope: str = ""
    placed: bool = True
    outcome: str | None = None


def fire(id: str, category: str = "primary_fire_vehicle", **what: Any) -> Told:
    return Told(id, category, **what)


def told(id: str, category: str = "abandoned_vehicle", **what: Any) -> Told:
    return Told(id, category, **what)


def call(id: str, category: str = "asb_nuisance", **what: Any) -> Told:
    return Told(id, category, **what)


def _read(payload: Payload) -> Iterator[Rows]:
    with payload.open() as stream:
        rows: list[dict[str, str | None]] = json.load(stream)
    schema = {"line": pl.Int64()} | {each.name: pl.String() for each in fields(Told)}
    numbered = [{"line": line} | row for line, row in enumerate(rows, 1)]
    yield Rows(pl.DataFrame(numbered, schema=schema), no_broken())


def _normalise(raw: pl.DataFrame) -> pl.DataFrame:
    begins, lasts = (pl.duration(seconds=(pl.col(name) * 3600).round()) for name in ("hours", "lasts"))
    frame = raw.with_columns(
        pl.col("east", "north", "hours", "lasts", "precision_m").cast(pl.Float64), placed=pl.col("placed") == "True"
    ).with_columns(
        source_id="id",
        occurred_from=pl.lit(EVENING) + begins,
        occurred_to=pl.lit(EVENING) + begins + lasts,
        time_precision="precise",
        longitude=pl.when("placed").then(CORNER[0] + pl.col("east") / METRES_A_DEGREE[0]),
        latitude=pl.when("placed").then(CORNER[1] + pl.col("north") / METRES_A_DEGREE[1]),
        location_precision_m=pl.when("placed").then("precision_m"),
        location_method=pl.lit(LocationMethod.EXACT.value),
        source_category=pl.concat_str("category", pl.lit("|"), "words"),
        attributes=pl.when(pl.col("external_id").is_not_null()).then(pl.struct("external_id").struct.json_encode()),
        reason=pl.lit(None, pl.String),
        detail=pl.lit(None, pl.String),
    )
    return to.in_normal_form(frame)


def made_up_feed(name: str, agency: Agency, delivery: Delivery = Delivery.INCREMENTAL) -> Feed:
    """A feed that is loaded like any other and says the partnership's own words."""
    words = Words({}, {f"{category}|*": category for category in categories()})
    own = {"title": f"Made-up {name}", "agency": agency, "delivery": delivery, "words": words, "limits": ANY}
    return replace(FEEDS["open311"], name=name, read=_read, normalise=_normalise, personal=(), profile=None, **own)


FIRES: Final = made_up_feed("fires", Agency.FIRE)
COUNCIL: Final = made_up_feed("council", Agency.COUNCIL)
CALLS: Final = made_up_feed("calls", Agency.POLICE)


@dataclass
class Desk:
    """Loads reports into a store and looks at the links."""

    store: Store
    numbers: Iterator[int] = field(default_factory=count)

    def load(self, feed: Feed, *reports: Told) -> Report:
        """Load a file of these reports."""
        texts = [{name: None if v is None else str(v) for name, v in asdict(report).items()} for report in reports]
        file = self.store.file(json.dumps(texts).encode(), f"{next(self.numbers)}.json")
        [payload] = payloads([file])
        return ingest(self.store.engine, feed, payload, NOW)

    def links(self, status: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
        """The links by the ids of their two sides, the one whose feed comes first by name first."""
        with self.store.engine.connect() as connection:
            found = listed(connection, status=status)
        return {(link["a"]["source_id"], link["b"]["source_id"]): link for link in found}

    def pairs(self, status: str = "accepted") -> set[tuple[str, str]]:
        """Only the ids."""
        return set(self.links(status))

    def everything(self) -> list[tuple[Any, ...]]:
        """All links as they are stored, but for their numbers."""
        query = "SELECT * FROM incident_link ORDER BY feed_a, scope_a, identity_a, ordinal_a, feed_b, identity_b"
        rows = self.store.rows(query)
        return [tuple(value for name, value in row.items() if name != "id") for row in rows]

    def run(self, since: datetime | None = None) -> Linked:
        return run(self.store.engine, since)


@pytest.fixture
def desk(cleared: Store) -> Desk:
    """An empty store."""
    with cleared.engine.begin() as connection:
        connection.execute(text("TRUNCATE incident_link"))
        connection.execute(text("ALTER TABLE incident_link_decision DISABLE TRIGGER USER"))
        connection.execute(text("TRUNCATE incident_link_decision"))
        connection.execute(text("ALTER TABLE incident_link_decision ENABLE TRIGGER USER"))
    return Desk(cleared)


def hours_after(hours: float) -> datetime:
    return EVENING + timedelta(hours=hours)


def parts_of(link: Mapping[str, Any]) -> dict[str, float]:
    return dict(link["parts"])
