"""Memory that is free goes back to the system, and a setting of the operator's own stays."""

import subprocess
import sys

import pytest

from aim.memory import POLARS

SHOW = "import os; from aim.memory import give_back, trim; give_back(); trim(); import polars; print(os.environ[{!r}])"


@pytest.mark.parametrize(("own", "last"), [(None, POLARS[1]), ("dirty_decay_ms:9", "dirty_decay_ms:9")])
def test_polars_is_told_before_it_is_loaded(own: str | None, last: str) -> None:
    environment = {} if own is None else {POLARS[0]: own}
    shown = subprocess.run(
        [sys.executable, "-c", SHOW.format(POLARS[0])], env=environment, capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip().endswith(last)
