"""What a reviewer decides stays decided."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from aim.errors import UnknownName, UsageError
from aim.ingest.feed import Delivery
from aim.ingest.links.listing import history
from aim.ingest.links.review import Decision, make, unmake
from aim.vocabulary.nim import Agency
from tests.ingest.links.conftest import CALLS, COUNCIL, FIRES, Desk, call, fire, made_up_feed, told

SNAPSHOT = made_up_feed("snapshot", Agency.COUNCIL, Delivery.SNAPSHOT)
SAID = Decision("j.bloggs", datetime(2026, 9, 1, tzinfo=UTC), "seen on the camera")


def one_link(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(COUNCIL, told("C1", hours=5))


def test_a_broken_link_is_never_proposed_again(desk: Desk) -> None:
    one_link(desk)
    broken = unmake(desk.store.engine, "fires:F1", "council:C1", SAID)
    assert (broken["status"], broken["decided_by"], broken["reason"]) == ("broken", "j.bloggs", "seen on the camera")
    desk.load(COUNCIL, told("C1", hours=6))
    desk.run()
    assert {pair: link["status"] for pair, link in desk.links().items()} == {("C1", "F1"): "broken"}


def test_who_is_set_free_finds_another(desk: Desk) -> None:
    one_link(desk)
    desk.load(COUNCIL, told("C2", hours=20, east=40))
    assert desk.pairs() == {("C1", "F1")}
    unmake(desk.store.engine, "council:C1", "fires:F1", SAID)
    assert desk.pairs() == {("C2", "F1")}


def test_a_made_link_stays_whatever_comes(desk: Desk) -> None:
    one_link(desk)
    desk.load(COUNCIL, told("C2", "graffiti", hours=900, east=4000))
    made = make(desk.store.engine, "fires:F1", "council:C2", SAID)
    assert (made["status"], made["rule"], made["score"]) == ("made", "reviewer", None)
    assert desk.pairs() == set()
    desk.load(COUNCIL, told("C3", hours=1))
    desk.run()
    assert set(desk.links()) == {("C2", "F1")}


def test_a_proposed_link_that_is_made_keeps_its_score(desk: Desk) -> None:
    desk.load(FIRES, fire("F1", "secondary_fire"))
    desk.load(COUNCIL, told("C1", "fly_tipping", east=85, hours=24))
    score = desk.links("proposed")["C1", "F1"]["score"]
    make(desk.store.engine, "fires:F1", "council:C1", SAID)
    desk.run()
    assert {pair: (link["status"], link["score"]) for pair, link in desk.links().items()} == {
        ("C1", "F1"): ("made", score)
    }


def test_reviewers_can_change_their_minds_and_all_of_it_is_kept(desk: Desk) -> None:
    one_link(desk)
    unmake(desk.store.engine, "fires:F1", "council:C1", SAID)
    make(desk.store.engine, "fires:F1", "council:C1", Decision("a.n.other", SAID.at, "it was the same car"))
    assert desk.pairs("made") == {("C1", "F1")}
    with desk.store.engine.connect() as connection:
        said = [(d["decision"], d["decided_by"], d["reason"]) for d in history(connection)]
    assert said == [("broken", "j.bloggs", "seen on the camera"), ("made", "a.n.other", "it was the same car")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE incident_link_decision SET decided_by = 'x'",
        "DELETE FROM incident_link_decision",
        "TRUNCATE incident_link_decision",
    ],
)
def test_the_history_can_only_grow(desk: Desk, change: str) -> None:
    one_link(desk)
    unmake(desk.store.engine, "fires:F1", "council:C1", SAID)
    with pytest.raises(ProgrammingError, match="append-only"), desk.store.engine.begin() as connection:
        connection.execute(text(change))


@pytest.mark.parametrize("decide", [make, unmake])
def test_a_decision_outlives_its_incident_and_holds_when_it_comes_back(desk: Desk, decide: object) -> None:
    car, other = told("S1", hours=4, scope="March"), told("S2", hours=900, scope="March")
    desk.load(FIRES, fire("F1"))
    desk.load(SNAPSHOT, car, other)
    decide(desk.store.engine, "fires:F1", "snapshot:S1", SAID)  # type: ignore[operator]  # one of the two above
    before = desk.everything()
    desk.load(SNAPSHOT, other)
    [lost] = desk.links().values()
    assert lost["lost"] is True
    desk.load(SNAPSHOT, car, other)
    assert desk.everything() == before
    assert [link["lost"] for link in desk.links().values()] == [False]


def test_while_a_made_partner_is_gone_another_may_be_found_and_gives_way_again(desk: Desk) -> None:
    far = told("S1", "graffiti", hours=300, scope="March")
    near = told("S2", hours=4, scope="March")
    desk.load(FIRES, fire("F1"))
    desk.load(SNAPSHOT, far, near)
    make(desk.store.engine, "fires:F1", "snapshot:S1", SAID)
    assert desk.pairs() == set()
    desk.load(SNAPSHOT, near)
    desk.run()
    assert desk.pairs() == {("F1", "S2")}
    desk.load(SNAPSHOT, far, near)
    desk.run()
    assert desk.pairs() == set()


def test_a_place_in_an_event_that_a_reviewer_has_given_is_not_given_twice(desk: Desk) -> None:
    one_link(desk)
    desk.load(COUNCIL, told("C2", hours=7))
    make(desk.store.engine, "fires:F1", "council:C2", SAID)
    with pytest.raises(UsageError, match=r"linked it with council:C2 already: break that link first"):
        make(desk.store.engine, "fires:F1", "council:C1", SAID)
    make(desk.store.engine, "fires:F1", "council:C2", SAID)


def test_a_report_without_a_place_can_be_linked(desk: Desk) -> None:
    app = made_up_feed("app", Agency.COUNCIL)
    desk.load(COUNCIL, told("C1", placed=False), told("C2", placed=False))
    desk.load(app, told("A1", placed=False, external_id="C1"))
    make(desk.store.engine, "app:A1", "council:C2", SAID)
    assert {pair: link["status"] for pair, link in desk.links().items()} == {("A1", "C2"): "made"}


@pytest.mark.parametrize(
    ("one", "other", "error", "says"),
    [
        ("fires:F1", "council:nobody", UnknownName, "no incident 'nobody' in the feed 'council'"),
        ("fires:F1", "nowhere:C1", UnknownName, "no incident 'C1' in the feed 'nowhere'"),
        ("fires", "council:C1", UsageError, "'fires' names no incident: give FEED:SOURCE_ID"),
        ("fires:F1", "fires:F2", UsageError, "between two feeds"),
        ("fires:F1", "calls:P1", UsageError, "the name of 2 incidents. Give one of calls:P1#0, calls:P1#1"),
    ],
)
def test_a_name_that_does_not_do_is_explained(
    desk: Desk, one: str, other: str, error: type[Exception], says: str
) -> None:
    desk.load(FIRES, fire("F1"), fire("F2"))
    desk.load(COUNCIL, told("C1"))
    desk.load(CALLS, call("P1", hours=50), call("P1", hours=90))
    with pytest.raises(error, match=says.replace(".", r"\.")):
        make(desk.store.engine, one, other, SAID)


def test_a_repeated_id_is_told_apart_by_ordinal_and_scope(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(CALLS, call("P1", hours=50), call("P1", hours=90))
    desk.load(SNAPSHOT, told("S1", hours=99, scope="March"))
    assert make(desk.store.engine, "fires:F1", "calls:P1#1", SAID)["a"]["ordinal"] == 1
    assert make(desk.store.engine, "fires:F1", "snapshot:S1@March", SAID)["b"]["scope"] == "March"


def test_a_decision_needs_a_name_and_a_reason(desk: Desk) -> None:
    one_link(desk)
    for who, why in (("", "because"), ("j.bloggs", " ")):
        with pytest.raises(UsageError, match="who decides and why"):
            unmake(desk.store.engine, "fires:F1", "council:C1", Decision(who, SAID.at, why))
