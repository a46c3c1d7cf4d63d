"""Filters in CQL2: each is held to a plain loop over the features."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any, Final

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from aim.api.blocks import Block
from aim.api.columns import columns
from aim.api.crs import CRS84, NATIONAL_GRID, WGS84, Crs
from aim.api.filters import Filter
from aim.api.filters.parsing import DEEPEST, depth
from tests.api.conftest import CELLS, OVER_THERE, feature_row
from tests.api.test_items import get, href, ids, walk
from tests.api.test_selecting import problem

ROWS: Final = [feature_row(1, "all-crime", "middlesbrough", *ranked) for ranked in enumerate(CELLS, 1)]
FEATURES: Final = [json.loads(row["body"])["properties"] for row in ROWS]
SHAPES: Final = [shapely.from_wkt(row["boundary"].partition(";")[2]) for row in ROWS]
BLOCK: Final = Block(
    [[(row["rank"], row["id"], row["body"], shapely.to_wkb(shape))] for row, shape in zip(ROWS, SHAPES, strict=True)]
)
COLUMNS: Final = columns(BLOCK)
BOX: Final = "BBOX(-1.24,54.57,-1.23,54.58)"
INSIDE: Final = shapely.box(-1.24, 54.57, -1.23, 54.58)
LINE: Final = shapely.LineString([(-1.3, 54.57), (-1.1, 54.58)])
Plain = Callable[[dict[str, Any]], Any]


def holds(text: str, language: str = "cql2-text", crs: Crs = CRS84) -> list[int]:
    """Places of the features for which an expression is true."""
    return Filter.parse(text, language, crs).places(BLOCK, COLUMNS).tolist()


def every(_: dict[str, Any]) -> bool:
    return True


def none(_: dict[str, Any]) -> bool:
    return False


EXPRESSIONS: Final[list[tuple[str, Plain]]] = [
    ("rank < 5", lambda p: p["rank"] < 5),
    ("5 > rank", lambda p: p["rank"] < 5),
    ("rank <> 5 AND NOT rank = 6", lambda p: p["rank"] not in (5, 6)),
    ("rank = 1 OR rank_change IS NULL", lambda p: p["rank"] == 1 or p["rank_change"] is None),
    ("rank_change IS NOT NULL", lambda p: p["rank_change"] is not None),
    ("rank_change < 0", lambda p: p["rank_change"] is not None and p["rank_change"] < 0),
    ("NOT rank_change < 0", lambda p: p["rank_change"] is not None and p["rank_change"] >= 0),
    ("NOT (rank_change < 0 OR rank > 9)", lambda p: p["rank"] <= 9 and p["rank_change"] in (0, 1, 2)),
    ("harm_score > 1 OR TRUE", every),
    ("FALSE", none),
    ("expected = 0.25", lambda p: p["rank"] == 1),
    ("rank BETWEEN 2 AND 4", lambda p: 2 <= p["rank"] <= 4),
    ("rank NOT BETWEEN 2 AND 4", lambda p: not 2 <= p["rank"] <= 4),
    ("rank IN (1,3,99)", lambda p: p["rank"] in (1, 3, 99)),
    ("hotspot_class NOT IN ('new','none')", lambda p: p["hotspot_class"] != "new"),
    ("count_total + rank = 50 AND rank * 2 <= 10", lambda p: p["rank"] <= 5),
    ("rank % 4 = 1 AND rank div 10 = 1", lambda p: p["rank"] % 4 == 1 and p["rank"] // 10 == 1),
    ("hotspot_class LIKE 'n%'", lambda p: p["hotspot_class"] == "new"),
    ("hotspot_class LIKE '_ew'", lambda p: p["hotspot_class"] == "new"),
    ("confidence LIKE '99 \\%'", every),
    ("confidence LIKE '99 \\_'", none),
    ("hotspot_class LIKE ''", none),
    ("CASEI(hotspot_class) LIKE casei('NE%')", lambda p: p["hotspot_class"] == "new"),
    ("CASEI(hotspot_class) = CASEI('New')", lambda p: p["hotspot_class"] == "new"),
    ("confidence = 'it''s' or \"rank\" = 2", lambda p: p["rank"] == 2),
    (r"hotspot_class <> 'a\'b\tc' AND hotspot_class = 'new'", lambda p: p["hotspot_class"] == "new"),
    ("valid_from > DATE('2024-11-20')", lambda p: p["valid_from"] > "2024-11-20"),
    ("valid_from IN ('2024-11-05','2024-11-06')", lambda p: p["valid_from"] in ("2024-11-05", "2024-11-06")),
    ("T_AFTER(valid_from,DATE('2024-11-20'))", lambda p: p["valid_from"] > "2024-11-20"),
    ("T_BEFORE(INTERVAL(valid_from,valid_to),INTERVAL('2024-12-05','..'))", lambda p: p["valid_to"] < "2024-12-05"),
    ("T_AFTER(window_from,DATE('2000-01-01'))", none),
    ("A_CONTAINS(supporting_agencies,('fire'))", lambda p: "fire" in p["supporting_agencies"]),
    ("A_CONTAINEDBY(supporting_agencies,('fire'))", lambda p: p["supporting_agencies"] == []),
    ("A_EQUALS(supporting_agencies,('fire','council'))", lambda p: p["supporting_agencies"] != []),
    ("A_OVERLAPS(supporting_agencies,('fire','police'))", lambda p: p["supporting_agencies"] != []),
    ("geometry IS NULL", none),
]  # fmt: skip


@pytest.mark.parametrize(("text", "plain"), EXPRESSIONS)
def test_an_expression_is_true_of_the_features_that_a_loop_finds(text: str, plain: Plain) -> None:
    assert holds(text) == [place for place, properties in enumerate(FEATURES) if plain(properties)]


RELATED: Final[list[tuple[str, Callable[[Any], bool]]]] = [
    (f"S_INTERSECTS(geometry,{BOX})", lambda s: s.intersects(INSIDE)),
    (f"S_INTERSECTS({BOX},geometry)", lambda s: s.intersects(INSIDE)),
    (f"S_DISJOINT(geometry,{BOX})", lambda s: s.disjoint(INSIDE)),
    (f"S_WITHIN(geometry,{BOX})", lambda s: s.within(INSIDE)),
    (f"S_CONTAINS({BOX},geometry)", lambda s: s.within(INSIDE)),
    (f"S_OVERLAPS(geometry,{BOX})", lambda s: s.overlaps(INSIDE)),
    ("S_CONTAINS(geometry,POINT(-1.235 54.5742))", lambda s: s.contains(shapely.Point(-1.235, 54.5742))),
    (f"S_CROSSES(geometry,{LINE.wkt})", lambda s: s.crosses(LINE)),
    (f"S_EQUALS(geometry,{SHAPES[3].wkt})", lambda s: s.equals(SHAPES[3])),
    (f"S_TOUCHES(geometry,{SHAPES[0].wkt})", lambda s: s.touches(SHAPES[0])),
]  # fmt: skip


@pytest.mark.parametrize(("text", "plain"), RELATED)
def test_a_spatial_function_is_true_of_the_outlines_that_a_loop_finds(text: str, plain: Callable[[Any], bool]) -> None:
    found = [place for place, shape in enumerate(SHAPES) if plain(shape)]
    assert holds(text) == found
    assert found


def test_coordinates_are_in_the_system_that_is_named() -> None:
    degrees = holds(f"S_INTERSECTS(geometry,{BOX})")
    assert holds("S_INTERSECTS(geometry,BBOX(54.57,-1.24,54.58,-1.23))", crs=WGS84) == degrees
    metres = NATIONAL_GRID.from_degrees(shapely.get_coordinates(INSIDE.centroid))[0]
    centre = holds(f"S_INTERSECTS(geometry,POINT({metres[0]} {metres[1]}))", crs=NATIONAL_GRID)
    assert centre == [place for place, shape in enumerate(SHAPES) if shape.contains(INSIDE.centroid)]
    assert len(centre) == 1


@pytest.mark.parametrize(
    ("json_text", "text"),
    [
        ({"op": "=", "args": [{"property": "rank"}, 1]}, "rank = 1"),
        ({"op": "not", "args": [{"op": "isNull", "args": [{"property": "rank_change"}]}]}, "rank_change IS NOT NULL"),
        ({"op": "between", "args": [{"property": "rank"}, 2, 4]}, "rank BETWEEN 2 AND 4"),
        ({"op": "t_after", "args": [{"property": "valid_from"}, {"date": "2024-11-20"}]}, "valid_from > '2024-11-20'"),
        (
            {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [-1.24, 54.57, -1.23, 54.58]}]},
            f"S_INTERSECTS(geometry,{BOX})",
        ),
    ],
)
def test_json_says_what_text_says(json_text: dict[str, Any], text: str) -> None:
    assert holds(json.dumps(json_text), "cql2-json") == holds(text)


LEAVES: Final = {
    "rank": st.integers(0, 40),
    "rank_change": st.integers(-3, 3),
    "count_total": st.integers(10, 50),
    "harm_score": st.integers(0, 1),
}
OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
}


def leaf(name: str) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), st.sampled_from(list(OPERATORS)), LEAVES[name])


TREES: Final = st.recursive(
    st.sampled_from(list(LEAVES)).flatmap(leaf),
    lambda inner: st.one_of(
        st.tuples(st.just("NOT"), inner),
        st.tuples(st.sampled_from(["AND", "OR"]), inner, inner),
    ),
    max_leaves=5,
)


def written(tree: Any) -> str:
    if tree[0] == "NOT":
        return f"NOT ({written(tree[1])})"
    if tree[0] in ("AND", "OR"):
        return f"({written(tree[1])} {tree[0]} {written(tree[2])})"
    return f"{tree[0]} {tree[1]} {tree[2]}"


def true_of(tree: Any, properties: dict[str, Any]) -> bool | None:
    """By the three values of SQL: None is unknown."""
    if tree[0] == "NOT":
        inner = true_of(tree[1], properties)
        return None if inner is None else not inner
    if tree[0] in ("AND", "OR"):
        parts, settles = [true_of(each, properties) for each in tree[1:]], tree[0] == "OR"
        return settles if settles in parts else None if None in parts else not settles
    value = properties.get(tree[0])
    return None if value is None else OPERATORS[tree[1]](value, tree[2])


@given(TREES)
def test_any_tree_is_true_of_the_features_that_a_loop_finds(tree: Any) -> None:
    found = [place for place, properties in enumerate(FEATURES) if true_of(tree, properties) is True]
    text = written(tree)
    assume(depth(text) <= DEEPEST)
    assert holds(text) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ranks = 1", "there is no “ranks” to compare; there are h3, h3_res, "),
        ("rationale = 'x'", "there is no “rationale” to compare"),
        ("rank = 'x'", '"x" is text, where a number is needed, such as 5'),
        ("rank LIKE 'x'", "is a number, where text is needed"),
        ("rank >", "the text is not CQL2 from character 7 on: write it as in confidence = '99 %'"),
        ("THIS IS NOT A FILTER", "the text is not CQL2"),
        ("rank", "is neither true nor false"),
        ("rank = NULL", "write rank_change IS NULL"),
        ("rank IN (count_total)", "after IN come values and no properties"),
        ("foo(rank) = 1", "there is no function or operator “foo”"),
        ("valid_from = '2024-13-01'", "“2024-13-01” is no date: write it as DATE('2024-05-01')"),
        ("valid_from = TIMESTAMP('2024-01-01T00:00:00Z')", "is a time, where a date is needed"),
        ("T_STARTS(valid_from,DATE('2024-01-01'))", "T_STARTS takes two intervals"),
        ("A_CONTAINS(rank,('x'))", "A_CONTAINS takes a list and texts"),
        ("confidence LIKE hotspot_class", "after LIKE comes a text of at most 200 characters"),
        (f"confidence LIKE '{'_' * 201}'", "after LIKE comes a text of at most 200 characters"),
        ("S_INTERSECTS(rank,POINT(1 1))", "a spatial function takes geometry and a shape"),
        ("S_INTERSECTS(geometry,POINT(90 180))", "lies outside OGC:CRS84: name its system with filter-crs"),
        ("S_INTERSECTS(geometry,BBOX(1,2,3))", "a box has four numbers"),
        ("S_INTERSECTS(geometry,BBOX(1,3,2,2))", "the south edge of a box comes before its north edge"),
        ("S_INTERSECTS(geometry,POLYGON((0 0,1 1,0 1,1 0,0 0)))", "the shape is not valid (Self-intersection"),
        (" OR ".join(["S_INTERSECTS(geometry,POINT(1 1))"] * 11), "it names more than 10 shapes"),
        (" OR ".join(["rank=1"] * 101), "it has more than 100 conditions"),
        ("(" * 11 + "rank=1" + ")" * 11, "it is nested deeper than 10 levels"),
        ("NOT " * 11 + "rank=1", "it is nested deeper than 10 levels"),
        ("rank = " + "-" * 4000 + "1", "it is nested deeper than 10 levels"),
        ("(" * 11 + "rank=1", "its brackets do not match"),
        ("(rank=1))", "its brackets do not match"),
        ("'" + "x" * 8000 + "' = confidence", "it is longer than 8,000 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_evaluated_is_refused_with_what_to_do(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as refused:
        Filter.parse(text, "cql2-text", CRS84)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[", "the JSON is not CQL2"),
        ('{"foo":1}', "the JSON is not CQL2"),
        ('{"op":"=","args":[1]}', "there is no “=” of 1 operands"),
        ('{"op":"in","args":[{"property":"rank"},[]]}', "there is no “in” of 2 operands"),
        ('{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":["a",1,2,3]}]}', "a box has four numbers"),
        ('{"op":"not","args":[' * 40 + "true" + "]}" * 40, "it is nested deeper than 32 levels"),
        ("null", "is neither true nor false"),
    ],
)
def test_json_that_cannot_be_evaluated_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as refused:
        Filter.parse(text, "cql2-json", CRS84)
    assert told in str(refused.value)


@given(st.text(max_size=40) | st.text("()-NOT rank=1,'\"", max_size=40))
def test_no_text_does_harm(text: str) -> None:
    """It is evaluated or refused."""
    with suppress(ValueError):
        assert set(holds(text)) <= set(range(len(FEATURES)))


def test_what_is_served_matches_the_filter_in_every_area(published: TestClient) -> None:
    page = get(published, filter="rank <= 3")
    assert ids(page) == [*OVER_THERE[:3], *CELLS[:3]]
    assert page["numberMatched"] == 6


def test_a_filter_holds_together_with_a_box_and_pages_keep_it(published: TestClient) -> None:
    page = get(published, filter="count_total > 45", bbox="-2,54,-1,55", limit=3)
    assert page["numberMatched"] == 4
    assert "filter=count_total+%3E+45" in (href(page, "next") or "")
    assert walk(published, "next", page) == CELLS[:4]


@pytest.mark.parametrize("parameters", [{}, {"filter-lang": "cql2-text"}, {"filter-lang": "cql-text"}])
def test_text_is_the_language_where_none_is_named(published: TestClient, parameters: dict[str, str]) -> None:
    assert get(published, filter="rank=1", **parameters)["numberMatched"] == 2


def test_a_refused_filter_is_a_problem_that_names_it(published: TestClient) -> None:
    found = problem(published, filter="ranks = 1")
    assert (found["type"], found["parameter"]) == ("urn:problem-type:aim:invalid-parameter", "filter")
    assert found["detail"].startswith("“ranks = 1” will not do for filter: there is no “ranks” to compare")
    assert problem(published, **{"filter": "rank=1", "filter-lang": "sql"})["parameter"] == "filter-lang"
    assert problem(published, **{"filter": "rank=1", "filter-crs": "EPSG:1"})["parameter"] == "filter-crs"


def test_dates_are_dates() -> None:
    assert COLUMNS["valid_from"][0] == date(2024, 11, 2)
