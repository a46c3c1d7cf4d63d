"""Answers that are prepared once and sent many times, whole, compressed, or as "you have it already"."""

import gzip
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

REVALIDATE: Final = "private, no-cache"
"""Ask each time whether it is still current; never kept by a shared cache, for layers carry a marking."""

IMMUTABLE: Final = "private, max-age=86400, immutable"
"""For an answer that names its run: a published run does not change."""

WORTH_COMPRESSING: Final = 1_000


@dataclass(frozen=True)
class Prepared:
    """An answer as it goes out: whole, and compressed where that is worth it."""

    media_type: str
    body: bytes
    compressed: bytes | None
    digest: str

    @property
    def size(self) -> int:
        return len(self.body) + len(self.compressed or b"")


def prepare(body: bytes, media_type: str) -> Prepared:
    """Do once, in a worker thread where the body is large, what each sending would have to do again."""
    compressed = gzip.compress(body, compresslevel=6, mtime=0) if len(body) >= WORTH_COMPRESSING else None
    return Prepared(media_type, body, compressed, blake2b(body, digest_size=16).hexdigest())


def answer(request: Request, prepared: Prepared, cache_control: str = REVALIDATE) -> Response:
    """200 with the whole or compressed body, or 304 where the client holds it."""
    packed = prepared.compressed if accepts_gzip(request.headers.get("accept-encoding", "")) else None
    # A tag names exact bytes, so the compressed form has one of its own.
    tag = f'"{prepared.digest}"' if packed is None else f'"{prepared.digest}-gzip"'
    headers = {"ETag": tag, "Cache-Control": cache_control, "Vary": "Accept, Accept-Encoding"}
    if holds(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    if packed is not None:
        headers["Content-Encoding"] = "gzip"
    return Response(packed or prepared.body, media_type=prepared.media_type, headers=headers)


def holds(if_none_match: str, tag: str) -> bool:
    """Whether a client that sends this If-None-Match has the answer (weak comparison, RFC 9110, 13.1.2)."""
    held = {each.strip().removeprefix("W/") for each in if_none_match.split(",")}
    return tag in held or "*" in held


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named, or all codings are, and not with a weight of nothing."""
    weights = dict(weighted(accept_encoding))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


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
