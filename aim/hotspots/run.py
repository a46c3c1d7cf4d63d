"""One question put to one study area: how many where, and where is that more than chance."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Connection

from aim.areas import Area
from aim.errors import NoIncidents, TooCoarse
from aim.hotspots import store
from aim.hotspots.cube import EventCube
from aim.hotspots.facts import Facts
from aim.hotspots.grid import Grid, cell_width_m, cells_of, finest_resolution
from aim.hotspots.method import Scores
from aim.hotspots.methods import CELL_METHODS
from aim.hotspots.store import Coverage, Window

LONDON: Final = ZoneInfo("Europe/London")
FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Question:
    """What to count, for whom, and in cells of which size."""

    layer: str
    categories: tuple[str, ...]
    resolution: int


@dataclass(frozen=True)
class Scored:
    """The answer. Arrays are aligned with `grid.cells`; `events` has what was counted (store.events)."""

    question: Question
    area: Area
    window: Window
    coverage: dict[str, Coverage]
    grid: Grid
    cube: EventCube
    """The year before the window and the window itself, by category."""
    counts: NDArray[np.float64]
    """Of the window, all categories."""
    events: pl.DataFrame
    scores: dict[str, Scores]


def score(connection: Connection, question: Question, area: Area, as_of: datetime | None = None) -> Scored:
    """Score every cell of the area over the twelve months that end with `as_of`'s day (London).

    Without `as_of` they end with the last day that the data cover. Raises NoIncidents, and TooCoarse where the
    locations are too coarse for the cells; nothing is written here.
    """
    nothing = f"There are no incidents for the layer {question.layer} in {area.name}"
    covered = store.coverage(connection, area.id, question.categories, _day_after(as_of) if as_of else FOREVER)
    if not covered:
        raise NoIncidents(f"{nothing}: load a feed for it.")
    window = window_until(_day_after(as_of) if as_of else _end_of_day(max(c.ends for c in covered.values())))
    events = store.events(connection, area.id, question.categories, question.resolution, window)
    if not events["current"].any():
        before = window.until.astimezone(LONDON).date()
        raise NoIncidents(f"{nothing} in the twelve months before {before}: load a feed that covers them.")
    _check_precision(question, area, events)
    grid = Grid.of(np.concatenate([cells_of(area.boundary, question.resolution), store.as_cells(events["cell"])]))
    cube = event_cube(grid, events, window, question.categories)
    counts = cube.last(1).total()
    facts = Facts(grid, counts, until=np.datetime64(window.until.astimezone(LONDON).date()))
    return Scored(question, area, window, covered, grid, cube, counts, events, score_cells(facts))


def score_cells(facts: Facts) -> dict[str, Scores]:
    """By name, what each method says of the cells; those that lack something they need are left out."""
    answers = {name: method.score(facts) for name, method in CELL_METHODS.items()}
    return {name: answer for name, answer in answers.items() if isinstance(answer, Scores)}


def window_until(until: datetime) -> Window:
    """The twelve months before `until`, and the twelve before those: a year holds each season once."""
    local = until.astimezone(LONDON)
    return Window(_years_back(local, 2), _years_back(local, 1), until)


def _years_back(local: datetime, years: int) -> datetime:
    """The same day one or two years earlier. For 29 February that is 1 March: as a start it keeps the year whole."""
    month, day = (3, 1) if (local.month, local.day) == (2, 29) else (local.month, local.day)
    return local.replace(year=local.year - years, month=month, day=day).astimezone(UTC)


def _day_after(day: datetime) -> datetime:
    local = day.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local + timedelta(days=1)).astimezone(UTC)


def _end_of_day(covered: datetime) -> datetime:
    """The midnight that ends the last day covered; a span that ends at midnight ends the day before."""
    return _day_after(covered - timedelta(microseconds=1))


def event_cube(grid: Grid, events: pl.DataFrame, window: Window, categories: tuple[str, ...]) -> EventCube:
    """The events of each cell of the grid, zeros included, in the year before the window and in the window."""
    shape = (len(grid), 2, len(categories))
    at = grid.index_of(store.as_cells(events["cell"]))
    period = events["current"].cast(pl.Int64).to_numpy()
    kind = events["category"].replace_strict({name: i for i, name in enumerate(categories)}, return_dtype=pl.Int64)
    flat = np.ravel_multi_index((at, period, kind.to_numpy()), shape)
    counts = np.bincount(flat, weights=events["events"].to_numpy(), minlength=int(np.prod(shape))).astype(np.float64)
    starts = np.array([start.astimezone(LONDON).date() for start in (window.before, window.since)], "datetime64[D]")
    return EventCube(counts.reshape(shape), grid.cells, starts, categories)


def count_by_cell(grid: Grid, events: pl.DataFrame, what: str = "events") -> NDArray[np.float64]:
    """float64[n]: events (or `reports`) of each cell of the grid, zeros included."""
    at = grid.index_of(store.as_cells(events["cell"]))
    return np.bincount(at, weights=events[what].to_numpy(), minlength=len(grid)).astype(np.float64)


def _check_precision(question: Question, area: Area, events: pl.DataFrame) -> None:
    """Cells must be at least twice as wide as the locations may be wrong, or hot spots are artefacts of rounding."""
    centre = area.boundary.centroid
    at = (centre.x, centre.y)
    width = cell_width_m(question.resolution, at)
    coarse = events.filter(pl.col("precision_m") * 2 > width)
    if coarse.is_empty():
        return
    worst = coarse.group_by("feed").agg(pl.col("precision_m").max(), pl.col("events").sum()).sort("feed")
    feeds = ", ".join(f"{n:,} of {feed} (within {metres:.0f} m)" for feed, metres, n in worst.iter_rows())
    advice = finest_resolution(float(worst["precision_m"].max()), at)  # type: ignore[arg-type]  # a number, for the frame is not empty
    raise TooCoarse(
        f"The layer {question.layer} at resolution {question.resolution} has cells {width:.0f} m wide, which needs "
        f"locations within {width / 2:.0f} m; too coarse are {feeds}. "
        f"Score it with --resolution {advice}, or load finer locations."
    )
