"""Order, chosen properties and tables: what a client asks of the features, and what it may not."""

import csv
import io
from typing import Any

import pytest
from starlette.testclient import TestClient

from aim.layers.publishing.tables import cell
from tests.api.conftest import CELLS, OVER_THERE
from tests.api.test_items import ITEMS, get, href, ids, walk


def problem(client: TestClient, **parameters: str) -> dict[str, Any]:
    response = client.get(ITEMS, params=parameters)
    assert response.status_code == 400
    return response.json()


def values(page: dict[str, Any], name: str) -> list[Any]:
    return [feature["properties"][name] for feature in page["features"]]


def test_features_are_ordered_by_one_property_and_then_by_another(published: TestClient) -> None:
    page = get(published, sortby="-count_total,h3")
    found = list(zip(values(page, "count_total"), values(page, "h3"), strict=True))
    assert found == sorted(found, key=lambda each: (-each[0], each[1]))
    assert len(found) == 44
    assert set(ids(page)) == {*CELLS, *OVER_THERE}


def test_equal_features_keep_the_order_of_area_and_rank(published: TestClient) -> None:
    assert ids(get(published, sortby="h3_res")) == ids(get(published))


@pytest.mark.parametrize("sortby", ["rank_change", "-rank_change"])
def test_what_has_no_value_comes_last(published: TestClient, sortby: str) -> None:
    found = values(get(published, sortby=sortby), "rank_change")
    empty = found.count(None)
    assert empty > 3
    assert found[-empty:] == [None] * empty


def test_a_walk_along_an_order_gives_every_feature_once(published: TestClient) -> None:
    whole = ids(get(published, sortby="-expected,area_id"))
    page = get(published, sortby="-expected,area_id", limit=9)
    assert "sortby=-expected,area_id" in (href(page, "next") or "")
    assert walk(published, "next", page) == whole


def test_an_order_holds_within_a_box_and_a_filter(published: TestClient) -> None:
    page = get(published, sortby="-rank", bbox="-2,54,-1,55", filter="rank < 5")
    assert values(page, "rank") == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("sortby", "told"),
    [
        ("rnak", "there is no “rnak” to sort by; there are h3, h3_res, "),
        ("rationale", "there is no “rationale” to sort by"),
        ("top_categories", "there is no “top_categories” to sort by"),
        ("", "there is no “” to sort by"),
        ("rank,-rank", "name each property once, and at most 5"),
        ("h3,rank,z,score,change,level", "name each property once, and at most 5"),
    ],
)
def test_an_order_that_cannot_be(published: TestClient, sortby: str, told: str) -> None:
    found = problem(published, sortby=sortby)
    assert found["parameter"] == "sortby"
    assert told in found["detail"]


def test_only_the_chosen_properties_are_sent(published: TestClient) -> None:
    whole, page = get(published, limit=3), get(published, limit=3, properties="count_total,rank")
    assert [list(feature["properties"]) for feature in page["features"]] == [["rank", "count_total"]] * 3
    assert ids(page) == ids(whole)
    assert [each["geometry"] for each in page["features"]] == [each["geometry"] for each in whole["features"]]
    assert "properties=rank,count_total" in (href(page, "next") or "")


def test_a_property_that_does_not_exist_is_answered_with_those_that_do(published: TestClient) -> None:
    found = problem(published, properties="rank,colour")
    assert found["parameter"] == "properties"
    assert "there is no property “colour”; there are h3, h3_res, " in found["detail"]


def table(client: TestClient, **parameters: Any) -> list[dict[str, str]]:
    response = client.get(ITEMS, params={"f": "csv", **parameters})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_a_table_has_a_row_for_each_feature_and_a_column_for_each_property(published: TestClient) -> None:
    rows = table(published)
    assert [row["id"] for row in rows] == ids(get(published))
    assert rows[0]["count_total"] == "49"
    assert rows[0]["top_categories"] == "Burglary; Robbery"
    assert rows[2]["rank_change"] == ""
    assert "harm_score" in rows[0]


def test_a_table_of_chosen_properties_in_an_order(published: TestClient) -> None:
    rows = table(published, properties="rank", sortby="-rank", limit=2)
    assert rows == [{"id": CELLS[36], "rank": "37"}, {"id": CELLS[35], "rank": "36"}]


def test_a_table_says_how_much_there_is_and_where_the_rest_is(published: TestClient) -> None:
    headers = published.get(ITEMS, params={"f": "csv", "limit": 40, "properties": "rank"}).headers
    assert (headers["ogc-numbermatched"], headers["ogc-numberreturned"]) == ("44", "40")
    address, rest = headers["link"].split(">; ")
    assert rest == 'rel="next"; type="text/csv"'
    assert published.get(address.removeprefix("<")).headers["ogc-numberreturned"] == "4"


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("=1+1", "'=1+1"),
        ("+44", "'+44"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        (["=1+1", "b"], "'=1+1; b"),
        ("a=1", "a=1"),
        (-3, -3),
        (None, None),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_a_text_that_would_be_a_formula_is_defused(value: Any, held: Any) -> None:
    assert cell(value) == held


def test_formulas_are_defused_in_what_is_served(published: TestClient) -> None:
    assert table(published, filter="rank=1")[0]["caveats"] == "'=1+1"


def test_an_answer_that_is_cut_short_says_so(published: TestClient) -> None:
    page = get(published, limit=5)
    assert page["caveats"] == ["Only 5 of 44 features are in this answer: follow the link “next”."]
    assert get(published)["caveats"] == []


def test_the_page_of_hexagons_leads_to_the_table_and_to_what_the_columns_mean(published: TestClient) -> None:
    text = published.get(ITEMS, params={"f": "html", "limit": 5, "sortby": "-rank"}).text
    assert "items?f=csv&amp;sortby=-rank&amp;limit=5" in text
    assert "/collections/all-crime/schema" in text
