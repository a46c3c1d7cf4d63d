"""The table of sets says what it rests on, and fits the rest of the program."""

import re

import pytest

from aim.exchange.sets import Certainty, Holder, StatutorySet, law, published_feeds, sets
from aim.ingest.feeds import FEEDS
from aim.vocabulary.categories import categories

EVERY = pytest.mark.parametrize("wanted", sets(), ids=lambda wanted: wanted.id)


def test_each_holder_has_sets_and_no_two_share_a_name() -> None:
    assert {wanted.holder for wanted in sets()} == set(Holder)
    assert len({wanted.id for wanted in sets()}) == len(sets())
    assert [w for holder in Holder for w in sets(holder)] == sorted(sets(), key=lambda w: list(Holder).index(w.holder))


@EVERY
def test_it_is_named_after_its_holder_and_explained(wanted: StatutorySet) -> None:
    assert re.fullmatch(rf"{wanted.holder}(-[a-z]+)+", wanted.id), "it becomes a file's name"
    assert wanted.title
    assert wanted.supplied_by
    assert not wanted.supplied_by.endswith(".")
    assert wanted.caveat is None or wanted.caveat.endswith(".")
    assert 4 <= wanted.finest <= 8


@EVERY
def test_only_what_was_read_cites_a_paragraph(wanted: StatutorySet) -> None:
    cited = re.fullmatch(r"Schedule, paragraph \d\([a-i]\)", wanted.paragraph)
    assert bool(cited) == (wanted.certainty is Certainty.SEEN)


@EVERY
def test_its_categories_are_the_partnerships(wanted: StatutorySet) -> None:
    assert set(wanted.categories) <= set(categories())


def test_no_category_alone_is_in_two_sets_of_one_holder() -> None:
    for holder in Holder:
        listed = [category for wanted in sets(holder) if wanted.where is None for category in wanted.categories]
        assert len(listed) == len(set(listed))


def test_the_schedule_is_whole_as_far_as_it_was_read() -> None:
    read = [wanted.paragraph.removeprefix("Schedule, paragraph ") for wanted in sets()]
    cited = [
        "1(a)",
        "1(b)",
        "1(c)",
        *(f"2({letter})" for letter in "abcdefghi"),
        *(f"3({letter})" for letter in "abcde"),
    ]
    assert [paragraph for paragraph in read if paragraph != "not known"] == cited


def test_published_feeds_are_feeds() -> None:
    assert published_feeds() <= set(FEEDS)
    assert "2007/1831" in law().regulations
