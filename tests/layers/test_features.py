"""The properties of a cell, in a town whose incidents are placed one by one."""

import h3
import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from aim.api.schemas import schema
from aim.layers.publishing.features import NOT_YET
from aim.layers.publishing.properties import BY_NAME, described
from tests.town import ASB, CENTRE, CRIME, FIRES, NORTH, WEST, Place, Town, at, features, near, properties

NAMED_BY_THE_FIELD = {
    "h3",
    "h3_res",
    "level",
    "control_strategy_ref",
    "strand",
    "tactical_option",
    "hotspot_class",
    "rank",
    "rank_change",
    "score",
    "z",
    "p_adjusted",
    "count_total",
    "count_police",
    "count_council",
    "count_fire",
    "top_categories",
    "expected",
    "change",
    "harm_score",
    "peak_windows",
    "location_exact",
    "location_rounded",
    "location_snapped",
    "duplicates_linked",
    "confidence",
    "rationale",
    "caveats",
    "lead_agency",
    "supporting_agencies",
    "plan_owner",
    "dosage",
    "valid_from",
    "valid_to",
    "review_at",
    "status",
    "outcome",
    "results_analysis_ref",
    "marking",
    "handling_code",
    "override",
}
JUNE = "2026-06-03T09:00:00+01:00"
YEAR_BEFORE = "2025-03-03T09:00:00+00:00"
BEGIN = "2024-06-04T00:00:00+01:00"
"""The first instant of the year before the year that ends on 3 June 2026."""


def crowd(town: Town, places: list[Place], when: str = JUNE) -> None:
    """A hot spot: ten reports at each place."""
    town.reports(when, places * 10)


def test_a_feature_has_every_property_of_the_field(town: Town) -> None:
    town.reports(JUNE, [at()])
    town.score()
    found = properties(town.engine, ASB)[CENTRE]
    assert found.keys() >= NAMED_BY_THE_FIELD >= set(NOT_YET)
    assert all(found[name] is None for name in NOT_YET)


def test_every_feature_is_as_the_schema_says(town: Town) -> None:
    crowd(town, [at()])
    town.score()
    document = schema("http://test/", ASB, "ASB")
    Draft202012Validator.check_schema(document)
    validator = Draft202012Validator(document, format_checker=FormatChecker())
    found = [feature["properties"] for feature in features(town.engine, ASB)]
    assert found
    for each in found:
        validator.validate(each)
        assert each.keys() == BY_NAME.keys()
    with pytest.raises(ValidationError):
        validator.validate(found[0] | {"count_total": "many"})


def test_a_property_that_is_not_described_is_not_published() -> None:
    with pytest.raises(LookupError, match=r"Describe these properties in .*: colour"):
        described({"rank": 1, "colour": "red"})


def test_properties_are_flat_so_that_each_is_a_column(town: Town) -> None:
    town.reports(JUNE, [at()])
    town.score()
    found = properties(town.engine, ASB)[CENTRE]
    assert not any(isinstance(value, dict) for value in found.values())
    assert all(isinstance(item, str) for value in found.values() if isinstance(value, list) for item in value)


def test_a_hot_spot_is_proposed_for_a_fortnight_to_a_role(town: Town) -> None:
    crowd(town, [at()])
    town.score()
    found = properties(town.engine, ASB)[CENTRE]
    assert found["status"] == "proposed"
    assert found["strand"] == "reassurance"
    assert found["tactical_option"] == "apply_preventative_measures"
    assert found["plan_owner"] == "Street warden manager"
    assert (found["lead_agency"], found["supporting_agencies"]) == ("council", ["police", "fire"])
    assert (found["window_from"], found["window_to"]) == ("2026-06-03", "2026-06-03")
    assert (found["valid_from"], found["valid_to"], found["review_at"]) == ("2026-06-04", "2026-06-18", "2026-06-18")
    assert (found["marking"], found["handling_code"], found["level"]) == ("OFFICIAL", "P", "L1")


def test_what_chance_explains_is_not_proposed_to_anybody(town: Town) -> None:
    town.reports(JUNE, [at(cell) for cell in h3.grid_disk(CENTRE, 1)] + [at(near(2))])
    crowd(town, [at(near(3))])
    town.score()
    found = properties(town.engine, ASB)[near(2)]
    assert found["confidence"] == "not significant"
    for name in ("status", "strand", "tactical_option", "plan_owner"):
        assert found[name] is None
    assert found["rationale"].startswith("Not a hot spot:")


def test_an_empty_cell_in_a_hot_area_is_shown_last_and_not_proposed(town: Town) -> None:
    crowd(town, [at(cell) for cell in h3.grid_ring(CENTRE, 1)])
    town.score()
    rows = [feature["properties"] for feature in features(town.engine, ASB)]
    empty = rows[-1]
    assert (empty["h3"], empty["count_total"], empty["rank"]) == (CENTRE, 0, len(rows))
    assert empty["confidence"] == "99 %"
    assert (empty["status"], empty["top_categories"]) == (None, [])
    assert empty["rationale"].startswith("Lies in a hot area, but no")
    assert "Nothing was recorded in this cell: it is hot by its neighbours alone." in empty["caveats"]


def test_fewer_than_the_average_in_a_hot_area_is_told(town: Town) -> None:
    crowd(town, [at(cell) for cell in h3.grid_ring(CENTRE, 1)] * 2)
    town.reports(JUNE, [at()])
    town.score()
    found = properties(town.engine, ASB)[CENTRE]
    assert found["count_total"] < found["expected"]
    assert found["caveats"] == ["Fewer than the average cell: it is hot by its neighbours."]


def test_a_cell_on_the_edge_says_how_many_neighbours_it_has(town: Town) -> None:
    corner = (NORTH - 0.001, WEST + 0.001)
    town.reports(JUNE, [corner])
    town.score()
    found = properties(town.engine, ASB)[h3.latlng_to_cell(*corner, 8)]
    assert found["caveats"][-1] == "On the edge of the study area: 3 of 7 cells are known."


def test_a_place_is_called_by_its_ward(town: Town) -> None:
    west, east = (54.5742, -1.26), (54.5742, -1.21)
    town.reports(JUNE, [west, east])
    town.score()
    found = properties(town.engine, ASB)
    assert [found[h3.latlng_to_cell(*place, 8)]["area_name"] for place in (west, east)] == ["West", "East"]


def test_change_is_unknown_while_the_data_do_not_reach_back_two_years(town: Town) -> None:
    town.reports("2024-06-05T00:00:00+01:00", [at()])
    crowd(town, [at()])
    town.score()
    found = properties(town.engine, ASB)[CENTRE]
    assert found["change"] is None
    assert "twelve months before" not in found["rationale"]


def test_change_is_a_number_once_they_do(town: Town) -> None:
    town.reports(BEGIN, [at()])
    crowd(town, [at()], YEAR_BEFORE)
    crowd(town, [at(), at()])
    town.reports(JUNE, [at(near(2))])
    town.score()
    found = properties(town.engine, ASB)
    assert found[CENTRE]["change"] == 20 - 11
    assert (
        "Up 82 % on the twelve months before (11). In the last 12 weeks 21 incidents came" in found[CENTRE]["rationale"]
    )
    assert found[near(2)]["change"] == 1
    assert found[near(2)]["rationale"].endswith("From 0 to 1 against the twelve months before.")


def test_change_is_unknown_while_one_agency_of_several_does_not_reach_back(town: Town) -> None:
    town.reports(BEGIN, [at()])
    crowd(town, [at()])
    town.crimes("2026-05", [at()], "Anti-social behaviour")
    town.score()
    assert properties(town.engine, ASB)[CENTRE]["change"] is None


def test_the_time_really_covered_is_what_a_cell_says(town: Town) -> None:
    town.reports("2026-03-04T12:00:00+00:00", [at()])
    town.reports(JUNE, [at()])
    town.score()
    found = properties(town.engine, ASB)[CENTRE]
    assert (found["window_from"], found["window_to"]) == ("2026-03-04", "2026-06-03")
    assert "2 in the 3 months to 3 June 2026" in found["rationale"]


def test_agencies_categories_and_kinds_of_place_are_counted_apart(town: Town) -> None:
    town.crimes("2026-05", [at()] * 4, "Anti-social behaviour")
    town.reports(JUNE, [at()] * 3, "Fly-tipping")
    town.reports(JUNE, [at()] * 2, "Litter")
    town.reports(JUNE, [at()] * 2, "Dog fouling")
    town.score()
    found = properties(town.engine, ASB)[CENTRE]
    assert [found[f"count_{agency}"] for agency in ("police", "council", "fire")] == [4, 7, 0]
    assert found["top_categories"] == ["Anti-social behaviour", "Fly-tipping", "Dog fouling"]
    assert [found[f"location_{method}"] for method in ("exact", "rounded", "snapped")] == [7, 0, 4]
    assert "Reported by police (4), council (7)." in found["rationale"]


@pytest.mark.parametrize(
    ("stated", "expected"), [("Secondary Fire", 3), ("Primary Fire", 0), ("False alarm - Malicious", 0)]
)
def test_a_layer_counts_its_own_kinds_and_no_others(town: Town, stated: str, expected: int) -> None:
    town.fires("2026-06-01 04:00", [at()])
    town.fires("2026-06-01 05:00", [at()] * 3, stated)
    town.score(layers=[FIRES])
    found = features(town.engine, FIRES)[0]["properties"]
    assert found["count_fire"] == found["count_total"] == 1 + expected
    assert properties(town.engine, CRIME) == {}
