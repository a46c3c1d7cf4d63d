"""No class is claimed without tests, and no test is of a class that is not claimed."""

import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

from aim.api.documents import CONFORMS_TO

MODULES = [
    importlib.import_module(f"tests.api.conformance.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if path.stem != "test_claims"
]


def abstract_tests(module: ModuleType) -> list[str]:
    """The first word of each test's docstring: /conf/CLASS/TEST."""
    found = [each for name, each in inspect.getmembers(module, inspect.isfunction) if name.startswith("test_")]
    return [(each.__doc__ or " ").split()[0].rstrip(":,") for each in found]


def test_every_class_that_is_claimed_has_its_tests() -> None:
    assert sorted(name for module in MODULES for name in module.CLASSES) == sorted(CONFORMS_TO)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_class_of_a_file_is_named_by_a_test_and_every_test_by_a_class(module: ModuleType) -> None:
    named = {test.split("/")[2] for test in abstract_tests(module)}
    assert named == {name.rpartition("/conf/")[2] for name in module.CLASSES}
