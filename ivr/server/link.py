"""A socket as a link: what a call hears and says, over a WebSocket that has been accepted.

It sees to it that a bad peer costs nobody but its own call: one that does not read is given up,
one that floods is cut off, and whoever sends many messages in a row lets the others have a turn.
What the messages mean is ``calls/session``'s. Made by ``server/twilio``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from ivr.calls.link import LinkClosed

ABORT: Final = "ivr.abort"
"""Extension of our own server (``server/wire``): drops the connection without waiting."""
DROP: Final = "ivr.drop"
"""Another one: drops messages that begin with given bytes, before anybody is woken for them."""
SAY: Final = "ivr.say"
"""And one: sends a text at once, or tells that it cannot."""
UNHEARD: Final = b'{"event":"media"'
"""How the carrier begins what the caller says (``twilio.is_media``): mostly nobody listens."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """What a peer may do. A call needs about fifty messages a second in each direction."""

    send_s: float = 5
    """How long the peer may take nothing."""
    close_s: float = 1
    """How long the closing message may wait in the queue."""
    messages_per_s: float = 200
    burst: int = 5_000
    """After a stall of the network everything comes at once: half a minute fits in."""
    turn: int = 32
    """Messages in a row before others get a turn of the event loop."""


class SocketLink:
    """The open connection to the carrier."""

    def __init__(self, socket: WebSocket, limits: LinkLimits | None = None) -> None:
        self._socket = socket
        self._limits = limits or LinkLimits()
        self._time = asyncio.get_running_loop().time
        self._closed = False
        self._credit = float(self._limits.burst)
        self._credited_at = self._time()
        self._in_a_row = 0
        extensions = socket.scope.get("extensions", {})
        self._sieve: Callable[[bytes, Callable[[int], None]], None] | None = None
        if DROP in extensions:
            self._sieve = extensions[DROP]["drop"]
        self.hear(False)
        self._say: Callable[[str], bool] = extensions[SAY]["say"] if SAY in extensions else _cannot

    async def receive(self) -> str | bytes | None:
        """The next message, or None once the connection is gone. Never raises."""
        if self._closed:
            return None
        self._in_a_row += 1
        if self._in_a_row >= self._limits.turn and not await self._let_others_go_on():
            return None
        try:
            message = await self._socket.receive()
        except (RuntimeError, OSError):
            self._closed = True
            return None
        if message["type"] == "websocket.disconnect":
            self._closed = True
            return None
        text: str | None = message.get("text")
        if text is not None:
            return text
        data: bytes = message["bytes"]
        return data

    def say(self, text: str) -> bool:
        """Hand a message over if there is room for it."""
        return not self._closed and self._say(text)

    def hear(self, wanted: bool) -> None:
        """Let the caller's audio through, or drop it before anybody is woken for it."""
        if self._sieve is not None:
            self._sieve(b"" if wanted else UNHEARD, self._count)

    async def send(self, text: str) -> None:
        """Hand a message over. Suspends only while the connection is full; ``LinkClosed``."""
        if self._closed:
            raise LinkClosed
        if self.say(text):
            return  # nearly always; then there is no need of a clock
        try:
            async with asyncio.timeout(self._limits.send_s):
                await self._socket.send({"type": "websocket.send", "text": text})
        except TimeoutError:
            log.warning(
                "a stream was given up: its peer took nothing for %g s", self._limits.send_s
            )
            self._drop()
            raise LinkClosed from None
        except (WebSocketDisconnect, RuntimeError, OSError):
            self._closed = True
            raise LinkClosed from None

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; whoever waits in ``receive`` or ``send`` wakes up. Never raises."""
        self._closed = True
        try:
            async with asyncio.timeout(self._limits.close_s):
                await self._socket.close(code, reason)
        except TimeoutError:
            self._drop()
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass  # it was closed before

    async def _let_others_go_on(self) -> bool:
        """Give up one turn of the loop and count what the peer has sent; False if too much."""
        count, self._in_a_row = self._in_a_row, 0
        self._count(count)
        if self._closed:
            return False
        await asyncio.sleep(0)
        return not self._closed

    def _count(self, messages: int) -> None:
        """Count what the peer has sent; one that floods is cut off."""
        if self._closed:
            return
        limits, now = self._limits, self._time()
        earned = (now - self._credited_at) * limits.messages_per_s
        self._credit = min(self._credit + earned, limits.burst) - messages
        self._credited_at = now
        if self._credit < 0:
            log.warning("a stream was cut off: more than %g messages/s", limits.messages_per_s)
            # Not closed: a peer that floods would have to be read until it closes as well.
            self._drop()

    def _drop(self) -> None:
        """Give the connection up at once, with whatever is still queued for it."""
        self._closed = True
        extension = self._socket.scope.get("extensions", {}).get(ABORT)
        if extension is not None:
            abort: Callable[[], None] = extension["abort"]
            abort()


def _cannot(text: str) -> bool:
    """A server that is not ours has one way to send."""
    return False
