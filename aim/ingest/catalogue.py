"""All feeds there are: those that ship, and those that an administrator has described and loaded."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from aim.db.tables import feed as feed_table
from aim.db.tables import feed_volume
from aim.errors import OtherKeys, UnknownName, UsageError, WrongProfile
from aim.ingest.feed import Feed
from aim.ingest.feeds import FEEDS
from aim.ingest.profile.build import feed_of
from aim.ingest.profile.schema import Profile, parse
from aim.ingest.source import Payload

HELD: Final = select(func.coalesce(func.sum(feed_volume.c.rows), 0))
STORED: Final = select(feed_table.c.name, feed_table.c.profile).where(feed_table.c.profile.is_not(None))


def feed_named(name: str, connection: Connection | None = None) -> Feed:
    """The feed of that name; without a connection only those that ship are known.

    Raises UnknownName, which lists the feeds there are, and WrongProfile where the stored profile is one that this
    version of the program cannot use.
    """
    if name in FEEDS:
        return FEEDS[name]
    described = {} if connection is None else _profiles(connection)
    if name not in described:
        raise UnknownName(f"There is no feed {name!r}. The feeds are: {', '.join([*FEEDS, *described])}.")
    return feed_of(described[name], f"The stored profile of {name}")


def known_feeds(connection: Connection) -> dict[str, Feed]:
    """All feeds by name, those that ship first. A stored profile that cannot be used is only known by `feed_named`."""
    found = dict(FEEDS)
    for name, profile in _profiles(connection).items():
        try:
            found[name] = feed_of(profile, name)
        except WrongProfile:  # an older version's: it must not keep the other feeds from being used
            continue
    return found


def _profiles(connection: Connection) -> dict[str, str]:
    rows = connection.execute(STORED.order_by(feed_table.c.name))
    return {row.name: row.profile for row in rows if row.name not in FEEDS}


def guess(payload: Payload, feeds: Mapping[str, Feed] = FEEDS) -> list[Feed]:
    """The feeds that a file looks like."""
    head = payload.head()
    return [feed for feed in feeds.values() if feed.recognises(head)]


def register(connection: Connection, feed: Feed) -> list[str]:
    """Store what a feed is, with its profile where it does not ship; what the report of the load should say of that.

    Raises UsageError where a profile takes the name of a feed that ships, and OtherKeys where it would load incidents
    that are stored a second time, under other keys.
    """
    if feed.name in FEEDS and feed.profile != FEEDS[feed.name].profile:
        raise UsageError(f"{feed.name} is a feed that ships with the program: give the profile another name.")
    before = connection.execute(STORED.where(feed_table.c.name == feed.name)).one_or_none()
    own = None if feed.name in FEEDS else feed.profile
    if before is not None and own is not None and before.profile != own:
        _refuse_other_keys(connection, feed.name, before.profile, own)
    known = {"title": feed.title, "agency": feed.agency.value, "delivery": feed.delivery.value, "profile": own}
    known |= {"attribution": feed.attribution, "open": feed.open}
    statement = upsert(feed_table).values(name=feed.name, **known)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=known))
    changed = before is not None and before.profile != own
    return [f"The profile of {feed.name} has changed since its last load: this one is kept."] if changed else []


def _refuse_other_keys(connection: Connection, name: str, before: str, now: str) -> None:
    held = connection.execute(HELD.where(feed_volume.c.feed == name)).scalar_one()
    if not held:
        return
    old, new = _keys(parse(before, f"The stored profile of {name}")), _keys(parse(now, name))
    changed = [part for part in old if old[part] != new[part]]
    if changed:
        raise OtherKeys(
            f"This profile changes {' and '.join(changed)}, by which the incidents of {name} are told apart, and "
            f"{held:,} are stored by the old one: they would be there twice. Give the feed another name."
        )


def _keys(profile: Profile) -> dict[str, Any]:
    """The parts of a profile that an incident is known by from load to load."""
    dated = profile.time if profile.id is None or profile.id.with_date else None
    scope = profile.scope or profile.scope_in_file_name
    return {"[id]": profile.id, "delivery": profile.delivery, "the scope": scope, "[time]": dated}
