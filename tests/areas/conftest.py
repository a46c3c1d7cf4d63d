"""A database without areas, and a folder for files of them."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.areas.wards import Office


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    """Where wards are loaded."""
    return Office(engine, tmp_path)
