"""Agreements: what a file has to say, what holds on a day, and that what has ended stops at once."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select, text
from sqlalchemy.exc import DBAPIError

from aim.access.agreements import Terms, agreements, ended_feeds, load_terms, read_terms
from aim.access.principal import Access
from aim.access.rights import write_rights
from aim.access.roles import Role
from aim.db.tables import agreement, feed
from aim.errors import NoIncidents, WrongAgreement
from aim.vocabulary.nim import Agency
from tests.access.world import published
from tests.town import CRIME, Town, at

FILE = """
name = "town-centre"
title = "Town centre information-sharing agreement"
purpose = "Joint tasking of police, council and fire in the town centre"
legal_basis = "Crime and Disorder Act 1998, section 115"
feeds = ["police-own"]
signatories = ["police", "council"]
signed = 2026-01-01
review = 2026-12-01
expires = 2099-01-01
handling = "For tasking only; not to be passed on"
"""


def terms(folder: Path, content: str = FILE) -> Terms:
    file = folder / "agreement.toml"
    file.write_text(content)
    return read_terms(file)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("2099-01-01", "2025-01-01", "the review lies between"),
        ('["police", "council"]', '["police"]', "signatories"),
        ('["police", "council"]', '["police", "police"]', "named twice"),
        ('["police", "council"]', '["police", "army"]', "signatories.1"),
        ('purpose = "', 'aim = "', "purpose: Field required"),
        ("name = ", "name ", "is no TOML"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong(tmp_path: Path, was: str, now: str, says: str) -> None:
    with pytest.raises(WrongAgreement, match=says):
        terms(tmp_path, FILE.replace(was, now))


def test_sharing_begins_with_an_agreement_and_ends_with_it(database_url: str, tmp_path: Path) -> None:
    """Read by direct SQL: an owner's feed, a signatory, one who has not signed, and the support team."""
    police, council, fire = (Access(Role.PARTNER, agency) for agency in Agency)
    analyst = Access(Role.ANALYST)
    with published(database_url) as world:
        people = [world.principal(access) for access in (police, council, fire, analyst)]

        def readers() -> list[bool]:
            found: list[bool] = []
            for each in people:
                with world.as_app(each.credential) as session:
                    layers = session.scalars(text("SELECT layer FROM published_layer")).all()
                found.append("of-the-police" in layers)
            return found

        def load(content: str) -> None:
            with world.owner.begin() as connection:
                load_terms(connection, terms(tmp_path, content), "tests")

        assert readers() == [True, False, False, True], "no agreement: the owner, and the support team with a caveat"
        load(FILE)
        assert readers() == [True, True, False, True]
        load(FILE.replace("2099-01-01", "2026-12-01").replace("2026-12-01", "2026-01-02"))
        assert readers() == [True, False, False, False], "expired: nobody but the owner, the support team neither"
        load(FILE)
        assert readers() == [True, True, False, True], "a new version renews it"


def test_versions_are_kept_as_they_were(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        told = {"title": "", "delivery": "incremental", "attribution": "", "agency": "police"}
        connection.execute(insert(feed).values(name="police-own", **told))
        assert [load_terms(connection, terms(tmp_path), "tests").version for _ in range(2)] == [1, 2]
    with pytest.raises(DBAPIError, match="stays on record"), engine.begin() as connection:
        connection.execute(delete(agreement))
    with engine.connect() as connection:
        assert [each.version for each in agreements(connection)] == [2]
        assert len(connection.execute(select(agreement)).all()) == 2


def test_a_feed_that_is_not_known_or_whose_owner_did_not_sign_is_refused(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        with pytest.raises(WrongAgreement, match="No feed police-own was loaded yet"):
            load_terms(connection, terms(tmp_path), "tests")
        told = {"title": "", "delivery": "incremental", "attribution": "", "agency": "fire"}
        connection.execute(insert(feed).values(name="police-own", **told))
        with pytest.raises(WrongAgreement, match="The owner of police-own is not among the signatories"):
            load_terms(connection, terms(tmp_path), "tests")


def test_an_expired_agreement_stops_the_feed_in_the_next_scoring_run(town: Town, tmp_path: Path) -> None:
    town.crimes("2026-05", [at()] * 8, "Robbery")
    write_rights(town.engine)
    own = FILE.replace("police-own", "police-uk-street").replace("2099-01-01", "2026-12-31")
    with town.engine.begin() as connection:
        connection.execute(text("UPDATE feed SET open = false"))
        load_terms(connection, terms(tmp_path, own), "tests")
        assert ended_feeds(connection, date(2026, 12, 31)) == {}
        assert ended_feeds(connection, date(2027, 1, 1)) == {"police-uk-street": date(2026, 12, 31)}
    town.score(layers=[CRIME], today=date(2026, 12, 31))
    with pytest.raises(NoIncidents):
        town.score(layers=[CRIME], today=date(2027, 1, 1))
