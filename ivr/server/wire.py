"""What uvicorn lacks: deadlines below the level of requests, and an ear that can be deaf.

Two of its protocol classes with a timer each. A connection must ask something within a stated time,
and a WebSocket whose application is done, or whose peer answers no ping, is dropped after a moment
even if the peer never takes what is queued for it. Audio that nobody listens to ends here. Used by
``server/run`` alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from ivr.server.link import ABORT, DROP, SAY
from ivr.server.sieve import Sieve

REQUEST_SECONDS_MAX: Final = 10
"""From the connection, or the first byte of a later request, to the end of its headers."""
LINGER_SECONDS_MAX: Final = 5
"""For the peer to take the last messages and the closing one."""
MESSAGES_AFTER_CLOSE_MAX: Final = 500
"""From a peer that has been told to stop; ten seconds of a telephone call."""
DROPPED_TOLD: Final = 32
"""Messages that nobody listens to are counted so many at a time."""


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
    _sieve: Sieve | None = None
    _tell_dropped: Callable[[int], None] | None = None
    _dropped = 0

    def handle_connect(self, event: Request) -> None:
        """The handshake; the application is also given what uvicorn does not offer it."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            # What comes from here on is frames.
            self._sieve = Sieve(self.config.ws_max_size)
            extensions: dict[str, Any] = self.scope["extensions"]
            extensions[ABORT] = {"abort": self.transport.abort}
            extensions[DROP] = {"drop": self.drop}
            extensions[SAY] = {"say": self.say}

    def drop(self, unheard: bytes, tell: Callable[[int], None]) -> None:
        """From now on drop text messages that begin so; ``tell`` how many, now and then.

        They are never read: no queue, no task is woken, reading is not paused. It is what most
        messages of a telephone call are, fifty a second from each caller.
        """
        assert self._sieve is not None, "there was a handshake"
        self._sieve.drop(unheard)
        self._tell_dropped = tell

    def say(self, text: str) -> bool:
        """Send a text message now; False if that cannot be, and ``send`` waits or tells why."""
        over = self.conn.state is not State.OPEN or self.transport.is_closing()
        if over or self.close_sent or not self.writable.is_set():
            return False
        self.conn.send_text(text.encode())
        try:
            self.transport.write(b"".join(self.conn.data_to_send()))
        except (OSError, RuntimeError):
            return False  # it is being lost
        return True

    def data_received(self, data: bytes) -> None:
        """Bytes of the handshake, then of frames; what nobody listens to ends here."""
        if self._sieve is not None:
            data, dropped = self._sieve.feed(data)
            if dropped:
                self._count_dropped(dropped)
        if data:
            super().data_received(data)

    def _count_dropped(self, messages: int) -> None:
        if self.close_sent:
            self._count_after_close(messages)
            return
        self._dropped += messages
        while self._dropped >= DROPPED_TOLD:
            assert self._tell_dropped is not None, "they are set together"
            self._dropped -= DROPPED_TOLD
            self._tell_dropped(DROPPED_TOLD)

    async def run_asgi(self) -> None:
        """Run the application, then let the peer take what is left for a moment."""
        await super().run_asgi()
        self.loop.call_later(LINGER_SECONDS_MAX, self.transport.abort)

    def send_receive_event_to_app(self) -> None:
        """A message has come; behind our closing message it is only read to be thrown away."""
        if self.close_sent:
            self._count_after_close(1)
        super().send_receive_event_to_app()

    def _count_after_close(self, messages: int) -> None:
        self._after_close += messages
        if self._after_close > MESSAGES_AFTER_CLOSE_MAX:
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        """The peer has answered no ping: it is gone, and will take no closing message either."""
        super().keepalive_timeout()
        self.transport.abort()
