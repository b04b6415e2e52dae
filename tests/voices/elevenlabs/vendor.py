"""A vendor on loopback that does what a test's script says, message by message.

It knows the protocol only as far as the scripts use it. Everything waits for events under
``SECONDS_MAX``; nothing is timed.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from aiohttp import WSMsgType, web

from ivr.errors import VoiceError
from ivr.flow.world import Option, VoiceSpec
from ivr.voices.access import Access
from ivr.voices.elevenlabs.options import read
from ivr.voices.elevenlabs.utterance import Limits
from ivr.voices.elevenlabs.voice import ElevenLabs, Line

SECONDS_MAX = 3.0

Message = dict[str, Any]
Script = Callable[["Conversation"], Awaitable[None]]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Conversation:
    """One websocket, from the vendor's side."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.query = dict(request.query)
        self.path = request.path
        self.headers = request.headers
        self.socket = socket
        self.heard: list[Message] = []
        """All messages so far, in order."""
        self.over = asyncio.Event()
        self.closed_with: int | None = None

    async def next(self) -> Message:
        """The client's next message."""
        async with asyncio.timeout(SECONDS_MAX):
            message = await self.socket.receive()
        assert message.type is WSMsgType.TEXT, f"the client sent {message.type.name}"
        decoded: Message = json.loads(message.data)
        self.heard.append(decoded)
        return decoded

    async def until(self, key: str) -> Message:
        """The client's next message that has a key."""
        while key not in (message := await self.next()):
            pass
        return message

    async def utterance(self) -> str:
        """Wait for a context to be opened and its words; returns its id."""
        opening = await self.next()
        assert opening["text"] == " "
        words = await self.next()
        assert words["context_id"] == opening["context_id"]
        assert words["flush"] is True
        return str(words["context_id"])

    async def send(self, message: Message) -> None:
        await self.socket.send_str(json.dumps(message))

    async def audio(self, context: str | None, data: bytes, **more: object) -> None:
        message: Message = {"audio": base64.b64encode(data).decode(), "isFinal": None, **more}
        await self.send(message if context is None else {**message, "contextId": context})

    async def final(self, context: str) -> None:
        await self.send({"isFinal": True, "audio": None, "contextId": context})

    async def error(self, code: str | None, context: str | None = None) -> None:
        message: Message = {"message": "SECRET words of the vendor", "error": code, "code": 1008}
        await self.send(message if context is None else {**message, "contextId": context})
        await self.socket.close(code=1008, message=b"SECRET words")

    async def close(self, code: int = 1000) -> None:
        await self.socket.close(code=code)

    def cut(self) -> None:
        """The line is cut, without a goodbye."""
        transport = self.socket._req.transport if self.socket._req else None
        assert transport is not None
        transport.abort()

    async def stay(self) -> None:
        """Say nothing more, until the client says goodbye or closes."""
        async for message in self.socket:
            self.heard.append(json.loads(message.data))
            if "close_socket" in self.heard[-1]:
                await self.close()


async def obliging(talk: Conversation) -> None:
    """Speak 40 ms for each text, end each context when told to, and close when told to."""
    while True:
        message = await talk.next()
        if "close_socket" in message:
            await talk.close()
            return
        if message.get("close_context"):
            await talk.final(message["context_id"])
        elif message.get("flush"):
            await talk.audio(message["context_id"], sound(message["text"]))


def sound(text: str) -> bytes:
    """320 bytes that only this text has."""
    return (text.strip().encode() * 320)[:320]


class ScriptedVendor:
    """A server; the first connection gets the first script, and so on; the last one is repeated.

    A script that is a number refuses the handshake with that status.
    """

    def __init__(self, *scripts: Script | int, body: bytes = b"", http: Answer | None = None):
        self.url = ""
        self.talks: list[Conversation] = []
        self.failed: list[BaseException] = []
        self.handshakes = 0
        self.requests: list[Message] = []
        self._scripts = scripts or (obliging,)
        self._body = body
        self._http = http
        self._news = asyncio.Condition()

    async def __aenter__(self) -> ScriptedVendor:
        app = web.Application()
        app.router.add_get("/v1/text-to-speech/{voice}/{kind}", self._socket)
        app.router.add_route("*", "/{rest:.*}", self._request)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()
        if self.failed and not isinstance(error, AssertionError):
            raise self.failed[0]

    async def talk(self, number: int) -> Conversation:
        """The conversation of a connection, counted from 0, as soon as it begins."""
        async with asyncio.timeout(SECONDS_MAX), self._news:
            await self._news.wait_for(lambda: len(self.talks) > number)
        return self.talks[number]

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        script = self._scripts[min(self.handshakes, len(self._scripts) - 1)]
        self.handshakes += 1
        if isinstance(script, int):
            elsewhere = {
                "Location": f"{self.url.replace('127.0.0.1', 'localhost')}{request.path_qs}"
            }
            return web.Response(status=script, body=self._body, headers=elsewhere)
        socket = web.WebSocketResponse(max_msg_size=0, timeout=0.5, compress=False)
        socket.headers["x-trace-id"] = f"trace-{self.handshakes}"
        await socket.prepare(request)
        talk = Conversation(request, socket)
        async with self._news:
            self.talks.append(talk)
            self._news.notify_all()
        try:
            await script(talk)
        except Exception as error:
            if not socket.closed:
                self.failed.append(error)
        finally:
            talk.closed_with = socket.close_code
            talk.over.set()
        return socket

    async def _request(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.requests.append(
            {
                "method": request.method,
                "path": request.path,
                "query": dict(request.query),
                "headers": request.headers,
                "body": json.loads(body) if body else None,
            }
        )
        assert self._http is not None, f"nobody answers {request.path}"
        return await self._http(request)


async def over(talk: Conversation) -> Conversation:
    """Wait until a conversation has ended."""
    async with asyncio.timeout(SECONDS_MAX):
        await talk.over.wait()
    return talk


QUICK = Limits(first_audio=0.25, more_audio=0.25, last_words=0.1)
"""For what must not come: tests wait as long as this."""
TEXT = "Welcome to Acme."


@asynccontextmanager
async def voice_and_vendor(
    *scripts: Script | int,
    limits: Limits | None = None,
    body: bytes = b"",
    http: Answer | None = None,
    **options: Option,
) -> AsyncIterator[tuple[ElevenLabs, ScriptedVendor]]:
    """An open voice whose vendor follows scripts."""
    async with ScriptedVendor(*scripts, body=body, http=http) as vendor:
        spec = VoiceSpec("v", "elevenlabs", {"voice_id": "abc", **options})
        config = read(spec, Access("SECRET-KEY", vendor.url))
        voice = ElevenLabs(config, "SECRET-KEY", name="v", limits=limits, chance=lambda: 0.0)
        await voice.open()
        try:
            yield voice, vendor
        finally:
            await voice.aclose()


async def said(line: Line, text: str = TEXT) -> bytes:
    """All audio of a text, in bounded time."""
    async with asyncio.timeout(SECONDS_MAX):
        return b"".join([chunk async for chunk in line.speak(text, language="en-US")])


async def refused(line: Line, text: str = TEXT) -> tuple[bytes, VoiceError]:
    """What was heard of a text before its error, and the error."""
    heard = b""
    try:
        async with asyncio.timeout(SECONDS_MAX):
            async for chunk in line.speak(text, language="en-US"):
                heard += chunk
    except VoiceError as error:
        return heard, error
    raise AssertionError("no error")


def go(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario over real sockets."""
    asyncio.run(scenario())
