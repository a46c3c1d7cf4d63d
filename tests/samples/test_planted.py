"""What is planted can be found: by Getis-Ord Gi* over the year, month by month, and pair by pair."""

import json
import math
from collections import Counter
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import h3
import numpy as np
import pytest
from numpy.typing import NDArray
from reading import Sighting, answers, called_at, calls, council, fire, has_a_date, requests, sightings

FALSE_DISCOVERY_RATE = 0.05
ASB = "Anti-social behaviour"
NO_LAYER = {"Street light out", "Pot hole"}
Planted = dict[str, dict[str, Any]]
LAYER_OF = {
    "steady": "all crime",
    "fading": "all crime",
    "emerging": "anti-social behaviour",
    "joint": "anti-social behaviour",
    "fire-only": "fires",
}


@pytest.fixture(scope="module")
def published(samples: Path) -> list[Sighting]:
    """All incidents with a place."""
    return sightings(samples)


@pytest.fixture(scope="module")
def planted(samples: Path) -> Planted:
    """The answer sheet by id."""
    return {spot["id"]: spot for spot in answers(samples, "planted")}


@pytest.fixture(scope="module")
def town(samples: Path) -> h3.LatLngPoly:
    """The study area."""
    rings = json.loads((samples / "areas/town.geojson").read_text(encoding="utf-8"))["features"][0]["geometry"]
    return h3.LatLngPoly([(latitude, longitude) for longitude, latitude in rings["coordinates"][0]])


def gi_star(cells: list[str], counts: Counter[str]) -> NDArray[np.float64]:
    """z of each cell (Ord and Getis 1995), binary weights, one ring of neighbours and the cell itself."""
    area = set(cells)
    near = [[counts[other] for other in h3.grid_disk(cell, 1) if other in area] for cell in cells]
    x, n = np.array([counts[cell] for cell in cells], dtype=float), len(cells)
    total, w = np.array([sum(values) for values in near]), np.array([len(values) for values in near])
    spread = math.sqrt((x * x).mean() - x.mean() ** 2)
    return (total - x.mean() * w) / (spread * np.sqrt((n * w - w * w) / (n - 1)))


def significant(z: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Hot after Benjamini and Hochberg, two-sided."""
    p = np.array([math.erfc(abs(value) / math.sqrt(2)) for value in z])
    order = np.argsort(p)
    passed = np.flatnonzero(p[order] <= FALSE_DISCOVERY_RATE * np.arange(1, len(p) + 1) / len(p))
    hot = np.zeros(len(p), dtype=bool)
    hot[order[: passed.max(initial=-1) + 1]] = True
    return hot & (z > 0)


def layer_of(incident: Sighting) -> str:
    """The tasking layer that shows an incident."""
    if incident.feed == "fire":
        return "fires" if incident.category == "Secondary Fire" else ""
    if incident.feed == "council":
        return "" if incident.category in NO_LAYER else "anti-social behaviour"
    return "anti-social behaviour" if incident.category == ASB else "all crime"


def hot_cells(town: h3.LatLngPoly, incidents: list[Sighting], resolution: int) -> dict[str, float]:
    """The significant cells of the town and their z."""
    cells = sorted(h3.h3shape_to_cells(town, resolution))
    z = gi_star(cells, Counter(h3.latlng_to_cell(s.latitude, s.longitude, resolution) for s in incidents))
    return {cell: score for cell, score, hot in zip(cells, z, significant(z), strict=True) if hot}


@pytest.mark.parametrize("resolution", [8, 9])
@pytest.mark.parametrize(("spot", "name"), LAYER_OF.items())
def test_a_planted_spot_is_hot_in_its_layer(
    published: list[Sighting],
    planted: Planted,
    town: h3.LatLngPoly,
    spot: str,
    name: str,
    resolution: int,
) -> None:
    assert planted[spot][f"h3_r{resolution}"] in hot_cells(
        town, [s for s in published if layer_of(s) == name], resolution
    )


def test_the_joint_spot_is_hot_for_every_agency(
    published: list[Sighting], planted: Planted, town: h3.LatLngPoly
) -> None:
    for excess in planted["joint"]["expected_excess"]:
        same = [s for s in published if (s.feed, s.category) == (excess["feed"], excess["category"])]
        assert planted["joint"]["h3_r8"] in hot_cells(town, same, 8), excess["category"]


def test_each_spot_is_the_hottest_place_of_the_town_for_what_is_planted_there(
    published: list[Sighting], planted: Planted, town: h3.LatLngPoly
) -> None:
    for spot in (planted[name] for name in ("steady", "fading", "fire-only")):
        for excess in spot["expected_excess"]:
            hot = hot_cells(town, [s for s in published if s.category == excess["category"]], 8)
            assert max(hot, key=lambda cell: hot[cell]) == spot["h3_r8"], excess["category"]


def test_the_fire_only_spot_is_hot_for_nobody_else(
    published: list[Sighting], planted: Planted, town: h3.LatLngPoly
) -> None:
    for name in ("all crime", "anti-social behaviour"):
        assert planted["fire-only"]["h3_r8"] not in hot_cells(town, [s for s in published if layer_of(s) == name], 8)


def monthly(published: list[Sighting], spot: dict[str, Any]) -> list[int]:
    """Incidents of the planted kinds near a spot in each of the twelve months."""
    kinds = {(excess["feed"], excess["category"]) for excess in spot["expected_excess"]}
    disk = set(h3.grid_disk(spot["h3_r8"], 1))
    alike = [s for s in published if (s.feed, s.category) in kinds]
    counts = Counter(s.month for s in alike if h3.latlng_to_cell(s.latitude, s.longitude, 8) in disk)
    return [counts[month] for month in sorted({s.month for s in published if s.feed == "fire"})]


def test_what_is_planted_is_there(published: list[Sighting], planted: Planted) -> None:
    for spot in planted.values():
        excess = np.sum([kind["monthly"] for kind in spot["expected_excess"]], axis=0)
        assert (np.array(monthly(published, spot)) >= excess).all(), spot["id"]


def test_the_emerging_spot_rises_in_the_last_four_months(published: list[Sighting], planted: Planted) -> None:
    counts = monthly(published, planted["emerging"])
    assert all(a < b for a, b in pairwise(counts[-4:]))
    assert counts[-1] > 4 * max(counts[:-4])
    assert planted["emerging"]["from"] == "2026-06-01"


def test_the_fading_spot_is_gone_after_six_months(published: list[Sighting], planted: Planted) -> None:
    counts = monthly(published, planted["fading"])
    assert min(counts[:6]) > 3 * max(counts[6:])
    assert planted["fading"]["to"] == "2026-04-01"


def test_the_steady_spot_stays(published: list[Sighting], planted: Planted) -> None:
    counts = monthly(published, planted["steady"])
    assert max(counts) < 1.6 * min(counts)


def test_duplicates_are_close_in_time_and_place(samples: Path) -> None:
    london = ZoneInfo("Europe/London")
    dated = [row for row in calls(samples) if has_a_date(row)]
    times = {row["IncidentNumber"]: called_at(row).replace(tzinfo=london) for row in dated}
    reported = {r.get("service_request_id"): datetime.fromisoformat(r["requested_datetime"]) for r in requests(samples)}
    places = {s.id: (s.latitude, s.longitude) for s in fire(samples) + council(samples)}
    sheet = answers(samples, "duplicates")
    pairs = [(burnt["source_id"], told["source_id"]) for burnt, told in sheet["pairs"]]
    assert len(pairs) >= 40
    for burnt, told in pairs:
        assert 0 < (reported[told] - times[burnt]).total_seconds() <= sheet["within_hours"] * 3600
        assert h3.great_circle_distance(places[burnt], places[told], unit="m") <= sheet["within_m"]


def test_duplicates_are_of_matching_kinds(samples: Path) -> None:
    burnt = {row["IncidentNumber"]: row["PropertyCategory"] for row in calls(samples)}
    told = {s.id: s.category for s in council(samples)}
    kinds = Counter((burnt[a["source_id"]], told[b["source_id"]]) for a, b in answers(samples, "duplicates")["pairs"])
    assert set(kinds) == {("Road Vehicle", "Abandoned vehicle"), ("Outdoor", "Rubbish on open land")}
