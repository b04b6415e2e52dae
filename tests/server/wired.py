"""The real server and the simulated telephone on one virtual clock: no sockets, no threads.

``Wire`` is the telephone's network; at its other end is the application that Twilio's door is part
of, asked as a server would ask it. Signatures are made and checked, TwiML is written and read,
streams are opened and spoken into; only the bytes on a socket are left out, and hours pass in a
moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette

from ivr.phone.network import Failure, Reply, Socket
from tests.server.line import sign

Message = MutableMapping[str, Any]


class Wire:
    """The way from the telephone to an application in the same loop."""

    def __init__(self, app: Starlette, public: str, streams: asyncio.TaskGroup) -> None:
        """Streams are served by tasks of ``streams``, as by tasks of a server."""
        self._app = app
        self._public = public

        def serve(stream: Coroutine[Any, Any, None]) -> None:
            streams.create_task(stream)

        self._serve = serve

    async def ask(self, method: str, url: str, fields: Mapping[str, str]) -> Reply | Failure:
        """Send a signed webhook."""
        assert method == "POST", "our documents ask for nothing else"
        return await self._request(method, url, urlencode(fields).encode(), sign(url, fields))

    def is_ours(self, url: str) -> bool:
        """Only what the server itself serves."""
        return url.startswith(self._public + "/")

    async def get(self, url: str) -> Reply | Failure:
        """Fetch a file that is to be played; nothing is signed."""
        return await self._request("GET", url, b"", "")

    async def open(self, url: str) -> Socket | Failure:
        """Open a media socket with a signed handshake."""
        pair = _Pair()
        scope = _scope("websocket", url, sign(url))
        self._serve(pair.serve(self._app, scope))
        answer = await pair.sent.get()
        if answer["type"] != "websocket.accept":
            return Failure(31920, f"{url} refused the handshake", 403)
        return pair

    async def _request(self, method: str, url: str, body: bytes, signature: str) -> Reply | Failure:
        parts: list[Message] = []
        scope = _scope("http", url, signature)
        scope["method"] = method

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            parts.append(message)

        await self._app(scope, receive, send)
        status = parts[0]["status"]
        if not 200 <= status < 300:
            return Failure(11200, f"{url} answered {status}", status)
        headers = {name.decode(): value.decode() for name, value in parts[0]["headers"]}
        content = b"".join(part.get("body", b"") for part in parts[1:])
        return Reply(status, headers.get("content-type", ""), content)


@dataclass
class _Pair:
    """Both ends of a WebSocket; this one is the telephone's."""

    sent: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    """By the server."""
    said: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    """By the telephone."""
    close_code: int | None = None
    over: bool = False

    async def serve(self, app: Starlette, scope: Message) -> None:
        """The server's side, to its end."""
        self.said.put_nowait({"type": "websocket.connect"})

        async def send(message: Message) -> None:
            self.sent.put_nowait(message)

        await app(scope, self.said.get, send)
        self.sent.put_nowait({"type": "websocket.close", "code": 1006})

    async def send(self, text: str) -> None:
        """A text frame of the telephone's."""
        if not self.over:
            self.said.put_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> str | bytes | None:
        """The next message of the server's."""
        if self.over:
            return None
        message = await self.sent.get()
        if message["type"] == "websocket.send":
            text: str = message["text"]
            return text
        self.close_code = message.get("code", 1000)
        self._hang_up()
        return None

    async def close(self) -> None:
        """Close it from the telephone's side."""
        if not self.over:
            self._hang_up()
            self.sent.put_nowait({"type": "websocket.close", "code": 1000})

    def _hang_up(self) -> None:
        self.over = True
        self.said.put_nowait({"type": "websocket.disconnect", "code": 1000})


def _scope(kind: str, url: str, signature: str) -> Message:
    parts = urlsplit(url)
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": parts.scheme,
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [
            (b"host", parts.netloc.encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"x-twilio-signature", signature.encode()),
        ],
        "client": ("127.0.0.1", 40_000),
        "server": (parts.hostname, 443),
        "subprotocols": [],
    }
