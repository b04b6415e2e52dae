"""One socket for one utterance: dialled ahead, ended by an empty text, never used twice."""

from __future__ import annotations

import pytest

from ivr.voices.elevenlabs import single
from tests.voices.elevenlabs.vendor import (
    Conversation,
    go,
    over,
    refused,
    said,
    voice_and_vendor,
)


async def speaks(talk: Conversation) -> None:
    opening = await talk.next()
    assert opening["text"] == " "
    words = await talk.next()
    await talk.audio(None, words["text"].encode())
    assert await talk.next() == {"text": ""}
    await talk.audio(None, b"more")
    await talk.send({"isFinal": True, "audio": None})
    await talk.close()


def test_each_utterance_has_a_socket_and_the_next_is_dialled_before_it_is_needed() -> None:
    async def scenario() -> None:
        async with voice_and_vendor(speaks, socket="single") as (voice, vendor):
            line = voice.lease("a")
            await vendor.talk(0)
            assert await said(line, "One.") == b"One. more"
            await vendor.talk(1)
            assert await said(line, "Two.") == b"Two. more"
            assert vendor.talks[0].heard == [
                {"text": " "},
                {"text": "One. ", "flush": True},
                {"text": ""},
            ]
            assert vendor.talks[0].path.endswith("/stream-input")
            vendor.failed.clear()

    go(scenario)


def test_a_socket_that_waited_too_long_is_not_spoken_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single, "FRESH_SECONDS_MAX", -1.0)

    async def scenario() -> None:
        async with voice_and_vendor(Conversation.stay, speaks, socket="single") as (voice, vendor):
            line = voice.lease("a")
            await vendor.talk(0)
            assert await said(line, "One.") == b"One. more"
            assert (await over(vendor.talks[0])).heard == [{"text": " "}]

    go(scenario)


def test_closing_the_speech_closes_its_socket() -> None:
    async def script(talk: Conversation) -> None:
        await talk.next()
        await talk.audio(None, b"first")
        await talk.stay()

    async def scenario() -> None:
        async with voice_and_vendor(script, socket="single") as (voice, vendor):
            speech = voice.lease("a").speak("Press one.", language="en-US")
            assert await anext(speech) == b"first"
            await speech.aclose()
            assert (await over(vendor.talks[0])).closed_with == 1000

    go(scenario)


def test_a_refused_handshake_is_a_failure_of_the_next_words() -> None:
    async def scenario() -> None:
        async with voice_and_vendor(401, socket="single") as (voice, _):
            _, error = await refused(voice.lease("a"))
            assert not error.retryable
            assert "ELEVENLABS_API_KEY" in str(error)

    go(scenario)


def test_a_socket_that_ends_without_a_final_is_a_failure() -> None:
    async def script(talk: Conversation) -> None:
        await talk.next()
        await talk.next()
        await talk.audio(None, b"first")
        await talk.close(1011)

    async def scenario() -> None:
        async with voice_and_vendor(script, socket="single") as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert heard == b"first"
            assert error.retryable

    go(scenario)
