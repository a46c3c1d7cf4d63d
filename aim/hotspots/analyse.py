"""The methods of `aim score` on plain files, with no database: `aim analyse`.

Each takes a CSV file with the columns it names (others are passed over; the file may be gzipped) and gives a frame.
All raise WrongColumns, and UnreadableFile naming the first line at fault.
"""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from aim.errors import UnreadableFile, UsageError
from aim.hotspots import plain_files as plain
from aim.hotspots.accuracy import accuracy
from aim.hotspots.evaluation import Change, Counts, difference_in_differences, rate_ratio, wdd, wdq
from aim.hotspots.facts import PERIOD_DAYS
from aim.hotspots.grid import to_hex
from aim.hotspots.methods import aoristic, emerging, mann_kendall, near_repeat
from aim.hotspots.methods.gi_star import gi_star

FARTHEST: Final = 10
MOST_PERIODS: Final = 1_000
COUNT: Final = "a number of incidents, 0 or more"
PLACES: Final = ("control", "treated", "disp_control", "disp_treated")
WDD_KEYS: Final = {*PLACES, "time_weights", "area_weights", "alpha", "dispersion"}


def gi_star_file(cells_csv: Path, k: int) -> pl.DataFrame:
    """Getis-Ord Gi* from `cell` (hexadecimal H3) and `count`, one row for each cell of the area.

    Empty cells must be there with a count of 0: they are part of the average. Gives `cell`, `count`, `neighbours`
    (within `k` steps, itself included), `z`, `p` (two-sided), `q` (Benjamini-Hochberg), in the order of the file.
    Raises UsageError for `k` beyond 0 to 10.
    """
    _check_k(k)
    rows = plain.with_cells(cells_csv, plain.read(cells_csv, ("cell", "count")))
    plain.refuse(cells_csv, rows, ~pl.col("h3").is_first_distinct(), "cell", "was there before: give each cell once")
    rows = plain.with_numbers(cells_csv, rows, "count", COUNT, least=0)
    cells = rows["h3"].to_numpy()
    grid = plain.grid_of(cells_csv, cells)
    at = grid.index_of(cells)
    counts = np.empty(len(grid))
    counts[at] = rows["number_count"].to_numpy()
    near = grid.neighbours(k)
    z, p, q = gi_star(counts, near)
    found = {"neighbours": near.sizes[at], "z": z[at], "p": p[at], "q": q[at]}
    return rows.select("cell", count=plain.whole_if_all_are(rows["number_count"])).with_columns(**found)


def mann_kendall_file(series_csv: Path) -> pl.DataFrame:
    """The trend of `value` in the order of `t` (numbers or dates, each once): one row.

    `n`, `s`, `variance`, `z`, `p`, `tau`, `slope` (Sen's, per step) and `intercept`.
    """
    rows = plain.read(series_csv, ("t", "value"))
    rows = plain.with_days(series_csv, rows, "t")
    plain.refuse(series_csv, rows, ~pl.col("day_t").is_first_distinct(), "t", "was there before: give each once")
    rows = plain.with_numbers(series_csv, rows, "value", "a number")
    x = rows.sort("day_t")["number_value"].to_numpy()[None, :]
    slope = mann_kendall.sen_slope(x)
    found = {"n": [x.shape[1]], **mann_kendall.mann_kendall(x)._asdict()}
    return pl.DataFrame({**found, "slope": slope, "intercept": mann_kendall.intercept(x, slope)})


def emerging_file(cube_csv: Path, k: int) -> pl.DataFrame:
    """Emerging hot spots from `cell`, `period` and `count`: a row for each cell, in ascending order.

    Periods are whole numbers, or the first days of 28-day periods; one that is not named between the first and the last
    is empty, and so is a cell in a period without a row. Each cell of the area must be there in one row at least. Gives
    `cell`, `class`, `z`, `p` and `q` of the last period, how many periods were hot and cold, and the trend of z.
    """
    _check_k(k)
    rows = plain.with_cells(cube_csv, plain.read(cube_csv, ("cell", "period", "count")))
    rows = plain.with_numbers(cube_csv, rows, "count", COUNT, least=0)
    rows = _with_period(cube_csv, rows)
    again = ~pl.struct("h3", "at").is_first_distinct()
    plain.refuse(cube_csv, rows, again, "cell", "was there before with this period: give each once")
    grid = plain.grid_of(cube_csv, rows["h3"].to_numpy())
    counts = np.zeros((len(grid), int(rows["at"].max()) + 1))  # type: ignore[arg-type]  # a number, for there are rows
    counts[grid.index_of(rows["h3"].to_numpy()), rows["at"].to_numpy()] = rows["number_count"].to_numpy()
    found = emerging.emerging(counts, grid.neighbours(k), k)
    tested = {"z": found.score, "p": found.p, "q": found.q}
    columns = dict(found.columns)
    return pl.DataFrame({"cell": to_hex(grid.cells), "class": columns.pop("class"), **tested, **columns})


def _with_period(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `at`, the number of the period from 0; dates are a multiple of 28 days apart."""
    rows = plain.with_days(path, rows, "period").with_columns(since=pl.col("day_period") - pl.col("day_period").min())
    if rows["period"].str.contains("-", literal=True).any() and (rows["since"] > 0).any():
        off = pl.col("since") % PERIOD_DAYS != 0
        plain.refuse(path, rows, off, "period", f"is not a multiple of {PERIOD_DAYS} days after the first")
        rows = rows.with_columns(pl.col("since") // PERIOD_DAYS)
    plain.refuse(path, rows, pl.col("since") >= MOST_PERIODS, "period", f"is {MOST_PERIODS} or more after the first")
    return rows.rename({"since": "at"})


def aoristic_file(events_csv: Path, zone: str = "Europe/London") -> pl.DataFrame:
    """The 168 hours of the week from `from` and `to`, times on the clocks of `zone`; `to` may be empty.

    Gives `day`, `hour`, `weight`, Monday 00h first. Raises UsageError for a zone that nobody knows.
    """
    rows = plain.with_times(events_csv, plain.read(events_csv, ("from", "to")), "from", zone, may_lack=False)
    rows = plain.with_times(events_csv, rows, "to", zone, may_lack=True)
    weights = aoristic.hours_of_week(plain.times(rows["time_from"]), plain.times(rows["time_to"]), ZoneInfo(zone))
    return pl.DataFrame(aoristic.profile(weights))


def knox_file(points_csv: Path, permutations: int = near_repeat.PERMUTATIONS, seed: int = 0) -> pl.DataFrame:
    """Near repeats from `x`, `y` (metres) and `date` (or whole numbers of days): a row for each pair of bands."""
    rows = plain.with_days(points_csv, plain.read(points_csv, ("x", "y", "date")), "date")
    for axis in ("x", "y"):
        rows = plain.with_numbers(points_csv, rows, axis, "a number of metres")
    if len(rows) < 2:
        raise UnreadableFile(f"{points_csv} has one incident: near repeats need two or more.")
    x, y, day = (rows[name].to_numpy() for name in ("number_x", "number_y", "day_date"))
    if near_repeat.too_many_close(x, y, near_repeat.METRES[-1], near_repeat.MOST_PAIRS):
        most = f"{near_repeat.MOST_PAIRS:,}"
        raise UsageError(f"{points_csv} has more than {most} close pairs, the most there may be: take fewer incidents.")
    return pl.DataFrame(dict(near_repeat.near_repeat(x, y, day, seed, permutations).columns))


def pai_file(cells_csv: Path) -> pl.DataFrame:
    """Accuracy from `cell`, `observed`, `predicted` and `area`: a row for each cell, in the order they are flagged.

    Each row is of all cells down to it; of cells predicted equal the one where least happened comes first.
    """
    names = ("observed", "predicted", "area")
    rows = plain.read(cells_csv, ("cell", *names))
    plain.refuse(cells_csv, rows, ~pl.col("cell").is_first_distinct(), "cell", "was there before: give each cell once")
    for name, what, least in zip(names, (COUNT, "a number, 0 or more", "an area above 0"), (0, 0, 1e-12), strict=True):
        rows = plain.with_numbers(cells_csv, rows, name, what, least=least)
    found = accuracy(*(rows[f"number_{name}"].to_numpy() for name in names))._asdict()
    order = found.pop("order")
    told = rows.select("cell", **{name: plain.whole_if_all_are(rows[f"number_{name}"]) for name in names})
    return told[order].with_columns(**found)


def wdd_file(counts_json: Path) -> pl.DataFrame:
    """Before and after from a JSON object: `control` and `treated`, each [before, after]; one row.

    It may hold `disp_control` and `disp_treated` (the surroundings), `time_weights`, `area_weights`, `alpha` and
    `dispersion`. Beside the weighted displacement difference stand the displacement quotient, the treated place's
    rate ratio and the ratio of ratios; null where the counts do not allow them.
    """
    told = _counts_of(counts_json)
    changes = [Change(*_numbers(counts_json, told, name, 2, (0.0, 0.0))) for name in PLACES]
    times = _numbers(counts_json, told, "time_weights", 2, (1.0, 1.0))
    areas = _numbers(counts_json, told, "area_weights", 4, (1.0,) * 4)
    alpha, dispersion = (
        _numbers(counts_json, told, name, 1, (usual,))[0] for name, usual in (("alpha", 0.05), ("dispersion", 1.0))
    )
    if not (0 < alpha < 1 and dispersion > 0):
        raise UnreadableFile(f"{counts_json}: alpha has to lie between 0 and 1, and dispersion above 0.")
    counts = Counts(*changes, times=(times[0], times[1]), areas=(areas[0], areas[1], areas[2], areas[3]))
    return pl.DataFrame([asdict(wdd(counts, alpha, dispersion)) | _beside(counts, alpha)])


def _beside(counts: Counts, alpha: float) -> dict[str, float | None]:
    """The other figures, None where a count of 0 leaves nothing to divide by."""
    control, treated, around = counts.control, counts.treated, counts.around_treated
    found: dict[str, float | None] = dict.fromkeys(
        ("wdq", "rate_ratio", "rate_ratio_low", "rate_ratio_high", "did_ratio", "did_low", "did_high")
    )
    if min(control) > 0 and max(around) > 0:
        found["wdq"] = wdq(treated, around, control).quotient
    if treated.before > 0 and all(float(count).is_integer() for count in treated):
        ratio = rate_ratio(treated, counts.times, alpha)
        found |= {"rate_ratio": ratio.ratio, "rate_ratio_low": ratio.low, "rate_ratio_high": ratio.high}
    if min(*control, *treated) > 0:
        contrast = difference_in_differences(control, treated, alpha)
        found |= {"did_ratio": contrast.ratio, "did_low": contrast.low, "did_high": contrast.high}
    return found


def _counts_of(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise UnreadableFile(f"{path} is not a file.")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"{path}, line {error.lineno}: this is not JSON: {error.msg}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not text in UTF-8.") from error
    if not isinstance(told, dict) or not {"control", "treated"} <= told.keys():
        raise UnreadableFile(f'{path} has to be an object with "control": [before, after] and "treated" likewise.')
    strange = sorted(told.keys() - WDD_KEYS)
    if strange:
        raise UnreadableFile(
            f"{path}: nobody knows {', '.join(strange)[:200]}. It may hold {', '.join(sorted(WDD_KEYS))}."
        )
    return told


def _numbers(path: Path, told: dict[str, Any], name: str, length: int, usual: tuple[float, ...]) -> tuple[float, ...]:
    """The numbers under a name, or the usual ones. Raises UnreadableFile where there is something else."""
    value: Any = told.get(name, usual)
    values: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
    if len(values) != length or not all(type(number) in (int, float) and math.isfinite(number) for number in values):
        what = "a number" if length == 1 else f"{length} numbers in brackets"
        raise UnreadableFile(f"{path}: {name} is not {what}.")
    return tuple(float(number) for number in values)


def _check_k(k: int) -> None:
    if not 0 <= k <= FARTHEST:
        raise UsageError(f"k is {k}: give the steps to the farthest neighbour, from 0 to {FARTHEST}.")
