"""Concentration: in how few cells does how much happen, beside what chance alone would do?

    Gini G = Σ_i (2 i - n - 1) x_(i) / (n Σ x), x in ascending order
    generalised G' = max(n / c, 1) (G - 1) + 1  for c incidents in n cells (Bernasco & Steenbeek 2017)

G is high whenever there are fewer incidents than cells; G' is not. For the same reason all figures are shown beside
those of as many incidents thrown on the cells by lot.
"""

from typing import Final

import numpy as np

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import AreaMethod, Column, Lacking, Table

SHARES: Final = (0.25, 0.5)
SIMULATIONS: Final = 199


def cells_holding(counts: Floats, share: float) -> int:
    """The least number of cells that hold this share of all incidents, or more."""
    return int(np.searchsorted(np.cumsum(np.sort(counts)[::-1]), share * counts.sum())) + 1


def gini(counts: Floats) -> float:
    """0 where each cell holds as much, near 1 where one holds all."""
    n = len(counts)
    return float(((2 * np.arange(1, n + 1) - n - 1) * np.sort(counts)).sum() / (n * counts.sum()))


def generalised_gini(counts: Floats) -> float:
    """Gini against the most even spread there can be: fewer incidents than cells cannot reach every cell."""
    return float(max(len(counts) / counts.sum(), 1) * (gini(counts) - 1) + 1)


def figures(counts: Floats) -> dict[str, float]:
    """Cells that hold a quarter and half of all incidents, in per cent of all cells too, and both indices."""
    found: dict[str, float] = {}
    for share in SHARES:
        cells = cells_holding(counts, share)
        found |= {f"cells_{share:.0%}": cells, f"percent_cells_{share:.0%}": 100 * cells / len(counts)}
    return found | {"gini": gini(counts), "generalised_gini": generalised_gini(counts)}


def by_chance(n: int, incidents: int, simulations: int, seed: int) -> dict[str, Floats]:
    """The same figures of as many incidents thrown on n cells by lot, float64[simulations] each."""
    random = np.random.default_rng(seed)
    thrown = [random.multinomial(incidents, np.full(n, 1 / n)).astype(np.float64) for _ in range(simulations)]
    rows = [figures(counts) for counts in thrown]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def table(facts: Facts) -> Table | Lacking:
    """Each figure beside its mean by chance and the range that holds 95 % of what chance does."""
    incidents = round(float(facts.counts.sum()))
    if incidents < 1:
        return Lacking("There are no incidents, so nothing can be concentrated.")
    observed = figures(facts.counts)
    chance = by_chance(len(facts.grid), incidents, SIMULATIONS, facts.seed)
    low, high = np.quantile(np.array(list(chance.values())), (0.025, 0.975), axis=1)
    columns: dict[str, Column] = {
        "figure": np.array(list(observed)),
        "observed": np.array(list(observed.values()), dtype=np.float64),
        "by_chance": np.array([values.mean() for values in chance.values()]),
        "by_chance_low": low,
        "by_chance_high": high,
    }
    said = {"cells": len(facts.grid), "incidents": incidents}
    return Table(columns, said, {"simulations": SIMULATIONS, "seed": facts.seed})


METHOD = AreaMethod(
    name="concentration",
    title="Concentration",
    citation=(
        "Bernasco, W. & Steenbeek, W. (2017). More places than crimes: implications for evaluating the law of crime "
        "concentration at place. Journal of Quantitative Criminology 33, 451-467. Weisburd, D. (2015). The law of "
        "crime concentration and the criminology of place. Criminology 53, 133-157."
    ),
    formula=(
        "The least number of cells that hold 25 % and 50 % of all incidents; Gini; generalised Gini "
        "G' = max(n/c, 1)(G - 1) + 1 for c incidents in n cells; each beside as many incidents thrown by lot."
    ),
    avoid=(
        "To compare areas of different cells or numbers of incidents by Gini alone: few incidents always look "
        "concentrated. Across resolutions."
    ),
    defaults={"shares": "25 %, 50 %", "simulations": SIMULATIONS},
    table=table,
)
