"""The importer reports of the samples what the generator counted while it wrote them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from reading import answers
from sqlalchemy import Engine

from aim.areas import AreaKind, load_areas
from aim.ingest.load import feed_named, ingest
from aim.ingest.source import payloads

FEEDS = {"police": "police-uk-street", "council": "open311", "fire": "lfb-incidents"}
COUNTED_BY_THE_GENERATOR_ALONE = {"updated_before_requested"}


@pytest.mark.parametrize("agency", FEEDS)
def test_the_importer_reports_what_the_generator_counted(engine: Engine, samples: Path, agency: str) -> None:
    expected = answers(samples, "expected")
    as_of = datetime.fromisoformat(expected["as_of"]).replace(tzinfo=UTC)
    load_areas(engine, samples / "areas/town.geojson", AreaKind.PARTNERSHIP)
    for name, counts in expected[agency].items():
        [payload] = payloads([samples / name])
        report = ingest(engine, feed_named(FEEDS[agency]), payload, as_of).as_dict()
        both = counts.keys() - COUNTED_BY_THE_GENERATOR_ALONE
        assert {key: report[key] for key in both} == {key: counts[key] for key in both}, name


def test_requests_updated_before_they_were_made_are_kept_and_mentioned(engine: Engine, samples: Path) -> None:
    name, counts = next(iter(answers(samples, "expected")["council"].items()))
    [payload] = payloads([samples / name])
    report = ingest(engine, feed_named("open311"), payload, datetime(2026, 10, 1, tzinfo=UTC))
    mentioned = [warning for warning in report.warnings if "updated before it was reported" in warning]
    assert [warning.split()[0] for warning in mentioned] == [str(counts["updated_before_requested"])]
