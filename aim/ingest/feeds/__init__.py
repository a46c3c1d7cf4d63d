"""The feeds. A profile (TOML) or a module with a `FEED` in this folder is a feed; there is no other list."""

import sys
from importlib.resources import files
from typing import Final

from aim.ingest.feed import Feed
from aim.ingest.profile.build import feed_of
from aim.registry import load


def _described() -> dict[str, Feed]:
    """The feeds of the profiles, by name. Raises WrongProfile at import for one that cannot be used."""
    profiles = (entry for entry in files(__name__).iterdir() if entry.name.endswith(".toml"))
    found = [feed_of(entry.read_text("utf-8"), entry.name) for entry in profiles]
    return {feed.name: feed for feed in found}


FEEDS: Final = dict(sorted((_described() | load(sys.modules[__name__], "FEED", Feed)).items()))
