"""One question put to one area: which time it covers, which cells, what it finds there and what it refuses."""

from datetime import UTC, datetime, timedelta

import h3
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from aim.areas import area_named
from aim.errors import NoIncidents, TooCoarse
from aim.hotspots.grid import to_hex
from aim.hotspots.record import record
from aim.hotspots.run import LONDON, Question, Scored, score, until_of, window_until
from aim.layers.publishing.known import LAYERS
from tests import oracles
from tests.town import CENTRE, OUTSIDE, SOUTH, TOWN, WEST, Town, as_of, at, near


def ask(
    engine: Engine, layer: str = "anti-social-behaviour", day: str = "", resolution: int = 0, area: str = "testby"
) -> Scored:
    question = Question(layer, LAYERS[layer].categories, resolution or LAYERS[layer].resolution)
    with engine.connect() as connection:
        until = until_of(as_of(day) if day else None)
        known = record(connection, area_named(connection, area), question.categories, until)
    return score(known, question)


def days(scored: Scored) -> tuple[str, str]:
    """The first and the last day of the window, in London."""
    first, last = scored.window.since, scored.window.until - timedelta(microseconds=1)
    return f"{first.astimezone(LONDON):%Y-%m-%d}", f"{last.astimezone(LONDON):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("until", "before", "since"),
    [
        ("2026-10-01", "2024-10-01", "2025-10-01"),
        ("2026-01-01", "2024-01-01", "2025-01-01"),
        ("2024-03-01", "2022-03-01", "2023-03-01"),
        ("2024-02-29", "2022-03-01", "2023-03-01"),
        ("2025-03-01", "2023-03-01", "2024-03-01"),
    ],
)
def test_a_window_is_twelve_months_of_whole_days_in_london(until: str, before: str, since: str) -> None:
    window = window_until(datetime.fromisoformat(until).replace(tzinfo=LONDON))
    found = [moment.astimezone(LONDON) for moment in (window.before, window.since, window.until)]
    assert [f"{moment:%Y-%m-%d %H:%M}" for moment in found] == [f"{day} 00:00" for day in (before, since, until)]


@pytest.mark.parametrize(
    ("until", "since"),
    [
        (datetime(2026, 7, 1, tzinfo=LONDON), datetime(2025, 6, 30, 23, tzinfo=UTC)),
        (datetime(2026, 1, 1, tzinfo=LONDON), datetime(2025, 1, 1, 0, tzinfo=UTC)),
        (datetime(2025, 3, 30, tzinfo=LONDON), datetime(2024, 3, 30, 0, tzinfo=UTC)),
        (datetime(2026, 3, 30, tzinfo=LONDON), datetime(2025, 3, 30, 0, tzinfo=UTC)),
    ],
    ids=["summer", "winter", "the day the clocks go forward", "summer time, a year after a night in winter time"],
)
def test_midnight_is_londons_in_summer_and_in_winter(until: datetime, since: datetime) -> None:
    assert window_until(until).since == since


def test_without_a_day_the_window_ends_with_the_last_day_of_the_data(town: Town) -> None:
    town.reports("2026-06-03T09:00:00+01:00", [at()])
    assert days(ask(town.engine)) == ("2025-06-04", "2026-06-03")


def test_a_month_of_police_data_ends_with_its_last_day(town: Town) -> None:
    town.crimes("2026-10", [at()])
    assert days(ask(town.engine, "all-crime")) == ("2025-11-01", "2026-10-31")


def test_an_incident_at_midnight_is_of_the_day_that_begins(town: Town) -> None:
    town.reports("2026-06-03T00:00:00+01:00", [at()])
    scored = ask(town.engine)
    assert days(scored) == ("2025-06-04", "2026-06-03")
    assert scored.counts.sum() == 1


def test_an_incident_just_before_midnight_of_a_summer_night_is_of_the_day_that_ends(town: Town) -> None:
    town.reports("2026-06-02T22:59:59Z", [at()])
    town.reports("2026-06-03T23:30:00+01:00", [at()])
    assert ask(town.engine, day="2026-06-02").counts.sum() == 1
    assert ask(town.engine, day="2026-06-03").counts.sum() == 2


def test_what_came_after_the_day_is_not_known_yet(town: Town) -> None:
    town.reports("2025-06-04T00:00:00+01:00", [at()])
    town.reports("2026-06-03T23:59:59+01:00", [at()])
    town.reports("2026-06-04T00:00:00+01:00", [at()] * 5)
    scored = ask(town.engine, day="2026-06-03")
    assert scored.counts.sum() == 2
    assert scored.coverage["council"].ends < scored.window.until


def test_the_twenty_ninth_of_february_is_a_day_like_any_other(town: Town) -> None:
    town.reports("2023-03-01T00:00:00+00:00", [at()])
    town.reports("2024-02-29T23:00:00+00:00", [at()])
    scored = ask(town.engine, day="2024-02-29")
    assert days(scored) == ("2023-03-01", "2024-02-29")
    assert scored.counts.sum() == 2
    assert ask(town.engine, day="2024-02-28").counts.sum() == 1
    town.reports("2024-03-01T00:00:00+00:00", [at()])
    after = ask(town.engine, day="2025-02-28")
    assert days(after) == ("2024-03-01", "2025-02-28")
    assert after.counts.sum() == 1


def test_the_cells_are_all_of_the_area_and_those_that_hold_an_incident(town: Town) -> None:
    ring = h3.h3shape_to_cells(h3.geo_to_h3shape(TOWN), 8)
    corner = (SOUTH + 1e-4, WEST + 1e-4)
    town.reports("2026-06-03T09:00:00+01:00", [at(), corner])
    scored = ask(town.engine)
    border = h3.latlng_to_cell(*corner, 8)
    assert border not in ring
    assert to_hex(scored.grid.cells) == sorted({*ring, border})
    counts = dict(zip(to_hex(scored.grid.cells), scored.counts.tolist(), strict=True))
    assert {cell: n for cell, n in counts.items() if n} == {CENTRE: 1, border: 1}


@pytest.mark.parametrize("name", LAYERS)
def test_the_samples_score_as_the_formulas_are_printed(sample_engine: Engine, name: str) -> None:
    """At resolution 8: the plain loop takes minutes over a thousand cells."""
    scored = ask(sample_engine, name, resolution=8, area="made-up-town")
    cells = to_hex(scored.grid.cells)
    counts = dict(zip(cells, scored.counts.tolist(), strict=True))
    expected = oracles.gi_star(counts, k=1)
    gi = scored.scores["gi_star"]
    assert gi.p is not None
    assert gi.q is not None
    for position, wanted in enumerate((gi.score, gi.p, gi.q), 1):
        np.testing.assert_allclose(wanted, [expected[cell][position] for cell in cells], rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(scored.scores["count"].score, scored.counts)


def test_a_town_without_incidents_is_refused(town: Town) -> None:
    with pytest.raises(
        NoIncidents, match=r"^There are no incidents for the layer anti-social-behaviour in Testby: load"
    ):
        ask(town.engine)


def test_incidents_of_other_kinds_are_no_incidents(town: Town) -> None:
    town.crimes("2026-06", [at()])
    with pytest.raises(NoIncidents, match=r"the layer anti-social-behaviour in Testby: load a feed for it\.$"):
        ask(town.engine)


def test_a_year_without_incidents_is_refused_and_not_drawn_as_an_empty_map(town: Town) -> None:
    town.reports("2020-06-03T09:00:00+01:00", [at()])
    with pytest.raises(NoIncidents, match=r"in Testby in the twelve months before 2026-06-04: load a feed that covers"):
        ask(town.engine, day="2026-06-03")


def test_incidents_round_the_town_do_not_make_its_map(town: Town) -> None:
    centre = TOWN.centroid
    town.found(shape=shapely.Polygon(TOWN.exterior, [centre.buffer(0.01).exterior]))
    town.reports("2026-06-03T09:00:00+01:00", [(centre.y, centre.x)])
    with pytest.raises(NoIncidents, match="in the twelve months before 2026-06-04"):
        ask(town.engine)


def test_cells_too_fine_for_the_data_are_refused_with_the_resolution_to_use(town: Town) -> None:
    town.crimes("2026-06", [at(), at(near(1))])
    with pytest.raises(TooCoarse) as refused:
        ask(town.engine, "all-crime", resolution=9)
    assert str(refused.value) == (
        "The layer all-crime at resolution 9 has cells 324 m wide, which needs locations within 162 m; "
        "too coarse are 2 of police-uk-street (within 200 m). Score it with --resolution 8, or load finer locations."
    )


def test_one_feed_too_coarse_among_several_is_named_alone(town: Town) -> None:
    town.crimes("2026-06", [at()], "Anti-social behaviour")
    town.reports("2026-06-03T09:00:00+01:00", [at()])
    assert ask(town.engine).counts.sum() == 2
    with pytest.raises(TooCoarse, match=r"too coarse are 1 of police-uk-street \(within 200 m\)\. Score") as refused:
        ask(town.engine, resolution=10)
    assert "open311" not in str(refused.value)


def test_exact_fires_bear_the_finest_cells_and_rounded_ones_the_next(town: Town) -> None:
    town.fires("2026-06-01 04:00", [at()])
    assert ask(town.engine, "deliberate-fires", resolution=10).counts.sum() == 1
    town.fires("2026-06-02 04:00", [at()], exact=False)
    assert ask(town.engine, "deliberate-fires", resolution=9).counts.sum() == 2
    with pytest.raises(TooCoarse, match=r"1 of lfb-incidents \(within 71 m\)\. Score it with --resolution 9"):
        ask(town.engine, "deliberate-fires", resolution=10)


def test_incidents_outside_the_area_are_no_reason_to_refuse(town: Town) -> None:
    town.crimes("2026-06", [OUTSIDE], "Anti-social behaviour")
    town.reports("2026-06-03T09:00:00+01:00", [at()])
    assert ask(town.engine, resolution=9).counts.sum() == 1
