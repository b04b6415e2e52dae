"""A WebSocket client with next to no weight: bytes of RFC 6455, for many phones in one process.

The ``websockets`` client of ``network`` costs about 30 µs a message, and a core of phones sends ten
thousand a second. Here a message is one write and one header. Frames are masked with the key 0,
which the RFC's arithmetic allows and a browser would not: what is sent is ours, there is nothing to
hide. Text frames, ping and close only; anything else ends the connection with a sentence. Used by
``load_call``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import struct
import time
from collections.abc import Callable, Iterator
from typing import Final, cast
from urllib.parse import urlsplit

TEXT: Final = 0x1
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
_FINAL: Final = 0x80
_MASKED: Final = 0x80
_NO_MASK: Final = b"\0\0\0\0"
_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""
FRAME_BYTES_MAX: Final = 1_048_576
HEAD_BYTES_MAX: Final = 16_384
NORMAL: Final = 1000


class BadWire(Exception):
    """The server sent what no server may send; the text says what."""


def now_ms() -> float:
    """Milliseconds of the machine's own clock: the same in every process. Not the loop's time,
    which uvloop keeps in whole milliseconds."""
    return time.monotonic() * 1000


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A whole message as a client sends it."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", _FINAL | opcode, _MASKED | size)
    elif size < 65_536:
        head = struct.pack("!BBH", _FINAL | opcode, _MASKED | 126, size)
    else:
        head = struct.pack("!BBQ", _FINAL | opcode, _MASKED | 127, size)
    return head + _NO_MASK + payload


class Frames:
    """Cuts what a server sends into frames, however the network has cut it."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield opcode and payload of each frame that is whole; BadWire for what is none."""
        data = self._rest + data if self._rest else data
        at = 0
        while len(data) - at >= 2:
            first, size = data[at], data[at + 1]
            start = at + 2
            if size == 126:
                start, size = at + 4, int.from_bytes(data[at + 2 : at + 4], "big")
            elif size == 127:
                start, size = at + 10, int.from_bytes(data[at + 2 : at + 10], "big")
            elif size > 127:
                raise BadWire("a masked frame from a server")
            if len(data) < start:
                break
            if not first & _FINAL or first & 0x70:
                raise BadWire("a frame in pieces, or with an extension nobody asked for")
            if size > FRAME_BYTES_MAX:
                raise BadWire(f"a frame of {size} bytes")
            if len(data) < start + size:
                break
            at = start + size
            # Whoever reads may be told to stop by this frame; what follows it is kept first.
            self._rest = data[at:]
            yield first & 0x0F, data[start:at]
        self._rest = data[at:]


class Wire(asyncio.Protocol):
    """One media socket. ``opened`` tells whether the server took the handshake."""

    def __init__(self, url: str, signature: str, on_text: Callable[[bytes, float], None]) -> None:
        """``on_text`` is given each text message, and when it came (``now_ms``)."""
        parts = urlsplit(url)
        self._nonce = base64.b64encode(secrets.token_bytes(16))
        self._request = (
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {self._nonce.decode()}\r\n"
            f"Sec-WebSocket-Version: 13\r\nx-twilio-signature: {signature}\r\n\r\n"
        ).encode("ascii")
        self._on_text = on_text
        self._head: bytes | None = b""
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        # A caller who has given up asks no more what became of it.
        self.opened.add_done_callback(lambda opened: opened.cancelled() or opened.exception())
        self.closed: asyncio.Future[int | None] = loop.create_future()
        """The server's close code; None when it vanished without one."""
        self._close_code: int | None = None

    # ------------------------------------------------------------------- the phone's side

    def send(self, message: bytes) -> None:
        """Send a text message; silently nothing when the connection is gone."""
        if self._transport is not None:
            self._transport.write(frame(message))

    def close(self) -> None:
        """End it from this side, with a close frame."""
        if self._transport is not None:
            self._transport.write(frame(struct.pack("!H", NORMAL), CLOSE))
            self._transport.close()

    # ------------------------------------------------------------------- the loop's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected: ask for the upgrade."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Bytes of the answer, then of frames."""
        now = now_ms()
        try:
            if self._head is not None:
                data = self._upgraded(data)
            for opcode, payload in self._frames.feed(data):
                self._take(opcode, payload, now)
        except BadWire as error:
            self._fail(error)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        self._transport = None
        if not self.opened.done():
            self.opened.set_exception(BadWire("the server hung up in the handshake"))
        if not self.closed.done():
            self.closed.set_result(self._close_code)

    def _upgraded(self, data: bytes) -> bytes:
        """Read the answer to the handshake; returns what came behind it."""
        assert self._head is not None, "the handshake is under way"
        head, end, rest = (self._head + data).partition(b"\r\n\r\n")
        if not end:
            self._head = head
            if len(head) > HEAD_BYTES_MAX:
                raise BadWire("a handshake without an end")
            return b""
        self._head = None
        status, *lines = head.split(b"\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in lines)
        }
        if status.split(b" ")[1:2] != [b"101"]:
            raise BadWire(f"the handshake was answered {status.decode('latin-1')!r}")
        expected = base64.b64encode(hashlib.sha1(self._nonce + _MAGIC).digest())
        if headers.get(b"sec-websocket-accept") != expected:
            raise BadWire("the handshake was answered with a wrong key")
        if not self.opened.done():  # else nobody waits for it any more
            self.opened.set_result(None)
        return rest

    def _take(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == TEXT:
            self._on_text(payload, now)
        elif opcode == PING and self._transport is not None:
            self._transport.write(frame(payload, PONG))
        elif opcode == CLOSE and self._transport is not None:
            if len(payload) >= 2:
                self._close_code = int.from_bytes(payload[:2], "big")
            self._transport.write(frame(payload[:2], CLOSE))
            self._transport.close()
        elif opcode not in (PING, PONG, CLOSE):
            raise BadWire(f"a frame of kind {opcode}; a stream has text only")

    def _fail(self, error: BadWire) -> None:
        if not self.opened.done():
            self.opened.set_exception(error)
        if self._transport is not None:
            self._transport.abort()
