"""A run is published whole or not at all: whatever ends it early leaves the last good one served."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from aim.layers.publishing import writing
from aim.layers.publishing.current import current_layers
from aim.layers.publishing.publish import publish
from tests.town import FEW, features, rows_in
from tests.waiting import PATIENCE, await_alone, await_waiting, held

pytestmark = pytest.mark.usefixtures("few_layers")


def test_an_error_in_the_last_layer_takes_back_the_first(
    sample_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(sample_engine)
    before, served = rows_in(sample_engine), current_layers(sample_engine)
    copied: list[str] = []

    def fail_at_the_last(connection: object, table: object, frame: object) -> None:
        copied.append(str(table))
        if len(copied) == len(FEW):
            raise OSError("No space left on device")

    monkeypatch.setattr(writing, "copy_frame", fail_at_the_last)
    with pytest.raises(OSError, match="No space left"):
        publish(sample_engine, full=True)
    assert rows_in(sample_engine) == before
    assert current_layers(sample_engine) == served
    monkeypatch.undo()
    assert publish(sample_engine, full=True).layers == first.layers


def test_a_killed_run_leaves_the_last_one_served(sample_engine: Engine, sample_url: str) -> None:
    publish(sample_engine)
    before, served = rows_in(sample_engine), current_layers(sample_engine)
    environment = os.environ | {"AIM_DATABASE_URL": sample_url}
    with held(sample_engine, "published_feature"):
        with subprocess.Popen([sys.executable, "-m", "aim", "score", "--full"], env=environment) as process:
            await_waiting(sample_engine, "published_feature")
            assert process.poll() is None
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert current_layers(sample_engine) == served
    await_alone(sample_engine)
    assert rows_in(sample_engine) == before
    assert current_layers(sample_engine) == served


def test_readers_see_the_last_run_while_the_next_is_written(sample_engine: Engine) -> None:
    first = publish(sample_engine)
    with ThreadPoolExecutor(1) as pool:
        with held(sample_engine, "published_feature"):
            second = pool.submit(publish, sample_engine, full=True)
            await_waiting(sample_engine, "published_feature")
            assert {row["run"] for row in current_layers(sample_engine)} == {first.run}
        assert second.result(PATIENCE).run > first.run
    assert {row["run"] for row in current_layers(sample_engine)} == {second.result().run}


def test_two_runs_at_once_follow_each_other_and_the_second_has_nothing_left_to_do(sample_engine: Engine) -> None:
    """Both begin before either has published, and still the second knows what the first has made."""
    with ThreadPoolExecutor(2) as pool:
        with held(sample_engine, "scoring_run"):
            both = [pool.submit(publish, sample_engine) for _ in range(2)]
            await_waiting(sample_engine, "scoring_run", 2)
        first, second = sorted((run.result(PATIENCE) for run in both), key=lambda run: run.layers[0].unchanged)
    assert second.run == first.run
    assert {layer.unchanged for layer in first.layers} == {False}
    assert [replace(layer, unchanged=False) for layer in second.layers] == first.layers
    assert all(layer.unchanged for layer in second.layers)


def test_two_full_runs_at_once_are_both_published_and_the_same(sample_engine: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        with held(sample_engine, "scoring_run"):
            both = [pool.submit(publish, sample_engine, full=True) for _ in range(2)]
            await_waiting(sample_engine, "scoring_run", 2)
        runs = sorted(run.result(PATIENCE).run for run in both)
    assert len(set(runs)) == 2
    for layer in FEW:
        older, newer = (features(sample_engine, layer, run) for run in runs)
        assert older == newer
