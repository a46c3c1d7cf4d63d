"""An event that several agencies reported: once in a joint layer, and each agency keeps its own report."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from aim.db.tables import incident
from aim.ingest.links.review import Decision, make, unmake
from tests.town import ASB, CENTRE, FIRES, OUTSIDE, Town, at, description, near, properties

JUNE = "2026-06-03T09:00:00+01:00"
SAID = Decision("j.bloggs", datetime(2026, 9, 1, tzinfo=UTC), "seen on the camera")
HOAX = "False alarm - Malicious"


def names(town: Town) -> list[str]:
    """The incidents as a reviewer names them, fires first, each feed in the order it was loaded."""
    query = select(incident.c.feed, incident.c.source_id).order_by(incident.c.feed, incident.c.source_id)
    with town.engine.connect() as connection:
        return [f"{row.feed}:{row.source_id}" for row in connection.execute(query)]


def link(town: Town) -> None:
    one, other = names(town)
    make(town.engine, one, other, SAID)


@pytest.fixture
def hoax(town: Town) -> Town:
    """A hoax call to the fire service and what the council heard of it."""
    town.fires("2026-06-03 08:30", [at()], HOAX)
    town.reports(JUNE, [at()], "Anti-social behaviour")
    return town


def test_a_joint_layer_counts_a_linked_event_once_and_agencies_keep_both(hoax: Town) -> None:
    hoax.score(layers=[ASB])
    before = properties(hoax.engine, ASB)[CENTRE]
    assert (before["count_total"], before["duplicates_linked"]) == (2, 0)
    link(hoax)
    hoax.score(layers=[ASB])
    found = properties(hoax.engine, ASB)[CENTRE]
    assert (found["count_total"], found["score"], found["duplicates_linked"]) == (1, 1, 1)
    assert [found[f"count_{agency}"] for agency in ("police", "council", "fire")] == [0, 1, 1]
    assert found["location_exact"] == 1
    assert "Reported by council (1), fire (1). Linked duplicates, counted once: 1." in found["rationale"]
    assert description(hoax.engine, ASB)["incidents"] == 1


def test_a_broken_link_counts_twice_again(hoax: Town) -> None:
    link(hoax)
    one, other = names(hoax)
    unmake(hoax.engine, one, other, SAID)
    hoax.score(layers=[ASB])
    found = properties(hoax.engine, ASB)[CENTRE]
    assert (found["count_total"], found["duplicates_linked"]) == (2, 0)


def test_an_agencys_own_layer_keeps_its_report(town: Town) -> None:
    town.fires("2026-06-03 08:30", [at()])
    town.reports(JUNE, [at()], "Rubbish on open land")
    link(town)
    town.score(layers=[FIRES, ASB])
    for layer, agency in ((FIRES, "fire"), (ASB, "council")):
        [found] = [row for row in properties(town.engine, layer).values() if row["count_total"]]
        assert (found["count_total"], found[f"count_{agency}"], found["duplicates_linked"]) == (1, 1, 0)


def test_the_event_is_where_its_most_precise_report_is(town: Town) -> None:
    town.fires("2026-06-03 08:30", [at()], HOAX, exact=False)
    town.reports(JUNE, [at(near(1))], "Anti-social behaviour")
    link(town)
    town.score(layers=[ASB])
    found = properties(town.engine, ASB)
    assert CENTRE not in found or found[CENTRE]["count_total"] == found[CENTRE]["count_fire"] == 0
    there = found[near(1)]
    assert (there["count_total"], there["count_fire"], there["count_council"], there["duplicates_linked"]) == (
        1,
        1,
        1,
        1,
    )
    assert (there["location_exact"], there["location_rounded"]) == (1, 0)


def test_of_two_as_precise_the_earlier_stands_for_the_event(town: Town) -> None:
    town.fires("2026-06-03 08:30", [at()], HOAX)
    town.reports(JUNE, [at(near(1))], "Anti-social behaviour")
    link(town)
    town.score(layers=[ASB])
    found = {cell: row["count_total"] for cell, row in properties(town.engine, ASB).items()}
    assert (found[CENTRE], found.get(near(1), 0)) == (1, 0)


def test_a_partner_outside_the_area_takes_nothing_away(town: Town) -> None:
    town.fires("2026-06-03 08:30", [OUTSIDE], HOAX)
    town.reports(JUNE, [at()], "Anti-social behaviour")
    link(town)
    town.score(layers=[ASB])
    found = properties(town.engine, ASB)[CENTRE]
    assert (found["count_total"], found["count_fire"], found["duplicates_linked"]) == (1, 0, 0)


def test_an_event_on_the_edge_of_two_years_is_of_the_one_its_report_stands_in(town: Town) -> None:
    """The window ends with 3 June 2026; the year before it with 3 June 2025."""
    town.reports(JUNE, [at(near(2))], "Anti-social behaviour")
    town.fires("2025-06-03 23:30", [at()], HOAX)
    town.reports("2025-06-04T00:30:00+01:00", [at()], "Anti-social behaviour")
    fire, _, late = names(town)
    make(town.engine, fire, late, SAID)
    town.score(layers=[ASB])
    found = properties(town.engine, ASB)
    assert found.get(CENTRE, {"count_total": 0})["count_total"] == 0
    assert found[near(2)]["count_total"] == 1
