"""The made-up samples of the police's and the fire service's feeds, loaded as anyone would load them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aim.areas import load_areas
from aim.ingest.load import feed_named, ingest
from aim.ingest.report import Report
from aim.ingest.source import payloads
from aim.vocabulary.kinds import AreaKind
from tests.ingest.conftest import Store
from tests.samples.reading import answers

NAMES = ("fire-irs", "police-cad", "police-crimes", "police-uk-api", "police-uk-outcomes", "police-uk-stop-and-search")
AS_OF = datetime(2026, 10, 1, tzinfo=UTC)


def load(engine: Engine, samples: Path, name: str) -> Report:
    """Load a feed's only sample."""
    [payload] = payloads([samples / "feeds" / name])
    return ingest(engine, feed_named(name), payload, AS_OF)


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_what_the_generator_counted_and_nothing_new_the_second_time(
    cleared: Store, samples: Path, name: str
) -> None:
    load_areas(cleared.engine, samples / "areas/town.geojson", AreaKind.PARTNERSHIP)
    [counts] = answers(samples, "expected")[name].values()
    first, again = (load(cleared.engine, samples, name) for _ in range(2))
    assert {key: first.as_dict()[key] for key in counts} == counts
    assert (again.unchanged, again.inserted, again.updated, again.removed) == (first.inserted, 0, 0, 0)


def test_a_control_room_names_the_fires_it_heard_of(cleared: Store, samples: Path) -> None:
    for name in ("fire-irs", "police-cad"):
        load(cleared.engine, samples, name)
    together = cleared.rows("""
        SELECT p.category, ST_Distance(p.location::geography, f.location::geography) AS metres,
               extract(epoch FROM p.occurred_from - f.occurred_from) / 60 AS minutes
        FROM incident AS p JOIN incident AS f ON f.feed = 'fire-irs' AND f.source_id = p.attributes ->> 'external_id'
        WHERE p.feed = 'police-cad'
    """)
    assert len(together) >= 8
    assert all(row["metres"] is None or row["metres"] < 150 for row in together)
    assert all(0 <= row["minutes"] <= 30 for row in together if row["metres"] is not None)


def test_outcomes_are_of_crimes_in_the_street_level_files(cleared: Store, samples: Path) -> None:
    for month in ("2026-06", "2026-07"):
        [payload] = payloads([samples / "police" / month])
        ingest(cleared.engine, feed_named("police-uk-street"), payload, AS_OF)
    load(cleared.engine, samples, "police-uk-outcomes")
    [row] = cleared.rows("""
        SELECT count(*) AS outcomes, count(c.source_id) AS of_crimes
        FROM incident AS o LEFT JOIN incident AS c ON c.feed = 'police-uk-street' AND c.source_id = o.source_id
        WHERE o.feed = 'police-uk-outcomes' AND o.source_id IS NOT NULL
    """)
    assert row["outcomes"] == row["of_crimes"] > 100
