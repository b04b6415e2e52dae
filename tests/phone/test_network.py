"""The real network, on loopback sockets: signatures, a proxy's detour, and each way it can fail."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import pytest
from aiohttp import WSCloseCode, WSMsgType, web

from ivr.phone.events import EndedBy
from ivr.phone.network import Failure, Internet, Limits, Reply
from ivr.phone.script import parse, perform
from ivr.phone.telephone import Line, Telephone
from tests.phone.lines import TONE

PUBLIC = "https://ivr.example.com"
PATIENCE_S = 10
BRIEF = Limits(close_s=0.2)
QUICK = Limits(webhook_s=0.3, connect_s=0.2, handshake_s=0.3, close_s=0.2)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(handler: Handler) -> AsyncGenerator[str, None]:
    """An HTTP server on loopback; yields its address."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[str, None]:
    """A bare TCP server on loopback; yields host and port, and ends with its last connection."""
    ends: list[asyncio.Event] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(asyncio.Event())
        end = ends[-1]
        await talk(reader, writer)
        writer.close()
        await writer.wait_closed()
        end.set()

    async with await asyncio.start_server(handler, "127.0.0.1", 0) as listening:
        yield f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        for end in ends:
            await end.wait()


def within(work: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await work

    asyncio.run(bounded())


# --------------------------------------------------------------------------- webhooks


def test_a_webhook_is_a_form_signed_over_the_public_address() -> None:
    """The signature is the vector of reference/twilio.md 3.2, an empty value included."""
    seen: list[web.Request] = []
    bodies: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        bodies.append(await request.text())
        return web.Response(text="<Response/>", content_type="text/xml")

    async def work() -> None:
        async with server(handler) as real, Internet("12345", route={PUBLIC: real}) as internet:
            fields = {
                "To": "+15005550001",
                "CallSid": "CA00000000000000000000000000000001",
                "From": "+15005550006",
                "Digits": "",
            }
            reply = await internet.ask("POST", PUBLIC + "/voice", fields)
            assert reply == Reply(200, "text/xml; charset=utf-8", b"<Response/>")
            (request,) = seen
            assert request.headers["X-Twilio-Signature"] == "uByR7cq1sUeXTLG8LgA8P7fp9kI="
            assert request.headers["Host"] == "ivr.example.com"
            assert request.headers["X-Forwarded-Proto"] == "https"
            assert request.headers["I-Twilio-Idempotency-Token"]
            assert request.content_type == "application/x-www-form-urlencoded"
            assert dict(parse_qsl(bodies[0], keep_blank_values=True)) == fields

    within(work())


def test_a_get_webhook_carries_its_fields_in_the_address_and_signs_that() -> None:
    seen: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        return web.Response(text="<Response/>", content_type="text/xml")

    async def work() -> None:
        async with server(handler) as real, Internet("12345", route={PUBLIC: real}) as internet:
            await internet.ask("GET", PUBLIC + "/a?x=1", {"CallSid": "CA 1"})
            (request,) = seen
            assert request.path_qs == "/a?x=1&CallSid=CA+1"
            text = (PUBLIC + "/a?x=1&CallSid=CA+1").encode()
            wanted = base64.b64encode(hmac.new(b"12345", text, hashlib.sha1).digest()).decode()
            assert request.headers["X-Twilio-Signature"] == wanted

    within(work())


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        (PUBLIC + ":8443/voice", PUBLIC + "/voice"),
        (PUBLIC + "/voice#rc=2", PUBLIC + "/voice"),
        ("https://user:pass@ivr.example.com/voice", PUBLIC + "/voice"),
        ("http://ivr.example.com:8080/voice", "http://ivr.example.com:8080/voice"),
    ],
)
def test_user_fragment_and_over_tls_the_port_are_not_signed(url: str, signed: str) -> None:
    """reference/twilio.md 3.1."""
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers["X-Twilio-Signature"])
        return web.Response()

    async def work() -> None:
        public = url.rpartition("/")[0]
        async with server(handler) as real, Internet("12345", route={public: real}) as internet:
            await internet.ask("POST", url, {"CallSid": "CA1"})
        text = (signed + "CallSidCA1").encode()
        wanted = base64.b64encode(hmac.new(b"12345", text, hashlib.sha1).digest()).decode()
        assert seen == [wanted]

    within(work())


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_any_status_but_success_is_a_retrieval_failure(status: int) -> None:
    asked = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def work() -> None:
        async with server(handler) as real, Internet("12345") as internet:
            failure = await internet.ask("POST", real + "/voice", {})
            assert isinstance(failure, Failure)
            assert (failure.code, failure.status) == (11200, status)
            assert asked == 1

    within(work())


def test_a_server_that_thinks_too_long_is_a_retrieval_failure() -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async def work() -> None:
        async with server(handler) as real, Internet("12345", limits=QUICK) as internet:
            failure = await internet.ask("POST", real + "/voice", {})
            assert isinstance(failure, Failure)
            assert failure.code == 11200
            assert "within 0.3 s" in failure.text

    within(work())


def test_a_body_that_never_ends_is_not_read_to_its_end() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/xml"})
        await response.prepare(request)
        for _ in range(1000):
            await response.write(b" " * 10_000)
        return response

    async def work() -> None:
        async with server(handler) as real, Internet("12345") as internet:
            reply = await internet.ask("POST", real + "/voice", {})
            assert isinstance(reply, Reply)
            assert 64_000 < len(reply.body) < 200_000

    within(work())


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:1/voice", 11205),
        ("http://line.invalid/voice", 11210),
        ("http://[/voice", 11200),
    ],
)
def test_who_cannot_be_reached(url: str, code: int) -> None:
    async def work() -> None:
        async with Internet("12345") as internet:
            failure = await internet.ask("POST", url, {})
            assert isinstance(failure, Failure)
            assert failure.code == code

    within(work())


def test_a_plain_server_behind_an_https_address_is_a_tls_failure() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    async def work() -> None:
        async with server(handler) as real, Internet("12345") as internet:
            failure = await internet.ask("POST", real.replace("http:", "https:") + "/voice", {})
            assert isinstance(failure, Failure)
            assert failure.code == 11220

    within(work())


def test_a_file_is_fetched_unsigned_and_only_from_the_server_that_is_rung() -> None:
    async def handler(request: web.Request) -> web.Response:
        assert "X-Twilio-Signature" not in request.headers
        assert request.headers["Host"] == "line.test"
        return web.Response(body=b"\x7f" * 100_000, content_type="audio/x-mulaw")

    async def work() -> None:
        async with (
            server(handler) as real,
            Internet("12345", route={"https://line.test": real}) as internet,
        ):
            reply = await internet.get("https://line.test/hold.ulaw")
            assert isinstance(reply, Reply)
            assert (len(reply.body), reply.content_type) == (100_000, "audio/x-mulaw")
            assert internet.is_ours("https://line.test/hold.ulaw")
            assert internet.is_ours(real)
            assert not internet.is_ours("https://music.test/a.mp3")

    asyncio.run(work())


def test_a_connection_that_fails_is_tried_once_more_with_the_same_token() -> None:
    """The second attempt finds the server that the first one missed."""
    tokens: list[str] = []

    class Late(Internet):
        attempts = 0

        async def _once(self, method, url, headers, body, bytes_max):  # type: ignore[no-untyped-def]
            tokens.append(headers["I-Twilio-Idempotency-Token"])
            Late.attempts += 1
            where = url if Late.attempts == 2 else "http://127.0.0.1:1/voice"
            return await super()._once(method, where, headers, body, bytes_max)

    async def handler(request: web.Request) -> web.Response:
        return web.Response(text="<Response/>", content_type="text/xml")

    async def work() -> None:
        async with server(handler) as real, Late("12345") as internet:
            assert isinstance(await internet.ask("POST", real + "/voice", {}), Reply)
            assert len(tokens) == 2
            assert len(set(tokens)) == 1

    within(work())


# --------------------------------------------------------------------------- sockets


def test_a_handshake_is_signed_over_the_public_address_and_offers_nothing() -> None:
    """The signature is the vector of reference/twilio.md 3.2."""
    seen: list[web.Request] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        await socket.send_bytes(b"\x01")
        assert (await socket.receive()).data == "bye"
        await socket.close(code=WSCloseCode.SERVICE_RESTART)
        return socket

    async def work() -> None:
        async with server(handler) as real, Internet("12345", route={PUBLIC: real}) as internet:
            socket = await internet.open("wss://ivr.example.com/media/abc")
            assert not isinstance(socket, Failure)
            (request,) = seen
            assert request.headers["x-twilio-signature"] == "3RCKrVLfUIiOZm8a81RR0FPkXno="
            assert request.headers["Host"] == "ivr.example.com"
            assert request.path == "/media/abc"
            assert "Sec-WebSocket-Extensions" not in request.headers
            assert await socket.receive() == "hello"
            assert await socket.receive() == b"\x01"
            codes = [socket.close_code]
            await socket.send("bye")
            assert await socket.receive() is None
            codes.append(socket.close_code)
            assert codes == [None, 1012]
            await socket.send("too late")

    within(work())


def test_what_was_opened_and_never_used_is_closed_in_the_end() -> None:
    closed = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert (await socket.receive()).type is WSMsgType.CLOSE
        closed.set()
        return socket

    async def work() -> None:
        async with server(handler) as real:
            async with Internet("12345") as internet:
                assert not isinstance(await internet.open(real.replace("http", "ws")), Failure)
            await closed.wait()

    within(work())


@pytest.mark.parametrize("status", [200, 302, 403, 404, 502])
def test_whatever_is_no_101_is_a_handshake_error(status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def work() -> None:
        async with server(handler) as real, Internet("12345", route={PUBLIC: real}) as internet:
            failure = await internet.open("wss://ivr.example.com/media/abc")
            assert isinstance(failure, Failure)
            assert (failure.code, failure.status) == (31920, status)

    within(work())


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ws://127.0.0.1:1/media", 31902),
        ("ws://line.invalid/media", 31904),
        ("https://line.test/media", 31923),
        ("wss:///media", 31923),
        ("wss://line.test:x/media", 31923),
        ("", 31923),
    ],
)
def test_a_socket_that_cannot_be_opened(url: str, code: int) -> None:
    async def work() -> None:
        async with Internet("12345") as internet:
            failure = await internet.open(url)
            assert isinstance(failure, Failure)
            assert failure.code == code

    within(work())


def test_a_plain_server_behind_a_wss_address_is_a_tls_error() -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response()

    async def work() -> None:
        async with server(handler) as real, Internet("12345") as internet:
            failure = await internet.open(real.replace("http:", "wss:") + "/media")
            assert isinstance(failure, Failure)
            assert failure.code == 31910

    within(work())


def test_a_server_that_accepts_and_then_is_silent_is_a_time_out() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def work() -> None:
        async with raw_server(silent) as address, Internet("12345", limits=QUICK) as internet:
            failure = await internet.open(f"ws://{address}/media")
            assert isinstance(failure, Failure)
            assert failure.code == 31901

    within(work())


# --------------------------------------------------------------------------- whole calls


class SmallLine:
    """A small server, right in every detail: one menu, then goodbye."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.closed = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/media/"):
            return await self.talk(request)
        inside = (
            '<Connect action="/after"><Stream url="wss://ivr.example.com/media/7"/></Connect>'
            if request.path == "/voice"
            else "<Hangup/>"
        )
        return web.Response(text=f"<Response>{inside}</Response>", content_type="text/xml")

    async def talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sid = ""
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            data = json.loads(message.data)
            self.events.append(data["event"])
            match data:
                case {"event": "start", "streamSid": str(sid)}:
                    await self.say(socket, sid, "g0:u1")
                case {"event": "dtmf", "dtmf": {"digit": "1"}}:
                    await socket.send_json({"event": "clear", "streamSid": sid})
                    await self.say(socket, sid, "g1:u2")
                case {"event": "mark", "mark": {"name": "g1:u2"}}:
                    await socket.close()
        self.closed.set()
        return socket

    async def say(self, socket: web.WebSocketResponse, sid: str, mark: str) -> None:
        payload = base64.b64encode(TONE[:1600]).decode()
        await socket.send_json({"event": "media", "streamSid": sid, "media": {"payload": payload}})
        await socket.send_json({"event": "mark", "streamSid": sid, "mark": {"name": mark}})


def test_a_whole_call_over_real_sockets() -> None:
    async def work() -> None:
        line = SmallLine()
        async with server(line.answer) as real, Internet("12345", route={PUBLIC: real}) as internet:
            phone = Telephone(internet, Line(PUBLIC + "/voice"))
            async with asyncio.TaskGroup() as group:
                hands = group.create_task(perform(parse("1"), phone))
                recording = await phone.call()
                hands.cancel()
            assert recording.faults == []
            assert recording.ended is not None
            assert recording.ended.by is EndedBy.LINE
            assert [segment.mark for segment in recording.segments] == ["g0:u1", "g1:u2"]
            assert [sound.after for sound in recording.sounds] == ["answer", "1"]
            assert line.events[:3] == ["connected", "start", "media"]
            assert len(asyncio.all_tasks()) <= 3  # this one, and the server's own

    within(work())


def test_hanging_up_reaches_the_server_as_stop_and_a_close() -> None:
    async def work() -> None:
        line = SmallLine()
        async with server(line.answer) as real, Internet("12345", route={PUBLIC: real}) as internet:
            phone = Telephone(internet, Line(PUBLIC + "/voice"))
            async with asyncio.TaskGroup() as group:
                hands = group.create_task(perform(parse("wait:0.1 hangup"), phone))
                await phone.call()
                hands.cancel()
            await line.closed.wait()
            assert line.events[-1] == "stop"

    within(work())


def test_a_half_open_server_can_still_be_hung_up_on() -> None:
    """It shakes hands and then neither reads nor writes nor closes."""

    async def work() -> None:
        leave = asyncio.Event()

        async def half_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            if head.startswith("POST"):
                body = '<Response><Connect><Stream url="/media/1"/></Connect></Response>'
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n"
                    + f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
                )
                return
            key = head.split("Sec-WebSocket-Key: ")[1].split("\r\n")[0]
            digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                + base64.b64encode(digest)
                + b"\r\n\r\n"
            )
            await leave.wait()

        async with raw_server(half_open) as address, Internet("1", limits=BRIEF) as internet:
            phone = Telephone(internet, Line(f"http://{address}/voice"))
            async with asyncio.TaskGroup() as group:
                hands = group.create_task(perform(parse("wait:0.1 hangup"), phone))
                recording = await phone.call()
                hands.cancel()
            assert recording.ended is not None
            assert recording.ended.by is EndedBy.CALLER
            leave.set()

    within(work())


def test_a_server_that_drops_the_line_vanished_without_closing_it() -> None:
    async def drops(request: web.Request) -> web.StreamResponse:
        if request.path != "/media/1":
            return web.Response(
                text='<Response><Connect><Stream url="/media/1"/></Connect></Response>',
                content_type="text/xml",
            )
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        assert request.transport is not None
        request.transport.abort()
        return socket

    async def work() -> None:
        async with server(drops) as real, Internet("12345") as internet:
            recording = await Telephone(internet, Line(real + "/voice")).call()
            assert [fault.code for fault in recording.faults] == [31903]

    within(work())
