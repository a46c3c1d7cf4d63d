"""The feeds. A module here with a `FEED` is a feed; there is no other list."""

import sys

from aim.ingest.feed import Feed
from aim.registry import load

FEEDS = load(sys.modules[__name__], "FEED", Feed)
