"""The folder is the registry: a module in it *is* the plug-in."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def load(package: ModuleType, attribute: str, kind: type[T]) -> dict[str, T]:
    """Import each module of `package` and collect what it calls `attribute`, by that object's `name`.

    Packages inside it are rooms of their own, not plug-ins.

    Raises AttributeError, TypeError or ValueError at import where a module lacks the attribute, has something else
    under it or takes a name that another has, so that a half-written plug-in is found at once.
    """
    found: dict[str, T] = {}
    modules = [info for info in iter_modules(package.__path__) if not info.ispkg]
    for info in sorted(modules, key=lambda info: info.name):
        plugin = getattr(import_module(f"{package.__name__}.{info.name}"), attribute)
        if not isinstance(plugin, kind):
            raise TypeError(f"{package.__name__}.{info.name}.{attribute} is not a {kind.__name__}")
        name: str = plugin.name  # type: ignore[attr-defined]  # each kind has a name; checked by the contract tests
        if name in found:
            raise ValueError(f"{package.__name__}.{info.name} takes the name {name!r}, which another module has")
        found[name] = plugin
    return found
