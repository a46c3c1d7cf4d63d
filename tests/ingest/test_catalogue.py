"""The feeds there are: those that ship and those that an administrator has described."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from aim.errors import OtherKeys, UnknownName, UsageError, WrongColumns, WrongProfile
from aim.ingest.catalogue import feed_named, guess, known_feeds, register
from aim.ingest.feeds import FEEDS
from aim.ingest.load import ingest
from aim.ingest.profile.build import feed_of
from aim.ingest.source import Payload
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.draft.tables import drafted, jobs, table


@pytest.fixture
def described(cleared: Store, tmp_path: Path) -> Store:
    """A database with a feed that was described and loaded."""
    profile = drafted(tmp_path, jobs(40)).profile
    file = cleared.file(table(jobs(40)).encode(), "jobs.csv")
    ingest(cleared.engine, feed_of(profile, "jobs.toml"), Payload(file, file.name), AS_OF)
    return cleared


def test_a_described_feed_is_known_like_one_that_ships(described: Store) -> None:
    with described.engine.connect() as connection:
        assert list(known_feeds(connection)) == [*FEEDS, "jobs"]
        assert feed_named("jobs", connection).agency == "council"
        assert feed_named("open311", connection) is FEEDS["open311"]
        file = Payload(described.folder / "jobs.csv", "jobs.csv")
        assert [feed.name for feed in guess(file, known_feeds(connection))] == ["jobs"]
        with pytest.raises(UnknownName, match=r"There is no feed 'job'\. The feeds are: .*, jobs\."):
            feed_named("job", connection)


def test_without_a_database_only_feeds_that_ship_are_known() -> None:
    with pytest.raises(UnknownName):
        feed_named("jobs")


def test_the_profiles_of_feeds_that_ship_are_not_stored(filled: Store) -> None:
    assert filled.rows("SELECT name FROM feed WHERE profile IS NOT NULL") == []


def test_a_profile_may_not_take_the_name_of_a_feed_that_ships(described: Store) -> None:
    with described.engine.begin() as connection:
        impostor = replace(feed_named("jobs", connection), name="open311")
        with pytest.raises(UsageError, match="open311 is a feed that ships with the program"):
            register(connection, impostor)


def test_a_stored_profile_that_can_no_longer_be_used_keeps_no_other_feed_from_it(described: Store) -> None:
    with described.engine.begin() as connection:
        connection.execute(text("UPDATE feed SET profile = 'name = 1' WHERE name = 'jobs'"))
    with described.engine.connect() as connection:
        assert list(known_feeds(connection)) == list(FEEDS)
        with pytest.raises(WrongProfile, match="The stored profile of jobs is not a profile"):
            feed_named("jobs", connection)


def test_a_refused_load_keeps_the_stored_profile(described: Store) -> None:
    changed = drafted(described.folder, jobs(40), "again.csv").profile.replace('name = "again"', 'name = "jobs"')
    file = described.file(b"other,columns\n1,2\n", "wrong.csv")
    with pytest.raises(WrongColumns, match="lacks the columns"):
        ingest(described.engine, feed_of(changed, "jobs.toml"), Payload(file, file.name), AS_OF)
    [stored] = described.rows("SELECT profile FROM feed WHERE name = 'jobs'")
    assert stored["profile"] != changed


def test_a_profile_that_knows_incidents_by_something_else_is_refused_while_there_are_any(described: Store) -> None:
    """Else each would be stored a second time beside the first."""
    with described.engine.begin() as connection:
        profile = feed_named("jobs", connection).profile
        assert profile is not None
        other = feed_of(re.sub(r"(?m)^(\[id\]\ncolumns = ).*$", r'\1"Status"', profile), "jobs.toml")
        assert other.profile != profile
        with pytest.raises(OtherKeys, match=r"changes \[id\], .* and 40 are stored"):
            register(connection, other)
        connection.execute(text("TRUNCATE incident, feed_volume"))
        assert register(connection, other) == ["The profile of jobs has changed since its last load: this one is kept."]
