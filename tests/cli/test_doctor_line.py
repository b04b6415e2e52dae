"""The public address as Twilio would ask it: a real line, and servers that are none."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from ivr.carriers.signature import Secrets, Signed, webhook_ok
from ivr.cli.doctor_line import (
    DAYS_LEFT_MIN,
    check_address,
    check_certificate,
    check_clock,
    check_line,
    check_service,
    check_stream,
    days_left,
    signatures,
)
from ivr.cli.findings import Finding, State
from ivr.flow.load import load
from ivr.flow.model import FlowSet
from ivr.server.run import listen
from ivr.settings import Settings
from tests.cli.web import ANY_NUMBER, BOUND_S, Answer, asking, certificate, line, site
from tests.server.line import TOKEN
from tests.stores.kept import records_in

OK, NOTE, PROBLEM = State.OK, State.NOTE, State.PROBLEM
OURS = Settings(twilio_tokens=(TOKEN,))
HEALTH = {"status": "ok", "version": "1", "flows": "abc", "calls": 0}


def flow_set() -> FlowSet:
    flows = load(ANY_NUMBER).flows
    assert flows is not None
    return flows


async def looked(
    url: str, settings: Settings = OURS, flows: FlowSet | None = None, *, seconds: float = BOUND_S
) -> dict[str, Finding]:
    async with asking(seconds) as asker:
        found = await check_service(url, settings, flows, asker)
    assert TOKEN not in repr(found)
    return {each.about: each for each in found}


def states(found: dict[str, Finding]) -> dict[str, State]:
    return {about: each.state for about, each in found.items()}


# --------------------------------------------------------------------------- a real line


def test_a_line_as_it_should_be_lets_twilio_in_and_strangers_not_and_nothing_rings(
    tmp_path: Path,
) -> None:
    with line(tmp_path) as url:
        found = asyncio.run(looked(url, flows=flow_set()))
        later = asyncio.run(looked(url))
    assert states(found) == {
        "service": OK,
        "unsigned call": OK,
        "signed call": OK,
        "stream": OK,
    }
    assert "0 calls now" in later["service"].said
    assert not records_in(tmp_path), "a record would be a call"


def test_another_token_than_the_lines_is_a_problem(tmp_path: Path) -> None:
    with line(tmp_path) as url:
        found = asyncio.run(looked(url, Settings(twilio_tokens=("another-token", TOKEN))))
    assert states(found)["signed call"] is PROBLEM
    assert "same TWILIO_AUTH_TOKEN" in found["signed call"].remedy


def test_a_line_that_lets_anybody_in_is_a_problem(tmp_path: Path) -> None:
    with line(tmp_path, unsigned=True) as url:
        found = asyncio.run(looked(url))
    assert states(found)["unsigned call"] is PROBLEM
    assert "anybody" in found["unsigned call"].said


def test_other_flows_than_those_of_the_folder_are_noted(tmp_path: Path) -> None:
    with line(tmp_path) as url:
        found = asyncio.run(looked(url, flows=replace(flow_set(), hash="other")))
    assert (found["service"].state, "deploy" in found["service"].remedy) == (NOTE, True)


# --------------------------------------------------------------------------- servers that are none


def at(answer: Answer, *, seconds: float = BOUND_S) -> dict[str, Finding]:
    async def work() -> dict[str, Finding]:
        async with site(answer) as url:
            return await looked(url, seconds=seconds)

    return asyncio.run(work())


async def page(request: web.Request) -> web.Response:
    return web.Response(text="<h1>It works!</h1>", content_type="text/html")


def healthy(status: int, text: str = "", **headers: str) -> Answer:
    """A server that is well, and answers all else like this."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/health":
            return web.json_response(HEALTH)
        return web.Response(status=status, text=text, headers=headers)

    return answer


def test_something_else_at_the_address_is_told_and_asked_no_more() -> None:
    found = at(page)
    assert states(found) == {"service": PROBLEM}
    assert "something else answers" in found["service"].said


def test_a_proxy_with_nobody_behind_it_and_a_redirect_are_told_apart_from_strangers() -> None:
    def answers(status: int, **headers: str) -> Finding:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(status=status, headers=headers)

        found = at(answer)
        assert states(found) == {"service": PROBLEM}
        return found["service"]

    for status in (502, 503, 504):
        assert "no line behind it" in answers(status).said
        assert "ivr serve" in answers(status).remedy
    moved = answers(301, Location="https://www.example.com/health")
    assert ("redirect (301)" in moved.said, "final address" in moved.remedy) == (True, True)
    assert "IVR_PUBLIC_URL" in answers(404).remedy


def test_nobody_and_silence_are_told_with_the_command_to_start() -> None:
    with listen("127.0.0.1", 0) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        silent = asyncio.run(looked(url, seconds=0.2))["service"]
    gone = asyncio.run(looked(url))["service"]
    assert (silent.state, "no answer within 0.2 s" in silent.said) == (PROBLEM, True)
    assert (gone.state, "nobody listens there" in gone.said) == (PROBLEM, True)
    assert "ivr serve" in gone.remedy


def test_a_proxy_that_redirects_or_knows_no_such_path_is_a_problem() -> None:
    redirected = at(healthy(301, Location="/elsewhere"))
    assert states(redirected)["unsigned call"] is PROBLEM
    assert "no redirect" in redirected["signed call"].remedy
    missing = at(healthy(404))
    assert states(missing)["signed call"] is PROBLEM
    assert "404" in missing["signed call"].said


def test_a_page_that_is_no_twiml_is_no_answer_to_twilio() -> None:
    found = at(healthy(200, "thanks"))
    assert states(found)["signed call"] is PROBLEM


def test_a_proxy_without_upgrades_is_told_and_so_is_one_that_lets_strangers_stream() -> None:
    async def open_door(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close()
        return socket

    async def work(answer: Answer) -> Finding:
        async with site(answer) as url, asking() as asker:
            return await check_stream(url, asker)

    closed = asyncio.run(work(healthy(404)))
    assert (closed.state, "Upgrade" in closed.remedy) == (PROBLEM, True)
    opened = asyncio.run(work(open_door))
    assert (opened.state, "let in" in opened.said) == (PROBLEM, True)


# --------------------------------------------------------------------------- signatures


def test_the_first_token_and_every_key_sign_and_the_gate_knows_them() -> None:
    url, form = "https://ivr.example.com/twilio/voice", {"CallSid": "CA1", "Empty": ""}
    settings = Settings(twilio_tokens=("first", "second"), twilio_shared_keys={"id1": "secret"})
    made = signatures(url, settings, form)
    assert [name for name, _ in made] == ["signed", "signed (id1)"]
    secrets = Secrets(("first",), {"id1": "secret"})
    for _, headers in made:
        signature = headers["x-twilio-signature"]
        signed = Signed(signature, headers.get("x-twilio-webhooks-signature-settings"))
        assert webhook_ok(secrets, url, signed, form={name: [v] for name, v in form.items()})
    assert signatures(url, Settings(), form) == []


# --------------------------------------------------------------------------- names and certificates


def whole(url: str, *, seconds: float = BOUND_S) -> dict[str, State]:
    async def work() -> dict[str, State]:
        async with asking(seconds) as asker:
            found = await check_line(url, OURS, None, asker)
        assert all(each.remedy for each in found if each.state is not OK)
        return states({each.about: each for each in found})

    return asyncio.run(work())


def test_a_line_is_not_asked_behind_an_address_that_is_wrong() -> None:
    assert whole("https://ivr.nowhere.invalid") == {"IVR_PUBLIC_URL": PROBLEM, "service": NOTE}
    assert whole("https://localhost:1") == {"IVR_PUBLIC_URL": PROBLEM, "service": NOTE}
    with listen("127.0.0.1", 0) as sock:  # it takes connections, and never says a word
        url = f"https://localhost:{sock.getsockname()[1]}"
        assert whole(url, seconds=0.2) == {"IVR_PUBLIC_URL": PROBLEM, "service": NOTE}


def test_a_line_is_asked_behind_an_address_that_is_right(tmp_path: Path) -> None:
    with line(tmp_path) as url:
        found = whole(url)
    assert found == {
        "IVR_PUBLIC_URL": NOTE,
        **dict.fromkeys(("service", "unsigned call", "signed call", "stream"), OK),
    }


def test_a_certificate_nobody_trusts_is_told_before_the_line_is_asked(tmp_path: Path) -> None:
    async def work() -> dict[str, State]:
        async with site(page, certificate(tmp_path)) as url, asking() as asker:
            found = await check_line(url, OURS, None, asker)
        return states({each.about: each for each in found})

    assert asyncio.run(work()) == {
        "IVR_PUBLIC_URL": NOTE,
        "certificate": PROBLEM,
        "service": NOTE,
    }


def test_an_address_of_this_machine_is_noted() -> None:
    (found,) = asyncio.run(check_address("http://localhost:8000", BOUND_S))
    assert (found.state, "Twilio cannot reach it" in found.said) == (NOTE, True)


def checked(folder: Path, *, days: int = 90, name: str = "localhost", trusted: bool) -> Finding:
    """The certificate of a real server on this machine."""
    server = certificate(folder, days=days, name=name)
    client = ssl.create_default_context()
    if trusted:
        client.load_verify_locations(folder / "cert.pem")

    async def work() -> Finding:
        async with site(page, server) as url:
            return await check_certificate(urlsplit(url), BOUND_S, client)

    return asyncio.run(work())


def test_a_trusted_certificate_tells_its_days(tmp_path: Path) -> None:
    found = checked(tmp_path, trusted=True)
    assert found.state is OK
    assert "89 days left" in found.said or "90 days left" in found.said


def test_one_that_ends_soon_is_noted(tmp_path: Path) -> None:
    assert checked(tmp_path, days=3, trusted=True).state is NOTE


def test_one_nobody_trusts_or_for_another_name_is_a_problem(tmp_path: Path) -> None:
    untrusted = checked(tmp_path, trusted=False)
    assert (untrusted.state, "self" in untrusted.said) == (PROBLEM, True)
    other = checked(tmp_path, name="other.example.com", trusted=True)
    assert (other.state, "localhost" in other.said) == (PROBLEM, True)


def test_a_server_without_tls_or_none_at_all_is_a_problem() -> None:
    async def work() -> Finding:
        async with site(page) as url:
            return await check_certificate(urlsplit(url), BOUND_S)

    assert asyncio.run(work()).state is PROBLEM
    gone = asyncio.run(check_certificate(urlsplit("https://localhost:1"), BOUND_S))
    assert (gone.state, "nobody listens there" in gone.said) == (PROBLEM, True)


def test_days_are_counted_to_the_end() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def left(delta: timedelta) -> Finding:
        return days_left(f"{now + delta:%b %d %H:%M:%S %Y} GMT", now)

    assert left(timedelta(days=DAYS_LEFT_MIN)).state is OK
    assert left(timedelta(days=DAYS_LEFT_MIN, seconds=-1)).state is NOTE
    assert "1 day left" in left(timedelta(days=1, hours=1)).said
    assert days_left("", now).state is NOTE


# --------------------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    ("ahead", "state", "word"),
    [(0.4, OK, "right"), (-30, NOTE, "slow"), (30, NOTE, "fast"), (-3_600, PROBLEM, "slow")],
)
def test_the_clock_is_judged_by_the_nearest_of_others(
    ahead: float, state: State, word: str
) -> None:
    (found,) = check_clock({"api.twilio.com": ahead, "far.example.com": 9_999.0})
    assert (found.state, word in found.said) == (state, True)
    assert "api.twilio.com" in found.said


def test_where_nobody_told_the_time_nothing_is_said_of_the_clock() -> None:
    assert check_clock({}) == []
