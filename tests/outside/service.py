"""A small service that speaks HTTP on loopback, well or badly, byte by byte as a test says.

It would serve any client. A behaviour gets what was asked and writes what it likes; when it returns
the connection is kept for the next request, unless it has closed it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, TracebackType
from typing import Any, Self

from ivr.flow.messages import Request
from ivr.flow.values import Value


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    """Which connection it came on, from 1."""


Behaviour = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


def reply(
    status: int = 200,
    body: bytes = b"{}",
    kind: str | None = "application/json",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind is not None else []
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if status == 204 else body)


def says(*answers: bytes) -> Behaviour:
    """Give these answers in turn, the last one again and again."""
    left = list(answers)

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return behave


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection off as a crashed machine does (RST)."""
    raw = writer.get_extra_info("socket")
    if raw.family == socket.AF_INET:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def drops(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Read the request and break off without a word."""
    reset(writer)


class _Ear(asyncio.StreamReader):
    """Notices at once that the client is gone, also while nobody reads."""

    def __init__(self, left: asyncio.Event) -> None:
        super().__init__()
        self._left = left

    def feed_eof(self) -> None:
        self._left.set()
        super().feed_eof()

    def set_exception(self, exc: Exception) -> None:
        self._left.set()
        super().set_exception(exc)


class Service:
    """A server on a free port of 127.0.0.1; ``before`` may end a connection before it is read.

    ``tls`` is what it proves itself with.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        before: Callable[[asyncio.StreamWriter], None] | None = None,
        sock: socket.socket | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.behaviour = behaviour
        self.asked: list[Asked] = []
        self.connections = 0
        self.arrived = asyncio.Event()
        """Something was asked."""
        self.left = asyncio.Event()
        """A client has closed a connection."""
        self._before = before
        self._sock = sock
        self._tls = tls
        self._group = asyncio.TaskGroup()
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def host(self) -> str:
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    def url(self, path: str = "/") -> str:
        return f"{'http' if self._tls is None else 'https'}://{self.host}{path}"

    async def __aenter__(self) -> Self:
        where: dict[str, Any] = {"sock": self._sock}
        if self._sock is None:
            where = {"host": "127.0.0.1", "port": 0, "ssl": self._tls}
        loop = asyncio.get_running_loop()
        await self._group.__aenter__()
        self._server = await loop.create_server(self._protocol, **where)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._serving:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(_Ear(self.left), self._connected)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._group.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            if self._before is not None:
                self._before(writer)
            while not writer.is_closing():
                asked = await _request(reader, number)
                self.asked.append(asked)
                self.arrived.set()
                await self.behaviour(asked, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader, connection: int) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body, connection)


def request(
    url: str,
    method: str = "GET",
    *,
    headers: tuple[tuple[str, str], ...] = (),
    query: tuple[tuple[str, str], ...] = (),
    body: Value = None,
    timeout_ms: int = 4_000,
    retries: int = 0,
) -> Request:
    """What the machine would ask for."""
    return Request(
        id=7,
        method=method,
        url=url,
        headers=headers,
        query=query,
        body=body,
        timeout_ms=timeout_ms,
        retries=retries,
        step="clinic/look_up",
        name=f"{method} …",
    )
