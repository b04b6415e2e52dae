"""Speech over HTTP: what is asked, what is played, and what is an error."""

from __future__ import annotations

import asyncio
import base64
import json
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


def line(audio: bytes, spoken: str = "", from_ms: int = 0, each_ms: int = 0) -> bytes:
    """One line of an answer; ``spoken`` sounds from then on, each character as long."""
    ends = [(from_ms + (n + 1) * each_ms) / 1000 for n in range(len(spoken))]
    alignment = {"characters": list(spoken), "character_end_times_seconds": ends}
    audio_base64 = base64.b64encode(audio).decode()
    told = {"audio_base64": audio_base64, "alignment": alignment if spoken else None}
    return json.dumps(told).encode() + b"\n"


def answer(
    status: int = 200,
    body: bytes = line(b"x" * 320),
    kind: str = "application/json",
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
            assert asked["path"] == "/v1/text-to-speech/abc/stream/with-timestamps"
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
        (answer(200, b"<html>", "text/html"), True, "no audio"),
        (answer(200, b"x" * 320, "audio/basic"), True, "no audio"),
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


@pytest.mark.parametrize(
    ("lines", "spoken"),
    [
        ([line(b"x" * 320)], None),
        ([line(b"x" * 320, "Hi", each_ms=20)], 2),
        ([line(b"x" * 320, "Hi there", each_ms=20)], 3),
        ([line(b"x" * 160, "H", each_ms=20), line(b"x" * 160, "i th", 20, 20)], 3),
    ],
)
def test_an_answer_that_breaks_off_tells_how_far_it_came(
    lines: list[bytes], spoken: int | None
) -> None:
    # 320 bytes are 40 ms; a character may end 20 ms later and counts.
    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.content_length = 10_000
        await response.prepare(request)
        for each in lines:
            await response.write(each)
        await response.write(b'{"audio_base64": "half of a li')
        assert request.transport is not None
        request.transport.close()
        return response

    async def scenario() -> None:
        async with voice_and_vendor(http=give, socket="http") as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert heard == b"x" * 320
            assert error.retryable
            assert error.spoken == spoken

    go(scenario)


def test_an_answer_that_ends_well_but_far_too_early_broke_off() -> None:
    for each_ms, fails in ((300, True), (100, False)):
        reply = answer(200, line(b"x" * 320, "Hi there", each_ms=each_ms), "application/json")

        async def scenario(reply: Answer = reply, fails: bool = fails) -> None:
            async with voice_and_vendor(http=reply, socket="http") as (voice, _):
                if not fails:
                    assert await said(voice.lease("a")) == b"x" * 320
                    return
                heard, error = await refused(voice.lease("a"))
                assert (heard, error.retryable, error.spoken) == (b"x" * 320, True, 0)
                assert "ended in the middle" in str(error)

        go(scenario)


def test_lines_may_be_cut_anywhere_and_the_last_one_needs_no_end() -> None:
    body = line(b"x" * 160) + b"\n" + line(b"y" * 160).rstrip()

    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for at in range(0, len(body), 7):
            await response.write(body[at : at + 7])
        return response

    async def scenario() -> None:
        async with voice_and_vendor(http=give, socket="http") as (voice, _):
            assert await said(voice.lease("a")) == b"x" * 160 + b"y" * 160

    go(scenario)


def test_an_error_in_the_middle_of_an_answer_ends_it() -> None:
    error_line = b'{"detail":{"code":"quota_exceeded"}}\n'
    body = line(b"x" * 320, "Hi", each_ms=20) + error_line

    async def scenario() -> None:
        async with voice_and_vendor(http=answer(body=body), socket="http") as (voice, _):
            heard, error = await refused(voice.lease("a"))
            assert (heard, error.spoken) == (b"x" * 320, 2)
            assert "no credits left" in str(error)

    go(scenario)


def test_an_answer_that_does_not_come_has_an_end() -> None:
    async def give(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(line(b"x" * 320))
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
