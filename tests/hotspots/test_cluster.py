"""Work shared out to a real Dask scheduler with two worker processes, one of which is killed half-way."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client, as_completed

from aim.hotspots.cluster import share_out
from aim.hotspots.cubes import cubes
from aim.hotspots.scale_out import look_back
from aim.hotspots.sharing import P, R, ShareOut, here
from tests.hotspots.forecasting.town import CUT_OFF, DAY
from tests.hotspots.test_scale_out import PERIODS, SHARES, towns
from tests.waiting import PATIENCE

LOCAL = ["--host", "127.0.0.1", "--no-dashboard"]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A scheduler and two workers, each a process of its own that nobody starts again."""
    file = str(tmp_path / "scheduler.json")
    dask = [sys.executable, "-m", "dask"]
    worker = [*dask, "worker", *LOCAL, "--scheduler-file", file, "--nthreads", "1", "--no-nanny"]
    with ExitStack() as stack:
        for command in ([*dask, "scheduler", *LOCAL, "--port", "0", "--scheduler-file", file], worker, worker):
            process = stack.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path))
            stack.callback(process.kill)
        client = stack.enter_context(Client(scheduler_file=file, timeout=PATIENCE))
        client.wait_for_workers(2, timeout=PATIENCE)
        yield client


def killing_one(client: Client, work: Callable[[P], R], parts: list[P]) -> list[R]:
    """As `share_out`, and once the first part is done, the worker that did it dies with all that it holds."""
    here: Any = client  # its answers are awaitable in another mode, and typed as if they might be
    futures: Any = here.map(work, parts, pure=False)
    first = next(iter(as_completed(futures)))
    [address] = here.who_has([first])[first.key]
    here.run(os._exit, 9, workers=[address], on_error="ignore")
    found = list(here.gather(futures))
    assert len(here.run(os.getpid)) == 1
    return found


@pytest.mark.parametrize("share", [share_out, killing_one])
def test_the_numbers_are_those_of_one_machine(client: Client, share: Any) -> None:
    there: ShareOut = partial(share, client)
    found, wanted = (look_back(towns(), PERIODS, 7, SHARES, share_out=each) for each in (there, here))
    assert {name: each.table().rows() for name, each in found.items()} == {
        name: each.table().rows() for name, each in wanted.items()
    }


@pytest.mark.parametrize("share", [share_out, killing_one])
def test_a_cube_is_that_of_one_machine(client: Client, share: Any) -> None:
    there: ShareOut = partial(share, client)
    found, wanted = (cubes(towns(), CUT_OFF + DAY, each) for each in (there, here))
    for name, cube in wanted.items():
        other = found[name]
        assert cube is not None
        assert other is not None
        np.testing.assert_array_equal(other.counts, cube.counts)
