"""Writes docs/methods/: for each hot-spot method its page, from what the method says of itself, and its picture.

.venv/bin/python -m docs.methods            writes pages and pictures
.venv/bin/python -m docs.methods --check    names those that are out of date and exits with 1

The pictures are the methods' own answers on a made-up town (docs/made_up.py).
"""

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

import numpy as np

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Grid
from aim.hotspots.method import AreaMethod, CellMethod, Lacking, Method, Scores, Table
from aim.hotspots.methods import METHODS
from aim.hotspots.places import centres
from docs.made_up import town

FOLDER: Final = Path(__file__).parent / "methods"
NOTE: Final = "<!-- Written by docs/methods.py from aim/hotspots/methods/: change that, then run it. -->"
SHADES: Final = ("#f1eef6", "#d0d1e6", "#a6bddb", "#74a9cf", "#2b8cbe", "#045a8d")
KINDS: Final = ("#d0d1e6", "#99000d", "#ef6548", "#fdbb84", "#fee8c8", "#045a8d", "#74a9cf", "#8c6bb1", "#41ab5d")
WIDTH: Final = 640


def page(method: Method) -> str:
    """The text of a method's page."""
    module = import_module(f"aim.hotspots.methods.{method.name}")
    kind = "each cell of the area" if isinstance(method, CellMethod) else "the area as a whole"
    defaults = [f"| {name} | {value} |" for name, value in method.defaults.items()]
    lines = [
        *(f"# {method.title}", "", NOTE, "", f"`{method.name}` · an answer for {kind}", ""),
        *(f"![{caption(method)}]({method.name}.svg)", "", f"*{caption(method)}.*", ""),
        *("## What it does", "", inspect.cleandoc(module.__doc__ or ""), ""),
        *("## Formula", "", method.formula, ""),
        *("## Defaults", "", "| | |", "| --- | --- |", *defaults, ""),
        *("## When not to use it", "", method.avoid, ""),
        *("## Whose it is", "", method.citation, ""),
    ]
    return "\n".join(lines)


def caption(method: Method) -> str:
    return f"{method.title}: the method's answer on a made-up town"


def index() -> str:
    """The list of all methods."""
    kinds = {name: "cells" if isinstance(method, CellMethod) else "area" for name, method in METHODS.items()}
    rows = [f"| [{method.title}]({name}.md) | {kinds[name]} |" for name, method in METHODS.items()]
    what = "Each takes what it needs of the same facts, and says what it lacks. How to read a hot cell: "
    links = "[What makes a cell hot](../explanation/hot-spots.md)."
    return "\n".join(
        ["# The methods", "", NOTE, "", what + links, "", "| method | answers for |", "| --- | --- |", *rows, ""]
    )


def picture(method: Method, facts: Facts) -> str:
    """The method's answer on some facts, drawn as SVG."""
    if isinstance(method, CellMethod):
        scores = method.score(facts)
        assert isinstance(scores, Scores), scores
        return svg(caption(method), *hexagons(facts.grid, scores))
    assert isinstance(method, AreaMethod)
    table = method.table(facts)
    assert not isinstance(table, Lacking), table
    return svg(caption(method), *DRAWINGS.get(method.name, first_columns)(table))


def svg(title: str, height: int, parts: list[str]) -> str:
    box, font = f'viewBox="0 0 {WIDTH} {height}"', 'font-family="sans-serif" font-size="13"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} {font}>'
    return "\n".join(
        [head, f"<title>{title}</title>", f'<path d="M0 0H{WIDTH}V{height}H0Z" fill="#fff"/>', *parts, "</svg>\n"]
    )


def hexagons(grid: Grid, scores: Scores) -> tuple[int, list[str]]:
    """A map: shaded by score, or by class where the method has classes; ringed where q is 5 % or less and it is hot."""
    fills, legend = by_class(scores) if "class" in scores.columns else by_score(scores)
    middle = centres(grid.cells)
    scale = 400 / np.ptp(middle[:, 1])
    x, y = 20 + (middle[:, 0] - middle[:, 0].min()) * scale + 10, 430 - (middle[:, 1] - middle[:, 1].min()) * scale
    size = 1.02 * float(np.sqrt(2 * np.pi / len(grid) / np.sqrt(27))) * 0.5 * float(np.ptp(x))
    corners = np.deg2rad(np.arange(0, 360, 60) + tilt(middle))
    outline = " ".join(f"{size * np.cos(a):.1f},{size * np.sin(a):.1f}" for a in corners)
    hot = np.zeros(len(grid), dtype=np.bool_) if scores.q is None else (scores.q <= 0.05) & (scores.score > 0)
    parts = [f'<defs><polygon id="h" points="{outline}"/></defs>']
    order = np.argsort(hot, kind="stable")
    for at in order.tolist():
        ring = ' stroke="#000" stroke-width="1.6"' if hot[at] else ' stroke="#fff" stroke-width=".6"'
        parts.append(f'<use href="#h" x="{x[at]:.1f}" y="{y[at]:.1f}" fill="{fills[at]}"{ring}/>')
    ringed = [("none", "ringed: hot, q to 5 %")] if hot.any() else []
    return 460, parts + list(key([*legend, *ringed]))


def tilt(middle: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Degrees by which the hexagons' corners are turned: half way between the directions of two neighbours."""
    steps = middle - middle[0]
    nearest = steps[np.argsort((steps**2).sum(axis=1))[1]]
    return 30 - float(np.rad2deg(np.arctan2(nearest[1], nearest[0])))


def by_score(scores: Scores) -> tuple[list[str], list[tuple[str, str]]]:
    low, high = float(scores.score.min()), float(scores.score.max())
    level = np.clip((scores.score - low) / max(high - low, 1e-9) * len(SHADES), 0, len(SHADES) - 1).astype(int)
    ends = np.linspace(low, high, len(SHADES) + 1)
    legend = [(shade, f"{ends[at]:.3g} to {ends[at + 1]:.3g}") for at, shade in enumerate(SHADES)]
    return [SHADES[at] for at in level.tolist()], legend


def by_class(scores: Scores) -> tuple[list[str], list[tuple[str, str]]]:
    names = scores.columns["class"].tolist()
    kinds = sorted(set(names), key=lambda name: (name != "none", name))
    shade = dict(zip(kinds, KINDS, strict=False))
    return [shade[name] for name in names], [(shade[name], name) for name in kinds]


def key(legend: Sequence[tuple[str, str]]) -> Iterator[str]:
    for row, (fill, label) in enumerate(legend):
        y = 40 + 26 * row
        yield f'<rect x="480" y="{y - 12}" width="16" height="16" fill="{fill}" stroke="#000" stroke-width=".6"/>'
        yield f'<text x="504" y="{y + 1}" font-size="11">{label}</text>'


def bars(labels: Sequence[str], values: Sequence[float], unit: str) -> tuple[int, list[str]]:
    """One bar for each label, its number beside it."""
    most = max([abs(value) for value in values if np.isfinite(value)] + [1e-9])
    parts = [f'<text x="10" y="20">{unit}</text>']
    for row, (label, value) in enumerate(zip(labels, values, strict=True)):
        y, long = 36 + 24 * row, 0 if not np.isfinite(value) else 280 * max(value, 0) / most
        parts.append(f'<text x="240" y="{y + 13}" text-anchor="end">{label}</text>')
        parts.append(f'<rect x="250" y="{y}" width="{long:.1f}" height="17" fill="{SHADES[4]}"/>')
        parts.append(f'<text x="{258 + long:.1f}" y="{y + 13}">{value:.3g}</text>')
    return 48 + 24 * len(labels), parts


def heat(down: Sequence[str], across: Sequence[str], values: Sequence[float], unit: str) -> tuple[int, list[str]]:
    """A table of shaded boxes, row by row."""
    wide = 520 / len(across)
    low, high = min(values), max(values)
    parts = [f'<text x="10" y="20">{unit}: {low:.3g} (pale) to {high:.3g} (dark)</text>']
    for row, label in enumerate(down):
        parts.append(f'<text x="100" y="{52 + 28 * row}" text-anchor="end">{label}</text>')
        for column in range(len(across)):
            value = values[row * len(across) + column]
            shade = SHADES[min(len(SHADES) - 1, int((value - low) / max(high - low, 1e-9) * len(SHADES)))]
            at = f'x="{108 + wide * column:.1f}" y="{34 + 28 * row}" width="{wide - 1:.1f}"'
            parts.append(f'<rect {at} height="26" fill="{shade}"/>')
    foot = 52 + 28 * len(down)
    for column, label in enumerate(across):
        if label:
            parts.append(f'<text x="{108 + wide * column:.1f}" y="{foot}" font-size="11">{label}</text>')
    return foot + 12, parts


def aoristic(table: Table) -> tuple[int, list[str]]:
    return week(table, "weight", "incidents")


def forecast_hours(table: Table) -> tuple[int, list[str]]:
    return week(table, "share", "share of what is expected")


def forecast_weights(table: Table) -> tuple[int, list[str]]:
    named = zip(table.columns["half_life_days"].tolist(), table.columns["ring"].tolist(), strict=True)
    labels = [f"{days:,} days, ring {ring}" for days, ring in named]
    return bars(labels, table.columns["weight"].tolist(), "weight")


def week(table: Table, column: str, unit: str) -> tuple[int, list[str]]:
    days, hours = list(dict.fromkeys(table.columns["day"].tolist())), range(24)
    return heat(days, [f"{h:02}h" if h % 3 == 0 else "" for h in hours], table.columns[column].tolist(), unit)


def near_repeat(table: Table) -> tuple[int, list[str]]:
    metres = [f"to {m:.0f} m" if m else "same place" for m in dict.fromkeys(table.columns["metres_to"].tolist())]
    days = [f"to {d} days" for d in dict.fromkeys(table.columns["days_to"].tolist())]
    return heat(metres, days, table.columns["ratio"].tolist(), "observed over expected")


def concentration(table: Table) -> tuple[int, list[str]]:
    rows = [at for at, name in enumerate(table.columns["figure"].tolist()) if name.startswith("cells_")]
    found, chance = table.columns["observed"], table.columns["by_chance"]
    said = [table.columns["figure"].tolist()[at].removeprefix("cells_") for at in rows]
    labels = [f"hold {share}{when}" for share in said for when in ("", ", by chance")]
    return bars(labels, [float(value) for at in rows for value in (found[at], chance[at])], "cells")


def repeat_locations(table: Table) -> tuple[int, list[str]]:
    counts = table.columns["incidents"].tolist()
    return bars([f"location {at}" for at in range(1, len(counts) + 1)], counts, "incidents in a year")


def co_location(table: Table) -> tuple[int, list[str]]:
    pairs = zip(table.columns["agency"].tolist(), table.columns["other"].tolist(), strict=True)
    return bars([f"{one} and {other}" for one, other in pairs], table.columns["lee"].tolist(), "Lee's L")


def stability(table: Table) -> tuple[int, list[str]]:
    names = zip(table.columns["variant"].tolist(), table.columns["measure"].tolist(), strict=True)
    return bars([f"{variant}, {measure}" for variant, measure in names], table.columns["share"].tolist(), "share kept")


def mann_kendall(table: Table) -> tuple[int, list[str]]:
    return bars(table.columns["test"].tolist(), table.columns["z"].tolist(), "z of the number of incidents by period")


def first_columns(table: Table) -> tuple[int, list[str]]:
    """Bars of the first column of numbers under the first column of words, where nobody drew anything better."""
    columns = list(table.columns.items())
    words = next((values for _, values in columns if values.dtype.kind in "UO"), np.arange(len(columns[0][1])))
    name, numbers = next((name, values) for name, values in columns if values.dtype.kind in "fiu")
    return bars([str(word) for word in words.tolist()], [float(number) for number in numbers.tolist()], name)


DRAWINGS: Final[dict[str, Callable[[Table], tuple[int, list[str]]]]] = {
    "aoristic": aoristic,
    "forecast_hours": forecast_hours,
    "forecast_weights": forecast_weights,
    "near_repeat": near_repeat,
    "concentration": concentration,
    "repeat_locations": repeat_locations,
    "co_location": co_location,
    "stability": stability,
    "mann_kendall": mann_kendall,
}


def files() -> dict[Path, str]:
    """Every file of the folder and what has to be in it."""
    facts = town()
    found = {FOLDER / "README.md": index()}
    for method in METHODS.values():
        found[FOLDER / f"{method.name}.md"] = page(method)
        found[FOLDER / f"{method.name}.svg"] = picture(method, facts)
    return found


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    wanted = files()
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if check and stale:
        sys.stderr.write(f"Out of date: {', '.join(path.name for path in stale)}. Run python -m docs.methods.\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(wanted[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
