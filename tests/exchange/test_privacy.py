"""No coordinate, reference, address or free text reaches any file, whatever a feed has left in the database."""

import re
from itertools import count
from pathlib import Path
from typing import Any

import h3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.exchange.conftest import Land

MARKED = "hIdDeN"
CATEGORIES = {
    "cad": ("asb_personal", "transport_incident", "public_safety_welfare"),
    "crimes": ("burglary", "sexual_offences", "violence"),
    "irs": ("deliberate_primary_fire", "primary_fire_dwelling"),
    "wardens": ("graffiti", "noise"),
}
KEYS = ("postcode_district", "address", "smoke_alarm", "grade", "external_id", "name")
TRIES = count()


def marked(before: str, number: int, after: str) -> str:
    """Text that a test would recognise wherever it came out."""
    return f"{before}{MARKED}{number}{after}"


BEFORE = st.sampled_from(["", "=", "28E ", "TS1 ", "burglary ", "12 "])
AFTER = st.sampled_from(["", " High Street", ",", '"', "\n", "/1"])
secrets = st.builds(marked, BEFORE, st.integers(0, 99), AFTER)
places = st.tuples(st.floats(54.551, 54.599), st.floats(-1.289, -1.181))
incidents = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([(name, category) for name, some in CATEGORIES.items() for category in some]),
        "when": st.datetimes().map(lambda at: f"2026-{7 + at.month % 3:02}-{1 + at.day % 28:02} {at:%H:%M}"),
        "place": st.one_of(st.none(), places),
        "precision_m": st.sampled_from([1.0, 71.0, 200.0, 900.0, 5_000.0, 100_000.0]),
        "time_precision": st.sampled_from(["exact", "day", "month"]),
        "attributes": st.one_of(st.none(), st.dictionaries(st.sampled_from(KEYS), secrets)),
        "source_category": secrets,
        "source_id": secrets,
        "scope": secrets,
        "outcome": secrets,
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(planted=st.lists(incidents, min_size=1, max_size=6))
def test_nothing_leaves_that_is_not_meant_to(land: Land, planted: list[dict[str, Any]]) -> None:
    with land.engine.begin() as connection:
        connection.execute(text("TRUNCATE incident"))
    out = f"out-{next(TRIES)}"
    land.span("cad")
    for drawn in planted:
        name, category = drawn["kind"]
        land.plant(name, category, **{key: value for key, value in drawn.items() if key != "kind"})
    land.share(out=out)
    assert MARKED.lower() not in land.text(out).lower()
    for drawn in planted:
        assert_hidden(land.folder / out, drawn)


def assert_hidden(folder: Path, drawn: dict[str, Any]) -> None:
    """Neither the point, to a thousandth of a degree, nor a finer cell, nor the minute."""
    written = "\n".join(file.read_text("utf-8") for file in folder.glob("*.csv"))
    assert not re.search(r"\d:[0-5][1-9]|\d:[1-5]0", written), "a minute"
    assert not re.search(r"-?\d+\.\d", written), "a number with a fraction"
    if drawn["place"] is not None:
        latitude, longitude = drawn["place"]
        finer = [h3.latlng_to_cell(latitude, longitude, resolution) for resolution in (9, 10, 12, 15)]
        assert not any(cell in written for cell in finer)
        cells = re.findall(r"\b8[0-9a-f]{14}\b", written)
        assert all(h3.get_resolution(cell) <= 8 for cell in cells)
