"""Peers that stall, over real sockets: whoever asks nothing or takes nothing is dropped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from ivr.server import wire
from ivr.server.link import ABORT, DROP, SAY, UNHEARD
from ivr.server.wire import StreamProtocol, WebProtocol

BOUND_S = 10.0
"""No test waits longer for anything."""
HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "REQUEST_SECONDS_MAX", 0.3)
    monkeypatch.setattr(wire, "LINGER_SECONDS_MAX", 0.3)


LOST = asyncio.Event()


class Watched(StreamProtocol):
    """Tells when the server has let go of a stream's connection."""

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        LOST.set()


@contextlib.asynccontextmanager
async def serving(app: Starlette, *, ping_s: float = 20) -> AsyncGenerator[int, None]:
    """The application on a free port of this machine."""
    global LOST
    LOST = asyncio.Event()
    config = uvicorn.Config(
        app,
        http=WebProtocol,
        ws=Watched,
        ws_ping_interval=ping_s,
        ws_ping_timeout=ping_s,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    config.port = 0
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.force_exit = True
        await server.shutdown()


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def closed_by_server(reader: asyncio.StreamReader) -> bytes:
    """What the server still says until it closes the connection."""
    async with asyncio.timeout(BOUND_S):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


def app(*routes: WebSocketRoute) -> Starlette:
    return Starlette(routes=[Route("/", hello), *routes])


@pytest.mark.parametrize("bytes_sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n"])
def test_a_connection_that_asks_nothing_is_dropped(bytes_sent: bytes) -> None:
    async def story() -> None:
        async with serving(app()) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(bytes_sent)
            assert await closed_by_server(reader) == b""
            writer.close()

    asyncio.run(story())


def test_a_second_request_that_never_gets_finished_is_dropped_too() -> None:
    async def story() -> None:
        async with serving(app()) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            async with asyncio.timeout(BOUND_S):
                await reader.readuntil(b"hello")
            writer.write(b"GET / HT")
            assert await closed_by_server(reader) == b""
            writer.close()

    asyncio.run(story())


def test_a_request_that_is_asked_is_answered_however_long_it_takes() -> None:
    async def story() -> None:
        release = asyncio.Event()

        async def slow(request: Request) -> PlainTextResponse:
            await release.wait()
            return PlainTextResponse("at last")

        async with serving(Starlette(routes=[Route("/", slow)])) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            asyncio.get_running_loop().call_later(2 * wire.REQUEST_SECONDS_MAX, release.set)
            assert (await closed_by_server(reader)).endswith(b"at last")
            writer.close()

    asyncio.run(story())


def test_a_stream_goes_on_although_its_request_is_long_past() -> None:
    async def story() -> None:
        async def echo(socket: WebSocket) -> None:
            await socket.accept()
            await socket.send_text(await socket.receive_text())
            await socket.close()

        async with (
            serving(app(WebSocketRoute("/echo", echo))) as port,
            connect(f"ws://127.0.0.1:{port}/echo") as client,
        ):
            later = asyncio.Event()
            asyncio.get_running_loop().call_later(2 * wire.REQUEST_SECONDS_MAX, later.set)
            await later.wait()
            await client.send("still there")
            async with asyncio.timeout(BOUND_S):
                assert await client.recv() == "still there"

    asyncio.run(story())


def test_a_peer_that_never_reads_is_dropped_once_the_application_is_done() -> None:
    """uvicorn would keep its connection and everything queued for it until the peer goes."""

    async def story() -> None:
        async def talkative(socket: WebSocket) -> None:
            await socket.accept()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    while True:
                        await socket.send_text("x" * 60_000)

        async with serving(app(WebSocketRoute("/talk", talkative))) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(HANDSHAKE % b"/talk")
            async with asyncio.timeout(BOUND_S):
                await LOST.wait()
            writer.close()

    asyncio.run(story())


def test_an_application_can_drop_its_connection() -> None:
    async def story() -> None:
        async def rude(socket: WebSocket) -> None:
            await socket.accept()
            socket.scope["extensions"][ABORT]["abort"]()
            assert (await socket.receive())["type"] == "websocket.disconnect"

        async with (
            serving(app(WebSocketRoute("/rude", rude))) as port,
            connect(f"ws://127.0.0.1:{port}/rude") as client,
        ):
            async with asyncio.timeout(BOUND_S):
                await client.wait_closed()
            assert client.close_code == 1006

    asyncio.run(story())


def test_a_peer_that_answers_no_ping_is_dropped() -> None:
    async def story() -> None:
        ended = asyncio.Event()

        async def listens(socket: WebSocket) -> None:
            await socket.accept()
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
            ended.set()

        async with serving(app(WebSocketRoute("/listen", listens)), ping_s=0.2) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            writer.write(HANDSHAKE % b"/listen")
            async with asyncio.timeout(BOUND_S):
                await ended.wait()
                await LOST.wait()
            writer.close()

    asyncio.run(story())


def test_a_peer_that_goes_on_sending_behind_the_end_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "LINGER_SECONDS_MAX", 60)

    async def story() -> None:
        async def done(socket: WebSocket) -> None:
            await socket.accept()
            await socket.close()

        async with serving(app(WebSocketRoute("/done", done))) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HANDSHAKE % b"/done")
            async with asyncio.timeout(BOUND_S):
                await reader.readuntil(b"\x88")  # the closing message
                writer.write((b"\x81\x81" + bytes(4) + b"x") * 2 * wire.MESSAGES_AFTER_CLOSE_MAX)
                await LOST.wait()
            writer.close()

    asyncio.run(story())


def test_messages_nobody_listens_to_are_counted_and_go_no_further() -> None:
    async def story() -> tuple[list[str], list[int]]:
        told: list[int] = []
        heard: list[str] = []
        done = asyncio.Event()

        async def listen(socket: WebSocket) -> None:
            socket.scope["extensions"][DROP]["drop"](UNHEARD, told.append)
            await socket.accept()
            while (text := await socket.receive_text()) != "end":
                heard.append(text)
            done.set()

        async with (
            serving(app(WebSocketRoute("/x", listen))) as port,
            connect(f"ws://127.0.0.1:{port}/x") as socket,
            asyncio.timeout(BOUND_S),
        ):
            for _ in range(2 * wire.DROPPED_TOLD):
                await socket.send('{"event":"media","media":{}}')
            await socket.send('{"event":"mediate"}')
            await socket.send('{"event": "media"}')
            await socket.send("end")
            await done.wait()
        return heard, told

    heard, told = asyncio.run(story())
    # Written in an unusual way it is looked into by whoever reads the others.
    assert heard == ['{"event":"mediate"}', '{"event": "media"}']
    assert told == [wire.DROPPED_TOLD] * 2


def test_an_application_can_say_what_there_is_room_for_at_once() -> None:
    async def story() -> tuple[list[str], int, bool]:
        said, done = list[bool](), asyncio.Event()

        async def talk(socket: WebSocket) -> None:
            say = socket.scope["extensions"][SAY]["say"]
            said.append(say("before there is anybody"))
            await socket.accept()
            await socket.send_text("1")
            said.append(say("2"))
            await socket.send_text("3")
            while say("x" * 60_000):
                said.append(True)
            await socket.receive_text()
            await socket.close()
            said.append(say("behind the end"))
            done.set()

        async with (
            serving(app(WebSocketRoute("/x", talk))) as port,
            connect(f"ws://127.0.0.1:{port}/x") as socket,
            asyncio.timeout(BOUND_S),
        ):
            heard = [str(await socket.recv()) for _ in range(3)]
            await socket.send("enough")
            long = [message async for message in socket]
            await done.wait()
        assert [said.pop(0), said.pop()] == [False, False]
        assert set(long) == {"x" * 60_000}
        return heard, len(long), len(said) == 1 + len(long)

    heard, count, all_of_them = asyncio.run(story())
    assert heard == ["1", "2", "3"]
    assert count > 0
    assert all_of_them, "what was said came, and nothing else"


def test_saying_something_while_the_connection_is_being_lost_is_no_fault() -> None:
    async def story() -> list[bool]:
        said, done = list[bool](), asyncio.Event()

        async def talk(socket: WebSocket) -> None:
            await socket.accept()
            extensions = socket.scope["extensions"]
            stream = extensions[SAY]["say"].__self__

            def broken(data: bytes) -> None:
                raise OSError("lost")

            stream.transport.write = broken
            said.append(extensions[SAY]["say"]("1"))
            extensions[ABORT]["abort"]()
            said.append(extensions[SAY]["say"]("2"))
            done.set()

        async with (
            serving(app(WebSocketRoute("/x", talk))) as port,
            connect(f"ws://127.0.0.1:{port}/x"),
            asyncio.timeout(BOUND_S),
        ):
            await done.wait()
        return said

    assert asyncio.run(story()) == [False, False]


def test_an_application_that_drops_nothing_hears_everything() -> None:
    async def story() -> str:
        heard = asyncio.get_running_loop().create_future()

        async def listen(socket: WebSocket) -> None:
            await socket.accept()
            heard.set_result(await socket.receive_text())

        async with (
            serving(app(WebSocketRoute("/x", listen))) as port,
            connect(f"ws://127.0.0.1:{port}/x") as socket,
            asyncio.timeout(BOUND_S),
        ):
            await socket.send('{"event":"media","media":{}}')
            return str(await heard)

    assert asyncio.run(story()).startswith('{"event":"media"')
