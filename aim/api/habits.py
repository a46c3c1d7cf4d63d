"""What was asked for lately: which layers, at which addresses, by whom."""

from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

from starlette.types import Scope

from aim.access.principal import Access, Principal
from aim.api.security.gate import PRINCIPAL

MOST: Final = 128


class Habit(NamedTuple):
    """Those who may see the same, ask at the same address and read the same layer."""

    access: Access
    scheme: str
    host: bytes
    root: str
    layer: str

    def scope(self, principal: Principal, coding: str) -> Scope:
        """A request that one of them could make."""
        return {
            "type": "http", "method": "GET", "scheme": self.scheme, "path": "/", "root_path": self.root,
            "query_string": b"", "headers": [(b"host", self.host), (b"accept-encoding", coding.encode())],
            PRINCIPAL: principal,
        }  # fmt: skip


class Habits:
    """The latest of one service."""

    def __init__(self) -> None:
        self._lately: OrderedDict[Habit, Principal] = OrderedDict()
        self._lock = Lock()

    def note(self, scope: Scope, layer: str) -> None:
        """A layer was asked for."""
        principal: Principal = scope[PRINCIPAL]
        host = dict(reversed(scope["headers"])).get(b"host", b"")
        habit = Habit(principal.access, scope["scheme"], host, scope.get("root_path", ""), layer)
        with self._lock:
            self._lately[habit] = principal
            self._lately.move_to_end(habit)
            if len(self._lately) > MOST:
                self._lately.popitem(last=False)

    def lately(self) -> list[tuple[Habit, Principal]]:
        """The latest first, each with who asked last."""
        with self._lock:
            return list(reversed(self._lately.items()))
