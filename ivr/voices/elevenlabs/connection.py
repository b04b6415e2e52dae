"""One open websocket to the vendor: what is said, what is heard, a heartbeat, and a polite end.

It knows nothing of utterances; frames go to a function. A message leaves in the turn of the event
loop it is sent in, and is heard in the turn it comes in: a caller waits for both, and under load
each turn more is some milliseconds. ``run`` is its whole life and never raises what the network or
the vendor did. Used by ``multi`` and ``single``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import Event, State

from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.failures import Failure, of_close, of_network, of_response
from ivr.voices.elevenlabs.options import LOOPBACK

HANDSHAKE_SECONDS = 5.0
"""DNS, TCP, TLS and upgrade; 0.1 to 0.3 is usual, and 4 has been seen."""
GOODBYE_SECONDS = 2.0
"""For the vendor to close after we said goodbye."""
CLOSE_SECONDS = 1.0
"""For the websocket's own closing handshake."""
KEEPALIVE_SECONDS = 10.0
"""A third of what the vendor would forgive, were its shortest time-out in force."""
BAD_FRAMES_MAX = 10
"""In a row; then whoever speaks there does not speak the protocol."""
OUTBOX_BYTES_MAX = 1024 * 1024
"""Waiting to be sent; an utterance has some hundred."""

log = logging.getLogger(__name__)


class Refused(Exception):
    """The connection could not be made."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.sentence)


class Wire(ClientConnection):
    """The library's connection, but nobody waits for a task to have its turn."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._on_text: Callable[[str], None] | None = None
        self._queued = False
        """Something waits for ``recv``, or did."""

    def listen(self, on_text: Callable[[str], None]) -> None:
        """From now on whole texts go here as they come.

        But for what follows something else: that must not be overtaken, and is read by ``recv``.
        """
        if not self._queued:
            self._on_text = on_text

    def process_event(self, event: Event) -> None:
        """Something has come."""
        if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
            if self._on_text is not None and event.opcode is Opcode.TEXT and event.fin:
                try:
                    text = bytes(event.data).decode()
                except UnicodeDecodeError:
                    pass  # the library ends the connection for it, with the code that is due
                else:
                    self._on_text(text)
                    return
            self._queued, self._on_text = True, None
        super().process_event(event)

    def say(self, text: str) -> int:
        """Send a text now, or nothing when the connection is over; returns the bytes that wait."""
        if self.protocol.state is not State.OPEN or self.transport.is_closing():
            return 0
        self.protocol.send_text(text.encode())
        try:
            self.send_data()
        except (OSError, RuntimeError):
            return 0  # it is being lost; whoever reads will be told
        return self.transport.get_write_buffer_size()


@dataclass(frozen=True, slots=True)
class Dialled:
    """A fresh connection."""

    connection: Wire
    trace: str
    """What the vendor's support asks for."""


class _Connect(connect):
    """The library's, but it follows no redirect: the key would go with it to any other host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(url: str, key: str, *, seconds: float = HANDSHAKE_SECONDS) -> Dialled:
    """Open a websocket; raises Refused and nothing else."""
    try:
        connection = await _Connect(
            url,
            additional_headers=wire.headers(key),
            user_agent_header="ivr",
            compression=None,
            max_size=wire.MESSAGE_BYTES_MAX,
            open_timeout=seconds,
            close_timeout=CLOSE_SECONDS,
            proxy=None if urlsplit(url).hostname in LOOPBACK else True,
            create_connection=Wire,
        )
    except InvalidStatus as error:
        body = error.response.body or b""
        raise Refused(of_response(error.response.status_code, bytes(body))) from None
    except (OSError, TimeoutError, WebSocketException, ValueError) as error:
        raise Refused(of_network(error)) from None
    assert isinstance(connection, Wire), "it was asked for"
    response = connection.response
    trace = response.headers.get("x-trace-id", "") if response is not None else ""
    return Dialled(connection, trace[:100])


class Connection:
    """A websocket that is listened to while it runs."""

    __slots__ = (
        "_alarm",
        "_bad",
        "_connection",
        "_keepalive_seconds",
        "_leaving",
        "closed",
        "name",
    )

    def __init__(
        self,
        dialled: Dialled,
        name: str,
        *,
        keepalive_seconds: float = KEEPALIVE_SECONDS,
    ) -> None:
        self._keepalive_seconds = keepalive_seconds
        self._connection = dialled.connection
        self._leaving = False
        """It has said goodbye: nothing more may be said."""
        self._bad = 0
        """Frames in a row that are no messages."""
        self._alarm: Failure | None = None
        """What the vendor said before it closed."""
        self.name = name
        self.closed = asyncio.Event()
        """Set when it is over."""

    async def run(
        self, on_frame: Callable[[wire.Frame], None], heartbeat: Callable[[], list[str]]
    ) -> Failure:
        """Listen until either side closes; returns how it ended."""
        over: asyncio.Future[Failure] = asyncio.get_running_loop().create_future()

        def take(text: str) -> None:
            if over.done():
                return
            try:
                failure = self._take(text, on_frame)
            except Exception as bug:
                over.set_exception(bug)
            else:
                if failure is not None:
                    over.set_result(failure)

        self._connection.listen(take)
        try:
            async with asyncio.TaskGroup() as tasks:
                beating = tasks.create_task(self._beat(heartbeat))
                reading = tasks.create_task(self._read(take, over))
                try:
                    return await over
                finally:
                    beating.cancel()
                    reading.cancel()
        finally:
            self.closed.set()
            # Also when this is cancelled: a connection that just breaks off looks like a fault to
            # the vendor. Bounded by CLOSE_SECONDS.
            await self._connection.close()

    def send(self, message: str) -> None:
        """Send a message now, after all that were sent before; lost if the socket is over."""
        if self._connection.say(message) > OUTBOX_BYTES_MAX:
            log.error("elevenlabs %s: it takes nothing any more", self.name)
            self.abort()

    def abort(self) -> None:
        """End it at once, without a goodbye."""
        self._connection.transport.abort()

    async def aclose(self, goodbye: str | None) -> None:
        """Let the vendor close, after a goodbye if there is one to send, and close in any case.

        ``run`` ends by it.
        """
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                self._leaving = True
                if goodbye is not None:
                    self.send(goodbye)
                await self.closed.wait()
        except TimeoutError:
            log.info("elevenlabs %s: the vendor did not close", self.name)
        await self._connection.close()

    async def hang_up(self) -> None:
        """Close now, whatever is under way."""
        await self._connection.close()

    async def _beat(self, heartbeat: Callable[[], list[str]]) -> None:
        while True:
            await asyncio.sleep(self._keepalive_seconds)
            for message in [] if self._leaving else heartbeat():
                self.send(message)

    async def _read(self, take: Callable[[str], None], over: asyncio.Future[Failure]) -> None:
        """Take what was not heard as it came, and the end."""
        try:
            while isinstance(data := await self._connection.recv(), str):
                take(data)
            # What was in it is missing, so the utterance cannot go on as if nothing were.
            failure = _NO_PROTOCOL
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd else (error.sent.code if error.sent else None)
            failure = self._alarm or of_close(code)
        if not over.done():
            over.set_result(failure)

    def _take(self, text: str, on_frame: Callable[[wire.Frame], None]) -> Failure | None:
        """A message has come; a failure if there can be no more after it."""
        try:
            frame = wire.parse(text)
        except wire.BadAudio:
            # Going on would leave a hole in what was said.
            return Failure("ElevenLabs sent audio that cannot be read", retryable=True)
        except wire.BadFrame:
            self._bad += 1
            log.warning("elevenlabs %s: %d letters are no message", self.name, len(text))
            return _NO_PROTOCOL if self._bad >= BAD_FRAMES_MAX else None
        self._bad = 0
        if frame.failure is not None and (frame.context is None or frame.failure.alarm):
            self._alarm = frame.failure
        on_frame(frame)
        return None


_NO_PROTOCOL = Failure("ElevenLabs does not speak its protocol", retryable=True)
