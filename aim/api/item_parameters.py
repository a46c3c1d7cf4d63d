"""Query parameters of features: where, when, which, in what order and in which form.

Pydantic looks at the fields in their order, so that a box and a filter know the system their coordinates are in.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, Final, Literal

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from aim.api.crs import CRS84, SYSTEMS, Bbox, Crs
from aim.api.filters import LANGUAGES, Filter
from aim.api.parameters import DEFAULT_LIMIT, Interval, Limit, Offset, Parameters, RunNumber, parse_datetime
from aim.api.schemas import sortable
from aim.layers.publishing.properties import BY_NAME, PROPERTIES

MOST_KEYS: Final = 5
"""Properties that an order may go by."""


@dataclass(frozen=True)
class Order:
    """Properties to sort by, each with whether the greatest comes first."""

    keys: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return ",".join(f"{'-' if down else ''}{name}" for name, down in self.keys)


@dataclass(frozen=True)
class Selection:
    """Properties to send, in the order of their description."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        return ",".join(self.names)


def parse_crs(text: str) -> str:
    """The URI of one of the systems that are served."""
    if text not in SYSTEMS:
        raise ValueError(f"the systems served are {', '.join(SYSTEMS)}")
    return text


def parse_bbox(text: str, info: ValidationInfo) -> Bbox:
    """Four edges in the axis order of `bbox-crs`; or six, with heights, which are not looked at."""
    crs = SYSTEMS[info.data.get("bbox_crs", CRS84.uri)]
    try:
        edges = [float(part) for part in text.split(",")]
    except ValueError:
        edges = []
    if len(edges) not in (4, 6) or not all(map(isfinite, edges)):
        raise ValueError(f"give four numbers{_axes(crs)} (or six, with heights)")
    if len(edges) == 6:
        edges = [*edges[:2], *edges[3:5]]
    return _checked(Bbox((edges[0], edges[1], edges[2], edges[3]), crs))


def _axes(crs: Crs) -> str:
    if crs.reach is not None:
        return f" in metres of {crs.name}, least east, least north, most east, most north"
    return f" in degrees, {'south,west,north,east' if crs.latitude_first else 'west,south,east,north'}"


def _checked(box: Bbox) -> Bbox:
    if box.crs.reach is not None:
        if box.edges[0] > box.edges[2] or box.edges[1] > box.edges[3]:
            raise ValueError("the lesser edge comes before the greater, first of eastings and then of northings")
        return box
    west, south, east, north = box.degrees
    if not (-90 <= south <= north <= 90):
        raise ValueError("the south edge comes before the north edge, and both lie between -90 and 90")
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        raise ValueError("the west and east edges lie between -180 and 180")
    return box


def parse_order(text: str) -> Order:
    """`-count_total,h3`: names of sortable properties, each once, with a minus where the greatest comes first."""
    keys = [(key.removeprefix("-").removeprefix("+").strip(), key.startswith("-")) for key in text.split(",")]
    names = [name for name, _ in keys]
    if unknown := [name for name in names if name not in BY_NAME or not sortable(BY_NAME[name])]:
        known = ", ".join(each.name for each in PROPERTIES if sortable(each))
        raise ValueError(f"there is no “{unknown[0][:50]}” to sort by; there are {known}")
    if len(set(names)) < len(names) or len(names) > MOST_KEYS:
        raise ValueError(f"name each property once, and at most {MOST_KEYS}")
    return Order(tuple(keys))


def parse_selection(text: str) -> Selection:
    """`rank,count_total`: names of properties."""
    names = {name.strip() for name in text.split(",")}
    if unknown := sorted(names - BY_NAME.keys()):
        raise ValueError(f"there is no property “{unknown[0][:50]}”; there are {', '.join(BY_NAME)}")
    return Selection(tuple(name for name in BY_NAME if name in names))


def parse_filter(text: str, info: ValidationInfo) -> Filter:
    """CQL2 in the language and with the coordinates that the other parameters say."""
    return Filter.parse(
        text, info.data.get("filter_lang", LANGUAGES[0]), SYSTEMS[info.data.get("filter_crs", CRS84.uri)]
    )


def _uris() -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": "uri", "enum": list(SYSTEMS), "default": CRS84.uri})


def _list(items: dict[str, Any], **limits: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "array", "items": items, **limits})


def _names(chosen: list[str]) -> dict[str, Any]:
    return {"type": "string", "enum": chosen}


ItemsFormat = Annotated[
    Literal["json", "html", "csv"] | None,
    Field(description="Format of the answer; without it, the Accept header decides between JSON and HTML."),
    WithJsonSchema({"type": "string", "enum": ["json", "html", "csv"]}),
]
CrsParameter = Annotated[
    str,
    Field(description="System of the coordinates in the answer, each in its own axis order."),
    PlainValidator(parse_crs, json_schema_input_type=str),
    _uris(),
]
BboxCrs = Annotated[
    str,
    Field(alias="bbox-crs", description="System of the coordinates of `bbox`, in its own axis order."),
    PlainValidator(parse_crs, json_schema_input_type=str),
    _uris(),
]
BboxParameter = Annotated[
    Bbox | None,
    Field(description="Only features that meet this box: west,south,east,north in degrees, or as `bbox-crs` says."),
    PlainValidator(parse_bbox, json_schema_input_type=str),
    _list({"type": "number"}, minItems=4, maxItems=6),
]
DatetimeParameter = Annotated[
    Interval | None,
    Field(description="Only versions whose scored window meets this instant or interval (RFC 3339; `..` is open)."),
    PlainValidator(parse_datetime, json_schema_input_type=str),
    WithJsonSchema({"type": "string"}),
]
FilterCrs = Annotated[
    str,
    Field(alias="filter-crs", description="System of the coordinates in `filter`, in its own axis order."),
    PlainValidator(parse_crs, json_schema_input_type=str),
    _uris(),
]
FilterLanguage = Annotated[
    Literal["cql2-text", "cql2-json", "cql-text"],
    Field(alias="filter-lang", description="Language of `filter`; cql-text is an older name of cql2-text."),
    WithJsonSchema({"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]}),
]
FilterParameter = Annotated[
    Filter | None,
    Field(description="Only features for which this expression of CQL2 is true; /queryables has the names."),
    PlainValidator(parse_filter, json_schema_input_type=str),
    WithJsonSchema({"type": "string"}),
]
SortBy = Annotated[
    Order | None,
    Field(description="Order of the features, with a minus for the greatest first; without it, area and rank."),
    PlainValidator(parse_order, json_schema_input_type=str),
    _list({"type": "string", "pattern": f"[+-]?({'|'.join(each.name for each in PROPERTIES if sortable(each))})"},
          minItems=1, maxItems=MOST_KEYS),
]  # fmt: skip
PropertyNames = Annotated[
    Selection | None,
    Field(description="Only these properties of the features; without it, all."),
    PlainValidator(parse_selection, json_schema_input_type=str),
    _list(_names(list(BY_NAME)), minItems=1),
]


class FeatureParameters(Parameters):
    f: Annotated[
        Literal["json", "html"] | None,
        Field(description="Format of the answer; without it, the Accept header decides."),
        WithJsonSchema({"type": "string", "enum": ["json", "html"]}),
    ] = None
    run: RunNumber = None
    crs: CrsParameter = CRS84.uri


class ItemsParameters(Parameters):
    f: ItemsFormat = None
    run: RunNumber = None
    crs: CrsParameter = CRS84.uri
    bbox_crs: BboxCrs = CRS84.uri
    bbox: BboxParameter = None
    datetime: DatetimeParameter = None
    filter_lang: FilterLanguage = "cql2-text"
    filter_crs: FilterCrs = CRS84.uri
    filter: FilterParameter = None
    sortby: SortBy = None
    properties: PropertyNames = None
    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0

    @property
    def plain(self) -> bool:
        """Whether the features are sent as they were published."""
        return self.crs == CRS84.uri and self.properties is None
