"""What every answer passes on its way out: HEAD without a body, and the headers that guard a browser."""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD: Final = "aim.head"
FIXED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), midi=(), payment=(), usb=()"
    ),
}
"""Map clients in other people's pages ask by CORS, which the resource policy does not concern: it stops pages that
embed an answer without asking."""


class Head:
    """Answers HEAD as GET is answered, without the body, so that no route needs to know of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET", HEAD: True}, receive, without_body)


def is_head(request: Request) -> bool:
    """Whether the client asked for the head alone: an answer without an end must know."""
    return HEAD in request.scope


class SecurityHeaders:
    """Pages run no code but ours and talk to no other host than the basemap's."""

    def __init__(self, app: ASGIApp, basemap_style: str | None) -> None:
        self.app = app
        headers = {**FIXED, "Content-Security-Policy": content_security_policy(basemap_style)}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self.headers]}
            await send(message)

        await self.app(scope, receive, with_headers)


def content_security_policy(basemap_style: str | None) -> str:
    """The policy; MapLibre needs workers and images made from blobs. It sets styles by script, which needs no word."""
    url = urlsplit(basemap_style or "")
    basemap = f" {url.scheme}://{url.netloc}" if url.netloc else ""
    return (
        "default-src 'self'; script-src 'self'; style-src 'self'; worker-src 'self' blob:; object-src 'none'; "
        f"img-src 'self' data: blob:{basemap}; connect-src 'self'{basemap}; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )
