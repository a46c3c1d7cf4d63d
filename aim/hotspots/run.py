"""One question put to one study area: how many where, and what does each method say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aim.areas import Area
from aim.errors import NoIncidents, TooCoarse
from aim.hotspots import counted
from aim.hotspots.counted import Coverage, Window
from aim.hotspots.cube import EventCube
from aim.hotspots.cubes import cubes
from aim.hotspots.facts import Events, Facts
from aim.hotspots.grid import Grid, cell_width_m, cells_of, finest_resolution
from aim.hotspots.harm.weigh import weigh
from aim.hotspots.harm.weights import Weights
from aim.hotspots.method import Answer, Lacking, Scores
from aim.hotspots.methods import AREA_METHODS, CELL_METHODS
from aim.hotspots.methods.forecast_weights import weights_of
from aim.hotspots.record import Record
from aim.hotspots.sharing import ShareOut, here
from aim.hotspots.track_record import Past, past
from aim.vocabulary.categories import enforcement_driven

LONDON: Final = ZoneInfo("Europe/London")
FOREVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
HARM: Final = "harm"


@dataclass(frozen=True)
class Question:
    """What to count, for whom, and in cells of which size."""

    layer: str
    categories: tuple[str, ...]
    resolution: int
    methods: tuple[str, ...] | None = None
    """Which methods of cells answer; None: all, and those of the area too."""


@dataclass(frozen=True)
class Scored:
    """The answer. Arrays are aligned with `grid.cells`; `events` has what was counted (counted.events)."""

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
    outside: int
    """Incidents of the window that lie around the area and not in it."""
    facts: Facts
    past: Past | None
    """All that a look back may use; None where nothing is."""
    answers: Mapping[str, Answer]
    """By name, what each method says of the cells, or what it lacks."""

    @cached_property
    def scores(self) -> dict[str, Scores]:
        """Of the methods that have an answer for each cell."""
        return {name: answer for name, answer in self.answers.items() if isinstance(answer, Scores)}


def until_of(as_of: datetime | None) -> datetime:
    """The midnight in London that ends the day of `as_of`; FOREVER where none is given."""
    return FOREVER if as_of is None else _day_after(as_of)


def score(
    record: Record,
    question: Question,
    weights: Weights | None = None,
    said: Mapping[str, Answer] | None = None,
    share_out: ShareOut = here,
) -> Scored:
    """Score every cell of the area over the twelve months before `record.until`, or to the last day that data cover.

    `weights` are what harm is weighed by; `said` is what was said of the whole area (`area_answers`), from which the
    forecast takes its weights; `share_out` does the counting by period (`cubes`). Raises NoIncidents, and TooCoarse
    where the locations are too coarse for the cells.
    """
    covered, window = window_of(record, question)
    rows = counted.incidents(record, question.categories, question.resolution)
    events = counted.events(rows, record.links, window)
    if not events["current"].any():
        before = f"in the twelve months before {window.until.astimezone(LONDON).date()}"
        raise NoIncidents(f"{_nothing(record, question)} {before}: load a feed that covers them.")
    _check_precision(question, record.area, events)
    facts, known = _facts(record, question, rows, window, share_out)
    cube = event_cube(facts.grid, events, window, question.categories)
    frozen = weights_of(said["forecast_weights"]) if said else None
    answers = {**(said or {}), **cell_answers(replace(facts, frozen=frozen), weights, question.methods)}
    return Scored(
        question,
        record.area,
        window,
        covered,
        facts.grid,
        cube,
        facts.counts,
        events,
        counted.outside(record, question.categories, window),
        facts,
        known,
        answers,
    )


def area_answers(record: Record, question: Question) -> dict[str, Answer]:
    """What each method says of the whole area, over the twelve months before `record.until`."""
    rows = counted.incidents(record, question.categories, question.resolution)
    window = window_until(record.until)
    if rows.filter(pl.col("occurred_from") >= window.since).is_empty():
        nothing = Lacking(
            f"There are no incidents in the twelve months before {window.until.astimezone(LONDON).date()}."
        )
        return dict.fromkeys(AREA_METHODS, nothing)
    facts, _ = _facts(record, question, rows, window)
    return {name: method.table(facts) for name, method in AREA_METHODS.items()}


def whole_months(window: Window) -> date:
    """The first day of the month that the window ends in, or of the next where it ends with a month.

    What is said of the whole area is said of whole months: it changes slowly, and a day's load leaves it alone.
    """
    return window.until.astimezone(LONDON).date().replace(day=1)


def window_of(record: Record, question: Question) -> tuple[dict[str, Coverage], Window]:
    """What the data cover, and what is scored of it. Raises NoIncidents where they cover nothing."""
    covered = counted.coverage(record, question.categories)
    if not covered:
        raise NoIncidents(f"{_nothing(record, question)}: load a feed for it.")
    given = record.until < FOREVER
    return covered, window_until(record.until if given else _end_of_day(max(c.ends for c in covered.values())))


def _nothing(record: Record, question: Question) -> str:
    return f"There are no incidents for the layer {question.layer} in {record.area.name}"


def _current(rows: pl.DataFrame, record: Record, window: Window) -> pl.DataFrame:
    """The incidents of the window, each event once: as `counted.events` has them."""
    recent = rows.filter(pl.col("occurred_from").is_between(window.before, window.until, closed="left"))
    return counted.once(recent, record.links).filter(pl.col("occurred_from") >= window.since)


def _facts(
    record: Record, question: Question, rows: pl.DataFrame, window: Window, share_out: ShareOut = here
) -> tuple[Facts, Past | None]:
    """All that methods may look at. `rows` are `counted.incidents`, whose cells the grid has beside the area's own."""
    inside = cells_of(record.area.boundary, question.resolution)
    grid = Grid.of(np.concatenate([inside, rows["cell"].to_numpy()]))
    known = past(grid, counted.once(rows, record.links))
    until = np.datetime64(window.until.astimezone(LONDON).date())
    current = _current(rows, record, window)
    cell = grid.index_of(current["cell"].to_numpy())
    facts = Facts(
        grid,
        np.bincount(cell, minlength=len(grid)).astype(np.float64),
        periods=None if known is None else cubes({"": (grid, known.incidents)}, until, share_out)[""],
        events=events_of(current, cell),
        until=until,
        history=None if known is None else known.incidents,
    )
    return facts, known


def events_of(rows: pl.DataFrame, cell: NDArray[np.int64]) -> Events:
    """Incidents of `counted.incidents` as methods take them; `cell` has their positions in the grid."""
    category = _words(rows["category"])
    return Events(
        cell=cell,
        begins=_seconds(rows["occurred_from"]),
        ends=_seconds(rows["occurred_to"]),
        day=rows["day"].to_numpy().astype("datetime64[D]"),
        x=rows["x"].to_numpy(),
        y=rows["y"].to_numpy(),
        category=category,
        agency=_words(rows["agency"]),
        time_precision=_words(rows["time_precision"]),
        location_precision_m=rows["precision_m"].to_numpy(),
        enforcement_driven=np.isin(category, enforcement_driven()),
        weight=np.ones(len(rows)),
    )


def _words(column: pl.Series) -> NDArray[np.str_]:
    """Text as numpy has it, made once for each word and not for each row."""
    words = sorted(column.cast(pl.String).unique())
    return np.array(words, dtype=np.str_)[column.cast(pl.Enum(words)).to_physical().to_numpy()]


def _seconds(column: pl.Series) -> NDArray[np.datetime64]:
    return column.dt.replace_time_zone(None).to_numpy().astype("datetime64[s]")


def cell_answers(
    facts: Facts, weights: Weights | None = None, methods: tuple[str, ...] | None = None
) -> dict[str, Answer]:
    """By name, what each method (or each of `methods`) says of the cells, or what it lacks.

    Weights are for the harm method alone.
    """
    harmed = facts if weights is None else weigh(facts, weights).facts
    asked = CELL_METHODS if methods is None else {name: CELL_METHODS[name] for name in methods}
    return {name: method.score(harmed if name == HARM else facts) for name, method in asked.items()}


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
    at = grid.index_of(events["cell"].to_numpy())
    period = events["current"].cast(pl.Int64).to_numpy()
    kind = events["category"].replace_strict({name: i for i, name in enumerate(categories)}, return_dtype=pl.Int64)
    flat = np.ravel_multi_index((at, period, kind.to_numpy()), shape)
    counts = np.bincount(flat, weights=events["events"].to_numpy(), minlength=int(np.prod(shape))).astype(np.float64)
    starts = np.array([start.astimezone(LONDON).date() for start in (window.before, window.since)], "datetime64[D]")
    return EventCube(counts.reshape(shape), grid.cells, starts, categories)


def count_by_cell(grid: Grid, events: pl.DataFrame, what: str = "events") -> NDArray[np.float64]:
    """float64[n]: events (or `reports`) of each cell of the grid, zeros included."""
    at = grid.index_of(events["cell"].to_numpy())
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
