"""What a service answers and what comes of it: on real sockets, and on virtual time where it waits.

Under ``run`` the same sockets are joined by a pair instead of TCP, so that hours may pass.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import tracemalloc
import zlib
from collections.abc import Callable, Coroutine
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import __version__
from ivr.flow.messages import Request, RequestAnswered, secret_marker
from ivr.flow.values import DEPTH_MAX, Value
from ivr.outside.http import (
    BODY_BYTES_AT_ONCE,
    BODY_BYTES_MAX,
    CONNECTIONS_PER_HOST_MAX,
    REDIRECTS_MAX,
    HttpDesk,
)
from tests.outside.service import Asked, Behaviour, Service, drops, reply, request, reset, says
from tests.virtual import pass_time, run

SECRETS = {"CORE_KEY": "s3cr3t/ä+value", "BROKEN": "two\r\nlines"}
WAIT_SECONDS = 20
"""Nothing that works takes nearly as long."""

Runner = Callable[[Coroutine[Any, Any, Any]], Any]


def desk(*allowed: str, environment: str = "dev") -> HttpDesk:
    return HttpDesk(frozenset(allowed), environment, SECRETS.get)


def answers_to(behaviour: Behaviour, *asked: Request, runner: Runner = asyncio.run) -> Any:
    """What one desk is answered to several requests; ``url`` of each is a path of the service."""

    async def scenario() -> tuple[list[RequestAnswered], list[Asked]]:
        async with asyncio.timeout(WAIT_SECONDS), Service(behaviour) as service, desk() as ours:
            got = []
            for each in asked:
                url = service.url(each.url) if each.url.startswith("/") else each.url
                got.append(await ours.ask(_with_url(each, url)))
            return got, service.asked

    return runner(scenario())


def _with_url(each: Request, url: str) -> Request:
    return request(
        url,
        each.method,
        headers=each.headers,
        query=each.query,
        body=each.body,
        timeout_ms=each.timeout_ms,
        retries=each.retries,
    )


def answer_to(
    behaviour: Behaviour, asked: Request | None = None, runner: Runner = asyncio.run
) -> RequestAnswered:
    (got,), _ = answers_to(behaviour, asked or request("/"), runner=runner)
    assert isinstance(got, RequestAnswered)
    return got


# --- what is sent --------------------------------------------------------------------------------


def test_a_question_arrives_with_its_query_headers_and_body() -> None:
    body: Value = {"card": "0042", "when": date(2026, 11, 22), "n": [1, 2.5]}
    asked = request(
        "/verify?fixed=1",
        "POST",
        query=(("name", "Robin & Söhne"), ("name", "2")),
        headers=(("X-Tenant", "north"), ("Accept", "application/hal+json")),
        body=body,
    )
    (got,), (arrived,) = answers_to(says(reply(201, b'{"id": "c-1"}')), asked)
    assert got == RequestAnswered(7, 201, {"id": "c-1"})
    assert arrived.method == "POST"
    assert arrived.target == "/verify?fixed=1&name=Robin+%26+S%C3%B6hne&name=2"
    assert json.loads(arrived.body) == {"card": "0042", "when": "2026-11-22", "n": [1, 2.5]}
    assert arrived.headers["content-type"] == "application/json"
    assert arrived.headers["x-tenant"] == "north"
    assert arrived.headers["accept"] == "application/hal+json"
    assert arrived.headers["user-agent"] == f"ivr/{__version__}"


def test_a_question_without_a_body_has_none() -> None:
    _, (arrived,) = answers_to(says(reply()), request("/", "POST"))
    assert arrived.body == b""
    assert arrived.headers["accept"] == "application/json"


def test_secrets_stand_in_their_places_when_they_are_sent() -> None:
    mark = secret_marker("CORE_KEY")
    asked = request(
        f"/v1/{mark}/balance",
        "POST",
        headers=(("Authorization", f"Bearer {secret_marker('CORE_KEY')}"),),
        query=(("key", mark),),
        body={"nested": [{"key": f"<{mark}>"}]},
    )
    (got,), (arrived,) = answers_to(says(reply()), asked)
    assert got.problem == ""
    assert arrived.target == "/v1/s3cr3t%2F%C3%A4%2Bvalue/balance?key=s3cr3t/%C3%A4%2Bvalue"
    assert arrived.headers["authorization"].encode("utf-8", "surrogateescape")
    assert json.loads(arrived.body) == {"nested": [{"key": "<s3cr3t/ä+value>"}]}


@pytest.mark.parametrize(
    "asked",
    [
        request(f"/{secret_marker('MISSING')}"),
        request("/", headers=(("X-Key", secret_marker("MISSING")),)),
        request("/", query=(("key", secret_marker("MISSING")),)),
        request("/", "POST", body=[secret_marker("MISSING")]),
    ],
)
def test_a_secret_that_is_missing_is_named_and_nothing_is_sent(asked: Request) -> None:
    (got,), arrived = answers_to(says(reply()), asked)
    assert got.status is None
    assert "there is no secret “MISSING”" in got.problem
    assert arrived == []


@pytest.mark.parametrize(
    "headers",
    [
        (("X-Name", "a\r\nX-Evil: 1"),),
        (("X-Name", "a\nb"),),
        (("X-Key", secret_marker("BROKEN")),),
        (("X-Name\r\nX-Evil", "1"),),
        (("Host", "elsewhere.example"),),
        (("content-length", "3"),),
    ],
)
def test_a_header_that_would_break_the_message_is_refused(
    headers: tuple[tuple[str, str], ...],
) -> None:
    (got,), arrived = answers_to(says(reply()), request("/", headers=headers))
    assert got.status is None
    assert "header" in got.problem
    assert "\n" not in got.problem
    assert "lines" not in got.problem.replace("line itself", "")
    assert arrived == []


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (request("/", "TRACE"), "http knows GET, HEAD, POST"),
        (request("/", "POST", body=float("nan")), "the body holds a number that is none"),
        (request("/", "POST", body="x" * BODY_BYTES_MAX), "the body is larger than"),
        (request("/", "POST", body="\ud800"), "the body holds a text that is not valid Unicode"),
        (request("/" + "x" * 9_000), "longer than 8,000"),
    ],
)
def test_what_cannot_be_sent_is_one_sentence(asked: Request, problem: str) -> None:
    (got,), arrived = answers_to(says(reply()), asked)
    assert got.status is None
    assert problem in got.problem
    assert arrived == []


# --- what an answer holds ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"available": {"amount": 1234.5}}', {"available": {"amount": 1234.5}}),
        (b"[1, 0.5, true, null]", [1, 0.5, True, None]),
        (b"9223372036854775807", 9223372036854775807),
        (b'{"id": 12345678901234567890123}', {"id": "12345678901234567890123"}),
        (b"-9223372036854775809", "-9223372036854775809"),
        (b"1e999", "1e999"),
        (b'\xef\xbb\xbf{"a": "\xc3\xa4"}', {"a": "ä"}),
        (b"null", None),
        (b"", None),
    ],
)
def test_json_becomes_a_value(body: bytes, value: Value) -> None:
    assert answer_to(says(reply(200, body))) == RequestAnswered(7, 200, value)


def test_any_kind_of_json_is_json() -> None:
    for kind in ("application/json; charset=utf-8", "application/problem+json", "Application/JSON"):
        assert answer_to(says(reply(200, b"1", kind))).body == 1


def test_an_answer_cannot_hold_the_marker_of_a_secret() -> None:
    told = json.dumps({"name": secret_marker("CORE_KEY"), secret_marker("CORE_KEY"): 1}).encode()
    got = answer_to(says(reply(200, told)))
    assert got.body == {"name": "\ufffdsecret:CORE_KEY\ufffd", "\ufffdsecret:CORE_KEY\ufffd": 1}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{'a': 1}", "is not valid JSON"),
        (b'{"a": 1', "is not valid JSON"),
        (b"[NaN]", "is not valid JSON"),
        (b"[-Infinity]", "is not valid JSON"),
        (b'"\xff"', "is not valid JSON"),
        (b'"\\ud800"', "is not valid JSON"),
        (b"1" * 9_000, "is not valid JSON"),
        (b"[" * (DEPTH_MAX + 2) + b"]" * (DEPTH_MAX + 2), "lies deeper than 32"),
        (b"[" * 60_000 + b"]" * 60_000, "lies deeper than 32"),
        (b"[" + b"0," * 200_000 + b"0]", "holds more than 100,000 values"),
    ],
)
def test_what_is_no_value_is_no_answer(body: bytes, problem: str) -> None:
    got = answer_to(says(reply(200, body)))
    assert (got.status, got.body) == (None, None)
    assert "answered 200 with a body that" in got.problem
    assert problem in got.problem


def test_the_deepest_value_and_the_largest_body_are_still_taken() -> None:
    deep = b"[" * DEPTH_MAX + b"1" + b"]" * DEPTH_MAX
    assert answer_to(says(reply(200, deep))).problem == ""
    whole = b'"' + b"x" * (BODY_BYTES_MAX - 2) + b'"'
    got = answer_to(says(reply(200, whole)))
    assert len(str(got.body)) == BODY_BYTES_MAX - 2 > BODY_BYTES_AT_ONCE
    assert "more than 1,048,576 bytes" in answer_to(says(reply(200, whole + b" "))).problem


@pytest.mark.parametrize("kind", ["text/html; a=1", "text/json-ish", None, "ä/\t" + "x" * 99])
def test_a_good_answer_that_is_not_json_is_none(kind: str | None) -> None:
    got = answer_to(says(reply(200, b"{}", kind)))
    assert got.status is None
    assert "answered 200 with something that is not JSON" in got.problem
    assert got.problem.isascii()
    assert got.problem.isprintable()
    assert len(got.problem) < 120


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (reply(204, b"", None), 204, None),
        (reply(200, b"", "text/html"), 200, None),
        (reply(404, b"<h1>", "text/html"), 404, None),
        (reply(404, b'{"why": 1}'), 404, {"why": 1}),
        (reply(409, b"", None), 409, None),
        (reply(500, b"oops", None), 500, None),
        (reply(304, b"", None), 304, None),
    ],
)
def test_a_status_is_kept_with_whatever_it_has_to_say(
    answer: bytes, status: int, body: Value
) -> None:
    assert answer_to(says(answer)) == RequestAnswered(7, status, body)


@pytest.mark.parametrize("body", [b"{broken", b"[" * 99, b'"' + b"x" * BODY_BYTES_MAX + b'"'])
def test_a_bad_status_is_kept_beside_a_body_that_cannot_be_used(body: bytes) -> None:
    got = answer_to(says(reply(423, body)))
    assert (got.status, got.body) == (423, None)
    assert "answered 423" in got.problem


def test_a_head_question_has_a_status_and_no_body() -> None:
    no_body = reply(200, b"").replace(b"Content-Length: 0", b"Content-Length: 99")
    assert answer_to(says(no_body), request("/", "HEAD")) == RequestAnswered(7, 200, None)


def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(b'{"a": "' + b"x" * 5_000 + b'"}')
    got = answer_to(says(reply(200, body, headers={"Content-Encoding": "gzip"})))
    assert got.body == {"a": "x" * 5_000}


def test_a_small_answer_that_unpacks_to_gigabytes_takes_no_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()
    assert len(bomb) < 400_000
    tracemalloc.start()
    try:
        got = answer_to(says(reply(200, bomb, headers={"Content-Encoding": "gzip"})))
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()
    assert got.status is None
    assert "more than 1,048,576 bytes" in got.problem


def test_a_body_without_an_end_is_not_read_for_ever() -> None:
    async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"[" * 65_536)
            await writer.drain()

    got = answer_to(endless)
    assert got.status is None
    assert "more than 1,048,576 bytes" in got.problem


# --- time ----------------------------------------------------------------------------------------


def _dribbles(head: bytes, piece: bytes, seconds: float) -> Behaviour:
    async def dribble(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            await pass_time(seconds)
            writer.write(piece)
            await writer.drain()

    return dribble


SLOW = [
    _dribbles(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", 0.5),
    _dribbles(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", b" ", 0.5),
    _dribbles(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.5),
    _dribbles(b"", b"", 60),
]


@pytest.mark.parametrize("behaviour", SLOW, ids=["headers", "body", "continue", "nothing"])
def test_all_of_an_answer_is_there_in_time_or_none_of_it(behaviour: Behaviour) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        async with Service(behaviour) as service, desk() as ours:
            begun = loop.time()
            got = await ours.ask(request(service.url(), timeout_ms=4_000, retries=3))
            assert loop.time() == begun + 4
            assert (got.status, got.body) == (None, None)
            assert got.problem == "no whole answer within 4 s"
            await asyncio.wait_for(service.left.wait(), 0.001)
            assert len(service.asked) == 1

    run(scenario())


def test_a_bad_status_is_kept_when_its_body_takes_too_long() -> None:
    head = b"HTTP/1.1 503 No\r\nContent-Type: application/json\r\n\r\n"

    async def scenario() -> None:
        async with Service(_dribbles(head, b" ", 1)) as service, desk() as ours:
            got = await ours.ask(request(service.url()))
            assert (got.status, got.problem) == (503, "no whole answer within 4 s")

    run(scenario())


def test_cancelling_closes_the_connection_at_once() -> None:
    async def scenario() -> None:
        for head in (b"", b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n["):
            async with Service(_dribbles(head, b"", 60)) as service, desk() as ours:
                async with asyncio.TaskGroup() as group:
                    asking = group.create_task(ours.ask(request(service.url(), timeout_ms=60_000)))
                    await service.arrived.wait()
                    await pass_time(1)
                    asking.cancel()
                    begun = asyncio.get_running_loop().time()
                assert asking.cancelled()
                assert asyncio.get_running_loop().time() == begun
                await asyncio.wait_for(service.left.wait(), 0.001)

    run(scenario())


def _unused_port() -> socket.socket:
    """A port that is ours and where nobody listens yet."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", 0))
    return sock


@pytest.mark.parametrize(
    ("method", "retries", "status"),
    [("GET", 3, 200), ("GET", 2, 200), ("GET", 1, None), ("POST", 3, None), ("HEAD", 3, None)],
)
def test_only_a_get_is_retried_where_no_connection_came_about(
    method: str, retries: int, status: int | None
) -> None:
    async def scenario() -> None:
        with _unused_port() as sock:
            url = f"http://127.0.0.1:{sock.getsockname()[1]}/"
            async with desk() as ours, asyncio.TaskGroup() as group:
                asking = group.create_task(
                    ours.ask(request(url, method, retries=retries, timeout_ms=9_000))
                )
                await pass_time(0.25)  # tries are due at 0, 0.1, 0.3 and 0.7
                async with Service(says(reply()), sock=sock):
                    got = await asking
                assert got.status == status
                if status is None:
                    assert "no connection to 127.0.0.1" in got.problem
                    assert "Connection refused" in got.problem

    run(scenario())


def test_retries_do_not_outlast_the_time_limit() -> None:
    async def scenario() -> None:
        with _unused_port() as sock:
            url = f"http://127.0.0.1:{sock.getsockname()[1]}/"
            async with desk() as ours:
                got = await ours.ask(request(url, retries=3, timeout_ms=150))
                assert got.problem == "no whole answer within 0.15 s"
                assert asyncio.get_running_loop().time() == 0.15

    run(scenario())


# --- broken connections --------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_a_question_that_arrived_is_never_asked_again(method: str) -> None:
    (got,), arrived = answers_to(drops, request("/", method, retries=3))
    assert (got.status, got.problem) == (None, "the connection was closed before an answer came")
    assert len(arrived) == 1


def test_a_connection_that_is_reset_at_once_is_a_problem() -> None:
    async def scenario() -> None:
        async with (
            asyncio.timeout(WAIT_SECONDS),
            Service(drops, before=reset) as service,
            desk() as ours,
        ):
            got = await ours.ask(request(service.url()))
            assert (got.status, service.asked) == (None, [])
            assert "closed before an answer came" in got.problem

    asyncio.run(scenario())


def test_an_answer_that_breaks_off_is_none() -> None:
    async def half(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(200, b'{"a": 1}')[:-3])
        await writer.drain()
        writer.close()

    got = answer_to(half)
    assert got.status is None
    assert "broke off" in got.problem


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_kept_connection_that_had_died_costs_a_get_nothing(method: str) -> None:
    async def once_each(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.connection == 1 and len(arrived_on) > 0:
            reset(writer)
        else:
            arrived_on.append(asked.connection)
            writer.write(reply())

    arrived_on: list[int] = []
    (first, second), arrived = answers_to(once_each, request("/"), request("/", method))
    assert first.status == 200
    if method == "GET":
        assert second.status == 200
        assert arrived_on == [1, 2]
    else:
        assert second.status is None
        assert [each.method for each in arrived] == ["GET", "POST"]


def test_connections_are_kept_and_shared() -> None:
    _, arrived = answers_to(says(reply()), *(request(f"/{n}") for n in range(5)))
    assert {each.connection for each in arrived} == {1}


def test_a_host_gets_so_many_connections_and_no_more() -> None:
    async def slowly(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await pass_time(1)
        writer.write(reply())

    async def scenario() -> None:
        async with Service(slowly) as service, desk() as ours, asyncio.TaskGroup() as group:
            number = CONNECTIONS_PER_HOST_MAX + 10
            tasks = [group.create_task(ours.ask(request(service.url()))) for _ in range(number)]
            got = [await task for task in tasks]
            assert {each.status for each in got} == {200}
            assert service.connections == CONNECTIONS_PER_HOST_MAX

    run(scenario())


@pytest.mark.parametrize(
    "garbage",
    [
        b"220 smtp.example ESMTP\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 5_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        reply(200, b"no gzip", headers={"Content-Encoding": "gzip"}),
        b"\x16\x03\x01\x00\x00",
    ],
)
def test_what_is_no_http_is_a_problem_and_no_exception(garbage: bytes) -> None:
    async def talk(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(garbage)
        writer.close()

    got = answer_to(talk)
    assert (got.status, got.body) == (None, None)
    assert got.problem
    assert "unexpected" not in got.problem


@given(st.binary(max_size=200), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", reply()[:-4]]))
@settings(max_examples=60)
def test_no_bytes_of_a_service_reach_the_call_as_an_exception(noise: bytes, head: bytes) -> None:
    async def talk(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head + noise)
        writer.close()

    got = answer_to(talk, request("/", timeout_ms=300), run)
    assert got.status is not None or got.problem


# --- redirects -----------------------------------------------------------------------------------


def _redirects(status: int, place: str, *, times: int = 1) -> Behaviour:
    """Answer so often with a redirect (``{host}`` is the service's own), then with an answer."""
    left = [times]

    async def behave(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if left[0] > 0:
            left[0] -= 1
            where = place.format(host=asked.headers["host"])
            writer.write(reply(status, b"moved", "text/plain", {"Location": where}))
        else:
            writer.write(reply(200, b'"here"'))

    return behave


@pytest.mark.parametrize("place", ["/new?x=1", "new?x=1", "http://{host}/new?x=1", "?x=1"])
def test_a_redirect_on_the_same_host_is_followed(place: str) -> None:
    asked = request("/", headers=(("X-Key", "k"),))
    (got,), arrived = answers_to(_redirects(302, place), asked)
    assert got.body == "here"
    assert arrived[1].target.endswith("?x=1")
    assert arrived[1].headers["x-key"] == "k"


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    assert answer_to(_redirects(301, "/", times=REDIRECTS_MAX)).body == "here"
    (got,), arrived = answers_to(_redirects(301, "/", times=REDIRECTS_MAX + 1), request("/"))
    assert (got.status, got.problem) == (301, "redirected more than 3 times")
    assert len(arrived) == REDIRECTS_MAX + 1


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.2:9/x",
        "//evil.example/x",
        "https://{host}/",
        "http://user:pw@{host}/",
        "http://127.0.0.1:1/",
        "ftp://{host}/",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(place: str) -> None:
    (got,), arrived = answers_to(_redirects(307, place), request("/"))
    assert (got.status, got.body) == (307, None)
    assert "redirected" in got.problem
    assert "passwd" not in got.problem
    assert len(arrived) == 1


def test_the_status_of_a_redirect_that_was_followed_is_nobodys_answer() -> None:
    moved = reply(302, b"", None, {"Location": "/new"})
    got = answer_to(says(moved, reply(200, b"{broken")))
    assert (got.status, got.body) == (None, None)
    assert answer_to(says(moved, reply(503, b"{broken"))).status == 503


def test_a_redirect_to_another_server_leaves_that_one_alone() -> None:
    async def scenario() -> None:
        async with (
            asyncio.timeout(WAIT_SECONDS),
            Service(says(reply())) as other,
            Service(_redirects(302, other.url("/steal"))) as service,
            desk() as ours,
        ):
            got = await ours.ask(request(service.url(), headers=(("Authorization", "Bearer x"),)))
            assert got.status == 302
            assert "which is not followed" in got.problem
            assert other.connections == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("status", "methods"),
    [(301, ["POST"]), (302, ["POST"]), (303, ["POST", "GET"]), (308, ["POST", "POST"])],
)
def test_what_changes_something_is_repeated_only_where_the_answer_says_so(
    status: int, methods: list[str]
) -> None:
    asked = request("/", "POST", body={"pin": "1234"})
    (got,), arrived = answers_to(_redirects(status, "/new"), asked)
    assert [each.method for each in arrived] == methods
    assert got.status == (200 if len(methods) == 2 else status)
    if status == 303:
        assert arrived[1].body == b""
    if status == 308:
        assert json.loads(arrived[1].body) == {"pin": "1234"}


def test_a_redirect_without_a_place_is_an_answer() -> None:
    assert answer_to(says(reply(302, b"", None))) == RequestAnswered(7, 302, None)


# --- who may be asked ----------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ["production", "staging", ""])
def test_this_machine_is_refused_outside_dev(environment: str) -> None:
    async def scenario() -> None:
        async with Service(says(reply())) as service, desk(environment=environment) as ours:
            for url in (service.url(), service.url().replace("http", "https")):
                got = await ours.ask(request(url))
                assert got.status is None
                assert f"{service.host} is not an allowed host" in got.problem
                assert service.connections == 0

    asyncio.run(scenario())


def test_this_machine_is_asked_outside_dev_where_it_is_listed_but_only_with_encryption() -> None:
    first: list[bytes] = []

    async def scenario() -> None:
        greeted = asyncio.Event()

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            first.append(await reader.readexactly(1))
            greeted.set()
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with asyncio.timeout(WAIT_SECONDS), desk(host, environment="production") as ours:
            plain = await ours.ask(request(f"http://{host}/"))
            assert "without encryption" in plain.problem
            assert first == []
            secret = await ours.ask(request(f"https://{host}/"))
            assert secret.status is None
            assert "not an allowed host" not in secret.problem
            assert (
                secret.problem == f"{host.split(':')[0]} and the line agree on no encryption (TLS)"
            )
            await greeted.wait()
        server.close()
        await server.wait_closed()

    asyncio.run(scenario())
    assert first == [b"\x16"]  # the first byte of a TLS handshake


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_a_certificate_nobody_vouches_for_is_not_trusted_and_not_asked_again(
    tmp_path: Path,
) -> None:
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    make += " -keyout key.pem -out cert.pem -subj /CN=x -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(make.split(), cwd=tmp_path, check=True, capture_output=True, timeout=20)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    async def scenario() -> None:
        async with (
            asyncio.timeout(WAIT_SECONDS),
            Service(says(reply()), tls=tls) as service,
            desk() as ours,
        ):
            got = await ours.ask(request(service.url("/?pin=1"), retries=3, timeout_ms=15_000))
            assert got.status is None
            assert got.problem == "the certificate of 127.0.0.1 is not trusted"
            assert service.asked == []
            assert len(hellos) == 1

    hellos: list[str | None] = []
    tls.sni_callback = lambda socket, name, context: hellos.append(name)
    asyncio.run(scenario())


def test_a_name_nobody_knows_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*where: object, **how: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    async def scenario() -> None:
        async with asyncio.timeout(WAIT_SECONDS), desk("api.example") as ours:
            got = await ours.ask(request("https://api.example/?pin=1234", retries=1))
            assert got.status is None
            assert got.problem == "there is no host api.example (its name cannot be resolved)"

    asyncio.run(scenario())


def test_a_host_that_is_not_listed_is_refused_in_dev_too() -> None:
    got = answer_to(says(reply()), request("https://evil.example/x?pin=1234"))
    assert got.problem == (
        "evil.example is not an allowed host; list it under allowed_hosts in settings.yaml"
    )


def test_the_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert answer_to(says(reply(200, b"1"))).body == 1


def test_cookies_of_one_call_do_not_reach_the_next() -> None:
    answer = reply(200, headers={"Set-Cookie": "session=robin; Path=/"})
    _, arrived = answers_to(says(answer), request("/"), request("/"))
    assert "cookie" not in arrived[1].headers


# --- what may be written down --------------------------------------------------------------------


async def _closes(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.close()


TROUBLES: list[Behaviour] = [
    drops,
    _closes,
    says(b"nonsense q-value\r\n\r\n"),
    says(reply(200, b"b0dy q-value", "text/plain")),
    says(reply(200, b'{"b0dy": "q-value"')),
    _redirects(302, "http://evil.example/?q-value"),
    _redirects(302, "http://\x7fq-value"),
    _redirects(302, "/?again=q-value", times=9),
]


@pytest.mark.parametrize("behaviour", TROUBLES)
def test_a_problem_is_one_sentence_without_secret_query_or_body(
    behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    mark = secret_marker("CORE_KEY")
    asked = request(
        f"/{mark}",
        "POST",
        query=(("q", "q-value"),),
        headers=(("X-Key", mark),),
        body={"card": "b0dy", "key": mark},
    )
    got = answer_to(behaviour, asked)
    assert got.problem
    for hidden in ("q-value", "b0dy", "s3cr3t"):
        assert hidden not in got.problem
        assert hidden not in caplog.text
    assert "\n" not in got.problem
    assert len(got.problem) < 200


def test_a_request_shows_nothing_when_it_is_printed() -> None:
    shown = repr(request("http://h/s3cr3t", headers=(("X", "s3cr3t"),), body="s3cr3t"))
    assert "s3cr3t" not in shown
