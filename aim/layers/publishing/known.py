"""The layers that there are.

Apart from `aim.layers` itself, because loading them brings every method and scipy along, 70 MB that a process which
only serves what was published never needs.
"""

from typing import Final

import aim.layers
from aim.layers.publishing.layer import Layer
from aim.registry import load

LAYERS: Final = load(aim.layers, "LAYER", Layer)
