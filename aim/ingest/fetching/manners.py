"""The numbers of our manners towards other servers, and what a run needs of the world."""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aim.ingest.fetching.addresses import Allowed, Resolve, resolve
from aim.ingest.fetching.pace import Pace


@dataclass(frozen=True)
class Manners:
    """Times in seconds; this project's choices where nothing is said."""

    connect: float = 10.0
    read: float = 60.0
    """The longest wait for the next bytes."""
    total: float = 1800.0
    """The longest that one attempt may take, redirects and body included."""
    attempts: int = 5
    longest_pause: float = 60.0
    """Between two attempts, unless the server asks for more."""
    patience: float = 120.0
    """A server that asks to be left alone for longer than this is left alone, and the run ends."""
    hops: int = 5
    """Redirects that are followed."""


@dataclass(frozen=True)
class Outside:
    """The world as a run sees it; a test gives it another one."""

    allowed: Allowed = field(default=Allowed())
    manners: Manners = field(default=Manners())
    pace: Pace = field(default_factory=Pace)
    resolve: Resolve = resolve
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    stop_if_asked: Callable[[], None] = lambda: None
    """Called often; raises where the run is to be given up."""
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    """The system's certificates, so that a council's own authority counts."""
