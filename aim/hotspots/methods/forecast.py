"""Forecast: how many incidents are to be expected in each cell in the next seven days, and why there?

    count[h] fades by half in h days, h = 7, 30, 120, 365 and 1,460:  count · 2^(-1/h) + incidents of the day
    expected = w0 + Σ w[h, ring] · (sum of count[h] over the ring)

as of the day before `until`, from all the history there is. The rings are the cell itself, its neighbours, theirs, and
those three to five steps away; none of the 21 weights is negative, so the shares of what is expected explain it. What
police find by looking for it never enters. When in the week it is to be expected, `forecast_hours` says.
"""

from typing import Final

from aim.hotspots.facts import Facts
from aim.hotspots.forecasting.forecast import TIMESCALES, Forecast, forecast, forecast_by
from aim.hotspots.forecasting.incidents import DAY, Incidents
from aim.hotspots.forecasting.state import HALF_LIVES
from aim.hotspots.forecasting.weights import FEWEST
from aim.hotspots.method import CellMethod, Lacking, Scores, Value
from aim.hotspots.methods.forecast_hours import week

HORIZON: Final = 7


def score(facts: Facts) -> Scores | Lacking:
    """What is expected of each cell; the share of it that each timescale and other cells bring; its rank."""
    if facts.history is None or facts.until is None:
        return Lacking("A forecast needs all incidents known of the area by cell and day, and the day it begins on.")
    as_of = facts.until - DAY
    known = facts.history.known(as_of)
    if not len(known):
        return Lacking(f"Nothing is known of the area on {as_of} or before: there is nothing to foretell from.")
    found = (
        forecast(facts.grid, facts.history, as_of, HORIZON)
        if facts.frozen is None
        else forecast_by(facts.grid, facts.history, as_of, facts.frozen)
    )
    shares = {f"share_{name}": found.share[:, at] for at, name in enumerate(TIMESCALES)}
    columns = {**shares, "near": found.near, "rank": found.rank}
    left_out = {"enforcement_driven_left_out": facts.history.enforcement_driven}
    return Scores(found.expected, None, None, {**_rests_on(found, known), **left_out, **_hours(facts)}, columns)


def _rests_on(found: Forecast, known: Incidents) -> dict[str, Value]:
    return {
        "horizon_days": found.weights.horizon,
        "weights": "fitted" if found.weights.fitted else "fixed",
        "origins": found.weights.origins,
        "fitted_to": round(found.weights.incidents, 1),
        "frozen_on": str(found.weights.cut_off),
        "incidents": len(known),
        "known_to_the_month": int(known.monthly.sum()),
        "cut_off": str(found.as_of),
    }


def _hours(facts: Facts) -> dict[str, Value]:
    """The share of each shift, or in a sentence why there is none."""
    found = week(facts)
    return {"hours": found.why} if isinstance(found, Lacking) else {"hours_of": found.incidents, **found.by_shift}


METHOD = CellMethod(
    name="forecast",
    title="Forecast of seven days",
    citation=(
        "Mohler, G. O. et al. (2011). Self-exciting point process modeling of crime. Journal of the American "
        "Statistical Association 106, 100-108. Weights: Richardson, W. H. (1972). Bayesian-based iterative method of "
        "image restoration. Journal of the Optical Society of America 62, 55-59. Lucy, L. B. (1974). An iterative "
        "technique for the rectification of observed distributions. Astronomical Journal 79, 745-754. What it leaves "
        "out: Lum, K. & Isaac, W. (2016). To predict and serve? Significance 13(5), 14-19."
    ),
    formula=(
        "Expected incidents of a cell = a constant + the sum, over five half-lives and four rings of cells, of weight "
        "times faded count. Weights are the mean of two Poisson fits by EM to the seven-day periods of the last two "
        "years, each foretold from its eve: one of all timescales, one of the long run alone. Share of a timescale = "
        "what its counts bring / expected; near = what other cells bring / expected."
    ),
    avoid=(
        "For persons, ever. For kinds of incident that are found by looking for them: they are left out. For the exact "
        "number of one cell: what is tested is the order of cells. To judge whether an action worked, for it knows "
        "what followed the action. Where what is reported depends on who lives there, it repeats that."
    ),
    defaults={
        "horizon": f"{HORIZON} days",
        "half-lives": f"{', '.join(f'{days:,}' for days in HALF_LIVES)} days",
        "rings": "the cell, 1, 2, 3 to 5 steps",
        "learns from": "two years of past weeks",
        "fixed weights": f"with fewer than {FEWEST} incidents to learn from",
    },
    score=score,
)
