"""HTML pages. Everything that comes from data is escaped: autoescape is on for all templates."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aim.api.answers import PLAIN, Prepared, marked, prepare
from aim.api.catalogue import Snapshot
from aim.api.links import HTML
from aim.api.parameters import LOCAL
from aim.api.summary import collection_members
from aim.api.versions import Version, last_day

HERE: Final = Path(__file__).parent
TABLE_COLUMNS: Final = (
    ("rank", "Rank"),
    ("area_name", "Place"),
    ("confidence", "Confidence"),
    ("count_total", "Incidents"),
    ("rationale", "Why it is here"),
)
"""Properties of a feature that the table of a page shows; the page of one feature shows them all."""


def make_environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
    environment.filters["words"] = words
    environment.filters["day"] = day
    return environment


def render(environment: Environment, template: str, variables: Mapping[str, Any], coding: str = PLAIN) -> Prepared:
    headers = marked(variables.get("marking"))
    return prepare(environment.get_template(template).render(variables).encode(), HTML, coding, headers)


def words(value: Any) -> str:
    """A property as text for a reader: lists with commas, what lies deeper in brackets, "none" for nothing."""
    match value:
        case None | "":
            return "none"
        case list() | dict() if not value:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(words, value))
        case dict():
            pairs = ((name, each, isinstance(each, dict)) for name, each in value.items())
            return ", ".join(
                f"{name} ({words(each)})" if deep else f"{name}: {words(each)}" for name, each, deep in pairs
            )
        case _:
            return str(value)


def day(text: str) -> str:
    """An ISO day, or the day in Europe/London of an ISO time, as it is written: 5 November 2024."""
    moment = datetime.fromisoformat(text)
    local = moment if moment.tzinfo is None else moment.astimezone(LOCAL)
    return f"{local.day} {local:%B %Y}"


def home_layers(snapshot: Snapshot) -> list[dict[str, Any]]:
    return [home_layer(layer, versions) for layer, versions in snapshot.layers.items()]


def home_layer(layer: str, versions: Sequence[Version]) -> dict[str, Any]:
    """One row of the home page; `as_of` is that of the area scored longest ago."""
    members = collection_members(versions)
    told = versions[0].description
    return {
        "id": layer,
        "title": told["title"],
        "description": told["description"],
        "as_of": day(last_day(min(version.valid_to for version in versions)).isoformat()),
        "significant": members["significant"],
        "incidents": members["incidents"],
    }
