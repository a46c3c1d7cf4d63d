"""Repeat locations: how much of what happens, happens again at the same place, and where.

A location is a point to the metre. Reports of one thing by several callers are no repeats: council reports of a
category within 50 m and 48 hours of each other count once. Points that were moved to map points, or rounded, are not
locations; incidents placed no better than 25 m are left out, and their share is told.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from aim.hotspots.facts import Bools, Events, Facts
from aim.hotspots.method import AreaMethod, Column, Lacking, Table

DAYS: Final = 365
PRECISE_M: Final = 25.0
SAME_M: Final = 50.0
SAME_HOURS: Final = 48
LEVELS: Final = (2, 3, 5)
TOP: Final = 10
REPORTER: Final = "council"

Ints = NDArray[np.int64]


def table(facts: Facts) -> Table | Lacking:
    """The ten locations with most incidents of the last year, and the share of incidents at repeat locations."""
    if facts.events is None or facts.until is None:
        return Lacking("Repeat locations need the places and days of single incidents, and the day they are known to.")
    events = facts.events
    year = events.where(events.has_day & events.between(facts.until - np.timedelta64(DAYS), facts.until))
    precise = year.where(year.location_precision_m <= PRECISE_M)
    if not len(precise):
        return Lacking(f"No incident of the last year is placed to {PRECISE_M:.0f} m, so none can be told to repeat.")
    kept = precise.where(first_reports(precise))
    location = locations(kept)
    figures = {
        "incidents": len(kept),
        "imprecise_share": 1 - len(precise) / len(year),
        "reports_of_the_same": len(precise) - len(kept),
        **shares(location),
        "median_days_to_repeat": median_gap(location, kept.day),
    }
    return Table(_top(kept, location), figures, {"days": DAYS, "same_m": SAME_M, "same_hours": SAME_HOURS})


def locations(events: Events) -> Ints:
    """int64[m]: the number of the location of each incident, by its point to the metre."""
    points = np.column_stack([np.rint(events.x), np.rint(events.y)])
    return np.unique(points, axis=0, return_inverse=True)[1].ravel().astype(np.int64)


def first_reports(events: Events) -> Bools:
    """Whether each incident is no later report of the same: linked reports count once, however long the chain."""
    where = np.flatnonzero(events.agency == REPORTER)
    part = events.where(events.agency == REPORTER)
    kept = np.ones(len(events), dtype=np.bool_)
    if len(part) < 2:
        return kept
    pairs = KDTree(np.column_stack([part.x, part.y])).query_pairs(SAME_M, output_type="ndarray").astype(np.int64)
    first, second = pairs[:, 0], pairs[:, 1]
    apart = np.abs(part.begins[first] - part.begins[second])
    same = (apart <= np.timedelta64(SAME_HOURS, "h")) & (part.category[first] == part.category[second])
    links = coo_array((np.ones(same.sum()), (first[same], second[same])), shape=(len(part), len(part)))
    group = connected_components(links, directed=False)[1]
    order = np.argsort(part.begins, kind="stable")
    leads = order[np.unique(group[order], return_index=True)[1]]
    kept[where] = False
    kept[where[leads]] = True
    return kept


def shares(location: Ints) -> dict[str, float]:
    """Share of incidents at locations with at least two, three and five of them."""
    here = np.bincount(location)[location]
    return {f"share_at_{level}_or_more": float((here >= level).mean()) for level in LEVELS}


def median_gap(location: Ints, day: NDArray[np.datetime64]) -> float:
    """Median days from an incident to the next at its location; -1 where nothing repeats."""
    order = np.lexsort((day, location))
    same = location[order][1:] == location[order][:-1]
    gaps = np.diff(day[order].astype("datetime64[D]").astype(np.int64))[same]
    return float(np.median(gaps)) if len(gaps) else -1.0


def _top(events: Events, location: Ints) -> dict[str, Column]:
    """The locations with most incidents; of two with as many, the one whose last incident is later."""
    count = np.bincount(location)
    days = events.day.astype("datetime64[D]").astype(np.int64)
    first, last = np.full(len(count), days.max()), np.full(len(count), days.min())
    np.minimum.at(first, location, days)
    np.maximum.at(last, location, days)
    x, y = (np.bincount(location, weights=np.rint(axis)) / count for axis in (events.x, events.y))
    top = np.lexsort((y, x, -last, -count))[:TOP]
    dates = {
        name: values[top].astype("datetime64[D]").astype(str) for name, values in (("first", first), ("last", last))
    }
    return {"x": x[top], "y": y[top], "incidents": count[top], **dates}


METHOD = AreaMethod(
    name="repeat_locations",
    title="Repeat locations",
    citation=(
        "Sherman, L. W., Gartin, P. R. & Buerger, M. E. (1989). Hot spots of predatory crime. Criminology 27, 27-56. "
        "Farrell, G. & Pease, K. (1993). Once bitten, twice bitten: repeat victimisation and its implications for "
        "crime prevention. Home Office."
    ),
    formula=(
        "Share of a year's incidents at points (to the metre) with two, three, five or more of them; the ten points "
        "with most; the median number of days from one incident to the next. Council reports of a category within "
        "50 m and 48 hours of each other are one."
    ),
    avoid=(
        "On points that were moved or rounded: many addresses share one. As a list for anyone outside the partnership: "
        "a point to the metre is an address. To blame a place: a hospital or a station is where things get reported."
    ),
    defaults={"days": DAYS, "precise to": f"{PRECISE_M:.0f} m", "same report": f"{SAME_M:.0f} m, {SAME_HOURS} h"},
    table=table,
)
