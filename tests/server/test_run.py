"""Running the server: its address, its thread, and how it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ivr.errors import SettingsError
from ivr.server.house import House
from ivr.server.run import MESSAGE_BYTES_MAX, SOCKET_BUFFER_BYTES, Server, listen
from ivr.stores import open_store
from tests.server.line import BOUND_S, Line, carriers, serving, stream_path

# --------------------------------------------------------------------------- the address


def test_port_0_is_any_free_port() -> None:
    with listen("127.0.0.1", 0) as one, listen("127.0.0.1", 0) as other:
        assert one.getsockname()[1] != other.getsockname()[1] != 0


def test_small_messages_are_not_held_back() -> None:
    """asyncio switches Nagle's delay off only for sockets that say that they are TCP."""
    with listen("127.0.0.1", 0) as sock:
        assert sock.proto == socket.IPPROTO_TCP


def test_the_system_keeps_little_for_a_peer_that_does_not_read() -> None:
    with listen("127.0.0.1", 0) as sock:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            # Linux doubles what it is told, for its own bookkeeping.
            assert sock.getsockopt(socket.SOL_SOCKET, option) <= 2 * SOCKET_BUFFER_BYTES
    assert MESSAGE_BYTES_MAX == 65_536


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 on this machine")
def test_an_address_with_colons_is_ipv6() -> None:
    with contextlib.suppress(SettingsError), listen("::1", 0) as sock:
        assert sock.family is socket.AF_INET6


def test_a_port_in_use_is_named_with_the_remedy() -> None:
    with listen("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(
            SettingsError, match=rf"port {port} on 127\.0\.0\.1 is in use: .*--port"
        ):
            listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("127.0.0.1", 70_000, "port 70000 does not exist"),
        ("192.0.2.1", 0, "192.0.2.1 is no address of this machine"),
        ("no.such.host.invalid", 0, "no.such.host.invalid is no address of this machine"),
    ],
)
def test_an_address_that_cannot_be_had_is_named(host: str, port: int, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        listen(host, port)


# --------------------------------------------------------------------------- the thread


class Calls:
    """A switchboard, as far as leaving is concerned."""

    def __init__(self, live: int) -> None:
        self.staying = live
        self.moving = False
        self.told = 0

    def move(self) -> None:
        """They go on elsewhere."""
        self.told += 1


def small_app(calls: Calls, *, fails: Exception | None = None) -> Starlette:
    """An application that says hello, and whose lifespan can fail."""
    closed = threading.Event()

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        if fails is not None:
            raise fails
        yield
        closed.set()

    async def hello(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", hello)], lifespan=lifespan)
    app.state.house = House(calls, None, None, None)  # type: ignore[arg-type]
    app.state.closed = closed
    return app


async def hello(port: int) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/") as reply:
        return await reply.text()


def test_a_server_in_a_thread_tells_its_port_and_stops() -> None:
    app = small_app(Calls(live=7))
    server = Server(app)
    port = server.start()
    assert asyncio.run(hello(port)) == "hello"
    server.stop()
    assert app.state.closed.is_set(), "the lifespan was closed, whatever calls there were"
    with pytest.raises(aiohttp.ClientError):
        asyncio.run(hello(port))


def test_a_server_that_cannot_start_says_why_and_listens_no_more() -> None:
    server = Server(small_app(Calls(0), fails=SettingsError("the voice has no key")))
    with pytest.raises(SettingsError, match="the voice has no key"):
        server.start()
    server.stop()


def test_a_port_in_use_is_told_by_start_too() -> None:
    with listen("127.0.0.1", 0) as sock, pytest.raises(SettingsError, match="in use"):
        Server(small_app(Calls(0)), port=sock.getsockname()[1]).start()


# --------------------------------------------------------------------------- leaving


def leave(calls: Calls, *signals: int, drain_s: float = 60) -> Starlette:
    """Run a server in this thread, send it signals once it answers, and return when it has left."""
    app = small_app(calls)

    def from_outside(port: int) -> None:
        assert asyncio.run(hello(port)) == "hello"
        for number in signals:
            os.kill(os.getpid(), number)
            with contextlib.suppress(aiohttp.ClientError):
                while not app.state.house.leaving:
                    asyncio.run(hello(port))

    def started(port: int) -> None:
        threading.Thread(target=from_outside, args=(port,), daemon=True).start()

    Server(app, drain_s=drain_s).run(started)
    return app


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_without_calls_leaves_at_the_first_signal(number: int) -> None:
    before = signal.getsignal(number)
    app = leave(Calls(live=0), number)
    assert app.state.closed.is_set()
    assert app.state.house.leaving
    assert signal.getsignal(number) is before


def test_a_server_with_calls_leaves_at_the_second_signal() -> None:
    assert leave(Calls(live=1), signal.SIGTERM, signal.SIGTERM).state.closed.is_set()


def test_a_server_with_calls_waits_for_them_only_so_long() -> None:
    assert leave(Calls(live=1), signal.SIGTERM, drain_s=0.3).state.closed.is_set()


def test_a_call_goes_on_elsewhere_from_its_next_quiet_moment(tmp_path: Path) -> None:
    """At the first signal uvicorn alone would close its stream with 1012, in mid-sentence."""
    sids: list[str] = []

    async def moved() -> None:
        async with carriers(line) as carrier:
            call = carrier()
            sids.append(call.sid)
            async with call.on_the_line() as stream:
                await stream.hear()
                assert line.server._uvicorn is not None
                line.server._uvicorn.handle_exit(signal.SIGTERM, None)
                async with asyncio.timeout(BOUND_S):
                    while not line.app.state.house.leaving:
                        await stream.hear()
                await stream.hear(3)  # nobody is cut off in mid-sentence
                await stream.press("*")
                assert await stream.until_closed() == 1000
        with pytest.raises(aiohttp.ClientError):
            async with carriers(line) as carrier:
                await carrier().ring()

    async def gone_on() -> None:
        async with carriers(line) as carrier:
            call = carrier()
            call.sid = sids[0]
            async with call.stream(stream_path(await call.after())) as stream:
                await stream.hear(2)
                await stream.press("2")
                assert await stream.until_closed() == 1000

    with serving(tmp_path) as line:
        asyncio.run(moved())
    assert line.entries("end") == [], "nobody is lost"
    assert line.entries("moved")
    with serving(tmp_path) as line:
        asyncio.run(gone_on())
    assert [entry["outcome"] for entry in line.entries("end")] == ["hangup"]


def test_a_server_that_is_hurried_leaves_its_callers_to_the_next_one(tmp_path: Path) -> None:
    sids: list[str] = []

    async def hurried() -> None:
        async with carriers(line) as carrier:
            call = carrier()
            sids.append(call.sid)
            async with call.on_the_line() as stream:
                await stream.hear(2)
                await asyncio.to_thread(line.server.stop)
                assert await stream.until_closed() == 1012

    async def gone_on() -> None:
        async with carriers(line) as carrier:
            call = carrier()
            call.sid = sids[0]
            async with call.stream(stream_path(await call.after())) as stream:
                await stream.hear(2)
                await stream.press("2")
                assert await stream.until_closed() == 1000
            assert (await call.after()).tag == "Hangup"

    with serving(tmp_path) as line:
        asyncio.run(hurried())
    assert line.entries("end") == [], "nobody is lost"
    with serving(tmp_path) as line:
        asyncio.run(gone_on())
    assert [entry["number"] for entry in line.entries("stream")] == [2], "it is the same call"
    assert [entry["outcome"] for entry in line.entries("end")] == ["hangup"]


def test_of_two_servers_with_one_store_either_may_be_asked(tmp_path: Path) -> None:
    async def story(one: Line, two: Line) -> None:
        async with (
            carriers(one) as first,
            carriers(two) as second,
            open_store(str(tmp_path)) as store,
        ):
            here, there = first(), second()
            there.sid = here.sid
            path = await here.ring()
            async with asyncio.timeout(BOUND_S):
                while await store.calls.find(here.sid) is None:
                    await asyncio.to_thread(lambda: None)
            async with there.stream(path) as stream:
                await stream.press("1")
                assert await stream.until_closed() == 1000
            dial = await here.after()
            assert dial.tag == "Dial"
            back = await there.back(dial, DialCallStatus="completed")
            assert back.tag == "Hangup"
            assert (await here.after()).tag == "Hangup"

    with serving(tmp_path) as one, serving(tmp_path) as two:
        asyncio.run(story(one, two))
    ends = one.entries("end") + two.entries("end")
    assert [entry["outcome"] for entry in ends] == ["hangup"]
