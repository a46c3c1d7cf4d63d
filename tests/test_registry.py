"""A folder of modules as a registry: what is taken, and what is found out at import."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from aim.registry import load
from aim.vocabulary.categories import Category

PLUGIN = """
class Named:
    name = {name!r}

PLUGIN = Named()
"""


class Plugins:
    """A package `plugins` in a folder, written by a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, module: str, text: str) -> None:
        (self.folder / f"{module}.py").write_text(text)

    def load(self, kind: type = object) -> list[str]:
        return list(load(import_module(self.folder.name), "PLUGIN", kind))


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugins]:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield Plugins(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def test_each_module_is_found_under_the_name_of_its_object_in_the_order_of_the_modules(plugins: Plugins) -> None:
    plugins.add("b", PLUGIN.format(name="first"))
    plugins.add("c", PLUGIN.format(name="a name"))
    assert plugins.load() == ["first", "a name"]


def test_a_package_inside_is_a_room_of_its_own(plugins: Plugins) -> None:
    (plugins.folder / "room").mkdir()
    (plugins.folder / "room" / "__init__.py").write_text("raise RuntimeError('nobody asked for this')")
    assert plugins.load() == []


def test_a_half_written_module_is_found_at_once(plugins: Plugins) -> None:
    plugins.add("unfinished", "TITLE = 'Soon'")
    with pytest.raises(AttributeError, match=r"plugins\.unfinished.* has no attribute 'PLUGIN'"):
        plugins.load()


def test_something_else_under_the_name_is_found_at_once(plugins: Plugins) -> None:
    plugins.add("mistaken", PLUGIN.format(name="x"))
    with pytest.raises(TypeError, match=r"^plugins\.mistaken\.PLUGIN is not a Category$"):
        plugins.load(Category)


def test_a_name_taken_twice_is_found_at_once(plugins: Plugins) -> None:
    plugins.add("first", PLUGIN.format(name="robbery"))
    plugins.add("second", PLUGIN.format(name="robbery"))
    with pytest.raises(ValueError, match=r"^plugins\.second takes the name 'robbery', which another module has$"):
        plugins.load()
