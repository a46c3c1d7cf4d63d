"""`aim links`: what people and scripts see of links, and what they may do to them."""

from pathlib import Path

import pytest

from tests.cli.conftest import Aim

PAIR = ("lfb-incidents:000051-12102025", "open311:KLD-100142")


@pytest.fixture
def linked(aim_loaded: Aim) -> Aim:
    """The samples with their links."""
    aim_loaded.json("links", "run")
    return aim_loaded


def test_a_run_says_what_it_did(linked: Aim) -> None:
    counts = linked.json("links", "run", "--since", "2026-01-01")
    assert {"linked", "proposed", "added", "removed", "seconds"} == set(counts)
    assert (counts["added"], counts["removed"]) == (0, 0)
    assert counts["linked"] > 20
    assert "links count" in linked("links", "run").out


def test_the_list_shows_the_score_and_its_parts(linked: Aim) -> None:
    links = linked.json("links", "list", "--feed", "lfb-incidents", "--status", "accepted")["links"]
    assert len(links) > 40
    [link] = [link for link in links if link["a"]["source_id"] == PAIR[0].partition(":")[2]]
    assert f"{link['b']['feed']}:{link['b']['source_id']}" == PAIR[1]
    assert {"distance", "time", "category", "precision", "chance"} <= set(link["parts"])
    assert linked.json("links", "list", "--feed", "police-uk-street")["links"] == []
    assert len(linked.json("links", "list", "--limit", "3")["links"]) == 3
    assert "accepted" in linked("links", "list", "--limit", "60").out


def test_a_reviewer_breaks_and_makes_a_link(linked: Aim) -> None:
    broken = linked.json("links", "break", *PAIR, "--reason", "two cars", "--by", "j.bloggs")["links"][0]
    assert (broken["status"], broken["decided_by"], broken["reason"]) == ("broken", "j.bloggs", "two cars")
    linked.json("links", "run")
    assert len(linked.json("links", "list", "--status", "broken")["links"]) == 1
    assert "one event" in linked("links", "make", *PAIR, "--reason", "one car").out
    decisions = linked.json("links", "history")["decisions"]
    assert [said["decision"] for said in decisions] == ["broken", "made"]
    assert "two cars" in linked("links", "history").out


def test_a_wrong_name_is_wrong_usage(linked: Aim) -> None:
    answer = linked("links", "make", PAIR[0], "open311:nobody")
    assert answer.code == 2
    assert "There is no incident 'nobody'" in answer.err
    assert linked("links", "break", *PAIR).code == 2


def test_the_samples_ship_the_pair_that_is_asked_for(samples: Path) -> None:
    assert all(name.partition(":")[2] in (samples / "duplicates.json").read_text("utf-8") for name in PAIR)
