"""The health of feeds as JSON knows it. Who accepted an unusual load is left out: pages are for many, names are not."""

from typing import Any

from aim.ingest.health.series import Outage, Series, when
from aim.ingest.health.spikes import Spike
from aim.ingest.health.status import FeedHealth, Figure, Load


def summary(found: FeedHealth) -> dict[str, Any]:
    """A feed in a list of feeds."""
    success, refusal = found.last_success, found.last_refusal
    return {
        "feed": found.feed,
        "title": found.title,
        "agency": found.agency,
        "delivery": found.delivery,
        "standing": found.standing.value,
        "newest_day": found.newest.isoformat() if found.newest else None,
        "rows": found.rows,
        "figures": [_figure(figure) for figure in found.figures],
        "last_load": _load(found.loads[0]) if found.loads else None,
        "last_success": _load(success) if success else None,
        "last_refusal": _load(refusal) if refusal else None,
        "open_refusals": [_load(load) for load in found.open_refusals],
        "refusals": found.refusals,
        "outages": [outage_members(outage) for outage in found.outages],
    }


def detail(found: FeedHealth, spikes: list[Spike]) -> dict[str, Any]:
    """A feed by itself: the rows of each period, the loads, and the spikes too."""
    return summary(found) | {
        "units": [_unit(unit) for unit in found.units],
        "spikes": [vars(spike) | {"sentence": spike.sentence} for spike in spikes],
        "loads": [_load(load) for load in found.loads],
    }


def outage_members(outage: Outage) -> dict[str, Any]:
    """An outage, with its sentence and its time in words."""
    return {
        "unit": outage.unit,
        "span": outage.span.value,
        "first_day": outage.first.isoformat(),
        "last_day": outage.last.isoformat(),
        "when": when(outage.first, outage.last),
        "observed": outage.observed,
        "expected": outage.expected,
        "current": outage.current,
        "sentence": outage.sentence,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "value": None if figure.value is None else round(figure.value, 4),
        "unit": figure.unit,
        "floor": figure.limit.floor,
        "ceiling": figure.limit.ceiling,
        "verdict": figure.verdict.value,
        "reason": figure.limit.reason,
    }


def _load(load: Load) -> dict[str, Any]:
    return {
        "file": load.file_name,
        "at": load.at.isoformat(),
        "taken": load.run is not None,
        "run": load.run,
        "rows": load.rows,
        "rejected": load.rejected,
        "accepted": load.accepted_why is not None,
        "unusual": load.unusual,
    }


def _unit(unit: Series) -> dict[str, Any]:
    periods = [
        {
            "starts": start.isoformat(),
            "rows": judged.observed,
            "expected": judged.expected,
            "verdict": judged.verdict.value,
        }
        for start, judged in zip(unit.starts, unit.judged, strict=True)
    ]
    return {"unit": unit.unit, "span": unit.span.value, "periods": periods}
