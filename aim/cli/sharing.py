"""Work that a Dask scheduler may share out: `--scheduler`."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from aim.errors import SetupError, UsageError

if TYPE_CHECKING:
    from aim.hotspots.sharing import ShareOut

Scheduler = Annotated[str | None, typer.Option(help="A Dask scheduler to share the work: tcp://host:8786.")]


@contextmanager
def shared(scheduler: str | None) -> "Generator[ShareOut]":
    """Who does the work: this process, or the workers of a scheduler, where a part that is lost is done again."""
    if scheduler is None:
        from aim.hotspots.sharing import here

        yield here
        return
    try:
        from distributed import Client

        from aim.hotspots.cluster import share_out
    except ModuleNotFoundError as missing:
        raise SetupError("--scheduler needs Dask: pip install 'active-intelligence-mapping[scale]'.") from missing
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(f"The scheduler {scheduler} does not answer: {error}") from error
    with client:
        yield partial(share_out, client)
