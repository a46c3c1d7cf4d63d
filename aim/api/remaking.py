"""Features in another form than they were published in: other coordinates, or fewer properties."""

import json
from collections.abc import Iterable
from typing import Any

from aim.api.crs import CRS84, Crs, remade
from aim.api.item_parameters import Selection


def remake(bodies: Iterable[bytes], crs: Crs, selection: Selection | None) -> list[bytes]:
    """The features with their coordinates in another system, and with the chosen properties alone."""
    return [_remade(json.loads(body), crs, selection) for body in bodies]


def _remade(feature: dict[str, Any], crs: Crs, selection: Selection | None) -> bytes:
    if selection is not None:
        properties = feature["properties"]
        feature["properties"] = {name: properties[name] for name in selection.names if name in properties}
    if crs is not CRS84:
        feature["geometry"] = remade(feature["geometry"], crs)
    return json.dumps(feature, ensure_ascii=False, separators=(",", ":")).encode()
