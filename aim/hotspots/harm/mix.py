"""Weights of broad categories from an index by offence: w = Σ n_o w_o / Σ n_o over a force's recorded offences n_o.

A category such as "Violence and sexual offences" has no weight in any index; what it counts for follows from what the
force records under it. Home Office open data has that mix by force, offence and quarter.
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from aim.errors import Refused
from aim.hotspots.harm.published import Published, code_of
from aim.hotspots.placed import never_placed
from aim.hotspots.plain_files import read, refuse, with_numbers
from aim.vocabulary.categories import categories

COVERED: Final = 0.95
"""The least share of a category's offences that the index has to know, for the rest not to matter much."""


@dataclass(frozen=True)
class Mixed:
    """By category, its weight and the share of its offences that the index knows; `left_out` says why others have none.

    `anchor` is the category that weighs 1, or None where weights are in the unit of the index.
    """

    weights: dict[str, tuple[float, float]]
    left_out: dict[str, str]
    anchor: str | None


def mixed(index: Published, mix: Path, anchor: str | None = None) -> Mixed:
    """The weights of the categories in a mix: CSV with category, offence_code and offences.

    Raises WrongColumns and UnreadableFile for what is no such file, and Refused where the anchor has no weight.
    """
    rows = _read(mix, index)
    weights: dict[str, tuple[float, float]] = {}
    left_out: dict[str, str] = {}
    for (category,), part in rows.group_by("category", maintain_order=True):
        known = part.filter(pl.col("weight").is_not_null())
        total, covered = float(part["offences"].sum()), float(known["offences"].sum())
        if total == 0 or covered < COVERED * total:
            codes = part.filter(pl.col("weight").is_null() & (pl.col("offences") > 0))["offence_code"].to_list()
            left_out[str(category)] = f"the index has no weight for {', '.join(codes)}" if total else "no offences"
        else:
            weights[str(category)] = float((known["offences"] * known["weight"]).sum()) / covered, covered / total
    if anchor is None:
        return Mixed(weights, left_out, None)
    return Mixed(_anchored(weights, anchor), left_out, anchor)


def as_toml(found: Mixed, index: Published, mix: Path, review_by: date) -> str:
    """The text of a file of weights, not yet signed."""
    unit = f"as multiples of {found.anchor}" if found.anchor else index.scheme.unit
    source = f"{index.scheme.title}, {index.file}, {unit}; by the mix of {mix.name}"
    lines = [
        f"# Made from {index.file} and {mix.name}. Nobody has signed it: read it, complete it, then `aim harm sign`.",
        *(f"# {note}" for note in index.notes),
        *(f"# No weight for {category}: {why}." for category, why in found.left_out.items()),
        "",
        f"title = {json.dumps(index.scheme.title + ', ' + unit, ensure_ascii=False)}",
        'version = "draft"',
        f"review_by = {review_by.isoformat()}",
    ]
    for category, (weight, share) in found.weights.items():
        said = json.dumps(f"{source}, {share:.1%} of its offences known", ensure_ascii=False)
        lines += ["", f"[category.{category}]", f"value = {weight!r}", f"source = {said}"]
    return "\n".join([*lines, ""])


def _read(mix: Path, index: Published) -> pl.DataFrame:
    rows = read(mix, ("category", "offence_code", "offences"))
    rows = with_numbers(mix, rows, "offences", "a number of 0 or more", least=0)
    strange = ~pl.col("category").is_in(list(categories())).fill_null(False)
    refuse(mix, rows, strange, "category", "is no category: see docs/reference/categories.md")
    barred = "never enters a layer of places: take its rows out"
    refuse(mix, rows, pl.col("category").is_in(never_placed()), "category", barred)
    refuse(mix, rows, pl.col("offence_code").is_null(), "offence_code", "is no code")
    codes = [code_of(code) for code in rows["offence_code"].to_list()]
    known = pl.Series("weight", [index.weights.get(code) for code in codes], dtype=pl.Float64)
    return rows.select("category", "offence_code", offences="number_offences").with_columns(known)


def _anchored(weights: dict[str, tuple[float, float]], anchor: str) -> dict[str, tuple[float, float]]:
    unit = weights.get(anchor, (0.0, 0.0))[0]
    if unit == 0:
        raise Refused(f"{anchor} is to weigh 1, and has no weight by this index and mix: choose another --anchor.")
    return {category: (weight / unit, share) for category, (weight, share) in weights.items()}
