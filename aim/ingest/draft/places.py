"""Where it happened: pairs of columns that hold coordinates, the system they are in, and how far off they may be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from aim.incident import LocationMethod
from aim.ingest import normalise as to
from aim.ingest.draft.findings import Finding, Sure, of
from aim.ingest.draft.look import Column, Look
from aim.ingest.draft.precision import DEGREE_M, Precision, precision_of
from aim.ingest.profile.places import DEGREES, GRID, to_degrees
from aim.ingest.profile.schema import BY_RANGE, TO_BE_DECIDED
from aim.ingest.spatial import X, Y

AXES: Final = {
    "x": ("x", "lon", "long", "lng", "longitude", "easting", "eastings", "east", "xcoord", "geox", "pointx"),
    "y": ("y", "lat", "latitude", "northing", "northings", "north", "ycoord", "geoy", "pointy"),
}
MERCATOR: Final = "EPSG:3857"
MERCATOR_X: Final = (-1_003_000.0, 234_000.0)
MERCATOR_Y: Final = (6_405_000.0, 8_626_000.0)
"""Britain's degrees (normalise.BRITISH_...) in Web Mercator metres."""
NUMERIC: Final = 0.8
COMPARED: Final = 10_000
AGREES_M: Final = 250.0
"""Of the median row; another system would be kilometres off."""
MOSTLY: Final = 0.98
FEW: Final = 0.01
SPIKE: Final = 0.05
FEWEST: Final = 20
LETTERS: Final = {"x": ("y", ""), "e": ("n", "grid")}
"""The letter in which the names of two axes may differ (OSX and OSY, Grid E and Grid N), and what they speak of."""
GRID_REFERENCE: Final = r"^[HJNOST][A-HJ-Z] ?\d{2,5} ?\d{2,5}$"
BOTH: Final = r"^\(?\s*(POINT\s*\()?\s*-?\d+\.\d+[,; ]+-?\d+\.\d+\s*\)*$"


@dataclass(frozen=True)
class Spot:
    """A `[[place]]` of a profile. `crs` is None where the numbers do not tell."""

    x: str
    y: str
    crs: str | None
    sure: Sure
    why: str
    filled: int
    precision: Precision
    nothing: tuple[str, ...] = ()
    british: bool = True
    rows: pl.Series | None = None
    """Whether each row has it."""


@dataclass(frozen=True)
class Where:
    """The places of a profile, the best first, the pairs that were left out, and what was found."""

    spots: tuple[Spot, ...]
    left_out: tuple[Spot, ...] = ()
    findings: tuple[Finding, ...] = ()


def infer_where(look: Look) -> Where:
    """Where the incidents of a table happened."""
    spots = [_spot(look, x, y, kind) for x, y, kind in pairs(look)]
    found = [spot for spot in spots if spot.filled]
    if not found:
        return Where((), (), (Finding("place", "", Sure.OPEN, _nowhere(look)),))
    found = _agreed(found, look)
    found.sort(key=lambda spot: (spot.crs is None, spot.precision.metres, -spot.filled))
    chosen = _needed(found)
    findings = [finding for spot in chosen for finding in _about(spot, look)]
    return Where(tuple(chosen), tuple(spot for spot in found if spot not in chosen), tuple(findings))


def pairs(look: Look) -> list[tuple[Column, Column, str]]:
    """Columns whose names are alike but for the axis, and which hold numbers; with what the names speak of."""
    by_rest: dict[tuple[str, ...], dict[str, Column]] = {}
    for column in look.columns.values():
        axis, rest = _axis(column)
        if axis and _numeric(column):
            by_rest.setdefault(rest, {}).setdefault(axis, column)
    found = [(pair["x"], pair["y"], rest[0]) for rest, pair in by_rest.items() if {"x", "y"} <= pair.keys()]
    return found or list(_by_one_letter(look))


def _by_one_letter(look: Look) -> Iterator[tuple[Column, Column, str]]:
    named = {column.name.lower(): column for column in look.columns.values() if _numeric(column)}
    for name, column in named.items():
        for at, letter in enumerate(name):
            other, kind = LETTERS.get(letter, ("", ""))
            if other and (pair := named.get(name[:at] + other + name[at + 1 :])):
                yield column, pair, kind


def _axis(column: Column) -> tuple[str | None, tuple[str, ...]]:
    """The axis that a name speaks of, with its kind, and the rest of the name."""
    if column.name in (X, Y):
        return ("x" if column.name == X else "y"), ("geometry",)
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", column.name)
    lowered = [word.lower() for word in words]
    for axis, names in AXES.items():
        for at, word in enumerate(lowered):
            if word in names:
                return axis, (_kind(word), *lowered[:at], *lowered[at + 1 :])
    return None, ()


def _kind(word: str) -> str:
    """Degrees, a grid or neither: longitude does not go with northing."""
    return "degrees" if word[:2] in ("lo", "ln", "la") else "grid" if word[:3] in ("eas", "nor") else ""


def _numeric(column: Column) -> bool:
    numbers = column.texts.cast(pl.Float64, strict=False)
    return column.filled > 0 and len(numbers) - numbers.null_count() >= NUMERIC * column.filled


def _spot(look: Look, x: Column, y: Column, kind: str) -> Spot:
    """A pair with the system that its numbers are in."""
    numbers = pl.DataFrame({"x": _numbers(x), "y": _numbers(y)}).with_columns(texts_x=x.texts, texts_y=y.texts)
    nowhere = (pl.col("x").abs() < 1e-6) & (pl.col("y").abs() < 1e-6)
    given = numbers.filter(pl.col("x").is_not_null() & pl.col("y").is_not_null() & ~nowhere)
    there = numbers.select((pl.col("x").is_not_null() & pl.col("y").is_not_null() & ~nowhere).alias("t"))["t"]
    spot = Spot(x.name, y.name, None, Sure.OPEN, "", given.height, Precision(10.0, LocationMethod.EXACT, ""))
    if not given.height:
        return spot
    spot = replace(_system(spot, given, look.crs, kind), rows=there)
    if spot.x != x.name:
        given = given.rename({"x": "y", "y": "x", "texts_x": "texts_y", "texts_y": "texts_x"})
    lone = _lone_zero(numbers)
    return replace(spot, precision=precision_of(given, spot.crs), nothing=("0",) * lone)


def _lone_zero(numbers: pl.DataFrame) -> bool:
    """A zero beside a number stands for nothing too."""
    return bool(numbers.select(((pl.col("x") == 0) ^ (pl.col("y") == 0)).any()).item())


def _numbers(column: Column) -> pl.Series:
    numbers = column.texts.cast(pl.Float64, strict=False)
    return numbers.set(~numbers.is_finite(), None)


def _system(spot: Spot, given: pl.DataFrame, of_file: str | None, kind: str) -> Spot:
    """By what the file says of its geometry, else by the ranges of Britain, else by the names."""
    n = given.height
    stated = of_file if spot.x == X else None
    counts = {name: int(given.select(rule.sum()).item()) for name, rule in _ranges().items()}
    if stated is not None:
        british = counts["degrees"] + counts["grid"] + counts["mercator"] >= n / 2
        return replace(spot, crs=stated, sure=Sure.CERTAIN, why="the file says so itself", british=british)
    return _by_range(spot, counts, n, given, "degrees" if spot.x == X else kind)


def _ranges() -> dict[str, pl.Expr]:
    x, y = pl.col("x"), pl.col("y")
    metres = (x >= to.LEAST_METRES) & (y >= to.LEAST_METRES)
    return {
        "grid": metres & (x <= to.BRITISH_EASTINGS) & (y <= to.BRITISH_NORTHINGS),
        "grid swapped": metres & x.is_between(to.BRITISH_EASTINGS, to.BRITISH_NORTHINGS, closed="right")
        & (y <= to.BRITISH_EASTINGS),
        "degrees": x.is_between(*to.BRITISH_LONGITUDES) & y.is_between(*to.BRITISH_LATITUDES),
        "degrees swapped": y.is_between(*to.BRITISH_LONGITUDES) & x.is_between(*to.BRITISH_LATITUDES),
        "mercator": x.is_between(*MERCATOR_X) & y.is_between(*MERCATOR_Y),
        "earth": (x.abs() <= 180) & (y.abs() <= 90),
        "earth swapped": (x.abs() <= 90) & (y.abs() > 90) & (y.abs() <= 180),
    }  # fmt: skip


def _by_range(spot: Spot, counts: dict[str, int], n: int, given: pl.DataFrame, by_name: str) -> Spot:
    share, turned = {name: count / n for name, count in counts.items()}, replace(spot, x=spot.y, y=spot.x)
    grid, degrees = of(counts["grid"], n, "rows"), of(counts["degrees"], n, "rows")
    if counts["grid"] and counts["degrees"] and share["grid"] + share["degrees"] >= MOSTLY:
        why = f"{grid} are National Grid metres and {counts['degrees']:,} are degrees"
        return replace(spot, crs=BY_RANGE, sure=Sure.CERTAIN, why=why)
    if share["degrees"] >= MOSTLY:
        return replace(spot, crs=DEGREES, sure=Sure.CERTAIN, why=f"{degrees} are degrees in Britain")
    if share["degrees swapped"] >= MOSTLY:
        why = f"latitude and longitude stand in each other's place in {of(counts['degrees swapped'], n, 'rows')}"
        return replace(turned, crs=DEGREES, sure=Sure.CERTAIN, why=why)
    if by_name == "grid" and share["grid swapped"] >= 1 - MOSTLY and share["grid"] + share["grid swapped"] >= MOSTLY:
        why = f"{of(counts['grid swapped'], n, 'rows')} have an x that only a northing reaches: the two are swapped"
        return replace(turned, crs=GRID, sure=Sure.LIKELY, why=why)
    if share["grid"] >= MOSTLY:
        called = "though the columns are called longitude and latitude"
        why = f"{grid} are in the range of the National Grid"
        misnamed = by_name == "degrees" and spot.x != X
        why += f", {called}" if misnamed else "; two axes swapped would not show in it"
        return replace(spot, crs=GRID, sure=Sure.CERTAIN if misnamed else Sure.LIKELY, why=why)
    if share["mercator"] >= MOSTLY:
        why = f"{of(counts['mercator'], n, 'rows')} are in Britain's range of Web Mercator"
        return replace(spot, crs=MERCATOR, sure=Sure.LIKELY, why=why)
    return _elsewhere(spot, turned, counts, n, given, by_name == "degrees")


def _elsewhere(
    spot: Spot, turned: Spot, counts: dict[str, int], n: int, given: pl.DataFrame, degrees_by_name: bool
) -> Spot:
    if degrees_by_name and counts["earth swapped"] >= MOSTLY * n:
        why = f"the latitude is beyond 90 in {of(counts['earth swapped'], n, 'rows')}: the two are swapped"
        return replace(turned, crs=DEGREES, sure=Sure.CERTAIN, why=why, british=False)
    if degrees_by_name and counts["earth"] >= MOSTLY * n:
        why = f"{of(counts['earth'], n, 'rows')} are degrees, {counts['degrees']:,} of them in Britain"
        return replace(spot, crs=DEGREES, sure=Sure.LIKELY, why=why, british=False)
    extent = ", ".join(f"{axis} from {given[axis].min():,.6g} to {given[axis].max():,.6g}" for axis in ("x", "y"))
    return replace(spot, why=f"{extent}: in no system that is known by its range", british=False)


def _agreed(found: list[Spot], look: Look) -> list[Spot]:
    """Metres that were told by their range alone, held to the degrees that the table gives beside them."""
    degrees = [spot for spot in found if spot.crs == DEGREES]
    return [_held_to(spot, degrees[0], look) if degrees and spot.crs in (GRID, MERCATOR) else spot for spot in found]


def _held_to(spot: Spot, degrees: Spot, look: Look) -> Spot:
    numbers = pl.DataFrame(
        [_numbers(look.columns[name]).alias(name) for name in (spot.x, spot.y, degrees.x, degrees.y)]
    )
    x, y, longitude, latitude = numbers.drop_nulls().head(COMPARED).to_numpy().T
    if not len(x):
        return spot
    east, north = to_degrees(x, y, str(spot.crs))
    metres = np.hypot((east - longitude) * np.cos(np.radians(latitude)), north - latitude) * DEGREE_M
    far = float(np.nanmedian(np.where(np.isfinite(metres), metres, np.inf)))
    if far > AGREES_M:
        why = f"as {spot.crs} they would lie {far / 1000:,.0f} km from {degrees.x} and {degrees.y}, so they are not"
        return replace(spot, crs=None, sure=Sure.OPEN, why=why)
    return replace(spot, sure=Sure.CERTAIN, why=f"they agree with {degrees.x} and {degrees.y} within {far:,.0f} m")


def _needed(found: list[Spot]) -> list[Spot]:
    """The best pair, and those that place rows which the ones before leave nowhere; a system not known needs none."""
    chosen, placed = [found[0]], found[0].rows
    for spot in found[1:]:
        if spot.crs is None or spot.rows is None or placed is None:
            continue
        if int((spot.rows & ~placed).sum()) > FEW * len(placed):
            chosen.append(spot)
            placed = placed | spot.rows
    return chosen


def _nowhere(look: Look) -> str:
    holds = ((c.name, c.texts.drop_nulls().str.contains(BOTH).mean()) for c in look.columns.values() if c.filled)
    joined = [name for name, share in holds if share]
    if joined:
        return f"{joined[0]} holds both coordinates in one text: split it into two columns"
    if references := [c.name for c in look.columns.values() if _grid_references(c)]:
        return f"{references[0]} holds grid references (NZ 448 150): add columns with the easting and the northing"
    if look.broken:
        return f"{look.broken:,} rows could not be read, and no two columns of the others hold coordinates"
    if unread := [_unread(c) for c in look.columns.values() if _axis(c)[0] and not _numeric(c)]:
        return f"{' and '.join(unread[:2])}: coordinates have to be plain numbers, such as 448003 or -1.2350"
    return "no two columns are named and filled like coordinates: without a place a row is on no map"


def _grid_references(column: Column) -> bool:
    share = column.texts.drop_nulls().str.contains(GRID_REFERENCE).mean()
    return column.named("grid", "gridref", "ngr") and share is not None and float(share) >= NUMERIC  # type: ignore[arg-type]  # a share of truths


def _unread(column: Column) -> str:
    example = column.example()
    return f"{column.name} holds {example!r}" if example else f"{column.name} is {'text' if column.filled else 'empty'}"


def _about(spot: Spot, look: Look) -> list[Finding]:
    field, p = "place", spot.precision
    found = [
        Finding(field, f"{spot.x}, {spot.y}", Sure.CERTAIN, f"{of(spot.filled, look.rows, 'rows')} have both"),
        Finding(f"{field}.crs", spot.crs or TO_BE_DECIDED, spot.sure, spot.why),
        Finding(f"{field}.precision_m", f"{p.metres:g} m, {p.method}", Sure.LIKELY, p.why),
    ]
    return [*found, *_spike(spot, look)]


def _spike(spot: Spot, look: Look) -> list[Finding]:
    """Many rows on one point are a police station or the middle of a ward, not a hot spot."""
    both = pl.DataFrame({"x": look.columns[spot.x].texts, "y": look.columns[spot.y].texts}).drop_nulls()
    x, y, rows = both.group_by("x", "y").len().sort("len", "x", "y", descending=True).row(0)
    if rows < max(FEWEST, SPIKE * spot.filled):
        return []
    why = f"{of(rows, spot.filled, 'rows')} lie on it: a police station, the middle of a ward or an address for none?"
    return [Finding("place", f"({x}, {y})", Sure.OPEN, why, blocks=False)]
