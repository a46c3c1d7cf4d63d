"""Which reports may be of one event, and how likely that is: arrays in, arrays out.

The score is the probability that two reports are of one event, by Bayes' rule: how well they agree, against how many
reports of the second kind would stand there by chance (Sutherland and Saunders 1992, "On the likelihood ratio for
source identification", who match catalogues of stars; counting rare values for more is Winkler's "frequency-based
matching" of 1989 in the theory of Fellegi and Sunter 1969). docs/explanation/links.md derives it.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import h3
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.spatial import KDTree

from aim.ingest.links.rows import Bools, Floats
from aim.ingest.links.rules import Rule, Rules, Side

Ints = NDArray[np.int64]

EARTH_M: Final = 6_371_008.8
"""Mean radius (IUGG)."""
CELL_RESOLUTION: Final = 9
CELL_M2: Final = h3.average_hexagon_area(CELL_RESOLUTION, unit="m^2")
UNSEEN: Final = 0.5
"""Added to what was counted (Jeffreys' prior for a rate): where nothing stood so far, something still may."""
FINE_M: Final = 75.0
"""Reports placed this precisely are sought apart from coarser ones, which would widen the search for all."""

SCHEMA: Final[dict[str, pl.DataType]] = {
    "a": pl.Int64(),
    "b": pl.Int64(),
    "rule": pl.String(),
    "score": pl.Float64(),
    "distance": pl.Float64(),
    "time": pl.Float64(),
    "category": pl.Float64(),
    "precision": pl.Float64(),
    "chance": pl.Float64(),
    "distance_m": pl.Float64(),
    "hours_apart": pl.Float64(),
}


def candidates(rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Pairs of rows (`a` < `b`, positions in `rows`) that reach the score to be proposed, as SCHEMA says.

    `rows` as `aim.ingest.links.rows` reads them, in the order of their keys, with all that lie within reach of each
    other and all that are counted for chance.
    """
    seen = _Seen.of(rows)
    crowds = _Crowds.of(rows, rules)
    found = [_scored(seen, crowds, rule, rules) for rule in rules.rules]
    best = pl.concat(found).sort("a", "b", "score", descending=[False, False, True], maintain_order=True)
    return best.unique(["a", "b"], keep="first", maintain_order=True)


@dataclass(frozen=True)
class _Seen:
    """The rows as arrays."""

    rows: pl.DataFrame
    points: Floats
    begins: Floats
    ends: Floats
    precision: Floats
    feeds: Ints
    coarse: Bools
    lasting: Bools

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "_Seen":
        begins, ends = rows["begins"].to_numpy(), rows["ends"].to_numpy()
        precision = rows["precision_m"].fill_null(0.0).to_numpy()
        feeds = rows["feed"].rle_id().to_numpy().astype(np.int64)
        return cls(rows, _on_the_sphere(rows), begins, ends, precision, feeds, precision > FINE_M, ends > begins)

    def of_side(self, side: Side, rule: Rule) -> Ints:
        """Positions of the rows that a side of a rule speaks of."""
        wanted = pl.col("placed") & (pl.col("agency") == side.agency.value) & pl.col("category").is_in(side.categories)
        if side.feeds:
            wanted &= pl.col("feed").is_in(side.feeds)
        if not rule.whole_days:
            wanted &= ~pl.col("whole_day")
        return self.rows.select(wanted.fill_null(False).arg_true()).to_series().to_numpy().astype(np.int64)

    def classes(self, at: Ints) -> list[Ints]:
        """The same positions, told apart by what would widen the search: coarse places, and events that last."""
        kinds = 2 * self.coarse[at] + self.lasting[at]
        return [at[kinds == kind] for kind in range(4) if (kinds == kind).any()]


def _on_the_sphere(rows: pl.DataFrame) -> Floats:
    """float64[n, 3]: metres from the centre of the Earth, so that distances need no map projection."""
    longitude, latitude = (np.radians(rows[name].fill_null(0.0).to_numpy()) for name in ("longitude", "latitude"))
    flat = np.cos(latitude)
    return EARTH_M * np.column_stack([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])


def _scored(seen: _Seen, crowds: "_Crowds", rule: Rule, rules: Rules) -> pl.DataFrame:
    sides = seen.classes(seen.of_side(rule.first, rule)), seen.classes(seen.of_side(rule.second, rule))
    found = [_near(seen, rule, first, second) for first, second in product(*sides)]
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    first, second = np.concatenate(found, axis=1)
    parts = _parts(seen, rule, first, second)
    at_best = _probability(parts, _chance(rule, rules, np.zeros(len(second))))
    likely = at_best >= rules.propose
    second, parts = second[likely], parts.filter(likely).with_columns(first=first[likely])
    chance = _chance(rule, rules, crowds.around(second))
    scored = parts.with_columns(
        score=_probability(parts, chance), chance=chance, rule=pl.lit(rule.name), second=second
    ).filter(pl.col("score") >= rules.propose)
    pair = {"a": pl.min_horizontal("first", "second"), "b": pl.max_horizontal("first", "second")}
    return scored.with_columns(**pair).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _near(seen: _Seen, rule: Rule, first: Ints, second: Ints) -> Ints:
    """int64[2, pairs]: rows of either side within reach, in space and in time at once.

    Time is a fourth axis, scaled so that half the window is as long as the reach.
    """
    reach = max(rule.within_m, seen.precision[first].max() + seen.precision[second].max())
    lasts = sum(float((seen.ends - seen.begins)[side].max()) for side in (first, second))
    hours = (rule.before_h + rule.after_h + lasts) / 2
    trees = [
        KDTree(_in_space_and_time(seen, side, shift, reach / hours), compact_nodes=False, balanced_tree=False)
        for side, shift in ((first, (rule.after_h - rule.before_h) / 2), (second, 0.0))
    ]
    slack = 1 + 1e-9
    near = trees[0].sparse_distance_matrix(trees[1], reach * slack, p=np.inf, output_type="ndarray")
    pairs = np.stack([first[near["i"]], second[near["j"]]])
    return pairs[:, _allowed(seen, rule, *pairs)]


def _in_space_and_time(seen: _Seen, at: Ints, shift: float, metres_an_hour: float) -> Floats:
    middle = (seen.begins[at] + seen.ends[at]) / 2 + shift
    return np.column_stack([seen.points[at], middle * metres_an_hour])


def _allowed(seen: _Seen, rule: Rule, first: Ints, second: Ints) -> Bools:
    lag = _lag(seen, first, second)
    apart = _metres(seen, first, second)
    farthest = np.maximum(rule.within_m, seen.precision[first] + seen.precision[second])
    other = seen.feeds[first] != seen.feeds[second]
    return other & (apart <= farthest) & (lag > -rule.before_h) & (lag < rule.after_h)


def _lag(seen: _Seen, first: Ints, second: Ints) -> Floats:
    """Hours from the end of the first to the beginning of the second; negative if it came before; 0 if they overlap."""
    after = seen.begins[second] - seen.ends[first]
    before = seen.ends[second] - seen.begins[first]
    return np.where(after > 0, after, np.where(before < 0, before, 0.0))


def _metres(seen: _Seen, first: Ints, second: Ints) -> Floats:
    chord = np.sqrt(((seen.points[first] - seen.points[second]) ** 2).sum(axis=1))
    return 2 * EARTH_M * np.arcsin(chord / (2 * EARTH_M))


def _parts(seen: _Seen, rule: Rule, first: Ints, second: Ints) -> pl.DataFrame:
    """The parts of the score, each from 0 to 1, and the distance and hours they come from."""
    lag, apart = _lag(seen, first, second), _metres(seen, first, second)
    # The radius that holds the true place is taken for two standard deviations.
    variance = rule.spread_m**2 + (seen.precision[first] ** 2 + seen.precision[second] ** 2) / 4
    lasts = (seen.ends - seen.begins)[first] + (seen.ends - seen.begins)[second]
    return pl.DataFrame(
        {
            "distance": np.exp(-(apart**2) / (2 * variance)),
            "time": 1 - np.where(lag < 0, -lag / rule.before_h, lag / rule.after_h),
            "category": _shares(seen.rows[second], rule),
            "precision": rule.spread_m**2 / variance * rule.mean_window_h / (rule.mean_window_h + lasts),
            "distance_m": apart,
            "hours_apart": lag,
        }
    )


def _shares(second: pl.DataFrame, rule: Rule) -> pl.Series:
    by_category = pl.col("category").replace_strict(rule.share, return_dtype=pl.Float64)
    by_words = (
        pl.col("source_category").str.to_lowercase().replace_strict(rule.words, default=None, return_dtype=pl.Float64)
    )
    return second.select(pl.coalesce(by_words, by_category)).to_series()


def _chance(rule: Rule, rules: Rules, others: Floats) -> Floats:
    """How many reports of the second's kind to expect within the rule's reach by chance alone."""
    counted_in = CELL_M2 * 2 * rules.chance_days * 24
    return (others + UNSEEN) * 2 * np.pi * rule.spread_m**2 * rule.mean_window_h / counted_in


def _probability(parts: pl.DataFrame, chance: Floats) -> Floats:
    distance, time, share, precision = (
        parts[name].to_numpy() for name in ("distance", "time", "category", "precision")
    )
    agree = share * distance * time * precision
    return agree / (agree + (1 - share) * chance)


@dataclass(frozen=True)
class _Crowds:
    """How many reports of one kind (a feed's own word) stand in one cell around a time."""

    group: Ints
    seconds: Ints
    ordered: Ints
    stride: int
    around_s: int

    @classmethod
    def of(cls, rows: pl.DataFrame, rules: Rules) -> "_Crowds":
        around = int(rules.chance_days * 86_400)
        seconds = np.round(rows["begins"].to_numpy() * 3600).astype(np.int64)
        seconds -= seconds.min() if len(seconds) else 0
        stride = (int(seconds.max()) if len(seconds) else 0) + 2 * around + 1
        group = rows.select(_kind_and_cell()).to_series().to_numpy().astype(np.int64)
        placed = rows["placed"].to_numpy()
        return cls(group, seconds, np.sort((group * stride + seconds)[placed]), stride, around)

    def around(self, at: Ints) -> Floats:
        """Of each row, the others of its kind in its cell within the days that are counted, before and after."""
        middle = self.group[at] * self.stride + self.seconds[at]
        last = np.searchsorted(self.ordered, middle + self.around_s, side="right")
        first = np.searchsorted(self.ordered, middle - self.around_s, side="left")
        return (last - first - 1).astype(np.float64)


def _kind_and_cell() -> pl.Expr:
    return pl.struct("feed", "source_category", "cell").rank("dense") - 1
