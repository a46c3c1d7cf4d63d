"""Features in another form than they were published in: other coordinates, fewer properties, or a table."""

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any, Final

from aim.api.crs import CRS84, Crs, remade
from aim.api.item_parameters import Selection
from aim.layers.publishing.properties import BY_NAME

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a text that begins so for a formula, and may run it."""


def remake(bodies: Iterable[bytes], crs: Crs, selection: Selection | None) -> list[bytes]:
    """The features with their coordinates in another system, and with the chosen properties alone."""
    return [_remade(json.loads(body), crs, selection) for body in bodies]


def _remade(feature: dict[str, Any], crs: Crs, selection: Selection | None) -> bytes:
    if selection is not None:
        properties = feature["properties"]
        feature["properties"] = {name: properties[name] for name in selection.names if name in properties}
    if crs is not CRS84:
        feature["geometry"] = remade(feature["geometry"], crs)
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":")).encode()


def table(bodies: Sequence[bytes], selection: Selection | None) -> bytes:
    """The features as CSV (RFC 4180, UTF-8, with a header): one column for each property, the id first."""
    names = tuple(BY_NAME) if selection is None else selection.names
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", *names])
    for body in bodies:
        feature = json.loads(body)
        properties = feature["properties"]
        writer.writerow([cell(feature["id"]), *(cell(properties.get(name)) for name in names)])
    return out.getvalue().encode()


def cell(value: Any) -> Any:
    """A value as a spreadsheet may hold it: a text that would be a formula is led by an apostrophe."""
    match value:
        case list():
            return cell("; ".join(map(str, value)))
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case str() if value.startswith(DANGEROUS):
            return f"'{value}"
        case _:
            return value
