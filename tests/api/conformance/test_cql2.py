"""Common Query Language, CQL2 (21-065r2), annex A. The features are made up, so the test data of the standard are not
used; tests/api/test_filters.py holds every operator to a plain loop."""

import random
from functools import cache
from typing import Any, Final

import pytest

from aim.api.crs import CRS84
from aim.api.filters import Filter
from aim.layers.publishing.properties import PROPERTIES, Kind
from tests.api.test_filters import BLOCK, COLUMNS

BASE = "http://www.opengis.net/spec/cql2/1.0/conf"
CLASSES = [
    f"{BASE}/{name}"
    for name in (
        "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
        "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions", "temporal-functions",
        "array-functions", "arithmetic",
    )
]  # fmt: skip
VALUES: Final = {Kind.TEXT: "'foo'", Kind.NUMBER: "3.14", Kind.INTEGER: "1", Kind.DATE: "DATE('2022-04-14')"}
QUERYABLES: Final = [each for each in PROPERTIES if each.queryable]
SCALARS: Final = [each for each in QUERYABLES if each.kind in VALUES]
NUMBERS: Final = [each.name for each in SCALARS if each.kind in (Kind.NUMBER, Kind.INTEGER)]
TEXTS: Final = [each.name for each in SCALARS if each.kind is Kind.TEXT]
DATES: Final = [each.name for each in SCALARS if each.kind is Kind.DATE]
LISTS: Final = [each.name for each in QUERYABLES if each.kind is Kind.TEXTS]
WORLD: Final = "BBOX(-180,-90,180,90)"
WHOLE: Final = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"
LINE: Final = "LINESTRING(7 50,10 51)"


@cache
def found(text: str, language: str = "cql2-text") -> frozenset[int]:
    return frozenset(Filter.parse(text, language, CRS84).places(BLOCK, COLUMNS).tolist())


def refused(text: str) -> bool:
    try:
        found(text)
    except ValueError:
        return True
    return False


def test_basic() -> None:
    """/conf/basic-cql2/basic-test: there are queryables, each with its type, at least one of them scalar."""
    assert SCALARS
    assert all(each.kind in Kind for each in QUERYABLES)


@pytest.mark.parametrize("each", SCALARS, ids=lambda each: each.name)
def test_comparison(each: Any) -> None:
    """/conf/basic-cql2/comparison"""
    value = VALUES[each.kind]
    for one, other in (("=", "<>"), (">", "<="), ("<", ">=")):
        assert not found(f"{each.name} {one} {value}") & found(f"{each.name} {other} {value}")


@pytest.mark.parametrize("each", QUERYABLES, ids=lambda each: each.name)
def test_is_null(each: Any) -> None:
    """/conf/basic-cql2/is-null"""
    assert not found(f"{each.name} IS NULL") & found(f"{each.name} is not null")


def test_boolean() -> None:
    """/conf/basic-cql2/boolean"""
    assert len(found("true")) == len(BLOCK)
    assert found("false") == frozenset()


@pytest.mark.parametrize("seed", range(10))
def test_logical(seed: int) -> None:
    """/conf/basic-cql2/logical; so too for the dependent classes, whose predicates are among the four"""
    some = ["rank > 5", "count_total <= 40", "rank_change IS NULL", "hotspot_class LIKE 'n%'", "rank IN (1,2,3)",
            "valid_from > DATE('2024-11-10')", f"S_INTERSECTS(geometry,{WORLD})", "A_CONTAINS(top_categories,('x'))",
            "CASEI(hotspot_class) = casei('NEW')", "T_AFTER(valid_to,DATE('2024-12-09'))"]  # fmt: skip
    p1, p2, p3, p4 = random.Random(seed).sample(some, 4)  # noqa: S311  # no secret
    combined = found(f"((NOT {p1} AND {p2}) OR ({p3} and NOT {p4}) or not ({p1} AND {p4}))")
    every, sets = frozenset(range(len(BLOCK))), [found(each) for each in (p1, p2, p3, p4)]
    a, b, c, d = sets
    assert combined == ((every - a) & b) | (c & (every - d)) | (every - (a & d))


@pytest.mark.parametrize("name", TEXTS)
def test_like(name: str) -> None:
    """/conf/advanced-comparison-operators/like"""
    assert not found(f"{name} like '_%'") & found(f"{name} like ''")
    assert found(f"{name} LIKE '%'") == found(f"{name} like '%%'")
    assert found(rf"{name} like '\%\_'") == frozenset()


@pytest.mark.parametrize("name", NUMBERS)
def test_between_and_in(name: str) -> None:
    """/conf/advanced-comparison-operators/between, in"""
    assert found(f"{name} BETWEEN 0 AND 100") == found(f"{name} >= 0 AND {name} <= 100")
    assert found(f"{name} between 100.0 and 1.0") == frozenset()
    assert found(f"{name} IN (1, 2, 3)") == found(f"{name}=1 OR {name}=2 OR {name}=3")


@pytest.mark.parametrize(("names", "values"), [(TEXTS, "('foo','bar')"), (DATES, "('2022-04-14','2022-04-15')")])
def test_in(names: list[str], values: str) -> None:
    """/conf/advanced-comparison-operators/in: texts and dates."""
    assert all(found(f"{name} in {values}") == frozenset() for name in names)


@pytest.mark.parametrize("name", TEXTS)
def test_casei(name: str) -> None:
    """/conf/case-insensitive-comparison/casei, casei-like"""
    assert not found(f"CASEI({name}) = casei('foo')") & found(f"CASEI({name}) <> casei('FOO')")
    assert found(f"CASEI({name}) LIKE casei('foo%')") == found(f"CASEI({name}) LIKE casei('FOO%')")


def test_s_intersects() -> None:
    """/conf/basic-spatial-functions/s_intersects"""
    assert len(found(f"S_INTERSECTS(geometry,{WORLD})")) == len(BLOCK)
    assert found("S_INTERSECTS(geometry,POINT(7.02 49.92))") == frozenset()
    assert refused("S_INTERSECTS(geometry,POINT(90 180))")
    halves = "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))"
    assert found(halves) == frozenset()


def test_s_intersects_with_every_kind_of_shape() -> None:
    """/conf/basic-spatial-functions-plus/s_intersects"""
    assert refused("S_INTERSECTS(geometry,MULTIPOINT(7.02 49.92, 90 180))")
    hole = "((-180 -90,-90 -90,-90 90,-180 90,-180 -90),(-120 -50,-100 -50,-100 -40,-120 -40,-120 -50))"
    for shape in (
        "LINESTRING(-180 -45,0 -45)", "MULTILINESTRING((-180 -45,0 -45),(0 45,180 45))", f"POLYGON{hole}",
        f"MULTIPOLYGON({hole},((0 0,10 0,10 10,0 10,0 0)))",
        "GEOMETRYCOLLECTION(POINT(7.02 49.92),POLYGON((0 0,10 0,10 10,0 10,0 0)))",
    ):  # fmt: skip
        assert found(f"S_INTERSECTS(geometry,{shape})") == frozenset()


@pytest.mark.parametrize("name", ["S_INTERSECTS", "S_DISJOINT", "S_TOUCHES", "S_WITHIN", "S_CONTAINS", "S_OVERLAPS"])
def test_spatial_functions(name: str) -> None:
    """/conf/spatial-functions/s_intersects, s_disjoint, s_touches, s_within, s_contains, s_overlaps"""
    assert found(f"{name}(geometry,{WORLD})") == found(f"{name}(geometry,{WHOLE})")
    assert found(f"{name}(geometry,{LINE})") in (frozenset(), frozenset(range(len(BLOCK))))
    assert refused(f"{name}(geometry,POINT(90 180))")


def test_spatial_functions_exclude_each_other() -> None:
    """/conf/spatial-functions/s_disjoint, s_contains, s_equals, s_crosses"""
    for shape in (WORLD, LINE, "POINT(7.02 49.92)", "POINT(-1.235 54.5742)"):
        assert not found(f"S_DISJOINT(geometry,{shape})") & found(f"S_INTERSECTS(geometry,{shape})")
        assert not found(f"S_CONTAINS(geometry,{shape})") & found(f"S_WITHIN(geometry,{shape})")
    for name in ("S_EQUALS", "S_CROSSES"):
        assert found(f"{name}(geometry,{LINE})") == frozenset()


@pytest.mark.parametrize("name", DATES)
@pytest.mark.parametrize("function", ["T_AFTER", "T_BEFORE", "T_DISJOINT", "T_EQUALS", "T_INTERSECTS"])
def test_temporal_functions(name: str, function: str) -> None:
    """/conf/temporal-functions/temporal-functions-1"""
    meaning = {"T_AFTER": ">", "T_BEFORE": "<", "T_DISJOINT": "<>", "T_EQUALS": "=", "T_INTERSECTS": "="}[function]
    assert found(f"{function}({name},DATE('2024-11-20'))") == found(f"{name} {meaning} DATE('2024-11-20')")
    assert found(f"{function}({name},INTERVAL('2021-01-01','2021-12-31'))") >= frozenset()


SPAN: Final = "INTERVAL(valid_from,valid_to)"
OTHER: Final = "INTERVAL('2024-11-10','2024-12-20')"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("T_AFTER", "T_BEFORE"), ("T_CONTAINS", "T_DURING"), ("T_FINISHEDBY", "T_FINISHES"), ("T_MEETS", "T_METBY"),
        ("T_OVERLAPPEDBY", "T_OVERLAPS"), ("T_STARTEDBY", "T_STARTS"), ("T_EQUALS", "T_EQUALS"),
        ("T_DISJOINT", "T_DISJOINT"), ("T_INTERSECTS", "T_INTERSECTS"),
    ],
)  # fmt: skip
def test_temporal_functions_of_intervals(one: str, other: str) -> None:
    """/conf/temporal-functions/temporal-functions-2: each is its converse with the operands changed over."""
    assert found(f"{one}({SPAN},{OTHER})") == found(f"{other}({OTHER},{SPAN})")
    assert found(f"{other}({SPAN},{OTHER})") == found(f"{one}({OTHER},{SPAN})")


@pytest.mark.parametrize("name", LISTS)
def test_array_functions(name: str) -> None:
    """/conf/array-functions/array-predicates"""
    parts = {
        each: found(f"A_{each}({name},('foo','bar'))") for each in ("CONTAINS", "CONTAINEDBY", "OVERLAPS", "EQUALS")
    }
    assert parts["EQUALS"] == parts["CONTAINS"] & parts["CONTAINEDBY"]
    assert parts["CONTAINS"] <= parts["OVERLAPS"]


@pytest.mark.parametrize("name", NUMBERS)
def test_arithmetic(name: str) -> None:
    """/conf/arithmetic/arithmetic"""
    assert found(f"{name} = 1 + 2 * 3 - 4 / 2") == found(f"{name} = 5")
    assert found(f"{name} + 1 > 5") == found(f"{name} > 4")
    assert found(f"{name} * 2 = 10 AND {name} % 2 = 1 AND {name} div 2 = 2 AND {name} ^ 2 = 25") == found(f"{name} = 5")


def test_text_is_read() -> None:
    """/conf/cql2-text/validate, escaping: every test of this file is in text; escaped characters come back."""
    assert found(r"area_name <> 'it''s' AND area_name <> 'it\'s' AND area_name <> 'a\tb'") == found("TRUE")
    assert found(r"'a\tb' = 'a	b'") == found("TRUE")
    assert found(r"'it\'s' = 'it''s'") == found("TRUE")


@pytest.mark.parametrize(
    ("as_json", "text"),
    [
        ('{"op":"<=","args":[{"property":"rank"},3]}', "rank <= 3"),
        ('{"op":"like","args":[{"property":"hotspot_class"},"n%"]}', "hotspot_class LIKE 'n%'"),
        ('{"op":"in","args":[{"property":"rank"},[1,2]]}', "rank IN (1,2)"),
        ('{"op":"between","args":[{"property":"rank"},1,2]}', "rank BETWEEN 1 AND 2"),
        (
            '{"op":"a_overlaps","args":[{"property":"supporting_agencies"},["fire"]]}',
            "A_OVERLAPS(supporting_agencies,('fire'))",
        ),
        (
            '{"op":"=","args":[{"op":"casei","args":[{"property":"hotspot_class"}]},{"op":"casei","args":["NEW"]}]}',
            "hotspot_class = 'new'",
        ),
        ('{"op":"=","args":[{"op":"+","args":[{"property":"rank"},1]},3]}', "rank = 2"),
        ('{"op":"t_after","args":[{"property":"valid_to"},{"date":"2024-12-09"}]}', "valid_to > DATE('2024-12-09')"),
        ('{"op":"s_within","args":[{"property":"geometry"},{"bbox":[-180,-90,180,90]}]}', "TRUE"),
        ('{"op":"isNull","args":[{"property":"rank_change"}]}', "rank_change IS NULL"),
    ],
)  # fmt: skip
def test_json_is_read(as_json: str, text: str) -> None:
    """/conf/cql2-json/validate: an expression of each class says what the same text says."""
    assert found(as_json, "cql2-json") == found(text)
