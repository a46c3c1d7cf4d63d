"""The tasking layers. A module here with a `LAYER` is a layer; there is no other list."""

import sys

from aim.layers.publishing.layer import Layer
from aim.registry import load

LAYERS = load(sys.modules[__name__], "LAYER", Layer)
