"""QGIS itself as a client, without a screen. Its Debian packages take 1.1 GB, so script/setup does not bring them."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from aim.api.server import running
from tests.api.conftest import CELLS, World
from tests.keys import new_key

PYTHON = Path("/usr/bin/python3")
"""The one that QGIS's bindings are built for."""
READS = Path(__file__).with_name("qgis_reads.py")

pytestmark = pytest.mark.skipif(
    not Path("/usr/lib/python3/dist-packages/qgis").is_dir(), reason="QGIS (Debian: python3-qgis) is not installed"
)


def qgis(address: str, folder: Path) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    quiet = {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder), "QGIS_CUSTOM_CONFIG_PATH": str(folder)}
    command = [PYTHON, READS, address, "all-crime", "rank <= 10"]
    done = subprocess.run(command, env=kept | quiet, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_reads_and_filters_a_layer_with_a_key_in_the_address(app: FastAPI, world: World, tmp_path: Path) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS})
    with running(app) as address:
        told = qgis(f"{address}/?key={new_key(world.engine)}", tmp_path)
    assert told["valid"]
    assert (told["features"], told["filtered"]) == (37, 10)
    assert told["crs"] in ("OGC:CRS84", "EPSG:4326")
    assert {"rank", "confidence", "rationale", "count_total"} <= set(told["fields"])


def test_without_a_key_it_opens_nothing(app: FastAPI, world: World, tmp_path: Path) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS})
    with running(app) as address:
        told = qgis(address, tmp_path)
    assert (told["valid"], told["features"]) == (False, 0)
