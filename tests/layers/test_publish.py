"""A scoring run: what it takes on, what it says of itself, and what it refuses with nothing changed."""

import pytest
import shapely
from sqlalchemy import Engine

from aim.errors import NoIncidents, NoStudyArea, TooCoarse, UnknownName
from aim.layers.publishing.current import current_layers
from aim.layers.publishing.known import LAYERS
from aim.layers.publishing.publish import publish
from tests.town import ASB, CENTRE, CRIME, FEW, FIRES, Town, as_of, at, description, features, near, properties, rows_in

JUNE = "2026-06-03T09:00:00+01:00"
FAR = shapely.box(-1.10, 54.55, -0.99, 54.60)
"""The area of a second town, east of the first."""


def ranks(town: Town, layer: str = ASB) -> dict[str, tuple[int, int | None]]:
    """Rank and change of rank by cell."""
    return {cell: (found["rank"], found["rank_change"]) for cell, found in properties(town.engine, layer).items()}


def test_a_rank_is_compared_with_the_run_before(town: Town) -> None:
    rising, falling, coming = near(2), CENTRE, near(3)
    town.reports(JUNE, [at(falling)] * 4 + [at(rising)] * 2)
    town.score()
    first = ranks(town)
    assert {change for _, change in first.values()} == {None}
    town.reports(JUNE, [at(rising)] * 4 + [at(coming)])
    town.score()
    second = ranks(town)
    assert second[rising] == (1, first[rising][0] - 1)
    assert second[falling] == (2, first[falling][0] - 2)
    assert second[coming][1] == (None if coming not in first else first[coming][0] - second[coming][0])


def test_the_same_data_again_give_the_same_features_under_the_same_ids(sample_engine: Engine) -> None:
    first, second = publish(sample_engine), publish(sample_engine, full=True)
    assert second.run > first.run
    assert second.layers == first.layers
    for layer in LAYERS:
        before, after = (features(sample_engine, layer, run.run) for run in (first, second))
        assert after == before


@pytest.mark.usefixtures("few_layers")
def test_where_nothing_has_changed_nothing_is_made_anew(sample_engine: Engine) -> None:
    first = publish(sample_engine)
    before = rows_in(sample_engine)
    second = publish(sample_engine)
    assert (second.run, second.as_of) == (first.run, first.as_of)
    assert rows_in(sample_engine) == before
    assert {(layer.id, layer.unchanged) for layer in second.layers} == {(name, True) for name in FEW}


def test_as_of_another_day_is_another_run_and_the_older_stays_readable(town: Town) -> None:
    town.reports("2026-06-01T09:00:00+01:00", [at()])
    town.reports(JUNE, [at(near(1))])
    newer = town.score()
    older = town.score(as_of=as_of("2026-06-02"))
    assert (newer.as_of, older.as_of) == ("2026-06-03", "2026-06-02")
    assert properties(town.engine, ASB, older.run)[near(1)]["count_total"] == 0
    assert properties(town.engine, ASB, newer.run)[near(1)]["count_total"] == 1


def test_only_the_layers_asked_for_are_published(town: Town) -> None:
    town.reports(JUNE, [at()])
    town.crimes("2026-05", [at()])
    run = town.score(layers=[CRIME])
    assert [layer.id for layer in run.layers] == [CRIME]
    assert run.as_of == "2026-05-31"
    assert properties(town.engine, ASB) == {}


def test_a_layer_without_incidents_is_named_and_the_others_are_published(town: Town) -> None:
    town.reports(JUNE, [at()])
    run = town.score()
    assert [layer.id for layer in run.layers] == [ASB]
    assert run.warnings == [
        "There are no incidents for the layer all-crime in Testby: load a feed for it.",
        "There are no incidents for the layer deliberate-fires in Testby: load a feed for it.",
    ]


def test_each_partnership_is_a_world_of_its_own(town: Town) -> None:
    town.found("Farby", FAR)
    town.reports(JUNE, [at(), (54.575, -1.04), (54.575, -1.04)])
    run = town.score(layers=[ASB])
    assert {layer.area: layer.incidents for layer in run.layers} == {"testby": 1, "farby": 2}
    only = town.score(area="farby", layers=[ASB])
    assert [layer.area for layer in only.layers] == ["farby"]
    assert {row["area"]: row["run"] for row in current_layers(town.engine)} == {"testby": run.run, "farby": only.run}


def test_the_current_layers_are_the_newest_of_each(town: Town) -> None:
    town.reports(JUNE, [at()])
    town.score()
    run = town.score()
    [found] = current_layers(town.engine)
    [report] = run.layers
    assert found == {
        "id": ASB,
        "title": LAYERS[ASB].title,
        "area": "testby",
        "run": run.run,
        "as_of": "2026-06-03",
        "resolution": 8,
        "cells": report.cells,
        "incidents": 1,
        "significant": report.significant,
    }


def test_a_late_agency_is_named_with_the_day_its_data_end(town: Town) -> None:
    town.crimes("2026-04", [at()], "Anti-social behaviour")
    town.reports(JUNE, [at()])
    town.score()
    told = description(town.engine, ASB)
    assert told["data_cutoff"] == {"police": "2026-04-30", "council": "2026-06-03", "fire": None}
    assert told["feeds_late"] == ["police"]
    assert "The data of police end on 30 April 2026, before the others'." in told["caveats"]


def test_a_month_is_not_late_while_the_next_is_not_over(town: Town) -> None:
    town.crimes("2026-04", [at()], "Anti-social behaviour")
    town.reports("2026-05-31T23:00:00+01:00", [at()])
    town.score()
    assert description(town.engine, ASB)["feeds_late"] == []


def test_less_than_a_year_of_data_is_told(town: Town) -> None:
    town.reports("2026-03-04T12:00:00+00:00", [at()])
    town.reports(JUNE, [at()])
    town.score()
    told = description(town.engine, ASB)
    assert "The data begin on 4 March 2026: less than twelve months are counted." in told["caveats"]
    assert told["parameters"]["window_from"] == "2026-03-04T00:00:00+00:00"


def test_only_the_publishers_of_what_is_counted_are_credited(town: Town) -> None:
    town.crimes("2026-05", [at()])
    town.reports(JUNE, [at()])
    town.score()
    assert description(town.engine, ASB)["attribution"] == "Contains council service requests (Open311)"
    assert "data.police.uk" in description(town.engine, CRIME)["attribution"]


def test_without_a_study_area_the_refusal_says_how_to_load_one(engine: Engine) -> None:
    with pytest.raises(NoStudyArea, match=r"^There is no study area to score: load one with `aim areas load FILE"):
        publish(engine)


def test_a_named_layer_without_incidents_is_refused_and_nothing_is_published(town: Town) -> None:
    town.reports(JUNE, [at()])
    town.score()
    before = rows_in(town.engine)
    with pytest.raises(NoIncidents, match="no incidents for the layer deliberate-fires in Testby"):
        town.score(layers=[ASB, FIRES])
    assert rows_in(town.engine) == before


def test_no_incidents_at_all_are_refused_with_a_sentence_for_each_layer(town: Town) -> None:
    with pytest.raises(NoIncidents) as refused:
        town.score()
    assert all(f"the layer {layer} in Testby" in str(refused.value) for layer in FEW)
    assert not any(rows_in(town.engine).values())


def test_an_unknown_layer_is_answered_with_the_layers_there_are(town: Town) -> None:
    with pytest.raises(UnknownName) as refused:
        town.score(layers=["all-crimes"])
    assert str(refused.value) == f"There is no layer 'all-crimes'. The layers are: {', '.join(LAYERS)}."


def test_an_unknown_area_is_answered_with_the_partnerships_there_are(town: Town) -> None:
    with pytest.raises(UnknownName, match=r"^There is no area 'testbury'. The partnerships are: testby\.$"):
        town.score(area="testbury")


def test_a_ward_can_be_scored_by_itself(town: Town) -> None:
    town.reports(JUNE, [(54.5742, -1.26), (54.5742, -1.21)])
    [report] = town.score(area="Testby-West").layers
    assert (report.area, report.incidents) == ("Testby-West", 1)
    assert {row["area_name"] for row in properties(town.engine, ASB).values()} == {"West"}


def test_cells_too_fine_for_the_data_are_refused_and_nothing_changes(town: Town) -> None:
    town.crimes("2026-05", [at()])
    town.reports(JUNE, [at()])
    town.score()
    before = rows_in(town.engine)
    with pytest.raises(TooCoarse, match=r"police-uk-street \(within 200 m\)\. Score it with --resolution 8"):
        town.score(resolution=9)
    assert rows_in(town.engine) == before
