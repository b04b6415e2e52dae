"""Peers that do too much or nothing at all, over real sockets; meanwhile another call goes on
undisturbed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ivr.server import run as run_module
from ivr.server.link import LinkLimits
from tests.server.hostile import NewCarrier, Other, play
from tests.server.line import BOUND_S, Carrier, Line, Stream, sign


class BareStream(Stream):
    """A stream whose peer is only a socket: it reads nothing, and answers no ping."""

    def __init__(self, writer: asyncio.StreamWriter, call_sid: str) -> None:
        self.call_sid = call_sid
        self.sid = "MZ" + call_sid[2:]
        self._writer = writer

    async def say(self, message: Mapping[str, Any]) -> None:
        """A message as a client sends it, masked with zeros."""
        data = json.dumps(message).encode()
        long = len(data) >= 126
        size = b"\xfe" + len(data).to_bytes(2, "big") if long else bytes([0x80 | len(data)])
        self._writer.write(b"\x81" + size + bytes(4) + data)


@contextlib.asynccontextmanager
async def bare_stream(line: Line, carrier: Carrier) -> AsyncGenerator[BareStream, None]:
    """A call in such a stream, with as little room for what it does not read as there can be."""
    path = await carrier.ring()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", line.port))
    reader, writer = await asyncio.open_connection(sock=sock, limit=256)
    signature = sign("wss://ivr.example.com" + path)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"X-Twilio-Signature: {signature}\r\n\r\n".encode()
    )
    async with asyncio.timeout(BOUND_S):
        assert (await reader.readline()).startswith(b"HTTP/1.1 101")
    yield BareStream(writer, carrier.sid)
    writer.close()


@pytest.mark.parametrize("text", ['{"event":"media","media":{}}', '{"event":"x"}', "x", "{" * 9000])
def test_a_flood_is_cut_off(tmp_path: Path, text: str) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            with contextlib.suppress(ConnectionClosed):
                async with asyncio.timeout(BOUND_S):
                    while True:
                        await stream.socket.send(text)
            # Dropped; or given up before, for a hundred malformed messages.
            assert stream.socket.close_code in (1006, 1011)

    play(tmp_path, attack, link_limits=LinkLimits(burst=500))


def test_a_peer_that_never_reads_ends_its_own_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(run_module, "SOCKET_BUFFER_BYTES", 4096)

    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with bare_stream(line, carrier()) as stream:
            await stream.start()
            while not line.entries("cut"):
                # Each key has a second of audio sent at once, and none of it is ever taken.
                await stream.press("*")
                await other.hears_more(1)

    play(tmp_path, attack, link_limits=LinkLimits(send_s=0.5))
    assert "its peer took nothing" in caplog.text


def test_a_half_open_connection_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "PING_SECONDS", 0.4)

    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with bare_stream(line, carrier()) as stream:
            await stream.start()
            await line.until_told("cut")
            await other.hears_more()

    play(tmp_path, attack)


def test_two_hundred_strangers_are_refused(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        refused = []

        async def knock(number: int) -> None:
            path = f"/media/{number:032d}"
            # Every other one has a right signature, and still no right id.
            signature = sign("wss://ivr.example.com" + path) if number % 2 else "x"
            try:
                async with carrier().stream(path, signature=signature, start=False):
                    pass
            except InvalidStatus as error:
                refused.append(error.response.status_code)

        async with asyncio.TaskGroup() as group:
            for number in range(200):
                group.create_task(knock(number))
        assert refused == [403] * 200

    play(tmp_path, attack)


def test_connections_that_ask_nothing_keep_nobody_out(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        idle = [await asyncio.open_connection("127.0.0.1", line.port) for _ in range(200)]
        async with carrier().on_the_line() as stream:
            await stream.hear()
        await other.hears_more()
        for _, writer in idle:
            writer.close()

    play(tmp_path, attack)
