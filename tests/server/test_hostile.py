"""Peers that do their worst, over real sockets; meanwhile another call goes on undisturbed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ivr.calls import session
from ivr.server import run as run_module
from ivr.server.link import LinkLimits
from tests.server.line import BOUND_S, Carrier, Line, Stream, carriers, serving, sign

NewCarrier = Callable[[], Carrier]
Attack = Callable[[Line, NewCarrier, "Other"], Awaitable[None]]


class Other:
    """A caller who listens to a long text, and has nothing to do with any of this."""

    def __init__(self) -> None:
        self.frames = 0
        self._more = asyncio.Event()

    async def hears_more(self, messages: int = 3) -> None:
        """Wait until so many further messages of audio have come."""
        target = self.frames + messages
        async with asyncio.timeout(BOUND_S):
            while self.frames < target:
                await self._more.wait()
                self._more.clear()

    async def listen(self, stream: Stream) -> None:
        async for text in stream.socket:
            assert json.loads(text)["streamSid"] == stream.sid
            self.frames += 1
            self._more.set()


def play(store: Path, attack: Attack, *, link_limits: LinkLimits | None = None) -> None:
    """Attack a line on which somebody else is listening, before, during and after."""

    async def told(line: Line) -> None:
        async with carriers(line) as carrier, somebody_else(carrier()) as other:
            await attack(line, carrier, other)
            await other.hears_more()

    with serving(store, link_limits=link_limits) as line:
        asyncio.run(told(line))


@contextlib.asynccontextmanager
async def somebody_else(carrier: Carrier) -> AsyncGenerator[Other, None]:
    other = Other()
    async with carrier.on_the_line() as stream, asyncio.TaskGroup() as group:
        listening = group.create_task(other.listen(stream))
        await other.hears_more()
        yield other
        assert not listening.done(), "the other call was disturbed"
        listening.cancel()


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


# --------------------------------------------------------------------------- bad messages

MALFORMED: list[str | bytes] = [
    "not json",
    "[]",
    "{}",
    '{"event":5}',
    '{"event":"dtmf","dtmf":{"digit":"12"}}',
    '{"event":"mark","mark":7}',
    '{"event":"start","start":{}}',
    "\x00",
    b"\x00\x01\x02",
    b'{"event":"stop"}',
]


def test_ninety_nine_malformed_messages_and_a_good_one_are_survived(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            for key in "*9":
                for number in range(99):
                    await stream.socket.send(MALFORMED[number % len(MALFORMED)])
                await stream.press(key)
                await stream.hear(event="clear")
            await other.hears_more()
            await stream.hear()

    play(tmp_path, attack)


def test_a_hundred_and_one_malformed_messages_in_a_row_end_the_stream(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            with contextlib.suppress(ConnectionClosed):
                for number in range(101):
                    await stream.socket.send(MALFORMED[number % len(MALFORMED)])
            assert await stream.until_closed() == 1011
        assert line.entries("cut")[0]["reason"] == "too many malformed messages"

    play(tmp_path, attack)


def test_a_message_that_is_too_long_ends_its_own_stream(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            await stream.say({"event": "media", "media": {"payload": "x" * 70_000}})
            assert await stream.until_closed() == 1009

    play(tmp_path, attack)


def test_events_nobody_knows_are_ignored(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            for _ in range(500):
                await stream.say({"event": "transcription", "streamSid": stream.sid})
            await stream.press("2")
            assert await stream.until_closed() == 1000
        assert line.entries("ignored")[0]["unknown"] == 500

    play(tmp_path, attack)


# --------------------------------------------------------------------------- wrong beginnings


def test_a_stream_without_a_start_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        # Only now: the other call has begun in time.
        monkeypatch.setattr(session, "START_SECONDS_MAX", 0.3)
        async with carrier().on_the_line() as stream:
            await stream.hear()
        call = carrier()
        async with call.stream(await call.ring(), start=False) as stream:
            await stream.say({"event": "connected", "protocol": "Call", "version": "1.0.0"})
            assert await stream.until_closed() == 1008
        assert line.entries("cut")[-1]["reason"] == "no start"

    play(tmp_path, attack)


@pytest.mark.parametrize("field", ["callSid", "accountSid"])
def test_a_stream_of_another_call_is_closed_with_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str
) -> None:
    # openclaw PR 136506: the callSid of start must match the signed webhook's.
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        caplog.clear()
        call = carrier()
        async with call.stream(await call.ring(), start=False) as stream:
            await stream.start(**{field: "XX" + "0" * 32})
            assert await stream.until_closed() == 1008
        (said,) = (row.getMessage() for row in caplog.records if row.levelname == "WARNING")
        assert call.sid in said
        assert "another call" in said

    play(tmp_path, attack)


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            await stream.start(callSid="CAother")
            await stream.press("2")
            assert await stream.until_closed() == 1000
        assert line.entries("ignored")[0]["foreign"] == 1

    play(tmp_path, attack)


def test_a_key_before_the_start_is_nobodys(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        call = carrier()
        async with call.stream(await call.ring(), start=False) as stream:
            await stream.press("2")
            await stream.start()
            await stream.hear(2)
        assert line.entries("key") == []

    play(tmp_path, attack)


def test_whatever_comes_after_the_stop_is_not_listened_to(tmp_path: Path) -> None:
    async def attack(line: Line, carrier: NewCarrier, other: Other) -> None:
        async with carrier().on_the_line() as stream:
            await stream.hear()
            await stream.stop()
            with contextlib.suppress(ConnectionClosed):
                for _ in range(50):
                    await stream.press("2")
            assert await stream.until_closed() == 1000
        assert line.entries("key") == []
        assert [entry["outcome"] for entry in line.entries("end")] == ["caller_hung_up"]

    play(tmp_path, attack)


# --------------------------------------------------------------------------- too much, too little


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
        await other.hears_more()

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
        await other.hears_more()

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
