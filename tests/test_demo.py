"""The main job on the samples: done once, finished where it was interrupted, and looked at as a client does."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from aim import demo
from aim.areas import load_areas
from aim.db.tables import area, feed_run, incident
from aim.demo import PARTNERSHIP, SAMPLES, load_samples, prepare, run_once
from aim.errors import AimError, SetupError
from aim.ingest.load import feed_named, ingest
from aim.ingest.source import payloads
from aim.layers.publishing.known import LAYERS
from aim.settings import Settings
from aim.vocabulary.kinds import AreaKind
from tests.town import FEW, rows_in

STATIC = Path(demo.__file__).parent / "api" / "static"
ANY_PORT = Settings(port=0)


def loaded(engine: Engine) -> tuple[int, ...]:
    """Incidents, areas and files loaded."""
    with engine.connect() as connection:
        counts = [
            connection.execute(select(func.count()).select_from(t)).scalar_one() for t in (incident, area, feed_run)
        ]
    return tuple(counts)


def test_the_second_time_nothing_is_left_to_do(sample_engine: Engine) -> None:
    said: list[str] = []
    assert prepare(sample_engine, said.append) == list(LAYERS)
    assert said[-1].startswith("Scored as of 2026-09-30: all-crime 14 hot of 176 cells; ")
    rows, before = rows_in(sample_engine), loaded(sample_engine)
    said.clear()
    assert prepare(sample_engine, said.append) == list(LAYERS)
    assert said == []
    assert (rows_in(sample_engine), loaded(sample_engine)) == (rows, before)


@pytest.mark.usefixtures("few_layers")
def test_what_an_interrupted_first_run_left_is_finished(engine: Engine, sample_engine: Engine) -> None:
    load_areas(engine, SAMPLES / "areas" / "wards.geojson", AreaKind.WARD, partnership=PARTNERSHIP)
    first, *_ = payloads([SAMPLES / "police"])
    ingest(engine, feed_named("police-uk-street"), first, demo.AS_OF)
    assert prepare(engine, print) == list(FEW)
    assert loaded(engine)[:2] == loaded(sample_engine)[:2]


def test_each_feed_is_told_in_a_sentence_with_its_counts(engine: Engine) -> None:
    said: list[str] = []
    load_samples(engine, said.append)
    assert said == [
        "police-uk-street: 11,569 rows read, 2 rejected, 148 without a place",
        "open311: 4,481 rows read, 6 rejected, 0 without a place",
        "lfb-incidents: 1,798 rows read, 4 rejected, 3 without a place",
        "police-offending-places: 110 rows read, 2 rejected, 1 without a place",
    ]


def test_without_the_samples_it_says_where_they_should_be(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "SAMPLES", tmp_path / "samples")
    with pytest.raises(SetupError, match=r"^The samples are not in .*/samples: run the demo from a checkout"):
        prepare(engine, print)


@pytest.mark.skipif(not (STATIC / "map.js").is_file(), reason="the web client is not built: run script/web")
@pytest.mark.usefixtures("few_layers")
def test_the_map_a_layer_and_a_tile_answer(sample_engine: Engine) -> None:
    prepare(sample_engine, print)
    said: list[str] = []
    address = run_once(ANY_PORT, sample_engine, said.append)
    assert address.startswith("http://127.0.0.1:")
    assert said[0].startswith(f"{address}/map, all-crime (")


@pytest.mark.usefixtures("few_layers")
def test_a_map_without_its_script_is_not_taken_for_an_answer(
    sample_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("aim.api.app.DIRECTORY", tmp_path)
    prepare(sample_engine, print)
    with pytest.raises(AimError, match=r"/static/map\.js answered 404 Not Found: run `aim doctor`\.$"):
        run_once(ANY_PORT, sample_engine, print)
