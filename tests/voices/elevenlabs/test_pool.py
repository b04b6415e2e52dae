"""Sockets that outlive calls: dialled ahead, leased to one call at a time, kept warm, redialled."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ivr.voices.elevenlabs import connection
from ivr.voices.elevenlabs import pool as pools
from ivr.voices.elevenlabs.pool import BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_MIN, Backoff, Lease
from tests.voices.elevenlabs.vendor import (
    QUICK,
    SECONDS_MAX,
    Conversation,
    ScriptedVendor,
    go,
    obliging,
    over,
    refused,
    said,
    sound,
    voice_and_vendor,
)


def test_a_lease_dials_before_anything_is_said() -> None:
    async def scenario() -> None:
        async with voice_and_vendor() as (voice, vendor):
            line = voice.lease("a")
            talk = await vendor.talk(0)
            assert talk.heard == []
            assert talk.headers["xi-api-key"] == "SECRET-KEY"
            assert "sec-websocket-extensions" not in talk.headers, "compression is off"
            assert await said(line) == sound("Welcome to Acme.")
            assert vendor.handshakes == 1

    go(scenario)


def test_a_lease_dials_for_the_language_of_the_call_and_not_for_the_one_spoken_last() -> None:
    async def scenario() -> None:
        async with voice_and_vendor() as (voice, vendor):
            await said(voice.lease("a"))
            spanish = voice.lease("b", language="es-US")
            talk = await vendor.talk(1)
            assert talk.query["language_code"] == "es"
            speech = spanish.speak("Bienvenidos.", language="es-US")
            assert [chunk async for chunk in speech] == [sound("Bienvenidos.")]
            assert vendor.handshakes == 2

    go(scenario)


def test_a_language_that_the_model_does_not_know_is_not_dialled_for() -> None:
    async def scenario() -> None:
        async with voice_and_vendor() as (voice, vendor):
            line = voice.lease("a", language="is-IS")
            assert await said(line) == sound("Welcome to Acme.")
            assert [talk.query["language_code"] for talk in vendor.talks] == ["en"]

    go(scenario)


def test_the_next_call_gets_the_warm_socket_and_no_two_calls_share_one() -> None:
    async def scenario() -> None:
        async with voice_and_vendor() as (voice, vendor):
            first = voice.lease("a")
            await said(first)
            await first.aclose()
            second, third = voice.lease("b"), voice.lease("c")
            await asyncio.gather(said(second), said(third))
            assert vendor.handshakes == 2
            texts = [sum(each.get("text") == " " for each in talk.heard) for talk in vendor.talks]
            assert sorted(texts) == [1, 2]

    go(scenario)


def test_a_socket_is_warm_only_after_the_last_final_of_its_call() -> None:
    ending = asyncio.Event()

    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, b"first")
        await talk.until("close_context")
        await ending.wait()
        await talk.audio(context, b"late words of the first caller")
        await talk.final(context)
        await obliging(talk)

    async def scenario() -> None:
        async with voice_and_vendor(script, obliging) as (voice, vendor):
            line = voice.lease("a")
            speech = line.speak("Press one.", language="en-US")
            await anext(speech)
            await speech.aclose()
            await line.aclose()
            second = voice.lease("b")
            assert await said(second) == sound("Welcome to Acme.")
            assert vendor.handshakes == 2, "the first socket is still busy with the first call"
            ending.set()
            (pool,) = voice._pools.values()
            busy = next(each for each in pool.open if each.name == "v-en-1")
            await asyncio.wait_for(busy.quiet(), SECONDS_MAX)
            third = voice.lease("c")
            assert await said(third) == sound("Welcome to Acme.")
            assert vendor.handshakes == 2

    go(scenario)


def test_a_call_that_ends_during_its_handshake_leaves_a_warm_socket() -> None:
    async def scenario() -> None:
        async with voice_and_vendor() as (voice, vendor):
            line = voice.lease("a")
            (lease,) = line._sources.values()
            assert isinstance(lease, Lease)
            dialling = lease._dialling
            assert dialling is not None
            await vendor.talk(0)
            await line.aclose()
            await dialling
            assert await said(voice.lease("b")) == sound("Welcome to Acme.")
            assert vendor.handshakes == 1

    go(scenario)


def test_an_idle_close_is_no_alarm_and_the_next_words_go_over_a_new_socket(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def idle(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, b"first")
        await talk.until("close_context")
        await talk.final(context)
        await talk.error("input_timeout_exceeded")

    async def scenario() -> None:
        async with voice_and_vendor(idle, obliging) as (voice, vendor):
            line = voice.lease("a")
            assert await said(line) == b"first"
            await over(vendor.talks[0])
            assert await said(line, "Two.") == sound("Two.")
            assert vendor.handshakes == 2

    with caplog.at_level(logging.WARNING, "ivr"):
        go(scenario)
    assert not caplog.records


def test_a_socket_that_dies_in_a_long_call_is_dialled_again_before_it_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "REDIAL_AGE_SECONDS_MIN", 0.0)

    async def dies(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, b"first")
        await talk.until("close_context")
        await talk.final(context)
        await talk.close(1001)

    async def scenario() -> None:
        async with voice_and_vendor(dies, obliging) as (voice, vendor):
            line = voice.lease("a")
            assert await said(line) == b"first"
            await vendor.talk(1)

    go(scenario)


@pytest.mark.parametrize(("status", "words"), [(401, "ELEVENLABS_API_KEY"), (403, "voice_id")])
def test_a_refused_handshake_is_told_once_and_not_tried_for_each_prompt(
    status: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with voice_and_vendor(status) as (voice, vendor):
            line = voice.lease("a")
            for _ in range(3):
                _, error = await refused(line)
                assert not error.retryable
                assert words in str(error)
                assert error.spoken == 0
            _, error = await refused(voice.lease("b"))
            assert words in str(error)
            assert vendor.handshakes == 1

    go(scenario)
    (alarm,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert words in alarm.getMessage()
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_vendor_that_is_busy_is_asked_again(status: int) -> None:
    async def scenario() -> None:
        async with voice_and_vendor(status, obliging) as (voice, vendor):
            line = voice.lease("a")
            _, error = await refused(line)
            assert error.retryable
            assert await said(line) == sound("Welcome to Acme.")
            assert vendor.handshakes == 2

    go(scenario)


def test_a_redirect_is_not_followed_with_the_key() -> None:
    async def scenario() -> None:
        async with voice_and_vendor(302) as (voice, vendor):
            _, error = await refused(voice.lease("a"))
            assert "302" in str(error)
            assert vendor.handshakes == 1

    go(scenario)


def test_nobody_there_is_told_at_once() -> None:
    async def scenario() -> None:
        async with ScriptedVendor() as gone:
            url = gone.url
        async with voice_and_vendor(base_url=url) as (voice, _):
            voice.config = voice.config.__class__("abc", base_url=url)
            _, error = await refused(voice.lease("a"))
            assert error.retryable
            assert "cannot be reached" in str(error)

    go(scenario)


def test_a_handshake_that_is_never_answered_has_an_end() -> None:
    answering = asyncio.Event()

    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answering.wait()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(never, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, voice_and_vendor(limits=QUICK) as (voice, _):
            voice.config = voice.config.__class__("abc", base_url=f"http://127.0.0.1:{port}")
            _, error = await refused(voice.lease("a"))
            assert "no connection to ElevenLabs within 0.25 s" in str(error)
            assert error.retryable
            answering.set()

    go(scenario)


def test_each_language_has_its_own_sockets_and_the_last_one_is_dialled_ahead() -> None:
    async def scenario() -> None:
        async with voice_and_vendor() as (voice, vendor):
            line = voice.lease("a")
            async with asyncio.timeout(SECONDS_MAX):
                heard = [chunk async for chunk in line.speak("Hola.", language="es-US")]
            assert heard
            await line.aclose()
            assert {talk.query["language_code"] for talk in vendor.talks} == {"en", "es"}
            voice.lease("b")
            (spanish,) = [each for code, each in voice._pools.items() if code == "es"]
            assert spanish.warm == 0, "leased to the second call"

    go(scenario)


def test_more_warm_sockets_than_are_wanted_are_closed_politely(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "WARM_MAX", 1)

    closed: list[Conversation] = []
    one_closed = asyncio.Event()

    async def script(talk: Conversation) -> None:
        await obliging(talk)
        closed.append(talk)
        one_closed.set()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            lines = [voice.lease("a"), voice.lease("b")]
            await asyncio.gather(*map(said, lines))
            for line in lines:
                await line.aclose()
            await asyncio.wait_for(one_closed.wait(), SECONDS_MAX)
            (talk,) = closed
            assert talk.heard[-1] == {"close_socket": True}

    go(scenario)


def test_closing_the_voice_says_goodbye_on_every_socket() -> None:
    async def scenario() -> None:
        async with voice_and_vendor() as (voice, vendor):
            line = voice.lease("a")
            await said(line)
            other = voice.lease("b")
            await vendor.talk(1)
            await other.aclose()
        assert [talk.heard[-1] for talk in vendor.talks] == [{"close_socket": True}] * 2

    go(scenario)


def test_a_vendor_that_never_says_goodbye_does_not_keep_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "GOODBYE_SECONDS", 0.1)

    async def deaf(talk: Conversation) -> None:
        async for _ in talk.socket:
            pass

    async def scenario() -> None:
        async with asyncio.timeout(SECONDS_MAX), voice_and_vendor(deaf) as (voice, vendor):
            voice.lease("a")
            await vendor.talk(0)

    go(scenario)


def test_waits_between_attempts_double_and_are_never_all_the_same() -> None:
    chance = iter([0.0, 1.0, 0.5, 0.0])
    backoff = Backoff(lambda: next(chance))
    assert backoff.seconds() == 0.0
    backoff.failures = 1
    assert backoff.seconds() == BACKOFF_SECONDS_MIN / 2
    assert backoff.seconds() == BACKOFF_SECONDS_MIN
    backoff.failures = 3
    assert backoff.seconds() == BACKOFF_SECONDS_MIN * 4 * 0.75
    backoff.failures = 1_000
    assert backoff.seconds() == BACKOFF_SECONDS_MAX / 2
