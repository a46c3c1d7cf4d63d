"""The command, as in its own tests."""

from tests.cli.conftest import aim, aim_empty

__all__ = ["aim", "aim_empty"]
