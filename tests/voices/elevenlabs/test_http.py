"""Speech over HTTP: what is asked, what is played, and what is an error."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from aiohttp import web

from tests.voices.elevenlabs.vendor import (
    QUICK,
    Answer,
    go,
    refused,
    said,
    voice_and_vendor,
)


def answer(
    status: int = 200,
    body: bytes = b"x" * 320,
    kind: str = "audio/basic",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Answer:
    async def give(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers={"Content-Type": kind, **headers})

    return give


def test_the_words_around_shape_the_speech() -> None:
    async def scenario() -> None:
        async with voice_and_vendor(http=answer(), socket="http", latency="2") as (voice, vendor):
            line = voice.lease("a")
            speech = line.speak("Two.", language="en-US", before="One.", after="Three.")
            assert b"".join([chunk async for chunk in speech]) == b"x" * 320
            (asked,) = vendor.requests
            assert asked["path"] == "/v1/text-to-speech/abc/stream"
            assert asked["query"] == {
                "output_format": "ulaw_8000",
                "optimize_streaming_latency": "2",
            }
            assert asked["headers"]["xi-api-key"] == "SECRET-KEY"
            assert asked["body"]["previous_text"] == "One."
            assert asked["body"]["next_text"] == "Three."
            assert asked["body"]["language_code"] == "en"

    go(scenario)


def test_what_was_just_said_is_named_by_its_request() -> None:
    replies = iter(["r1", "r2", "r3", "r4"])

    async def give(request: web.Request) -> web.StreamResponse:
        return await answer(headers={"request-id": next(replies)})(request)

    async def scenario() -> None:
        async with voice_and_vendor(http=give, socket="http") as (voice, vendor):
            line = voice.lease("a")
            await said(line, "One.")
            await said(line, "Two.")
            async for _ in line.speak("Three.", language="en-US", before="Well. One. Two."):
                pass
            assert vendor.requests[-1]["body"]["previous_request_ids"] == ["r1", "r2"]
            async for _ in line.speak("Four.", language="en-US", before="Another text."):
                pass
            assert vendor.requests[-1]["body"]["previous_text"] == "Another text."

    go(scenario)


@pytest.mark.parametrize(
    ("reply", "retryable", "words"),
    [
        (answer(401, b'{"detail":{"status":"quota_exceeded"}}'), False, "no credits left"),
        (answer(429, b'{"detail":{"code":"system_busy"}}'), True, "too much to do"),
        (answer(422, b'{"detail":[{"loc":[]}]}'), False, "validation_error"),
        (answer(500, b"<html>"), True, "500"),
        (answer(200, b'{"detail":{"code":"text_too_long"}}', "application/json"), False, "text"),
        (answer(200, b"{}", "application/json"), True, "no audio"),
        (answer(200, b""), True, "without any audio"),
        (answer(302, b"", headers={"location": "http://127.0.0.1:1/"}), False, "302"),
    ],
)
def test_an_error_is_never_played(reply: Answer, retryable: bool, words: str) -> None:
    async def scenario() -> None:
        async with voice_and_vendor(http=reply, socket="http") as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert heard == b""
            assert error.retryable is retryable
            assert error.spoken == 0
            assert words in str(error)

    go(scenario)


def test_an_answer_that_breaks_off_is_a_failure_after_its_audio() -> None:
    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/basic"})
        response.content_length = 1_000
        await response.prepare(request)
        await response.write(b"x" * 320)
        assert request.transport is not None
        request.transport.close()
        return response

    async def scenario() -> None:
        async with voice_and_vendor(http=give, socket="http") as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert heard == b"x" * 320
            assert error.retryable
            assert error.spoken is None

    go(scenario)


def test_an_answer_that_does_not_come_has_an_end() -> None:
    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "audio/basic"})
        await response.prepare(request)
        await response.write(b"x" * 320)
        await left.wait()
        return response

    left = asyncio.Event()

    async def scenario() -> None:
        async with voice_and_vendor(http=give, socket="http", limits=QUICK) as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert heard == b"x" * 320
            assert error.retryable
            left.set()

    go(scenario)
