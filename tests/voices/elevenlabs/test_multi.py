"""One socket for many utterances: who hears what, when a slot is free, and what an error ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator

import pytest

from ivr.voices.elevenlabs.multi import CONTEXTS_MAX
from tests.voices.elevenlabs.vendor import (
    QUICK,
    SECONDS_MAX,
    Conversation,
    go,
    obliging,
    over,
    refused,
    said,
    sound,
    voice_and_vendor,
)


def test_a_context_is_closed_only_after_its_first_audio() -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, b"")
        await talk.send({"contextId": context, "alignment": None})
        assert len(talk.heard) == 2
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                raise AssertionError(f"closed before any audio: {await talk.socket.receive()}")
        await talk.audio(context, b"audio")
        assert await talk.next() == {"context_id": context, "close_context": True}
        await talk.audio(context, b" more")
        await talk.final(context)
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            assert await said(voice.lease("a")) == b"audio more"

    go(scenario)


def test_ids_are_never_used_again_and_settings_are_the_same_each_time() -> None:
    async def scenario() -> None:
        settings = {"stability": "0.5", "speed": "1.1"}
        async with voice_and_vendor(settings=settings) as (voice, vendor):
            line = voice.lease("a")
            for text in ("One.", "Two.", "Three."):
                assert await said(line, text) == sound(text)
            heard = vendor.talks[0].heard
        openings = [each for each in heard if each.get("text") == " "]
        assert len({each["context_id"] for each in openings}) == 3
        assert {json.dumps(each["voice_settings"]) for each in openings} == {
            '{"speed":1.1,"stability":0.5}'.replace(":", ": ").replace(",", ", ")
        }
        assert all("voice_settings" not in each for each in heard if each.get("text") != " ")

    go(scenario)


def test_late_audio_and_finals_of_an_abandoned_context_are_dropped() -> None:
    async def script(talk: Conversation) -> None:
        old = await talk.utterance()
        await talk.audio(old, b"old")
        await talk.until("close_context")
        new = await talk.utterance()
        await talk.audio(old, b"stale")
        await talk.final(old)
        await talk.audio(old, b"staler, after the final")
        await talk.final(old)
        await talk.audio("never opened", b"?")
        await talk.audio(None, b"?")
        await talk.audio(new, b"new")
        await talk.until("close_context")
        await talk.final(new)
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, vendor):
            line = voice.lease("a")
            speech = line.speak("Press one.", language="en-US")
            assert await anext(speech) == b"old"
            await speech.aclose()
            assert await said(line, "You pressed one.") == b"new"
            assert vendor.handshakes == 1

    go(scenario)


def test_a_slot_is_free_only_when_its_context_is_final() -> None:
    began = asyncio.Event()

    async def full(talk: Conversation) -> None:
        contexts = []
        for _ in range(CONTEXTS_MAX):
            contexts.append(await talk.utterance())
            await talk.audio(contexts[-1], b"first")
            await talk.until("close_context")
        began.set()
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(full, obliging) as (voice, vendor):
            line = voice.lease("a")
            for _ in range(CONTEXTS_MAX):
                speech = line.speak("Press one.", language="en-US")
                assert await anext(speech) == b"first"
                await speech.aclose()
            await asyncio.wait_for(began.wait(), SECONDS_MAX)
            # All were given up, none is final: the fifth is said on another socket.
            assert await said(line, "Five.") == sound("Five.")
            assert vendor.handshakes == 2
            assert sum(each.get("text") == " " for each in vendor.talks[0].heard) == CONTEXTS_MAX

    go(scenario)


def test_when_every_slot_of_every_socket_is_taken_the_next_waits_for_a_final() -> None:
    waiting, all_full = asyncio.Event(), asyncio.Event()
    full: list[Conversation] = []

    async def script(talk: Conversation) -> None:
        contexts = [await talk.utterance() for _ in range(CONTEXTS_MAX)]
        full.append(talk)
        if len(full) == 3:
            all_full.set()
        await waiting.wait()
        for context in contexts:
            await talk.audio(context, b"x")
            await talk.until("close_context")
        for context in contexts:
            await talk.final(context)
        await obliging(talk)

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, vendor):
            line = voice.lease("a")
            async with asyncio.TaskGroup() as tasks:
                first = [tasks.create_task(said(line, "Long.")) for _ in range(3 * CONTEXTS_MAX)]
                await asyncio.wait_for(all_full.wait(), SECONDS_MAX)
                last = tasks.create_task(said(line, "Last."))
                waiting.set()
            assert {task.result() for task in first} == {b"x"}
            assert last.result() == sound("Last.")
            assert vendor.handshakes == 3

    go(scenario)


def test_an_error_without_a_context_fails_what_runs_on_this_socket_and_nothing_else() -> None:
    failing = asyncio.Event()

    async def doomed(talk: Conversation) -> None:
        first, second = await talk.utterance(), await talk.utterance()
        await talk.audio(first, b"one")
        await talk.audio(second, b"two")
        failing.set()
        await talk.error(None)

    async def calm(talk: Conversation) -> None:
        context = await talk.utterance()
        await failing.wait()
        await talk.audio(context, b"calm")
        await talk.until("close_context")
        await talk.final(context)
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(doomed, calm, obliging) as (voice, vendor):
            here, there = voice.lease("a"), None
            await vendor.talk(0)
            there = voice.lease("b")
            await vendor.talk(1)
            async with asyncio.TaskGroup() as tasks:
                other = tasks.create_task(said(there))
                one, two = (tasks.create_task(refused(here)) for _ in range(2))
            assert (one.result()[0], two.result()[0]) == (b"one", b"two")
            assert one.result()[1].retryable
            assert other.result() == b"calm"
            assert await said(here, "Again.") == sound("Again.")

    go(scenario)


def test_what_the_vendor_writes_in_an_error_reaches_neither_error_nor_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def script(talk: Conversation) -> None:
        await talk.error("SECRET words", await talk.utterance())

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            _, error = await refused(voice.lease("a"), "SECRET text")
            assert "SECRET" not in str(error)

    with caplog.at_level(logging.DEBUG, "ivr"):
        go(scenario)
    assert caplog.records
    assert "SECRET" not in caplog.text


@pytest.mark.parametrize("tagged", [True, False])
def test_an_empty_account_is_an_alarm_and_nobody_asks_again(
    tagged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.error("quota_exceeded", context if tagged else None)

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, vendor):
            line = voice.lease("a")
            for _ in range(3):
                _, error = await refused(line)
                assert not error.retryable
                assert "no credits left" in str(error)
                await over(vendor.talks[0])
            assert vendor.handshakes == 1

    go(scenario)
    assert [each for each in caplog.records if each.levelno == logging.ERROR]


def test_a_final_without_audio_is_a_failure_that_may_be_tried_again() -> None:
    async def script(talk: Conversation) -> None:
        await talk.final(await talk.utterance())
        await obliging(talk)

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, vendor):
            line = voice.lease("a")
            heard, error = await refused(line)
            assert heard == b""
            assert error.retryable
            assert error.spoken == 0
            assert await said(line) == sound("Welcome to Acme.")
            assert vendor.handshakes == 1, "this race is no fault of the socket"

    go(scenario)


def test_a_socket_on_which_no_audio_comes_is_given_up() -> None:
    async def scenario() -> None:
        async with voice_and_vendor(Conversation.stay, obliging, limits=QUICK) as (voice, vendor):
            line = voice.lease("a")
            heard, error = await refused(line)
            assert (heard, error.retryable, error.spoken) == (b"", True, 0)
            assert await said(line) == sound("Welcome to Acme.")
            assert vendor.handshakes == 2

    go(scenario)


def test_after_half_of_a_text_the_error_says_how_much_was_spoken() -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        alignment = {
            "chars": list("Welcome"),
            "charStartTimesMs": [10 * each for each in range(7)],
            "charDurationsMs": [10] * 7,
        }
        await talk.audio(context, b"x" * 560, alignment=alignment)
        await talk.close(1011)

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            heard, error = await refused(voice.lease("a"), "  Welcome to Acme.")
            assert len(heard) == 560
            assert error.spoken == len("  Welcome")
            assert error.retryable

    go(scenario)


def test_without_alignment_nobody_knows_how_much_was_spoken() -> None:
    async def script(talk: Conversation) -> None:
        await talk.audio(await talk.utterance(), b"x" * 560)
        talk.cut()
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            _, error = await refused(voice.lease("a"))
            assert error.spoken is None

    go(scenario)


def test_when_all_was_said_the_vendors_word_for_it_is_not_needed() -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, b"x", alignment={"chars": list("Welcome to Acme. ")})
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script, limits=QUICK) as (voice, _):
            assert await said(voice.lease("a")) == b"x"

    go(scenario)


def test_a_message_of_two_megabytes_is_heard() -> None:
    audio = bytes(1_500_000)

    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, audio)
        await talk.until("close_context")
        await talk.final(context)
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            assert await said(voice.lease("a")) == audio

    go(scenario)


def test_messages_without_audio_and_odd_halves_of_samples_are_nothing_special() -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.send({"audio": None, "contextId": context})
        await talk.audio(context, b"\x00\x10\x00")
        await talk.send({"context_id": context, "audio": "EAAQAA=="})
        await talk.audio(context, b"\x10")
        await talk.until("close_context")
        await talk.send({"is_final": True, "context_id": context})
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script, format="pcm_8000") as (voice, _):
            assert len(await said(voice.lease("a"))) == 4

    go(scenario)


def test_garbage_between_messages_is_counted_and_forgotten() -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.socket.send_str("SECRET garbage")
        await talk.audio(context, b"audio")
        await talk.until("close_context")
        await talk.final(context)
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            assert await said(voice.lease("a")) == b"audio"

    go(scenario)


def test_a_binary_message_is_a_breach_and_not_a_gap_in_the_words() -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, b"audio")
        await talk.socket.send_bytes(b"more audio")
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert (heard, error.retryable) == (b"audio", True)
            assert "does not speak its protocol" in str(error)

    go(scenario)


def test_audio_that_cannot_be_read_is_a_breach_and_not_a_gap_in_the_words() -> None:
    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        await talk.audio(context, b"audio")
        await talk.send({"audio": "SECRET words", "contextId": context})
        await talk.audio(context, b"more")
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert (heard, error.retryable) == (b"audio", True)
            assert "audio that cannot be read" in str(error)

    go(scenario)


def test_who_sends_nothing_but_garbage_is_hung_up_on() -> None:
    async def script(talk: Conversation) -> None:
        await talk.utterance()
        for _ in range(20):
            await talk.socket.send_str("garbage")
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            _, error = await refused(voice.lease("a"))
            assert "does not speak its protocol" in str(error)

    go(scenario)


def test_a_narrated_text_is_one_context_closed_after_audio_for_its_last_words() -> None:
    async def pieces() -> AsyncIterator[str]:
        for piece in ("Welcome to Acme. ", "Press one."):
            yield piece

    async def script(talk: Conversation) -> None:
        context = await talk.utterance()
        last = await talk.next()
        assert last == {"text": "Press one. ", "context_id": context, "flush": True}
        await talk.audio(context, b"one ")
        assert (await talk.next())["close_context"]
        await talk.audio(context, b"two")
        await talk.final(context)
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script) as (voice, _):
            speech = voice.lease("a").narrate(pieces(), language="en-US")
            assert b"".join([chunk async for chunk in speech]) == b"one two"

    go(scenario)
