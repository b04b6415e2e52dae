"""One open websocket to the vendor: a single writer, a reader, a heartbeat, and a polite end.

It knows nothing of utterances; frames go to a function. ``run`` is its whole life and never raises
what the network or the vendor did. Used by ``multi`` and ``single``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

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
OUTBOX_MAX = 1_000
"""Messages waiting to be sent; an utterance has a handful."""

log = logging.getLogger(__name__)


class Refused(Exception):
    """The connection could not be made."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.sentence)


@dataclass(frozen=True, slots=True)
class Dialled:
    """A fresh connection."""

    connection: ClientConnection
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
        )
    except InvalidStatus as error:
        body = error.response.body or b""
        raise Refused(of_response(error.response.status_code, bytes(body))) from None
    except (OSError, TimeoutError, WebSocketException, ValueError) as error:
        raise Refused(of_network(error)) from None
    response = connection.response
    trace = response.headers.get("x-trace-id", "") if response is not None else ""
    return Dialled(connection, trace[:100])


class Connection:
    """A websocket with a reader and one writer."""

    __slots__ = ("_connection", "_keepalive_seconds", "_leaving", "_outbox", "closed", "name")

    def __init__(
        self,
        dialled: Dialled,
        name: str,
        *,
        keepalive_seconds: float = KEEPALIVE_SECONDS,
    ) -> None:
        self._keepalive_seconds = keepalive_seconds
        self._connection = dialled.connection
        self._outbox: asyncio.Queue[str] = asyncio.Queue(OUTBOX_MAX)
        self._leaving = False
        """It has said goodbye: nothing more may be said."""
        self.name = name
        self.closed = asyncio.Event()
        """Set when it is over."""

    async def run(
        self, on_frame: Callable[[wire.Frame], None], heartbeat: Callable[[], list[str]]
    ) -> Failure:
        """Read and write until either side closes; returns how it ended."""
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write(heartbeat))
                try:
                    return await self._read(on_frame)
                finally:
                    writer.cancel()
        finally:
            self.closed.set()
            # Also when this is cancelled: a connection that just breaks off looks like a fault to
            # the vendor. Bounded by CLOSE_SECONDS.
            await self._connection.close()

    def send(self, message: str) -> None:
        """Send a message, after all that were sent before; lost if the socket is over."""
        try:
            self._outbox.put_nowait(message)
        except asyncio.QueueFull:
            log.error("elevenlabs %s: %d messages wait to be sent", self.name, OUTBOX_MAX)
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

    async def _write(self, heartbeat: Callable[[], list[str]]) -> None:
        clock = asyncio.get_running_loop().time
        beat = clock() + self._keepalive_seconds
        try:
            while True:
                try:
                    async with asyncio.timeout_at(beat):
                        messages = [await self._outbox.get()]
                except TimeoutError:
                    beat = clock() + self._keepalive_seconds
                    messages = [] if self._leaving else heartbeat()
                for message in messages:
                    await self._connection.send(message)
        except ConnectionClosed:
            return  # the reader tells

    async def _read(self, on_frame: Callable[[wire.Frame], None]) -> Failure:
        bad = 0
        failure: Failure | None = None
        try:
            while True:
                data = await self._connection.recv()
                if isinstance(data, bytes):
                    # What was in it is missing, so the utterance cannot go on as if nothing were.
                    return Failure("ElevenLabs does not speak its protocol", retryable=True)
                try:
                    frame = wire.parse(data)
                except wire.BadAudio:
                    # As above: going on would leave a hole in what was said.
                    return Failure("ElevenLabs sent audio that cannot be read", retryable=True)
                except wire.BadFrame:
                    bad += 1
                    log.warning("elevenlabs %s: %d bytes are no message", self.name, len(data))
                    if bad >= BAD_FRAMES_MAX:
                        return Failure("ElevenLabs does not speak its protocol", retryable=True)
                    continue
                bad = 0
                if frame.failure is not None and (frame.context is None or frame.failure.alarm):
                    failure = frame.failure
                on_frame(frame)
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd else (error.sent.code if error.sent else None)
            return failure or of_close(code)
