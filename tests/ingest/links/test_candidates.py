"""Candidates and their scores beside a plain loop over all pairs."""

from math import asin, cos, exp, pi, radians, sin, sqrt
from typing import Any

import h3
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.db.tables.links import KEY
from aim.ingest.links.candidates import CELL_M2, candidates
from aim.ingest.links.rows import SCHEMA
from aim.ingest.links.rules import Rule, Rules, shipped
from tests.ingest.links.conftest import CORNER, METRES_A_DEGREE

AGENCIES = {"fires": "fire", "council": "council", "app": "council", "calls": "police"}
SAID = {
    "fire": ("primary_fire_vehicle", "secondary_fire", "deliberate_fire"),
    "council": ("abandoned_vehicle", "fly_tipping", "community_asb_report"),
    "police": ("asb_nuisance", "criminal_damage_arson"),
}
Row = dict[str, Any]


@st.composite
def incident(draw: st.DrawFn) -> Row:
    feed = draw(st.sampled_from(sorted(AGENCIES)))
    category = draw(st.sampled_from(SAID[AGENCIES[feed]]))
    east, north = (draw(st.integers(-150, 150)) for _ in range(2))
    hours, whole_day = draw(st.integers(-60, 60)) * draw(st.sampled_from([0.1, 0.5, 1.0])), draw(st.booleans())
    lasts = 24.0 if whole_day else draw(st.sampled_from([0.0, 0.0, 3.0]))
    longitude, latitude = CORNER[0] + east / METRES_A_DEGREE[0], CORNER[1] + north / METRES_A_DEGREE[1]
    return {
        "feed": feed,
        "scope": "",
        "ordinal": 0,
        "agency": AGENCIES[feed],
        "category": category,
        "source_category": draw(st.sampled_from([category, "Rubbish on open land"])),
        "begins": 500_000.0 + hours,
        "ends": 500_000.0 + hours + lasts,
        "whole_day": whole_day,
        "placed": draw(st.sampled_from([True, True, True, False])),
        "longitude": longitude,
        "latitude": latitude,
        "precision_m": draw(st.sampled_from([0.0, 10.0, 71.0, 121.0])),
        "cell": h3.str_to_int(h3.latlng_to_cell(latitude, longitude, 9)),
    }


def as_frame(rows: list[Row]) -> pl.DataFrame:
    numbered = [row | {"identity": number} for number, row in enumerate(rows)]
    return pl.DataFrame(numbered, schema=SCHEMA).sort(KEY)


def metres(one: Row, other: Row) -> float:
    """The haversine formula."""
    x, y, u, v = (radians(row[name]) for row in (one, other) for name in ("longitude", "latitude"))
    half = sin((v - y) / 2) ** 2 + cos(y) * cos(v) * sin((u - x) / 2) ** 2
    return 2 * 6_371_008.8 * asin(sqrt(half))


def lag(first: Row, second: Row) -> float:
    if second["begins"] > first["ends"]:
        return second["begins"] - first["ends"]
    return min(0.0, second["ends"] - first["begins"])


def speaks_of(rule: Rule, first: Row, second: Row) -> bool:
    sides = ((rule.first, first), (rule.second, second))
    right = all(row["agency"] == side.agency and row["category"] in side.categories for side, row in sides)
    days = rule.whole_days or not (first["whole_day"] or second["whole_day"])
    return right and days and first["feed"] != second["feed"] and first["placed"] and second["placed"]


def score(rules: Rules, rule: Rule, first: Row, second: Row, rows: list[Row]) -> float:
    """The formula of docs/explanation/links.md, written down once more."""
    p, q = first["precision_m"], second["precision_m"]
    apart, after = metres(first, second), lag(first, second)
    if apart > max(rule.within_m, p + q) or not -rule.before_h < after < rule.after_h:
        return 0.0
    variance = rule.spread_m**2 + (p * p + q * q) / 4
    time = 1 - (after / rule.after_h if after >= 0 else -after / rule.before_h)
    window = (rule.before_h + rule.after_h) / 2
    lasts = first["ends"] - first["begins"] + second["ends"] - second["begins"]
    precision = rule.spread_m**2 / variance * window / (window + lasts)
    share = rule.words.get(second["source_category"].lower(), rule.share[second["category"]])
    alike = [
        row
        for row in rows
        if row is not second
        and row["placed"]
        and all(row[name] == second[name] for name in ("feed", "source_category", "cell"))
        and abs(row["begins"] - second["begins"]) <= rules.chance_days * 24
    ]
    density = (len(alike) + 0.5) / (CELL_M2 * 2 * rules.chance_days * 24)
    chance = density * 2 * pi * rule.spread_m**2 * window
    agree = share * exp(-(apart**2) / (2 * variance)) * time * precision
    return agree / (agree + (1 - share) * chance)


def by_hand(frame: pl.DataFrame, rules: Rules) -> dict[tuple[int, int], float]:
    rows = frame.to_dicts()
    best: dict[tuple[int, int], float] = {}
    for x, first in enumerate(rows):
        for y, second in enumerate(rows):
            for rule in rules.rules:
                if speaks_of(rule, first, second):
                    pair = min(x, y), max(x, y)
                    best[pair] = max(best.get(pair, 0.0), score(rules, rule, first, second, rows))
    return {pair: value for pair, value in best.items() if value >= rules.propose}


UNHURRIED = settings(deadline=None)
"""The first call of a library warms it up."""


@UNHURRIED
@given(st.lists(incident(), max_size=14))
def test_candidates_are_those_of_a_loop_over_all_pairs(rows: list[Row]) -> None:
    frame = as_frame(rows)
    found = candidates(frame, shipped())
    expected = by_hand(frame, shipped())
    scores = {(a, b): value for a, b, value in found.select("a", "b", "score").iter_rows()}
    assert scores == pytest.approx(expected, rel=1e-6)


@UNHURRIED
@given(st.lists(incident(), max_size=10), st.randoms(use_true_random=False))
def test_candidates_do_not_hang_on_the_order_of_rows(rows: list[Row], dice: Any) -> None:
    numbered = as_frame(rows)
    shuffled = numbered.sample(fraction=1, shuffle=True, seed=dice.randrange(1000)).sort(KEY)
    assert candidates(shuffled, shipped()).equals(candidates(numbered, shipped()))


def test_no_rows_have_no_candidates() -> None:
    assert candidates(as_frame([]), shipped()).is_empty()
