"""Lines to ring in tests: small servers, right and wrong ones, without and with real sockets.

They speak the wire by hand (plain dicts and json), so that neither the telephone's nor the
product's reading of the protocol is used to check the telephone's.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from ivr.phone.network import Failure, Reply, Socket
from ivr.phone.recording import Recording
from ivr.phone.telephone import Line, Telephone
from tests.virtual import run

T = TypeVar("T")

VOICE_URL = "https://line.test/voice"
STREAM_URL = "wss://line.test/media/1"
TONE = bytes([0x10, 0x90] * 4000)  # one second, loud
NOTHING = b"\xff" * 8000  # one second of silence

CONNECT = (
    f'<Response><Connect action="/after"><Stream url="{STREAM_URL}">'
    '<Parameter name="flow" value="main"/></Stream></Connect></Response>'
)
HANG_UP = "<Response><Hangup/></Response>"


class FakeSocket:
    """Both ends of a media socket without a socket: the phone's, and the server's below it."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._to_phone: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._to_server: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._open = True

    async def send(self, text: str) -> None:
        message = json.loads(text)
        self.sent.append(message)
        if self._open:
            self._to_server.put_nowait(message)

    async def receive(self) -> str | bytes | None:
        return await self._to_phone.get()

    async def close(self) -> None:
        self._open = False
        self._to_server.put_nowait(None)

    # --------------------------------------------------------------- the server's end

    async def event(self, *events: str) -> dict[str, Any]:
        """The next message that is one of these; others are passed over."""
        while True:
            message = await self._to_server.get()
            if message is None:
                raise EOFError
            if message["event"] in events:
                return message

    async def started(self) -> str:
        """The streamSid, once the stream has started."""
        return str((await self.event("start"))["streamSid"])

    def raw(self, message: str | bytes) -> None:
        """Say exactly this."""
        self._to_phone.put_nowait(message)

    def tell(self, **fields: object) -> None:
        """Say this object."""
        self.raw(json.dumps(fields))

    def media(self, sid: str, audio: bytes) -> None:
        payload = base64.b64encode(audio).decode()
        self.tell(event="media", streamSid=sid, media={"payload": payload})

    def mark(self, sid: str, name: str) -> None:
        self.tell(event="mark", streamSid=sid, mark={"name": name})

    def clear(self, sid: str) -> None:
        self.tell(event="clear", streamSid=sid)

    def shut(self, code: int | None = 1000) -> None:
        """Close from the server's side; None: vanish without a close frame."""
        self.close_code = code
        self._to_phone.put_nowait(None)


Talk = Callable[[FakeSocket], Awaitable[None]]
Page = str | Reply | Failure


class FakeNetwork:
    """Answers webhooks from a table and lets a coroutine talk on each stream."""

    def __init__(self, pages: Mapping[str, Page | list[Page]], *talks: Talk) -> None:
        self.pages = {path: p if isinstance(p, list) else [p] for path, p in pages.items()}
        self.talks = list(talks)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.opened: list[str] = []
        self.fetched: list[str] = []
        self.sockets: list[FakeSocket] = []
        self.socket_type = FakeSocket
        self.group: asyncio.TaskGroup | None = None

    async def ask(self, method: str, url: str, fields: Mapping[str, str]) -> Reply | Failure:
        self.asked.append((method, url, dict(fields)))
        pages = self.pages["/" + url.split("/", 3)[3]]
        page = pages.pop(0) if len(pages) > 1 else pages[0]
        return Reply(200, "text/xml", page.encode()) if isinstance(page, str) else page

    def is_ours(self, url: str) -> bool:
        return url.startswith("https://line.test/")

    async def get(self, url: str) -> Reply | Failure:
        self.fetched.append(url)
        page = self.pages["/" + url.split("/", 3)[3]][0]
        assert not isinstance(page, str), "a file has a type"
        return page

    async def open(self, url: str) -> Socket | Failure:
        self.opened.append(url)
        if not self.talks:
            return Failure(31920, "nobody talks here", 404)
        assert self.group is not None
        socket = self.socket_type()
        self.sockets.append(socket)
        self.group.create_task(_until_closed(self.talks.pop(0), socket))
        return socket

    def fields(self, path: str) -> list[dict[str, str]]:
        """What was posted there."""
        return [fields for _, url, fields in self.asked if url.endswith(path)]


async def _until_closed(talk: Talk, socket: FakeSocket) -> None:
    try:
        await talk(socket)
    except EOFError:
        return


async def with_line(network: FakeNetwork, work: Coroutine[Any, Any, T]) -> T:
    """Run with the line's talks in a group, so that nothing of them is left either."""
    async with asyncio.TaskGroup() as group:
        network.group = group
        return await work


def ring(
    network: FakeNetwork,
    hands: Callable[[Telephone], Coroutine[Any, Any, None]] | None = None,
    *,
    line: Line | None = None,
    **options: Any,
) -> Recording:
    """Ring on virtual time, with these hands on the telephone, until the call is over."""

    async def call() -> Recording:
        phone = Telephone(network, line or Line(VOICE_URL), **options)
        async with asyncio.TaskGroup() as group:
            doing = group.create_task(hands(phone)) if hands is not None else None
            recording = await phone.call()
            if doing is not None:
                doing.cancel()
        return recording

    return run(with_line(network, call()))


async def says_hello(socket: FakeSocket) -> None:
    """One utterance of a second, played out, then the server closes."""
    sid = await socket.started()
    socket.media(sid, TONE)
    socket.mark(sid, "g0:u1")
    await socket.event("mark")
    socket.shut()
