"""Connections that do not wait for ever: for the head of a request, or for a client that takes nothing."""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
HEAD_BYTES: Final = 32 * 1024
STALL_SECONDS: Final = 30.0
TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's own, which keeps all that a client sends of a head, and keeps it for as long as the client likes."""

    _head_bytes = 0
    _head_due: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_due = self.loop.call_later(HEAD_SECONDS, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        self._moves()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        idle = not before or before.response_complete
        super().data_received(data)
        if self.cycle is not before:
            self._head_came()
        elif idle and not self.transport.is_closing():
            self._head_is_coming(len(data))

    def _head_is_coming(self, size: int) -> None:
        """A part of a head came; the rest is due, and bounded."""
        if self._head_due is None:
            self._head_due = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def _head_came(self) -> None:
        self._head_bytes = 0
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._moves()

    def _watch(self, unsent: int) -> None:
        self._stalled = self.loop.call_later(STALL_SECONDS, self._look, unsent)

    def _look(self, before: int) -> None:
        """Let go of a client that has taken nothing since the last look; a slow one may go on."""
        unsent = self.transport.get_write_buffer_size()
        if unsent < before:
            self._watch(unsent)
        else:
            self.transport.abort()

    def _moves(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
