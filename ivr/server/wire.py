"""What uvicorn lacks against peers that stall: deadlines below the level of requests.

Two of its protocol classes with a timer each. A connection must ask something within a stated time,
and a WebSocket whose application is done, or whose peer answers no ping, is dropped after a moment
even if the peer never takes what is queued for it. Used by ``server/run`` alone.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from ivr.server.link import ABORT

REQUEST_SECONDS_MAX: Final = 10
"""From the connection, or the first byte of a later request, to the end of its headers."""
LINGER_SECONDS_MAX: Final = 5
"""For the peer to take the last messages and the closing one."""
MESSAGES_AFTER_CLOSE_MAX: Final = 500
"""From a peer that has been told to stop; ten seconds of a telephone call."""


class WebProtocol(H11Protocol):
    """HTTP/1.1 whose requests must come at once (uvicorn waits for headers for ever)."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The peer has connected; now it must ask something."""
        super().connection_made(transport)
        self._late = self.loop.call_later(REQUEST_SECONDS_MAX, self._too_late)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request: the first of one starts the clock, its whole head stops it."""
        if self._late is None:
            self._late = self.loop.call_later(REQUEST_SECONDS_MAX, self._too_late)
        super().data_received(data)
        if self._asked():
            self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer is gone."""
        self._disarm()
        super().connection_lost(exc)

    def _asked(self) -> bool:
        upgraded = self.transport.get_protocol() is not self
        return upgraded or (self.cycle is not None and not self.cycle.response_complete)

    def _too_late(self) -> None:
        self._late = None
        if not self._asked():
            self.transport.abort()

    def _disarm(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class StreamProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that can be dropped (uvicorn waits for ever for a peer that does not read)."""

    _after_close = 0

    def handle_connect(self, event: Request) -> None:
        """The handshake; the application is also given the means to drop the connection."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[ABORT] = {"abort": self.transport.abort}

    async def run_asgi(self) -> None:
        """Run the application, then let the peer take what is left for a moment."""
        await super().run_asgi()
        self.loop.call_later(LINGER_SECONDS_MAX, self.transport.abort)

    def send_receive_event_to_app(self) -> None:
        """A message has come; behind our closing message it is only read to be thrown away."""
        if self.close_sent:
            self._after_close += 1
            if self._after_close > MESSAGES_AFTER_CLOSE_MAX:
                self.transport.abort()
        super().send_receive_event_to_app()

    def keepalive_timeout(self) -> None:
        """The peer has answered no ping: it is gone, and will take no closing message either."""
        super().keepalive_timeout()
        self.transport.abort()
