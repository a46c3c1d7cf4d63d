"""The feeds that a verb may be about: those that ship, those in the database, and the one of a profile's file."""

from pathlib import Path
from typing import TYPE_CHECKING

from aim.cli.common import database
from aim.errors import UsageError

if TYPE_CHECKING:
    from aim.ingest.feed import Feed


def feeds_at_hand() -> "dict[str, Feed]":
    """All feeds by name. Where there is no database yet none is made: no profile can be in it."""
    from aim.db.cluster_place import place_of
    from aim.ingest.catalogue import known_feeds
    from aim.ingest.feeds import FEEDS
    from aim.settings import load_settings

    settings = load_settings()
    if settings.database_url is None and place_of(settings.home).made_by is None:
        return dict(FEEDS)
    with database() as (_, engine), engine.connect() as connection:
        return known_feeds(connection)


def feed_and_files(feed: str, path: list[Path], profile: Path | None) -> "tuple[Feed | None, list[Path]]":
    """The feed of a profile's file (None: the one that is named) and the files to load.

    With a profile the feed's name may be left out, so that the first argument is a file. Raises UsageError where it is
    neither, or where there is no file.
    """
    described = _described(profile) if profile else None
    files = path if described is None or feed == described.name else [Path(feed), *path]
    if described and files and files[0] == Path(feed) and not files[0].exists():
        raise UsageError(f"{feed} is neither a file nor the feed that {profile} describes, {described.name}.")
    if not files:
        raise UsageError("Say which files to load, after the name of their feed.")
    return described, files


def _described(profile: Path) -> "Feed":
    from aim.ingest.feeds import FEEDS
    from aim.ingest.profile.build import load_profile

    feed = load_profile(profile)
    if feed.name in FEEDS:
        raise UsageError(f"{feed.name} is a feed that ships with the program: give the profile another name.")
    return feed
