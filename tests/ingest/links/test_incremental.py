"""After any sequence of loads the links are those of a run over everything, and of any other sequence."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text

from aim.incident import TimePrecision
from aim.ingest.feed import Delivery, Feed
from aim.ingest.links import run
from aim.ingest.links.follow import relink_before
from aim.ingest.links.store import Linked
from aim.vocabulary.nim import Agency
from tests.ingest.links.conftest import CALLS, COUNCIL, EVENING, FIRES, Desk, Told, call, fire, made_up_feed, told

SNAPSHOT = made_up_feed("snapshot", Agency.COUNCIL, Delivery.SNAPSHOT)
APP = made_up_feed("app", Agency.COUNCIL)
KINDS: dict[str, tuple[Feed, tuple[str, ...]]] = {
    "F": (FIRES, ("primary_fire_vehicle", "secondary_fire")),
    "C": (COUNCIL, ("abandoned_vehicle", "fly_tipping", "community_asb_report")),
    "A": (APP, ("abandoned_vehicle", "fly_tipping")),
    "P": (CALLS, ("asb_nuisance", "criminal_damage_arson")),
    "S": (SNAPSHOT, ("abandoned_vehicle", "fly_tipping")),
}
EVENINGS = (0, 24 * 55, 24 * 58, 24 * 115, 24 * 300)
"""Hours of evenings on which things happen: near each other, at the edge of what bears on another, and far off."""
Loads = list[tuple[Feed, list[Told]]]


def some_day(dice: Random, kind: str, number: int) -> Told:
    """A report near a corner on one of a few evenings."""
    _, categories = KINDS[kind]
    mirrored = kind in "AS" and dice.random() < 0.2
    return Told(
        id=f"{kind}{number}",
        category=dice.choice(categories),
        east=dice.gauss(0, 45) + dice.choice((0, 0, 0, 250, 5000)),
        north=dice.gauss(0, 45),
        words=dice.choice("abc"),
        hours=dice.choice(EVENINGS) + round(dice.uniform(-20, 20), 2),
        precision_m=dice.choice((10, 10, 71)),
        external_id=f"C{dice.randrange(30)}" if mirrored else None,
        scope=f"month {dice.randrange(2)}" if kind == "S" else "",
        placed=not mirrored or dice.random() < 0.5,
        precise=TimePrecision.EXACT,
    )


def history(seed: int, loads: int, rows: int) -> Loads:
    """Loads of new, changed and, in a snapshot, removed reports."""
    dice = Random(seed)  # noqa: S311  # a test's stream of chance
    said: Loads = []
    for _ in range(loads):
        kind = dice.choice(sorted(KINDS))
        numbers = dice.sample(range(30), dice.randrange(1, rows))
        said.append((KINDS[kind][0], [some_day(dice, kind, number) for number in numbers]))
    return said


@pytest.fixture
def short_sighted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Next to nothing is read that is not needed, so that the edges of what was read are met."""
    monkeypatch.setattr(run, "SLACK_H", 0.1)
    monkeypatch.setattr(run, "SLACK_M", 5.0)


@pytest.mark.usefixtures("short_sighted")
@pytest.mark.parametrize("seed", range(6))
def test_links_after_each_load_are_those_of_a_run_over_all(desk: Desk, seed: int) -> None:
    for feed, reports in history(seed, loads=12, rows=30):
        desk.load(feed, *reports)
        before = desk.everything()
        again = desk.run()
        assert (again.added, again.removed) == (0, 0)
        assert desk.everything() == before
    assert len(desk.everything()) >= 5


@pytest.mark.usefixtures("short_sighted")
def test_a_chain_of_rivals_is_followed_as_far_as_it_goes(desk: Desk) -> None:
    """Each report fits the fire before it, and the one after it a little better: who comes last turns all round."""
    steps = range(75)
    desk.load(FIRES, *(fire(f"F{n}", east=58 * n, hours=23 * n) for n in steps))
    reports = [told(f"C{n}", east=58 * n, hours=23 * n + 24, words=f"word {n}") for n in steps]
    desk.load(COUNCIL, *reports[:-1])
    assert desk.pairs() == {(f"C{n}", f"F{n + 1}") for n in steps[:-1]}
    desk.load(COUNCIL, reports[-1])
    assert desk.pairs() == {(f"C{n}", f"F{n}") for n in steps}
    assert desk.run() == Linked(linked=len(steps))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_files_does_not_matter(desk: Desk, seed: int) -> None:
    dice = Random(seed)  # noqa: S311  # a test's stream of chance
    files = [
        (KINDS[kind][0], [some_day(dice, kind, number) for number in range(part, 30, 3)])
        for kind in "FCAP"
        for part in range(3)
    ]
    for feed, reports in files:
        desk.load(feed, *reports)
    links = desk.everything()
    desk.store.clear()
    with desk.store.engine.begin() as connection:
        connection.execute(text("TRUNCATE incident_link"))
    dice.shuffle(files)
    for feed, reports in files:
        desk.load(feed, *dice.sample(reports, len(reports)))
    assert desk.everything() == links
    assert len(links) > 5


def test_a_file_that_changes_nothing_leaves_the_links_alone(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(COUNCIL, told("C1", hours=5))
    numbers = desk.store.rows("SELECT id FROM incident_link")
    desk.load(COUNCIL, told("C1", hours=5))
    assert desk.store.rows("SELECT id FROM incident_link") == numbers
    assert desk.run() == Linked(linked=1)


def test_a_changed_report_loses_its_link_and_its_partner_finds_another(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(COUNCIL, told("C1", hours=2), told("C2", hours=20, east=50))
    assert desk.pairs() == {("C1", "F1")}
    desk.load(COUNCIL, told("C1", "street_defect", hours=2))
    assert desk.pairs() == {("C2", "F1")}


def test_a_report_that_a_snapshot_no_longer_holds_goes_and_comes_back_with_its_link(desk: Desk) -> None:
    car = told("S1", hours=4, scope="March")
    desk.load(FIRES, fire("F1"))
    desk.load(SNAPSHOT, car, told("S2", hours=900, scope="March"))
    before = desk.everything()
    assert desk.pairs() == {("F1", "S1")}
    desk.load(SNAPSHOT, told("S2", hours=900, scope="March"))
    assert desk.links() == {}
    desk.load(SNAPSHOT, car, told("S2", hours=900, scope="March"))
    assert desk.everything() == before


def test_a_run_since_a_day_does_the_part_after_it(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"), fire("F2", hours=24 * 300))
    desk.load(COUNCIL, told("C1", hours=5), told("C2", hours=24 * 300 + 5))
    with desk.store.engine.begin() as connection:
        connection.execute(text("TRUNCATE incident_link"))
    assert desk.run(since=EVENING + timedelta(days=250)).added == 1
    assert desk.pairs() == {("C2", "F2")}
    assert desk.run().added == 1
    assert desk.pairs() == {("C1", "F1"), ("C2", "F2")}


def test_after_an_expiry_the_links_are_those_of_what_is_left(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"), fire("F2", hours=24 * 300))
    desk.load(COUNCIL, told("C1", hours=5), told("C2", hours=24 * 300 + 5))
    desk.load(CALLS, call("P1", "criminal_damage_arson", hours=0.1))
    cutoff = EVENING + timedelta(days=1)
    with desk.store.engine.begin() as connection:
        expire = "DELETE FROM incident WHERE feed <> 'calls' AND occurred_to < :cutoff"
        connection.execute(text(expire), {"cutoff": cutoff})
        relink_before(connection, cutoff)
    links = desk.everything()
    assert desk.pairs() == {("C2", "F2")}
    assert desk.run().added == desk.run().removed == 0
    assert desk.everything() == links
