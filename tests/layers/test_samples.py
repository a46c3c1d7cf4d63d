"""What was planted in the samples is what the published layers show."""

import json
from pathlib import Path
from typing import Any

import h3
import pytest
import shapely
from sqlalchemy import Engine, select

from aim.db.tables import published_feature
from aim.hotspots.store import Version, columns_of
from aim.layers.publishing.known import LAYERS
from aim.layers.publishing.publish import Run
from tests.town import ASB, CRIME, FIRES, description, features, properties

SHOWN = {
    ("steady", CRIME): 1,
    ("fading", CRIME): 2,
    ("joint", ASB): 1,
    ("emerging", ASB): 2,
    ("fire-only", FIRES): 1,
    ("joint", FIRES): 2,
}
"""The rank that each planted spot has in each layer it belongs to."""

PLANTED_IN = (CRIME, ASB, FIRES)
"""The layers that spots were planted for."""

JUDGED = [name for name, layer in LAYERS.items() if layer.judged]
"""The layers that are ranked by counts; what others show has tests of its own."""


@pytest.fixture(scope="module")
def planted(samples: Path) -> dict[str, dict[str, Any]]:
    """The answer sheet by id."""
    return {spot["id"]: spot for spot in json.loads((samples / "planted.json").read_text(encoding="utf-8"))}


def cell_of(spot: dict[str, Any], layer: str) -> str:
    return spot[f"h3_r{LAYERS[layer].resolution}"]


@pytest.mark.parametrize(("spot", "layer"), SHOWN)
def test_a_planted_spot_is_hot_and_leads_its_layer(
    published: Engine, planted: dict[str, dict[str, Any]], spot: str, layer: str
) -> None:
    found = properties(published, layer)[cell_of(planted[spot], layer)]
    assert found["confidence"] == "99 %"
    assert found["rank"] == SHOWN[spot, layer]
    assert found["status"] == "proposed"
    assert found["count_total"] > 5 * found["expected"]


@pytest.mark.parametrize("spot", ["steady", "fading", "emerging", "fire-only"])
def test_a_planted_spot_is_not_proposed_where_it_does_not_belong(
    published: Engine, planted: dict[str, dict[str, Any]], spot: str
) -> None:
    for layer in PLANTED_IN:
        found = properties(published, layer).get(cell_of(planted[spot], layer))
        assert (spot, layer) in SHOWN or found is None or found["status"] is None


def test_the_joint_spot_is_reported_by_two_agencies_and_lies_in_its_ward(
    published: Engine, planted: dict[str, dict[str, Any]]
) -> None:
    found = properties(published, ASB)[cell_of(planted["joint"], ASB)]
    assert min(found["count_police"], found["count_council"]) > 100
    assert f"Reported by police ({found['count_police']}), council ({found['count_council']})" in found["rationale"]
    assert found["area_name"] == "Oxhallow"
    assert found["top_categories"] == ["Anti-social behaviour", "Fly-tipping", "Graffiti and fly-posting"]


def test_the_report_of_the_run_is_what_was_published(published: Engine, run: Run) -> None:
    assert run.as_of == "2026-09-30"
    assert run.warnings == []
    assert [layer.id for layer in run.layers] == list(LAYERS)
    for layer in run.layers:
        described, shown = description(published, layer.id), properties(published, layer.id).values()
        assert (described["cells"], described["incidents"]) == (layer.cells, layer.incidents)
        assert layer.id not in JUDGED or sum(found["count_total"] for found in shown) == layer.incidents
        assert sum(found["confidence"] in ("95 %", "99 %") for found in shown) == layer.significant


@pytest.mark.parametrize("layer", JUDGED)
def test_every_cell_of_the_town_is_scored_by_every_method_zeros_too(
    published: Engine, run: Run, samples: Path, layer: str
) -> None:
    collection = json.loads((samples / "areas/town.geojson").read_text(encoding="utf-8"))
    town = shapely.geometry.shape(collection["features"][0]["geometry"])
    inside = set(h3.geo_to_cells(town, LAYERS[layer].resolution))
    incidents = {found["h3"]: found["count_total"] for found in properties(published, layer).values()}
    [report] = [report for report in run.layers if report.id == layer]
    for method in ("count", "gi_star", "forecast", "joint"):
        with published.connect() as connection:
            found = columns_of(connection, Version(run.run, layer, "made-up-town"), method)
        if found is None:
            assert method in ("forecast", "joint")
            continue
        scores = {h3.int_to_str(cell): score for cell, score in found.select("cell", "score").iter_rows()}
        assert inside <= scores.keys()
        assert len(scores) == report.cells
        if method == "count":
            assert {cell: n for cell, n in scores.items() if n} == {cell: n for cell, n in incidents.items() if n}
            assert 0 in scores.values()


@pytest.mark.parametrize("layer", JUDGED)
def test_ranks_put_hot_cells_first_and_then_go_by_count(published: Engine, layer: str) -> None:
    found = [feature["properties"] for feature in features(published, layer)]
    assert [row["rank"] for row in found] == list(range(1, len(found) + 1))
    order = [(row["status"] != "proposed", -row["count_total"]) for row in found]
    assert order == sorted(order)
    assert all(row["count_total"] > 0 or row["confidence"] != "not significant" for row in found)


@pytest.mark.parametrize("layer", JUDGED)
def test_the_parts_of_a_count_add_up(published: Engine, layer: str) -> None:
    for row in properties(published, layer).values():
        assert row["count_total"] == row["count_police"] + row["count_council"] + row["count_fire"] == row["score"]
        assert row["count_total"] == row["location_exact"] + row["location_rounded"] + row["location_snapped"]


@pytest.mark.parametrize("layer", LAYERS)
def test_bodies_are_geojson_of_rfc_7946(published: Engine, layer: str) -> None:
    for feature in features(published, layer):
        assert list(feature) == ["type", "id", "geometry", "properties"]
        assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "Polygon")
        [ring] = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        assert len(ring) == 7
        assert shapely.LinearRing(ring).is_ccw
        assert all(axis == round(axis, 6) for corner in ring for axis in corner)
        assert {tuple(corner) for corner in ring} == corners(feature["properties"]["h3"])


def corners(cell: str) -> set[tuple[float, float]]:
    return {(round(longitude, 6), round(latitude, 6)) for latitude, longitude in h3.cell_to_boundary(cell)}


@pytest.mark.parametrize("layer", LAYERS)
def test_tiles_and_boundaries_are_those_of_the_feature(published: Engine, layer: str) -> None:
    table = published_feature
    with published.connect() as connection:
        rows = connection.execute(select(table).where(table.c.layer == layer, table.c.edition != "outside")).all()
        valid = "SELECT bool_and(ST_IsValid(boundary) AND ST_SRID(boundary) = 4326) FROM published_feature"
        assert connection.exec_driver_sql(valid).scalar_one()
    for row in rows:
        body = json.loads(row.body)["properties"]
        assert row.id.startswith(body["h3"])
        assert set(row.tile) == {"h3", "rank", "confidence", "count_total", "hotspot_class", "area_id"}
        assert row.tile == {name: body[name] for name in row.tile}
        assert row.area == body["area_id"] == "made-up-town"


def test_a_layer_says_what_it_stands_on(published: Engine) -> None:
    told = description(published, ASB)
    assert told["data_cutoff"] == {"police": "2026-09-30", "council": "2026-09-30", "fire": "2026-09-30"}
    assert told["feeds_late"] == []
    assert told["made_up"] is True
    assert told["caveats"] == list(LAYERS[ASB].caveats)
    assert told["parameters"]["methods"]["gi_star"]["k"] == 1
    assert told["attribution"] == "Made-up sample data in the publishers' layouts"
    first = "2025-09-30T23:00:00+00:00"
    assert (told["parameters"]["window_from"], told["parameters"]["window_to"]) == (first, "2026-09-30T23:00:00+00:00")


def test_days_without_a_fire_are_covered_all_the_same(published: Engine) -> None:
    """The first and last fires of the samples are days away from the first and last calls."""
    told = description(published, FIRES)
    assert told["data_cutoff"] == {"police": None, "council": None, "fire": "2026-09-30"}
    assert told["caveats"] == list(LAYERS[FIRES].caveats)
    assert all("12 months to 30 September 2026" in row["rationale"] for row in properties(published, FIRES).values())


def test_each_layer_says_which_priority_it_is_for(published: Engine) -> None:
    titles = {layer: description(published, layer)["control_strategy"]["control_strategy_title"] for layer in LAYERS}
    assert titles[FIRES] == "Criminal damage and deliberate fires"
    assert titles["prolific-offending-places"] == "Prolific offending"
    assert titles[CRIME] is None
    told = " ".join(description(published, CRIME)["caveats"])
    assert "it counts what falls under: Violence and public order; Burglary, vehicle crime and theft" in told


def test_the_joint_spot_leads_the_joint_cells(published: Engine, planted: dict[str, dict[str, Any]]) -> None:
    first, *_ = features(published, "joint-cells")
    assert first["id"] == planted["joint"]["h3_r8"]
    assert "among the worst 5 % of the area for police, council and fire" in first["properties"]["rationale"]
    assert [part.split()[0] for part in first["properties"]["score_parts"]] == ["police", "council", "fire"]


def test_the_emerging_spot_leads_what_emerges(published: Engine, planted: dict[str, dict[str, Any]]) -> None:
    first, *_ = features(published, "emerging-hot-spots")
    assert first["id"] == planted["emerging"]["h3_r8"]
    assert first["properties"]["hotspot_class"] == "consecutive"


def test_places_linked_to_prolific_offending_are_coarse_and_few_are_withheld(published: Engine, run: Run) -> None:
    layer = "prolific-offending-places"
    found, told = list(properties(published, layer).values()), description(published, layer)
    assert min(each["count_total"] for each in found) >= 5
    assert {(each["h3_res"], each["marking"], each["handling_code"]) for each in found} == {
        (8, "OFFICIAL-SENSITIVE", "C")
    }
    assert told["suppressed_count"] > 0
    assert told["incidents"] == sum(each["count_total"] for each in found)
    assert (told["marking"], told["handling"]) == ("OFFICIAL-SENSITIVE", "C")
    with published.connect() as connection:
        assert columns_of(connection, Version(run.run, layer, "made-up-town"), "count") is None


@pytest.mark.parametrize("layer", LAYERS)
def test_presence_is_proposed_where_somebody_is_sent(published: Engine, layer: str) -> None:
    for each in properties(published, layer).values():
        sent = each["status"] == "proposed" and each["tactical_option"] != "target_offenders"
        assert (each["dosage"] is not None) == (each["dosage_minutes"] == 15) == sent
