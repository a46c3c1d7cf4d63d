"""Who gets whom, beside trying every set of links."""

from itertools import combinations
from math import log

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.ingest.links.assign import Ints, assigned, components

SCHEMA = {"a": pl.Int64, "b": pl.Int64, "score": pl.Float64, "made": pl.Boolean}
Pair = tuple[int, int, float, bool]
UNHURRIED = settings(deadline=None)
"""The first call of a library warms it up."""


def frame(pairs: list[Pair]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema=SCHEMA, orient="row")


@st.composite
def candidates(draw: st.DrawFn, feeds: int, made: bool = False) -> tuple[list[Pair], Ints]:
    """Up to eight rows of a few feeds, rows of a feed next to each other, and some pairs between feeds."""
    of = np.array(sorted(draw(st.lists(st.integers(0, feeds - 1), min_size=2, max_size=8))), np.int64)
    able = [(a, b) for a, b in combinations(range(len(of)), 2) if of[a] != of[b]]
    chosen = draw(st.lists(st.sampled_from(able), unique=True, max_size=9)) if able else []
    scores = st.sampled_from([0.5, 0.6, 0.75, 0.9, 0.99, 1.0])
    return [(a, b, draw(scores), made and draw(st.integers(0, 5)) == 0) for a, b in chosen], of


def odds(links: list[Pair]) -> float:
    return sum(log(min(score, 1 - 1e-12) / (1 - min(score, 1 - 1e-12))) for _, _, score, _ in links)


def one_to_one(links: tuple[Pair, ...]) -> bool:
    ends = [end for a, b, *_ in links for end in (a, b)]
    return len(set(ends)) == len(ends)


@UNHURRIED
@given(candidates(feeds=2))
def test_between_two_feeds_the_likeliest_one_to_one_set_is_taken(given_: tuple[list[Pair], Ints]) -> None:
    pairs, feeds = given_
    found = [tuple(row) for row in assigned(frame(pairs), feeds).iter_rows()]
    sets = [links for n in range(len(pairs) + 1) for links in combinations(pairs, n) if one_to_one(links)]
    assert one_to_one(tuple(found))  # type: ignore[arg-type]  # rows as they were given
    assert abs(odds(found) - max(odds(list(links)) for links in sets)) < 1e-6  # type: ignore[arg-type]


def events(links: list[Pair], feeds: Ints) -> list[set[int]]:
    a, b = (np.array([link[end] for link in links], np.int64) for end in (0, 1))
    group = components(a, b, len(feeds))
    return [set(np.flatnonzero(group == number).tolist()) for number in np.unique(group)]


@UNHURRIED
@given(candidates(feeds=4))
def test_an_event_has_at_most_one_report_of_each_feed(given_: tuple[list[Pair], Ints]) -> None:
    pairs, feeds = given_
    links = list(assigned(frame(pairs), feeds).iter_rows())
    for event in events(links, feeds):
        assert len({int(feeds[row]) for row in event}) == len(event)


@UNHURRIED
@given(candidates(feeds=4))
def test_what_is_left_out_would_have_broken_a_promise_that_a_surer_link_keeps(given_: tuple[list[Pair], Ints]) -> None:
    """Where candidates touch nobody else's, all of them become links."""
    pairs, feeds = given_
    links = {(a, b) for a, b, *_ in assigned(frame(pairs), feeds).iter_rows()}
    for a, b, *_ in pairs:
        alone = all({a, b} == {x, y} or not {a, b} & {x, y} for x, y, *_ in pairs)
        assert not alone or (a, b) in links


@UNHURRIED
@given(candidates(feeds=3, made=True))
def test_a_reviewers_link_stays_and_takes_its_place(given_: tuple[list[Pair], Ints]) -> None:
    pairs, feeds = given_
    made = [pair for pair in pairs if pair[3]]
    taken = [(end, int(feeds[other])) for a, b, *_ in made for end, other in ((a, b), (b, a))]
    if len(set(taken)) < len(taken):
        return  # two links of one incident to one feed are refused before they come here
    links = list(assigned(frame(pairs), feeds).iter_rows())
    assert set(made) <= set(links)
    for a, b, _, held in links:
        assert held or not {(a, int(feeds[b])), (b, int(feeds[a]))} & set(taken)


@UNHURRIED
@given(candidates(feeds=3), st.randoms(use_true_random=False))
def test_the_order_of_candidates_does_not_matter(given_: tuple[list[Pair], Ints], dice: object) -> None:
    pairs, feeds = given_
    shuffled = list(pairs)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis' stream of chance
    assert assigned(frame(shuffled), feeds).equals(assigned(frame(pairs), feeds))
