"""Twilio's webhooks and streams over real sockets: calls from the ring to the record."""

from __future__ import annotations

import asyncio
import logging
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from ivr.calls.kept import Limits
from ivr.server import forms
from tests.server.line import (
    ACCOUNT,
    BOUND_S,
    CALLER,
    NUMBER,
    Carrier,
    Line,
    carriers,
    serving,
    sign,
    stream_path,
)
from tests.stores.kept import records_in

UNSIGNED = {"unsigned": True}
Story = Callable[[Line, Callable[[], Carrier]], Awaitable[None]]


def play(store: Path, story: Story, **options: object) -> None:
    """Serve a line and tell a story about it."""

    async def told(line: Line) -> None:
        async with carriers(line) as carrier:
            await story(line, carrier)

    with serving(store, **options) as line:  # type: ignore[arg-type]
        asyncio.run(told(line))


# --------------------------------------------------------------------------- whole calls


def test_a_call_is_answered_spoken_to_and_written_down(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.on_the_line() as stream:
            (first,) = await stream.hear()
            assert set(first) == {"event", "streamSid", "media"}
            await stream.press("2")
            await stream.hear(event="clear")
            assert await stream.until_closed() == 1000
        assert (await call.after()).tag == "Hangup"
        status, _ = await call.ask("/twilio/status", CallStatus="completed")
        assert status == 204
        sids.append(call.sid)

    sids: list[str] = []
    play(tmp_path, story)
    ((_, told),) = records_in(tmp_path)
    assert told[0]["what"] == "webhook"
    assert (told[0]["call"], told[0]["from"], told[0]["to"]) == (sids[0], CALLER, NUMBER)
    assert told[-1]["what"] == "end"
    assert [entry["what"] for entry in told].count("end") == 1


def test_a_caller_is_transferred_and_comes_back_into_the_flow(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.on_the_line() as stream:
            await stream.press("1")
            assert await stream.until_closed() == 1000
        dial = await call.after()
        assert (dial.tag, dial[0].text) == ("Dial", "+13125550123")
        assert dial.attrib["action"] == "https://ivr.example.com/twilio/after/1"
        back = await call.back(dial, DialCallStatus="busy", DialCallSid="CA2")
        async with call.stream(stream_path(back)) as stream:
            await stream.hear()
            assert await stream.until_closed() == 1000
        assert (await call.after()).tag == "Hangup"
        assert line.entries("return")[0]["outcome"] == "busy"
        assert line.entries("end")[0]["outcome"] == "hangup"

    play(tmp_path, story)


def test_a_transfer_that_ends_the_call_needs_no_second_stream(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.on_the_line() as stream:
            await stream.press("1")
            await stream.until_closed()
        dial = await call.after()
        assert (await call.back(dial, DialCallStatus="completed")).tag == "Hangup"
        assert len(line.entries("stream")) == 1
        assert len(line.entries("end")) == 1

    play(tmp_path, story)


def test_a_lost_stream_is_replaced_and_the_caller_hears_the_question_again(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.on_the_line() as stream:
            await stream.hear(2)
            stream.socket.transport.abort()
        async with call.stream(stream_path(await call.after())) as stream:
            await stream.hear(2)
            await stream.stop()
            await stream.until_closed()
        assert [entry["number"] for entry in line.entries("stream")] == [1, 2]
        assert line.entries("end")[0]["outcome"] == "caller_hung_up"

    play(tmp_path, story)


def test_webhooks_may_be_asked_with_get(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        status, body = await call.ask("/twilio/voice", method="GET", FromCity="Köln & Umgebung")
        assert (status, "<Connect" in body) == (200, True)
        status, body = await call.ask("/twilio/after", method="GET")
        assert (status, "<Connect" in body) == (200, True)

    play(tmp_path, story)


def test_a_retried_webhook_gets_the_same_answer(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        path = await call.ring()
        assert await call.ring() == path
        async with call.stream(path) as stream:
            await stream.hear()
            assert await call.ring() == path
            await stream.hear()
        assert len(line.entries("webhook")) == 1

    play(tmp_path, story)


def test_a_retry_is_known_by_its_token(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call, token = carrier(), {"I-Twilio-Idempotency-Token": "abc"}
        async with call.on_the_line() as stream:
            await stream.hear()
        first = await call.ask("/twilio/after", headers=token)
        async with call.stream(stream_path(ET.fromstring(first[1])[0])) as stream:
            await stream.hear()
            assert await call.ask("/twilio/after", headers=token) == first
            await stream.hear()

    play(tmp_path, story)


def test_an_ended_call_that_rings_again_is_hung_up(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.on_the_line() as stream:
            await stream.stop()
            await stream.until_closed()
        assert (await call.voice()).tag == "Hangup"
        assert len(line.entries("webhook")) == 1

    play(tmp_path, story)


def test_an_unknown_number_hears_an_apology(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        say = await carrier().voice(To="+15550009999")
        assert say.tag == "Say"
        assert "sorry" in (say.text or "").lower()

    play(tmp_path, story)
    assert "+15550009999" in caplog.text
    assert CALLER not in caplog.text


def test_a_call_of_a_process_that_is_gone_hears_an_apology(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        assert (await carrier().after()).tag == "Say"

    play(tmp_path, story)


def test_a_full_line_is_busy(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        await carrier().ring()
        reject = await carrier().voice()
        assert (reject.tag, reject.attrib) == ("Reject", {"reason": "busy"})

    play(tmp_path, story, limits=Limits(calls_max=1))


def test_a_call_that_never_came_back_is_closed_by_its_status(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        await call.ring()
        for _ in range(2):
            assert await call.ask("/twilio/status", CallStatus="completed") == (204, "")
        assert [entry["outcome"] for entry in line.entries("end")] == ["caller_hung_up"]

    play(tmp_path, story)
    assert len(records_in(tmp_path)) == 1


def test_news_of_streams_are_only_noted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.on_the_line() as stream:
            for event in ("stream-started", "stream-stopped", "stream-error", "tomorrow"):
                answer = await call.ask(
                    "/twilio/stream-status", StreamEvent=event, StreamError="31921\nforged"
                )
                assert answer == (204, "")
            await stream.hear()
        assert line.counts["stream_errors"] == 1

    play(tmp_path, story)
    assert "'31921\\nforged'" in caplog.text


# --------------------------------------------------------------------------- who is refused


async def refused_stream(carrier: Carrier, path: str, **options: str) -> int:
    with pytest.raises(InvalidStatus) as caught:
        async with carrier.stream(path, **options):  # type: ignore[arg-type]
            pass
    return caught.value.response.status_code


def test_webhooks_without_twilios_signature_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        for path in ("voice", "after", "status", "stream-status"):
            for signature in (
                "",
                "nonsense",
                sign(line.public + "/x"),
                sign(line.public, token="b"),
            ):
                headers = {"X-Twilio-Signature": signature}
                for method in ("GET", "POST"):
                    answer = await carrier().ask(f"/twilio/{path}", method=method, headers=headers)
                    assert answer == (403, "refused\n")
        assert line.counts["refused"] == 32
        assert line.told == []

    play(tmp_path, story)
    assert caplog.text.count("refused /twilio/voice from 127.0.0.1: its signature") == 8
    assert CALLER not in caplog.text


def test_the_log_names_the_peer_and_not_who_it_says_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        headers = {"X-Twilio-Signature": "x", "X-Forwarded-For": "203.0.113.9"}
        assert (await carrier().ask("/twilio/voice", headers=headers))[0] == 403

    play(tmp_path, story)
    assert "refused /twilio/voice from 127.0.0.1" in caplog.text


def test_a_stream_without_twilios_signature_is_refused_and_keeps_its_id(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        path = await call.ring()
        stream_url = "wss://ivr.example.com" + path
        for signature in (
            "",
            "nonsense",
            sign(stream_url, token="another"),
            sign(line.public + path),
        ):
            assert await refused_stream(call, path, signature=signature) == 403
        assert path.rsplit("/", 1)[1] not in caplog.text
        async with call.stream(path) as stream:
            await stream.hear()

    play(tmp_path, story)
    assert caplog.text.count("refused /media/… from 127.0.0.1: its signature") == 3


def test_a_stream_signed_with_a_slash_at_the_end_is_twilios(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        path = await call.ring()
        async with call.stream(path, signature=sign(f"wss://ivr.example.com{path}/")) as stream:
            await stream.hear()

    play(tmp_path, story)


def test_an_id_is_refused_when_it_is_replayed_unknown_or_too_old(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        path = await call.ring()
        async with call.stream(path) as stream:
            assert await refused_stream(call, path) == 403
            await stream.hear()
        assert await refused_stream(call, path) == 403
        for unknown in ("/media/x", "/media/" + "A" * 32, "/media/", "/media", "/media/a/b", "/"):
            assert await refused_stream(call, unknown) == 403
        stale = await carrier().ring()
        next(reversed(line.app.state.house.switchboard._calls.values())).until = 0.0
        assert await refused_stream(call, stale) == 403

    play(tmp_path, story)


def test_no_log_line_holds_a_stream_id_or_the_callers_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    paths = []

    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        paths.append(await call.ring())
        async with call.stream(paths[0]) as stream:
            await stream.press("2")
            await stream.until_closed()
        await refused_stream(call, paths[0])

    play(tmp_path, story)
    assert caplog.text
    assert paths[0].rsplit("/", 1)[1] not in caplog.text
    assert CALLER not in caplog.text


def test_a_form_without_a_call_is_refused(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        for sid in ("", "../../etc", "CA 1"):
            for path in ("voice", "after", "status", "stream-status"):
                assert (await carrier().ask(f"/twilio/{path}", CallSid=sid))[0] == 400

    play(tmp_path, story)


def test_a_body_that_is_too_long_is_refused(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        assert (await carrier().ask("/twilio/voice", Pad="x" * 60_000))[0] == 200
        assert (await carrier().ask("/twilio/voice", Pad="x" * 70_000))[0] == 413

    play(tmp_path, story)


def test_a_body_that_comes_too_slowly_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "BODY_SECONDS_MAX", 0.2)

    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(
            b"POST /twilio/voice HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n"
            b"X-Twilio-Signature: x\r\n\r\nCallSid="
        )
        async with asyncio.timeout(BOUND_S):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()

    play(tmp_path, story)


def test_paths_are_not_redirected_because_twilio_would_lose_the_form(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        assert (await carrier().ask("/twilio/voice/"))[0] == 404

    play(tmp_path, story)


def test_answers_are_xml_and_do_not_name_the_server(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        form = call.fields
        headers = {"X-Twilio-Signature": sign(line.public + "/twilio/voice", form)}
        url = line.base + "/twilio/voice"
        async with call._http.post(url, data=form, headers=headers) as reply:
            assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
            assert "Server" not in reply.headers

    play(tmp_path, story)


# --------------------------------------------------------------------------- this machine only


def test_an_unsigned_server_answers_this_machine_at_the_address_it_asked(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        verb = await call.voice()
        assert verb[0].attrib["url"].startswith(f"ws://127.0.0.1:{line.port}/media/")
        async with call.stream(stream_path(verb), signature="") as stream:
            await stream.hear()

    play(tmp_path, story, settings=UNSIGNED)


def test_an_unsigned_server_refuses_what_was_forwarded(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        for headers in ({"X-Forwarded-For": "1.2.3.4"}, {"Host": "ivr.example.com"}):
            assert (await carrier().ask("/twilio/voice", headers=headers))[0] == 403

    play(tmp_path, story, settings=UNSIGNED)


def test_a_signed_server_without_a_public_address_answers_this_machine(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.on_the_line() as stream:
            await stream.hear()
        headers = {"X-Twilio-Signature": ""}
        assert (await carrier().ask("/twilio/voice", headers=headers))[0] == 403

    play(tmp_path, story, settings={"twilio_tokens": ("a-token-for-tests",)})


def test_the_account_of_the_webhook_is_the_account_of_the_stream(tmp_path: Path) -> None:
    async def story(line: Line, carrier: Callable[[], Carrier]) -> None:
        call = carrier()
        async with call.stream(await call.ring(), start=False) as stream:
            await stream.start(accountSid=ACCOUNT[:-1] + "9")
            assert await stream.until_closed() == 1008

    play(tmp_path, story)
