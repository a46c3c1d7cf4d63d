"""What a layer says of itself when several areas are served as one collection.

Each area was published with a description of its own. Where they agree, so does the collection; where they differ,
the careful answer stands: the stricter marking, the earlier cut-off, every caveat.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from aim.api.versions import Version, rfc3339
from aim.vocabulary.nim import Agency, Marking

T = TypeVar("T")


def frame_members(versions: Iterable[Version]) -> dict[str, Any]:
    """What the frame of a page says of all the data on it, be it none."""
    told = [version.description for version in versions]
    return {
        "marking": _strictest(told),
        "made_up": any(each["made_up"] for each in told),
        "attribution": _joined(told, "attribution"),
    }


def feature_members(versions: Sequence[Version]) -> dict[str, Any]:
    """The members of a FeatureCollection that say how far its numbers may be trusted and shared."""
    told = [version.description for version in versions]
    return {
        **frame_members(versions),
        "handling": _joined(told, "handling"),
        "handling_instruction": _joined(told, "handling_instruction") or None,
        "data_cutoff": {agency: _earliest(told, agency) for agency in Agency},
        "feeds_late": _union(told, "feeds_late"),
        "parameters": _agreed([each["parameters"] for each in told]),
        "suppressed_count": sum(each["suppressed_count"] for each in told),
    }


def collection_members(versions: Sequence[Version]) -> dict[str, Any]:
    """The same and what a map needs before it shows the layer; `control_strategy` is None where none was known yet."""
    told = [version.description for version in versions]
    return {
        **feature_members(versions),
        "control_strategy": told[0].get("control_strategy"),
        "caveats": _union(told, "caveats"),
        "legend": told[0]["legend"],
        "resolution": _agreed([{"h3": version.resolution} for version in versions])["h3"],
        **{count: sum(each[count] for each in told) for count in ("cells", "incidents", "significant")},
    }


def extent(versions: Sequence[Version]) -> dict[str, Any]:
    """Box and scored window that hold those of every area."""
    west, south, east, north = zip(*(version.description["bbox"] for version in versions), strict=True)
    start = min(version.valid_from for version in versions)
    end = max(version.valid_to for version in versions)
    return {
        "spatial": {"bbox": [[min(west), min(south), max(east), max(north)]]},
        "temporal": {"interval": [[rfc3339(start), rfc3339(end)]]},
    }


def distinct(values: Iterable[T]) -> list[T]:
    """Each value once, in the order of first sight; unlike a set, for values that cannot be hashed too."""
    found: list[T] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def _strictest(told: Sequence[Mapping[str, Any]]) -> Marking:
    ladder = list(Marking)
    return max((Marking(each["marking"]) for each in told), key=ladder.index, default=Marking.OFFICIAL)


def _earliest(told: Sequence[Mapping[str, Any]], agency: str) -> str | None:
    return min((each["data_cutoff"][agency] for each in told if each["data_cutoff"].get(agency)), default=None)


def _union(told: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return distinct(value for each in told for value in each[name])


def _joined(told: Sequence[Mapping[str, Any]], name: str) -> str:
    return "; ".join(distinct(each[name] for each in told if each.get(name)))


def _agreed(told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Each parameter's value; where areas differ, the list of their values."""
    values = {name: distinct(each.get(name) for each in told) for each in told for name in each}
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}
