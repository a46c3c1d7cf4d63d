"""A control strategy from a file, and the made-up one that ships."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from aim.errors import UnreadableFile
from aim.strategy.schema import MOST_BYTES, Strategy, parse

DEFAULT: Final = "default.toml"
"""Of the made-up town: what `aim demo` loads, and a file to begin one's own from."""


def read(path: Path) -> Strategy:
    """The strategy of a TOML file in UTF-8. Raises UnreadableFile and WrongStrategy."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableFile(f"{path} has more than {MOST_BYTES // 1024} KiB: that is no control strategy.")
        return parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not UTF-8: save it as UTF-8.") from error


def made_up() -> Strategy:
    """The strategy of the made-up town."""
    return parse(files("aim.strategy").joinpath(DEFAULT).read_text("utf-8"), DEFAULT)
