"""Answers that are prepared once and sent many times, whole, compressed, or as "you have it already"."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import brotli
from starlette.responses import Response

from aim.vocabulary.nim import Marking

REVALIDATE: Final = "private, no-cache"
"""Ask each time whether it is still current; never kept by a shared cache, for layers carry a marking."""

IMMUTABLE: Final = "private, max-age=86400, immutable"
"""For an answer that names its run: a published run does not change."""

NEVER_KEPT: Final = "no-store"
MARKING: Final = "X-Protective-Marking"
"""The header that carries the highest marking of what is in an answer."""

VARY: Final = "Accept, Accept-Encoding, Authorization, Cookie"
"""Of who asks, too: a browser keeps what one person was shown from the next one who signs in at it."""
WORTH_COMPRESSING: Final = 1_000
PLAIN: Final = "identity"
LARGE: Final = 1_000_000
"""Bytes from which the client waits longer for the packing than for what it saves."""


def _brotli(body: bytes) -> bytes:
    return brotli.compress(body, quality=1 if len(body) > LARGE else 5)


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=1 if len(body) > LARGE else 6, mtime=0)


CODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {"br": _brotli, "gzip": _gzip}
"""The smallest first."""


@dataclass(frozen=True)
class Prepared:
    """An answer as it goes out, in one content coding; `tag` names its exact bytes."""

    media_type: str
    body: bytes
    coding: str
    tag: str
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        return len(self.body)


def prepare(
    body: bytes,
    media_type: str,
    coding: str = PLAIN,
    headers: tuple[tuple[str, str], ...] = (),
    named_by: bytes | None = None,
) -> Prepared:
    """Do once, in a worker thread where the body is large, what each sending would have to do again.

    `named_by` is something shorter that is never the same for two bodies: of a large body nothing else takes as long as
    its digest.
    """
    tag = blake2b(body if named_by is None else named_by, digest_size=16).hexdigest()
    if coding == PLAIN or len(body) < WORTH_COMPRESSING:
        return Prepared(media_type, body, PLAIN, f'"{tag}"', headers)
    return Prepared(media_type, CODINGS[coding](body), coding, f'"{tag}-{coding}"', headers)


def marked(marking: str | None) -> tuple[tuple[str, str], ...]:
    """What an answer of this marking is sent with; None: nothing in it carries one.

    Above OFFICIAL nobody keeps a copy, the reader's own browser neither.
    """
    if marking is None:
        return ()
    above = marking != Marking.OFFICIAL
    return ((MARKING, marking), *((("Cache-Control", NEVER_KEPT),) if above else ()))


def whole(prepared: Prepared, cache_control: str = REVALIDATE) -> Response:
    """200 with the body."""
    coded = {} if prepared.coding == PLAIN else {"Content-Encoding": prepared.coding}
    headers = _headers(prepared, cache_control) | coded
    return Response(prepared.body, media_type=prepared.media_type, headers=headers)


def unchanged(prepared: Prepared, cache_control: str = REVALIDATE) -> Response:
    """304, where the client holds the body."""
    return Response(status_code=304, headers=_headers(prepared, cache_control))


def _headers(prepared: Prepared, cache_control: str) -> dict[str, str]:
    fixed = {"ETag": prepared.tag, "Cache-Control": cache_control, "Vary": VARY}
    return fixed | dict(prepared.headers)


def holds(if_none_match: str, tag: str) -> bool:
    """Whether a client that sends this If-None-Match has the answer (weak comparison, RFC 9110, 13.1.2)."""
    held = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return tag in held or "*" in held


def coding_for(accept_encoding: str) -> str:
    """The coding that the client weighs most, of equals the smallest; a weight of nothing forbids one."""
    weights = dict(weighted(accept_encoding))
    best = max(CODINGS, key=lambda coding: weights.get(coding, weights.get("*", 0.0)))
    return best if weights.get(best, weights.get("*", 0.0)) > 0 else PLAIN


def weighted(header: str) -> list[tuple[str, float]]:
    """The choices of an Accept header with their weights (RFC 9110, 12.4.2); a weight nobody can read counts as 0."""
    choices: list[tuple[str, float]] = []
    for part in header.split(","):
        name, *parameters = (piece.strip() for piece in part.lower().split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        choices.append((name, float(weight) if weight.replace(".", "", 1).isdigit() else 0.0))
    return choices


def prefers_html(accept: str) -> bool:
    """Whether a client would rather read HTML than JSON, as browsers do; a client that names neither gets JSON."""
    weights = dict(weighted(accept))
    anything = max(weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    json = max(weights.get("application/geo+json", anything), weights.get("application/json", anything))
    return weights.get("text/html", weights.get("text/*", 0.0)) > json
