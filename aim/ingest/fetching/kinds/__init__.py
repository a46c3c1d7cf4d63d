"""The kinds of sources. A module here with a `KIND` is a kind; there is no other list."""

import sys
from typing import Any

from aim.ingest.fetching.kind import Kind
from aim.registry import load

KINDS: dict[str, Kind[Any]] = load(sys.modules[__name__], "KIND", Kind)
