"""Answers that stand ready: what was sent before is sent again before a route is looked for.

FastAPI takes most of a millisecond to find a route and read its parameters, ten times as long as to send a page. So the
whole question, as its bytes came in, leads to the whole answer, for as long as the catalogue's snapshot is the one that
the answer was made from. Who asks is part of the question by what they may see: answers never pass from one access to
another.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from aim.access.principal import Access, Principal
from aim.api.answers import holds
from aim.api.cache import ByteCache
from aim.api.security.gate import PRINCIPAL
from aim.db.engine import UNAVAILABLE

QUESTION: Final = "aim.question"
"""Key of the scope under which the question stands for the route that answers it."""

READY_BYTES: Final = 12 * 2**20
ENTRY_BYTES: Final = 3_000
"""What an entry takes beside its body: generous, so that many small ones do not outgrow the budget."""

NOTED: Final = 4_096
"""Questions remembered as asked once. Only what is asked again is kept, so that passing maps push out nothing."""

TOLD: Final = (b"host", b"accept", b"accept-encoding", b"if-none-match")


class Question(NamedTuple):
    """All of a request that an answer may depend on."""

    access: Access
    scheme: str
    host: bytes
    root: str
    path: str
    query: bytes
    accept: bytes
    accept_encoding: bytes

    @property
    def size(self) -> int:
        return sum(map(len, (self.host, self.path, self.query, self.accept, self.accept_encoding)))


@dataclass(frozen=True)
class Kept:
    """An answer as a route gave it. `made_from` is told by identity, `look` is what a reader of it has looked at."""

    made_from: object
    route: Any
    look: str | None
    tag: str
    whole: Response
    unchanged: Response

    def response(self, if_none_match: bytes) -> Response:
        return self.unchanged if if_none_match and holds(if_none_match.decode("latin-1"), self.tag) else self.whole


class ReadyAnswers:
    """The answers of one service that stand ready, those used last, bounded by bytes."""

    def __init__(self) -> None:
        self._kept: ByteCache[Question, tuple[int, Kept]] = ByteCache(READY_BYTES, lambda entry: entry[0])
        self._noted: OrderedDict[int, None] = OrderedDict()

    def find(self, question: Question) -> Kept | None:
        found = self._kept.get(question)
        return None if found is None else found[1]

    def keep(self, question: Question, kept: Kept) -> None:
        """Keep an answer, if its question was asked before."""
        asked = hash(question)
        if asked in self._noted:
            size = len(kept.whole.body) + question.size + ENTRY_BYTES
            self._kept.put(question, (size, kept))
            return
        self._noted[asked] = None
        if len(self._noted) > NOTED:
            self._noted.popitem(last=False)


class Ready:
    """Sends what stands ready; everything else goes on to the routes, which leave their answers here."""

    def __init__(
        self,
        app: ASGIApp,
        answers: ReadyAnswers,
        current: Callable[[Principal], object | None],
        renewed: Callable[[Principal], Awaitable[object]],
        known: Callable[[str, str], bool] | None = None,
    ) -> None:
        """`current` gives the snapshot for a principal, None when it is too old to answer by, and must not wait;
        `renewed` waits for one, as all do who ask at once, instead of each going through a route. `known` tells
        whether the look of a principal (by name) at a subject is in the log already, and must not wait; None: there
        is no log.
        """
        self.app = app
        self.answers = answers
        self.current = current
        self.renewed = renewed
        self.known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        principal: Principal = scope[PRINCIPAL]
        host, accept, accept_encoding, if_none_match = told(scope["headers"])
        question = Question(
            principal.access, scope["scheme"], host, scope.get("root_path", ""), scope["path"], scope["query_string"],
            accept, accept_encoding,
        )  # fmt: skip
        kept = self.answers.find(question)
        if kept is None or not await self._holds(kept, principal):
            scope[QUESTION] = question
            return await self.app(scope, receive, send)
        scope["route"] = kept.route  # what the metrics count by
        await kept.response(if_none_match)(scope, receive, send)

    async def _holds(self, kept: Kept, principal: Principal) -> bool:
        """Whether the answer is still what the route would give. That the database is away is for the route to say."""
        try:
            snapshot = self.current(principal) or await self.renewed(principal)
        except UNAVAILABLE:
            return False
        if snapshot is not kept.made_from:
            return False
        return kept.look is None or self.known is None or self.known(principal.name, kept.look)


def told(headers: list[tuple[bytes, bytes]]) -> list[bytes]:
    """The headers of TOLD, of each the first as Starlette reads them; an empty one where it is missing."""
    found = dict(reversed(headers))
    return [found.get(name, b"") for name in TOLD]
