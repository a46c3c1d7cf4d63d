"""Features as a table of texts that a spreadsheet can open without harm."""

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from aim.layers.publishing.properties import BY_NAME
from aim.spreadsheet import defused


def table(bodies: Iterable[bytes], names: Sequence[str] = tuple(BY_NAME)) -> bytes:
    """GeoJSON features as CSV (RFC 4180, UTF-8, with a header): one column for each property, the id first."""
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
            return cell(joined(value))
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case str():
            return defused(value)
        case _:
            return value


def joined(texts: Iterable[str]) -> str:
    """A list in one cell."""
    return "; ".join(texts)
