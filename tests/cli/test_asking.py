"""One question over HTTP, to real small servers; what the network does wrong is one sentence."""

from __future__ import annotations

import asyncio
import base64
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from ivr.cli.asking import BODY_BYTES_MAX, Asker, Reply, Unanswered
from ivr.server.run import listen
from tests.cli.web import Answer, asking, certificate, site


def asked(answer: Answer, *, seconds: float = 10, **question: object) -> Reply:
    async def work() -> Reply:
        async with site(answer) as url, asking(seconds) as asker:
            return await asker.ask("POST", url + "/x", **question)  # type: ignore[arg-type]

    return asyncio.run(work())


def unanswered(url: str, *, seconds: float = 10) -> str:
    async def work() -> None:
        async with asking(seconds) as asker:
            await asker.ask("GET", url)

    with pytest.raises(Unanswered) as caught:
        asyncio.run(work())
    return str(caught.value)


async def echo(request: web.Request) -> web.Response:
    return web.json_response(
        {
            "form": dict((await request.post()).items()),
            "login": request.headers.get("Authorization"),
            "key": request.headers.get("xi-api-key"),
        },
        status=418,
    )


def test_form_headers_and_login_arrive_and_the_answer_comes_back() -> None:
    reply = asked(
        echo, form={"CallSid": "CA1", "To": "+1"}, headers={"xi-api-key": "k"}, login=("AC1", "tok")
    )
    assert reply.status == 418
    login = "Basic " + base64.b64encode(b"AC1:tok").decode()
    assert reply.json() == {"form": {"CallSid": "CA1", "To": "+1"}, "login": login, "key": "k"}
    assert "CallSid" not in repr(reply)


def test_a_redirect_is_told_and_not_followed_because_keys_would_go_with_it() -> None:
    seen = []

    async def away(request: web.Request) -> web.Response:
        seen.append(request.path)
        raise web.HTTPFound("/elsewhere")

    assert asked(away).status == 302
    assert seen == ["/x"]


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    assert 0 < len(asked(endless).body) <= BODY_BYTES_MAX


def test_an_answer_that_is_no_json_is_none() -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(body=b"<html>\xff")

    assert asked(page).json() is None


def test_nobody_there_an_unknown_name_and_silence_are_sentences() -> None:
    with listen("127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        assert unanswered(f"http://127.0.0.1:{port}", seconds=0.2) == (
            "there is no answer within 0.2 s"
        )
    assert unanswered(f"http://127.0.0.1:{port}") == "nobody listens there"
    assert "fails" in unanswered("http://")


class NobodyKnows(AbstractResolver):
    """A name service without that name, which no network is asked for."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError("no such name")

    async def close(self) -> None:
        return


def test_a_name_nobody_knows_is_told_as_such() -> None:
    async def work() -> None:
        connector = aiohttp.TCPConnector(resolver=NobodyKnows())
        async with aiohttp.ClientSession(connector=connector) as session:
            await Asker(session).ask("GET", "http://ivr.example.com")

    with pytest.raises(Unanswered, match="name is not known"):
        asyncio.run(work())


def test_a_certificate_nobody_trusts_is_told_as_such(tmp_path: Path) -> None:
    context = certificate(tmp_path)

    async def work() -> None:
        async with site(echo, context) as url, asking() as asker:
            await asker.ask("GET", url)

    with pytest.raises(Unanswered, match="certificate is not valid"):
        asyncio.run(work())


def test_dates_of_answers_tell_how_far_the_clock_is_off() -> None:
    async def late(request: web.Request) -> web.Response:
        then = datetime.now(UTC) - timedelta(hours=1)
        return web.Response(headers={"Date": format_datetime(then, usegmt=True)})

    async def undated(request: web.Request) -> web.Response:
        return web.Response(headers={"Date": "yesterday"})

    async def work(answer: Answer) -> dict[str, float]:
        async with site(answer) as url, asking() as asker:
            await asker.ask("GET", url)
            return asker.clocks

    assert asyncio.run(work(late))["localhost"] == pytest.approx(3_600, abs=60)
    assert asyncio.run(work(undated)) == {}
