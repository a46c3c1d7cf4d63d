"""The events that are in two feeds of the samples are found, and few others."""

import json
from pathlib import Path

from sqlalchemy import Engine

from aim.ingest.links.listing import listed
from aim.ingest.links.review import run


def test_planted_duplicates_are_found(sample_engine: Engine, samples: Path) -> None:
    planted = json.loads((samples / "duplicates.json").read_text(encoding="utf-8"))["pairs"]
    truth = {frozenset(incident["source_id"] for incident in pair) for pair in planted}
    run(sample_engine)
    with sample_engine.connect() as connection:
        links = listed(connection, status="accepted")
    found = {frozenset(link[side]["source_id"] for side in "ab") for link in links}
    assert len(found & truth) >= 0.90 * len(truth)
    assert len(found & truth) >= 0.95 * len(found)
