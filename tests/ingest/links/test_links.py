"""What becomes a link, through the doors that a partnership uses: files are loaded, links are there."""

from typing import Any

import pytest

from aim.incident import TimePrecision
from aim.vocabulary.nim import Agency
from tests.ingest.links.conftest import CALLS, COUNCIL, FIRES, Desk, call, fire, made_up_feed, parts_of, told


def test_a_burnt_car_that_the_council_hears_of_is_one_event(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(COUNCIL, told("C1", east=40, hours=14))
    link = desk.links()["C1", "F1"]
    assert (link["status"], link["rule"]) == ("accepted", "vehicle-fire-and-abandoned-vehicle")
    assert 0.9 < link["score"] < 1


def test_a_score_shows_what_it_is_made_of(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(COUNCIL, told("C1", east=40, hours=12))
    link = desk.links()["C1", "F1"]
    parts = parts_of(link)
    assert parts["distance_m"] == pytest.approx(40, abs=0.5)
    assert parts["hours_apart"] == 12
    assert parts["time"] == pytest.approx(1 - 12 / 48)
    assert parts["category"] == 0.3
    variance = 50**2 + (10**2 + 10**2) / 4
    assert parts["distance"] == pytest.approx(2.718281828 ** -(parts["distance_m"] ** 2 / (2 * variance)), abs=1e-3)
    assert parts["precision"] == pytest.approx(50**2 / variance, abs=1e-4)
    agree = parts["category"] * parts["distance"] * parts["time"] * parts["precision"]
    assert link["score"] == pytest.approx(agree / (agree + (1 - parts["category"]) * parts["chance"]), rel=1e-3)


# The trap "Duplicates across feeds": 150 m; 2 hours between police and fire, 48 to the council; compatible kinds.
@pytest.mark.parametrize(
    ("feed", "other", "linked"),
    [
        (COUNCIL, told("X", east=60, hours=20), True),
        (COUNCIL, told("X", east=151 + 20, hours=1), False),
        (COUNCIL, told("X", hours=48.1), False),
        (COUNCIL, told("X", hours=-2.1), False),
        (COUNCIL, told("X", "fly_tipping"), False),
        (COUNCIL, told("X", "noise"), False),
        (CALLS, call("X", east=60, hours=0.5), True),
        (CALLS, call("X", east=60, hours=-0.5), True),
        (CALLS, call("X", hours=2.1), False),
        (CALLS, call("X", "asb_personal"), False),
    ],
)
def test_the_trap_of_duplicates_across_feeds(desk: Desk, feed: object, other: object, linked: bool) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(feed, other)  # type: ignore[arg-type]  # of the list above
    assert len(desk.pairs()) == linked
    assert linked or not desk.links()


def test_three_agencies_make_one_event_of_three_links(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"))
    desk.load(CALLS, call("P1", hours=0.2, east=20))
    desk.load(COUNCIL, told("C1", hours=9, north=30))
    assert desk.pairs() == {("P1", "F1"), ("C1", "F1"), ("P1", "C1")}


def test_two_feeds_of_one_agency_each_get_their_link_and_one_feed_only_one(desk: Desk) -> None:
    other = made_up_feed("app", Agency.COUNCIL)
    desk.load(FIRES, fire("F1"))
    desk.load(COUNCIL, told("C1", hours=5), told("C2", hours=6, east=30))
    desk.load(other, told("A1", hours=7))
    assert desk.pairs() == {("C1", "F1"), ("A1", "F1")}


def test_the_likeliest_set_is_taken_not_the_likeliest_pair_first(desk: Desk) -> None:
    """F2 is nearer to C1 than F1 is, but F1 has nobody else."""
    desk.load(FIRES, fire("F1", east=-50), fire("F2", east=30))
    desk.load(COUNCIL, told("C1", hours=4), told("C2", hours=4, east=60))
    assert desk.pairs() == {("C1", "F1"), ("C2", "F2")}


def test_what_only_may_be_one_event_waits_for_a_reviewer(desk: Desk) -> None:
    desk.load(FIRES, fire("F1", "secondary_fire"))
    desk.load(COUNCIL, told("C1", "fly_tipping", east=85, hours=24))
    assert desk.pairs("proposed") == {("C1", "F1")}
    assert desk.pairs() == set()


def test_a_kind_that_is_reported_all_the_time_there_says_little(desk: Desk) -> None:
    desk.load(FIRES, fire("F1", "secondary_fire"))
    desk.load(COUNCIL, told("C1", "fly_tipping", hours=8, east=20))
    alone = desk.links()["C1", "F1"]["score"]
    desk.load(COUNCIL, *(told(f"D{n}", "fly_tipping", hours=100 * n, east=n) for n in range(1, 13)))
    crowded = desk.links()["C1", "F1"]
    assert crowded["score"] < alone
    assert (alone > 0.9, crowded["status"]) == (True, "proposed")
    desk.load(FIRES, fire("F2", "secondary_fire", hours=3000))
    desk.load(COUNCIL, told("C2", "fly_tipping", words="Rubbish nobody else reports", hours=3008, east=20))
    assert desk.links()["C2", "F2"]["status"] == "accepted"


def test_precision_lowers_the_score_and_widens_the_distance(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"), fire("F2", hours=500, precision_m=71), fire("F3", hours=1000, precision_m=71))
    desk.load(
        COUNCIL,
        told("C1", east=30, hours=10),
        told("C2", east=30, hours=510),
        told("C3", east=158, hours=1001, precision_m=100),
    )
    links = desk.links()
    exact, rounded, far = links["C1", "F1"], links["C2", "F2"], links["C3", "F3"]
    assert rounded["score"] < exact["score"]
    assert parts_of(rounded)["precision"] < parts_of(exact)["precision"] < 1
    assert parts_of(far)["distance_m"] > 150
    assert far["score"] < rounded["score"]


def test_places_too_coarse_to_say_anything_are_not_linked(desk: Desk) -> None:
    desk.load(FIRES, fire("F1", precision_m=300))
    desk.load(COUNCIL, told("C1"))
    assert desk.links() == {}


def test_a_month_never_links_and_a_day_only_where_its_rule_allows_it(desk: Desk) -> None:
    day: dict[str, Any] = {"precise": TimePrecision.DAY, "lasts": 24, "hours": -18}
    desk.load(FIRES, fire("F1", hours=3))
    desk.load(COUNCIL, told("C1", **day), told("M1", precise=TimePrecision.MONTH, lasts=744, hours=-282))
    desk.load(CALLS, call("P1", **day))
    assert {pair for pair in desk.links() if "F1" in pair} == {("C1", "F1")}
    assert parts_of(desk.links()["C1", "F1"])["precision"] < 0.6


def test_a_whole_day_says_less_than_a_time(desk: Desk) -> None:
    desk.load(FIRES, fire("F1", hours=3), fire("F2", hours=1003))
    day = told("C1", precise=TimePrecision.DAY, lasts=24, hours=-18)
    desk.load(COUNCIL, day, told("C2", hours=1003))
    links = desk.links()
    assert links["C1", "F1"]["score"] < links["C2", "F2"]["score"]


def test_a_report_that_a_partner_mirrored_back_is_certain_wherever_it_lies(desk: Desk) -> None:
    app = made_up_feed("app", Agency.COUNCIL)
    desk.load(COUNCIL, told("C1", "graffiti"), told("C2", "graffiti", placed=False))
    desk.load(app, told("A1", "litter", east=900, hours=30, external_id="C1"))
    desk.load(app, told("A2", "litter", external_id="C2"))
    links = desk.links()
    assert set(links) == {("A1", "C1"), ("A2", "C2")}
    for link in links.values():
        assert (link["score"], link["rule"], link["parts"], link["status"]) == (
            1,
            "mirrored",
            {"mirrored": True},
            "accepted",
        )


def test_two_reports_with_one_external_id_are_one_event(desk: Desk) -> None:
    app = made_up_feed("app", Agency.COUNCIL)
    desk.load(CALLS, call("P1", "public_safety_welfare", external_id="JOINT-7"))
    desk.load(app, told("A1", "litter", external_id="JOINT-7"))
    assert desk.pairs() == {("A1", "P1")}


def test_an_id_that_came_round_again_is_not_a_mirror(desk: Desk) -> None:
    app = made_up_feed("app", Agency.COUNCIL)
    desk.load(COUNCIL, told("17", "graffiti"))
    desk.load(app, told("A1", "graffiti", external_id="17", hours=32 * 24))
    assert desk.links() == {}


def test_a_mirrored_report_comes_before_a_likely_one(desk: Desk) -> None:
    desk.load(FIRES, fire("F1"), fire("F2", east=100, hours=1))
    desk.load(COUNCIL, told("C1", hours=3))
    assert desk.pairs() == {("C1", "F1")}
    desk.load(COUNCIL, told("C1", hours=3, external_id="F2"))
    links = desk.links()
    assert set(links) == {("C1", "F2")}
    assert links["C1", "F2"]["rule"] == "mirrored"


def test_a_monthly_load_works_out_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []

    def relink(*given: Any, **more: Any) -> None:
        called.append((given, more))

    monkeypatch.setattr("aim.ingest.links.run.relink", relink)
    monthly = made_up_feed("monthly", Agency.POLICE)
    desk.load(monthly, call("P1", precise=TimePrecision.MONTH, lasts=744, hours=-282))
    assert called == []
    desk.load(CALLS, call("P1"))
    assert len(called) == 1
