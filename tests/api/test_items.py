"""Features of a layer: pages, and what selects them."""

import json
from typing import Any

import h3
import pytest
from starlette.testclient import TestClient

from tests.api.conftest import CELLS, OVER_THERE, Clock, World

ITEMS = "/collections/all-crime/items"
IN_ORDER = [*OVER_THERE, *CELLS]
"""Area after area in order of their ids (liverpool, middlesbrough), each by rank."""


def get(client: TestClient, path: str = ITEMS, **parameters: Any) -> dict[str, Any]:
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/geo+json"
    return response.json()


def ids(page: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in page["features"]]


def href(page: dict[str, Any], rel: str) -> str | None:
    return next((link["href"] for link in page["links"] if link["rel"] == rel), None)


def walk(client: TestClient, rel: str, page: dict[str, Any]) -> list[str]:
    """The ids of a page and of all that follow."""
    found = ids(page)
    while (address := href(page, rel)) is not None:
        page = client.get(address).json()
        found += ids(page)
    return found


def test_a_page_says_how_many_features_match_and_what_the_numbers_rest_on(published: TestClient) -> None:
    page = get(published, limit=5)
    assert (page["type"], page["numberMatched"], page["numberReturned"], page["truncated"]) == (
        "FeatureCollection", 44, 5, True,
    )  # fmt: skip
    assert page["marking"] == "OFFICIAL"
    assert page["handling"] == "P"
    assert page["data_cutoff"] == {"police": "2024-10-31", "council": None, "fire": "2024-10-30"}
    assert page["parameters"] == {"h3_res": 9, "k": 1, "p_adjust": "fdr_bh"}
    assert page["attribution"] == "Contains public sector information."
    assert (page["feeds_late"], page["suppressed_count"], page["made_up"]) == ([], 0, False)
    assert page["runs"] == {"liverpool": 1, "middlesbrough": 1}
    assert page["timeStamp"].endswith("Z")


def test_features_come_whole_and_in_order_of_area_and_rank(published: TestClient) -> None:
    page = get(published)
    assert ids(page) == IN_ORDER
    assert page["features"][0]["properties"]["rationale"] == "Ranked 1 of <b>all</b> & more."
    assert not page["truncated"]


@pytest.mark.parametrize("limit", [1, 7, 43, 44])
def test_a_walk_along_next_gives_every_feature_once(published: TestClient, limit: int) -> None:
    assert walk(published, "next", get(published, limit=limit)) == IN_ORDER


def test_a_walk_back_along_prev_reaches_the_start(published: TestClient) -> None:
    page = get(published, limit=10, offset=40)
    while (address := href(page, "prev")) is not None:
        page = published.get(address).json()
    assert ids(page) == IN_ORDER[:10]


def test_links_keep_the_query(published: TestClient) -> None:
    box = "-1.3,54.5,-1.2,54.6"
    page = get(published, limit=3, offset=3, bbox=box, datetime="2024-01-01T00:00:00Z/..")
    for rel in ("self", "next", "prev", "alternate"):
        address = href(page, rel)
        assert address is not None
        assert f"bbox={box}" in address
        assert "datetime=2024-01-01T00:00:00Z/.." in address
    assert published.get(href(page, "self") or "").json() == page


def test_a_walk_that_a_new_run_overtakes_stays_with_its_run(published: TestClient, world: World, clock: Clock) -> None:
    page = get(published, limit=20)
    world.publish("all-crime", {"middlesbrough": CELLS[:3], "liverpool": OVER_THERE[:3]})
    clock.pass_on()
    assert walk(published, "next", page) == IN_ORDER
    assert get(published)["numberMatched"] == 6


def test_a_limit_above_the_maximum_is_taken_as_the_maximum(published: TestClient) -> None:
    page = get(published, limit=99_999)
    assert page["numberReturned"] == 44
    assert "limit=10000" in (href(page, "self") or "")


def test_an_offset_past_the_end_gives_an_empty_page(published: TestClient) -> None:
    page = get(published, offset=44)
    assert (page["numberMatched"], page["numberReturned"], page["features"]) == (44, 0, [])
    assert href(page, "next") is None


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ("-3.2,53.2,-2.8,53.6", OVER_THERE),
        ("-3.2,53.2,0,-2.8,53.6,9000", OVER_THERE),
        ("-180,-90,180,90", IN_ORDER),
        ("170,50,-170,60", []),
        ("-2,50,-3.5,60", IN_ORDER[7:]),
        ("10,50,11,51", []),
    ],
    ids=["four numbers", "six numbers", "the world", "over the antimeridian", "the long way round", "elsewhere"],
)
def test_bbox_selects_by_boundary(published: TestClient, box: str, expected: list[str]) -> None:
    page = get(published, bbox=box)
    assert ids(page) == expected
    assert page["numberMatched"] == len(expected)


def test_bbox_takes_the_hexagon_and_not_its_envelope(published: TestClient) -> None:
    """A speck in the corner of a cell's envelope lies in a neighbour, so the cell itself is not selected."""
    ring = [(lng, lat) for lat, lng in h3.cell_to_boundary(CELLS[0])]
    west, south = min(x for x, _ in ring), min(y for _, y in ring)
    assert CELLS[0] not in ids(get(published, bbox=f"{west},{south},{west + 1e-5},{south + 1e-5}"))
    lat, lng = h3.cell_to_latlng(CELLS[0])
    assert ids(get(published, bbox=f"{lng},{lat},{lng},{lat}")) == [CELLS[0]]


@pytest.mark.parametrize(
    ("when", "matched"),
    [
        ("2024-10-31T23:59:59Z", 44),
        ("2024-11-01T00:00:00Z", 0),
        ("2023-11-01T00:00:00Z", 44),
        ("2023-10-31T23:59:59Z", 0),
        ("2024-10-31", 44),
        ("2024-11-01", 0),
        ("2023-01-01/2023-11-01", 44),
        ("../2023-10-01T00:00:00+01:00", 0),
        ("2024-10-01T00:00:00Z/..", 44),
        ("2025-01-01/", 0),
        ("../..", 44),
    ],
)
def test_datetime_selects_versions_by_the_window_they_score(published: TestClient, when: str, matched: int) -> None:
    """The window starts on 1 November 2023 and ends before 1 November 2024."""
    assert get(published, datetime=when)["numberMatched"] == matched


def test_an_earlier_run_stays_readable(published: TestClient, world: World, clock: Clock) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS[:2]})
    clock.pass_on()
    assert ids(get(published)) == [*OVER_THERE, *CELLS[:2]]
    assert ids(get(published, run=1)) == IN_ORDER
    assert ids(get(published, run=2)) == CELLS[:2]
    assert get(published, run=2)["runs"] == {"middlesbrough": 2}


def test_a_run_that_does_not_exist_is_answered_with_those_that_do(published: TestClient) -> None:
    response = published.get(ITEMS, params={"run": 9})
    assert response.status_code == 404
    assert response.json()["detail"] == "Run 9 published nothing of the layer “all-crime”. Its latest runs are 1."


def test_one_feature_has_links_to_itself_and_its_layer(published: TestClient) -> None:
    feature = get(published, f"{ITEMS}/{CELLS[4]}", run=1)
    assert (feature["type"], feature["id"], feature["properties"]["rank"]) == ("Feature", CELLS[4], 5)
    assert {link["rel"] for link in feature["links"]} == {"self", "alternate", "collection"}
    assert published.get(href(feature, "self") or "").json() == feature


def test_a_feature_that_does_not_exist_is_not_found(published: TestClient) -> None:
    response = published.get(f"{ITEMS}/nowhere")
    assert response.status_code == 404
    assert response.json()["detail"] == ("The layer “all-crime” has no feature “nowhere”: its items list those it has.")


def test_where_areas_overlap_the_first_area_gives_the_feature(client: TestClient, world: World) -> None:
    world.publish("all-crime", {"b-second": CELLS[:3], "a-first": [CELLS[2]]})
    assert get(client, f"{ITEMS}/{CELLS[2]}")["properties"]["area_name"] == "a-first"
    assert get(client)["numberMatched"] == 4


def test_a_version_without_features_is_an_empty_page(client: TestClient, world: World) -> None:
    world.publish("all-crime", {"middlesbrough": []})
    assert get(client)["features"] == []
    assert get(client, bbox="-3,50,0,60")["features"] == []


def test_of_several_areas_the_careful_answer_stands(client: TestClient, world: World, clock: Clock) -> None:
    world.publish(
        "all-crime", {"b": CELLS[:1]}, marking="OFFICIAL-SENSITIVE", made_up=True, feeds_late=["fire"],
        data_cutoff={"police": "2024-09-30", "council": "2024-10-01", "fire": None}, suppressed_count=3,
        attribution="Made up.", caveats=["Few months."], parameters={"h3_res": 8, "k": 1},
    )  # fmt: skip
    world.publish("all-crime", {"a": CELLS[1:2]})
    page = get(client)
    assert (page["marking"], page["made_up"], page["suppressed_count"]) == ("OFFICIAL-SENSITIVE", True, 3)
    assert page["data_cutoff"] == {"police": "2024-09-30", "council": "2024-10-01", "fire": "2024-10-30"}
    assert page["feeds_late"] == ["fire"]
    assert page["attribution"] == "Contains public sector information.; Made up."
    assert page["parameters"] == {"h3_res": [9, 8], "k": 1, "p_adjust": ["fdr_bh", None]}
    assert page["runs"] == {"a": 2, "b": 1}


def test_pages_of_areas_from_several_runs_do_not_name_a_run(client: TestClient, world: World) -> None:
    world.publish("all-crime", {"a": CELLS[:5]})
    world.publish("all-crime", {"b": CELLS[5:9]})
    page = get(client, limit=2)
    assert "run=" not in (href(page, "next") or "")
    assert walk(client, "next", page) == CELLS[:9]


def test_the_published_text_is_sent_untouched(published: TestClient) -> None:
    text = published.get(ITEMS, params={"limit": 1}).text
    assert json.dumps(json.loads(text)["features"][0]) in text
