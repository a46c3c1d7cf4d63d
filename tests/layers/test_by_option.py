"""Layers that show something else than the most incidents first, in a town whose incidents are placed one by one."""

from datetime import date, timedelta

import h3
import pytest

from aim.errors import LayerRefused
from aim.layers.publishing.publish import publish
from aim.strategy.schema import checked
from aim.strategy.store import load
from tests.strategy.files import priority, strategy
from tests.town import ASB, CENTRE, Town, at, description, features, near, properties

SHIFTS, EMERGING, REPEATS = "hot-spots-by-shift", "emerging-hot-spots", "repeat-locations"
SERIES, JOINT, PROLIFIC = "near-repeat-series", "joint-cells", "prolific-offending-places"
HERE = h3.latlng_to_cell(*at(), 9)
LAST = date(2026, 6, 30)
STRATEGY = checked(
    strategy(
        priority("environment", "graffiti", "fly_tipping", title="A clean town", level="L2"),
        priority("fires", "secondary_fire", title="Fewer fires"),
    ),
    "it",
)


def on(day: date, hour: int) -> str:
    """An instant of British summer time."""
    return f"{day}T{hour:02}:00:00+01:00"


def test_a_hot_spot_of_a_priority_in_a_shift_keeps_its_name(town: Town) -> None:
    load(town.engine, STRATEGY, "x")
    town.reports(on(LAST, 4), [at()] * 40)
    town.reports(on(LAST, 12), [at(near(3))] * 20)
    town.score(layers=[SHIFTS])
    [found] = features(town.engine, SHIFTS)
    told = found["properties"]
    assert found["id"] == f"{HERE}-environment-night"
    assert (told["h3"], told["shift"], told["score"], told["count_total"]) == (HERE, "night", 40, 40)
    assert (told["control_strategy_ref"], told["control_strategy_title"]) == ("environment", "A clean town")
    assert told["level"] == "L2"
    assert (told["dosage_visits_per_shift"], told["dosage_minutes"]) == (3, 15)
    assert told["dosage"] == "3 visits a shift of 15 minutes, at least 90 minutes apart"
    assert told["rationale"].startswith("Night shift, 23:00 to 07:00: a hot spot of this shift, with 40.0 incidents")
    town.reports(on(LAST, 4), [at()])
    town.score(layers=[SHIFTS])
    [again] = features(town.engine, SHIFTS)
    assert (again["id"], again["properties"]["rank_change"]) == (found["id"], 0)


def test_what_does_not_tell_the_day_is_left_out_and_named(town: Town) -> None:
    town.crimes("2026-06", [at()] * 7)
    run = publish(town.engine)
    refused = {warning.split()[2]: warning for warning in run.warnings if warning.startswith("The layer")}
    assert refused.keys() == {SHIFTS, EMERGING, REPEATS, SERIES, JOINT}
    assert "needs the day of each incident, which those of police-uk-street in Testby do not tell" in refused[EMERGING]
    assert "Joint cells need incidents of two agencies; there are none of council, fire." in refused[JOINT]
    assert [layer.id for layer in run.layers] == ["all-crime"]
    with pytest.raises(LayerRefused, match="do not tell: load a feed that does"):
        town.score(layers=[SHIFTS])
    town.reports(on(LAST, 4), [at()])
    town.score(layers=[REPEATS])
    told = description(town.engine, REPEATS)
    left_out = "Left out, because they do not tell the day and a place within 150 m: 7 of police-uk-street."
    assert left_out in told["caveats"]
    assert "No cell of the area has what this layer shows." in told["caveats"]
    assert told["incidents"] == 1


def test_days_alone_are_in_no_shift_and_that_is_said(town: Town) -> None:
    town.services("30/06/2026", [at()] * 40)
    with pytest.raises(
        LayerRefused, match="hot-spots-by-shift in Testby is not made: no incident has a known time of day"
    ):
        town.score(layers=[SHIFTS])
    town.score(layers=[REPEATS])
    assert description(town.engine, REPEATS)["incidents"] == 40


def test_only_what_is_new_or_growing_is_an_emerging_hot_spot(town: Town) -> None:
    town.reports_at((on(LAST - timedelta(days=28 * period), 9), at(near(3))) for period in range(14))
    town.reports(on(LAST - timedelta(days=3), 20), [at()] * 30)
    town.score(layers=[EMERGING])
    found = {cell: told for cell, told in properties(town.engine, EMERGING).items() if told["score"]}
    assert list(found) == [CENTRE]
    assert (found[CENTRE]["hotspot_class"], found[CENTRE]["score"]) == ("new", 30)
    assert found[CENTRE]["rationale"].startswith("A new hot spot: hot in the last 28 days and never before.")


def test_with_too_few_periods_none_is_called_emerging(town: Town) -> None:
    town.fires(f"{LAST} 20:00", [at()] * 30)
    with pytest.raises(LayerRefused, match="needs 10 periods of 28 days"):
        town.score(layers=[EMERGING])


def test_three_incidents_at_one_place_are_a_repeat_and_reports_of_the_same_are_not(town: Town) -> None:
    town.reports_at((on(LAST - timedelta(days=days), 9), at()) for days in (1, 30, 60))
    town.reports(on(LAST, 9), [at(near(3))] * 5)
    town.fires(f"{LAST} 20:00", [at(near(2))] * 3, exact=False)
    town.score(layers=[REPEATS])
    [told] = properties(town.engine, REPEATS).values()
    assert (told["h3"], told["score"], told["score_of"]) == (HERE, 3, "incidents at repeat locations")
    assert told["score_parts"] == ["locations: 1", "most at one: 3"]
    assert told["rationale"].startswith("A repeat location lies here: 3 incidents at one place in twelve months.")
    assert (told["handling_code"], told["handling_instruction"][:20]) == ("C", "Not to be published ")


def test_a_series_is_shown_where_it_is_more_than_chance_and_still_live(town: Town) -> None:
    apart, (y, x) = sorted(h3.grid_disk(CENTRE, 3)), at()
    town.reports_at((on(LAST - timedelta(days=11 * step), 9), at(apart[step])) for step in range(30))
    town.reports_at((on(LAST - timedelta(days=4 * step), 9), (y + 0.0008 * (step % 2), x)) for step in range(5))
    town.score(layers=[SERIES])
    found = properties(town.engine, SERIES)
    assert sum(told["score"] for told in found.values()) == 5
    first = next(iter(found.values()))
    assert (
        "A live series runs through here: 5 incidents (Graffiti and fly-posting) from 14 June 2026"
        in first["rationale"]
    )
    assert (first["tactical_option"], first["strand"]) == ("investigate_series", "intelligence")


def test_a_place_where_it_happens_every_week_is_no_series(town: Town) -> None:
    weeks = [on(LAST - timedelta(days=7 * week), 9) for week in range(52)]
    town.reports_at((week, place) for week in weeks for place in (at(), at(near(3))))
    town.score(layers=[SERIES])
    assert properties(town.engine, SERIES) == {}


def test_the_strategy_in_force_makes_the_layer_anew_and_names_its_priority(town: Town) -> None:
    town.reports(on(LAST, 9), [at()] * 10)
    town.score(layers=[ASB])
    assert "No control strategy is loaded" in description(town.engine, ASB)["caveats"][-1]
    load(town.engine, STRATEGY, "x")
    assert not town.score(layers=[ASB]).layers[0].unchanged
    spans = (
        "This layer is no priority of the control strategy on 30 June 2026; it counts what falls under: A clean town."
    )
    assert spans in description(town.engine, ASB)["caveats"]
    load(town.engine, STRATEGY, "y")
    assert town.score(layers=[ASB]).layers[0].unchanged
    ours = checked(strategy(priority("anti_social_behaviour", "noise", title="Quiet nights", level="L3")), "it")
    load(town.engine, ours, "x")
    town.score(layers=[ASB])
    told = properties(town.engine, ASB)[CENTRE]
    assert (told["control_strategy_title"], told["level"]) == ("Quiet nights", "L3")
    assert description(town.engine, ASB)["control_strategy"]["control_strategy_title"] == "Quiet nights"
    load(town.engine, checked(strategy(priority("fires", "secondary_fire")), "it"), "x")
    town.score(layers=[ASB])
    outside = "Outside the control strategy: no priority in force on 30 June 2026 is about what this layer counts."
    assert outside in description(town.engine, ASB)["caveats"]


def test_a_cell_that_no_priority_is_about_says_so(town: Town) -> None:
    load(town.engine, STRATEGY, "x")
    town.reports_at(((on(LAST - timedelta(days=days), 9), at()) for days in (1, 30, 60)), "Noise")
    town.score(layers=[REPEATS])
    [told] = properties(town.engine, REPEATS).values()
    assert (told["control_strategy_ref"], told["control_strategy_title"], told["level"]) == (None, None, "L1")
    assert told["caveats"][-1].startswith("Outside the control strategy: most of what happens here")


def test_places_of_prolific_offending_are_refused_in_finer_cells(town: Town) -> None:
    town.reports(on(LAST, 9), [at()])
    with pytest.raises(LayerRefused, match="not shown finer than resolution 8"):
        town.score(layers=[PROLIFIC], resolution=9)
