"""The hot-spot methods: each module here is one, under the name `METHOD`."""

import sys

from aim.hotspots.method import AreaMethod, CellMethod, Method
from aim.registry import load

METHODS = load(sys.modules[__name__], "METHOD", Method)
CELL_METHODS = {name: method for name, method in METHODS.items() if isinstance(method, CellMethod)}
AREA_METHODS = {name: method for name, method in METHODS.items() if isinstance(method, AreaMethod)}
