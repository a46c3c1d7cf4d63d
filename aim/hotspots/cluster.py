"""The parts of a look back, or of a cube, on the workers of a Dask scheduler."""

from collections.abc import Callable
from typing import cast

from distributed import Client

from aim.hotspots.sharing import P, R


def share_out(client: Client, work: Callable[[P], R], parts: list[P]) -> list[R]:
    """Each part done by a worker, in the order of the parts.

    A part whose worker dies is done again by another: it depends on nothing but itself.
    """
    return cast("list[R]", client.gather(client.map(work, parts, pure=False)))
