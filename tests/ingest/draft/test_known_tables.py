"""Tables whose order of dates, coordinate system and reference are known: a draft finds them, or asks.

The oracle is the generator: what it made is what a draft may claim, and where what it made proves nothing, a draft that
claims anything is wrong.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from aim.ingest.draft.draft import Draft
from aim.ingest.profile.schema import parse
from tests.ingest.draft.tables import drafted, jobs, sure

Order = Literal["day", "month"]
DAYS: Final = st.dates(date(2020, 1, 1), date(2026, 12, 31))
FORMATS: Final = {"day": "%d/%m/%Y", "month": "%m/%d/%Y"}
SYSTEMS: Final = ("EPSG:27700", "EPSG:4326", "EPSG:3857")
NAMES: Final = {"EPSG:27700": ("Easting", "Northing"), "EPSG:4326": ("Longitude", "Latitude"), "EPSG:3857": ("X", "Y")}
SWEEP = settings(max_examples=60, deadline=None)


def draft_of(rows: Sequence[dict[str, str]]) -> Draft:
    """The draft of a table in a folder of its own."""
    with TemporaryDirectory() as folder:
        return drafted(Path(folder), rows)


def proved(days: Sequence[date]) -> bool:
    """Whether one of the dates cannot be read the other way round. A plain loop on purpose."""
    return any(day.day > 12 for day in days)


@given(days=st.lists(DAYS, min_size=1, max_size=40), order=st.sampled_from(["day", "month"]))
@SWEEP
def test_the_order_of_dates_is_proved_or_asked_for(days: list[date], order: Order) -> None:
    rows = jobs(len(days))
    for row, day in zip(rows, days, strict=True):
        row["Date logged"] = day.strftime(FORMATS[order])
    found = draft_of(rows)
    if proved(days):
        assert sure(found, "time.formats") == [(f"{FORMATS[order]} %H:%M", "certain")]
    else:
        [(_, how_sure)] = sure(found, "time.formats")
        assert how_sure == "to be decided"
        assert "time.formats" in found.undecided


@given(days=st.lists(DAYS, min_size=2, max_size=40), turned=st.integers(0, 39))
@SWEEP
def test_one_date_in_the_other_order_is_never_overlooked(days: list[date], turned: int) -> None:
    """Dates that are proofs on both sides cannot all be read by either order, so nothing may be claimed."""
    rows, turned = jobs(len(days)), turned % len(days)
    for at, (row, day) in enumerate(zip(rows, days, strict=True)):
        row["Date logged"] = day.strftime(FORMATS["month" if at == turned else "day"])
    rest = [day for at, day in enumerate(days) if at != turned]
    [(_, how_sure)] = sure(draft_of(rows), "time.formats")
    both_or_neither = proved(rest) == proved([days[turned]])
    assert (how_sure == "to be decided") == both_or_neither


@given(
    crs=st.sampled_from(SYSTEMS),
    swapped=st.booleans(),
    places=st.lists(st.tuples(st.integers(400_000, 600_000), st.integers(150_000, 600_000)), min_size=5, max_size=40),
)
@SWEEP
def test_the_coordinate_system_is_the_one_the_table_was_written_in(
    crs: str, swapped: bool, places: list[tuple[int, int]]
) -> None:
    """National Grid axes that stand in each other's place look like another place in England, so none are made."""
    rows = table_in(crs, places, swapped=swapped and crs == "EPSG:4326")
    found = draft_of(rows)
    [place] = parse(found.profile, "draft.toml").place
    x, y = NAMES[crs]
    assert place.crs == crs
    assert (place.x, place.y) == ((y, x) if swapped and crs == "EPSG:4326" else (x, y))
    assert found.trial is not None
    assert found.trial.rejected == {}


def table_in(crs: str, places: list[tuple[int, int]], *, swapped: bool) -> list[dict[str, str]]:
    """Jobs at places on the National Grid, written in a coordinate system."""
    to = Transformer.from_crs("EPSG:27700", crs, always_xy=True)
    x, y = NAMES[crs]
    rows = [{k: v for k, v in job.items() if k not in ("Easting", "Northing")} for job in jobs(len(places))]
    for row, (easting, northing) in zip(rows, places, strict=True):
        one, other = to.transform(easting, northing)
        row[y if swapped else x], row[x if swapped else y] = f"{one:.7f}", f"{other:.7f}"
    return rows


@given(a_day=st.integers(2, 30), days=st.integers(3, 30), kind=st.sampled_from(["unique", "daily", "none"]))
@SWEEP
def test_the_reference_is_unique_or_used_again_each_day_or_not_there(a_day: int, days: int, kind: str) -> None:
    rows = jobs(a_day * days)
    for at, row in enumerate(rows):
        row["Date logged"] = (date(2026, 1, 20) + timedelta(days=at // a_day)).strftime("%d/%m/%Y")
        row["Job ref"] = {"unique": f"KB{at}", "daily": f"{at % a_day + 1}", "none": f"{at % 2}"}[kind]
    found = draft_of(rows)
    named = [value for value, _ in sure(found, "id")]
    if kind == "unique":
        assert (named, "with_date" in found.profile) == (["Job ref"], False)
    elif kind == "daily":
        assert (named, "with_date = true" in found.profile) == (["Job ref"], True)
    else:
        assert "delivery" in found.undecided or a_day == 2, "two numbers name a row only where a day has two rows"


@given(degrees=st.integers(1, 39))
@SWEEP
def test_rows_of_both_systems_are_told_apart_by_range(degrees: int) -> None:
    metres = table_in("EPSG:27700", [(450_000 + at, 516_000 + at) for at in range(40)], swapped=False)
    others = table_in("EPSG:4326", [(450_000 + at, 516_000 + at) for at in range(40)], swapped=False)
    for row, other in list(zip(metres, others, strict=True))[:degrees]:
        row["Easting"], row["Northing"] = other["Longitude"], other["Latitude"]
    found = draft_of(metres)
    [place] = parse(found.profile, "draft.toml").place
    assert place.crs == "by range"
    assert found.trial is not None
    assert (found.trial.taken, found.trial.without_location) == (40, 0)


@pytest.mark.parametrize("order", ["day", "month"])
def test_a_draft_that_claims_an_order_loads_each_date_as_it_was_meant(tmp_path: Path, order: Order) -> None:
    rows = jobs(40)
    for at, row in enumerate(rows):
        row["Date logged"] = (date(2026, 3, 1) + timedelta(days=at)).strftime(FORMATS[order])
    found = drafted(tmp_path, rows)
    assert found.trial is not None
    assert (found.trial.taken, found.trial.rejected) == (40, {})
