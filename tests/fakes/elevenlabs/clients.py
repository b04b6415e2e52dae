"""Clients by hand for the fake vendor: raw sockets and raw HTTP, nothing of the product's.

Every wait has an end, ``BOUND_S``; what does not come is a failed test and never a hanging one.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ivr.fakes.elevenlabs import FLASH, FakeVendor, text_of

T = TypeVar("T")

BOUND_S = 5
MULTI = "multi-stream-input"
SINGLE = "stream-input"
QUERY = {"model_id": FLASH, "output_format": "ulaw_8000", "auto_mode": "true"}


def run(test: Coroutine[Any, Any, T]) -> T:
    """Run a test on a real loop, with real sockets, for a bounded time."""

    async def bounded() -> T:
        async with asyncio.timeout(4 * BOUND_S):
            return await test

    return asyncio.run(bounded())


@dataclass(frozen=True)
class Heard:
    """What came, until what was waited for."""

    messages: list[dict[str, Any]]

    @property
    def audio(self) -> bytes:
        """All of it."""
        return b"".join(self.chunks)

    @property
    def chunks(self) -> list[bytes]:
        """One by one."""
        coded = [message.get("audio") for message in self.messages]
        return [base64.b64decode(each) for each in coded if each]

    @property
    def text(self) -> str:
        """What the tones spell."""
        return text_of(self.audio)

    def of(self, context: str | None) -> Heard:
        """Only the messages of one context."""
        return Heard([each for each in self.messages if each.get("contextId") == context])


class Client:
    """One open socket."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws

    async def send(self, *messages: Mapping[str, object]) -> None:
        """Send JSON messages."""
        for message in messages:
            await self.ws.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """The next message, which must be text."""
        async with asyncio.timeout(BOUND_S):
            raw = await self.ws.recv()
        assert isinstance(raw, str), "only text frames come out"
        message: dict[str, Any] = json.loads(raw)
        return message

    async def until_final(self, context: str | None = None) -> Heard:
        """Everything up to the isFinal of a context, or of the stream."""
        messages: list[dict[str, Any]] = []
        while not messages or not (
            messages[-1].get("isFinal") is True and messages[-1].get("contextId") == context
        ):
            messages.append(await self.receive())
        return Heard(messages)

    async def chunk(self) -> dict[str, Any]:
        """The next message with audio."""
        while not (message := await self.receive()).get("audio"):
            pass
        return message

    async def until_closed(self) -> tuple[Heard, int, str]:
        """Everything up to the end, the close code, and the reason."""
        messages: list[dict[str, Any]] = []
        try:
            while True:
                messages.append(await self.receive())
        except ConnectionClosed as closed:
            frame = closed.rcvd
            return Heard(messages), frame.code if frame else 1006, frame.reason if frame else ""

    async def round_trip(self) -> None:
        """Wait until the vendor has taken all that was sent: a ping is answered in order."""
        async with asyncio.timeout(BOUND_S):
            await (await self.ws.ping())


@asynccontextmanager
async def dial(
    vendor: FakeVendor,
    kind: str = MULTI,
    *,
    voice: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    open_timeout: float = BOUND_S,
    **more: str,
) -> AsyncIterator[Client]:
    """Open a socket: ``more`` is added to the usual query, ``query`` takes its place."""
    asked = "&".join(f"{name}={value}" for name, value in ({**(query or QUERY), **more}).items())
    base = vendor.url.replace("http", "ws", 1)
    async with connect(
        f"{base}/v1/text-to-speech/{voice or vendor.voice}/{kind}?{asked}",
        additional_headers={"xi-api-key": vendor.key} if headers is None else headers,
        max_size=2**24,
        open_timeout=open_timeout,
        close_timeout=1,
    ) as ws:
        yield Client(ws)


async def refused(vendor: FakeVendor, kind: str = MULTI, **more: Any) -> tuple[int, dict[str, Any]]:
    """The status and JSON an upgrade is refused with."""
    try:
        async with dial(vendor, kind, **more):
            raise AssertionError("the socket opened")
    except InvalidStatus as refusal:
        return refusal.response.status_code, json.loads(refusal.response.body)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of its error."""
        code: str = self.json["detail"]["code"]
        return code


async def post(
    vendor: FakeVendor,
    tail: str = "/stream",
    *,
    voice: str | None = None,
    headers: Mapping[str, str] | None = None,
    raw: bytes | None = None,
    output_format: str | None = "ulaw_8000",
    query: Mapping[str, str] | None = None,
    **fields: object,
) -> Answer:
    """Ask for speech; ``fields`` go into the body beside a text and a model."""
    body = {"text": "Hello there.", "model_id": FLASH} | fields
    data = json.dumps(body).encode() if raw is None else raw
    asked = dict(query or {}) | ({"output_format": output_format} if output_format else {})
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(BOUND_S)) as session,
        session.post(
            f"{vendor.url}/v1/text-to-speech/{voice or vendor.voice}{tail}",
            params=asked,
            data=data,
            headers={"xi-api-key": vendor.key} if headers is None else headers,
        ) as response,
    ):
        return Answer(response.status, response.headers, await response.read())


async def ask(
    vendor: FakeVendor, method: str, path: str, *, key: str | None = None, body: object = None
) -> Answer:
    """Any other request."""
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(BOUND_S)) as session,
        session.request(
            method,
            vendor.url + path,
            json=body,
            headers={"xi-api-key": vendor.key if key is None else key},
        ) as response,
    ):
        return Answer(response.status, response.headers, await response.read())


def text(words: str, context: str = "a", **more: object) -> dict[str, object]:
    """A text message of the multi socket."""
    return {"text": words, "context_id": context} | more


def close(context: str = "a") -> dict[str, object]:
    """The end of a context."""
    return {"context_id": context, "close_context": True}
