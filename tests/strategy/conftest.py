"""The command and the client of other rooms' tests."""

from tests.api.conftest import app, client, clock
from tests.cli.conftest import aim, aim_empty

__all__ = ["aim", "aim_empty", "app", "client", "clock"]
