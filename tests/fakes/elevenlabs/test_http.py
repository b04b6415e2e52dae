"""Speech over HTTP, whole or streamed, its headers and errors, and every fault of an answer."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from typing import Any

import aiohttp
import pytest

from ivr.fakes.elevenlabs import Code, FakeVendor, Pace, Plan, audio_of
from ivr.fakes.elevenlabs.catalogue import FORMATS, Encoding
from tests.fakes.elevenlabs.clients import BOUND_S, ask, post, run

WORDS = "Hello there."
RAW = [name for name, form in FORMATS.items() if form.encoding is not Encoding.WAV]


@pytest.mark.parametrize("tail", ["", "/stream"])
@pytest.mark.parametrize("name", RAW)
def test_the_body_is_the_sound_in_the_format_asked_for(tail: str, name: str) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = await post(vendor, tail, output_format=name)
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("audio/")
            assert answer.body == audio_of(WORDS, name)
            assert vendor.violations == []

    run(test())


def test_a_stream_is_chunked_and_a_whole_answer_has_a_length() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            stream, whole = await post(vendor, "/stream"), await post(vendor, "")
            assert stream.headers["Transfer-Encoding"] == "chunked"
            assert int(whole.headers["Content-Length"]) == len(whole.body)

    run(test())


def test_only_a_whole_answer_can_have_a_header() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            whole = await post(vendor, "", output_format="wav_16000")
            with wave.open(io.BytesIO(whole.body)) as file:
                assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
                assert file.readframes(file.getnframes()) == audio_of(WORDS, "pcm_16000")
            assert (await post(vendor, "/stream", output_format="wav_16000")).status == 400

    run(test())


def test_timings_come_as_one_object_in_seconds() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = (await post(vendor, "/with-timestamps")).json
            assert base64.b64decode(answer["audio_base64"]) == audio_of(WORDS)
            timing = answer["alignment"]
            assert "".join(timing["characters"]) == WORDS
            assert timing["character_start_times_seconds"][:3] == [0, 0.06, 0.12]
            assert timing["character_end_times_seconds"][-1] == 0.72
            assert set(answer) == {"audio_base64", "alignment", "normalized_alignment"}

    run(test())


def test_timings_come_as_lines_that_go_on_counting() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = await post(vendor, "/stream/with-timestamps")
            items = [json.loads(line) for line in answer.body.splitlines()]
            assert len(items) > 2
            audio = b"".join(base64.b64decode(item["audio_base64"]) for item in items)
            assert audio == audio_of(WORDS)
            timings = [item["alignment"] for item in items if item["alignment"]]
            starts = [at for each in timings for at in each["character_start_times_seconds"]]
            assert starts == [round(number * 0.06, 3) for number in range(len(WORDS))]

    run(test())


def test_every_answer_has_the_headers_of_the_vendor() -> None:
    async def test() -> None:
        async with FakeVendor(plan=Plan(concurrency=7)) as vendor:
            headers = (await post(vendor)).headers
            assert headers["x-trace-id"] == vendor.requests[0].trace
            assert headers["request-id"]
            assert headers["x-region"]
            assert headers["current-concurrent-requests"] == "1"
            assert headers["maximum-concurrent-requests"] == "7"
            assert headers["character-cost"] == str(len(WORDS))
            assert vendor.characters_used == len(WORDS)

    run(test())


def test_what_was_asked_is_noted_without_the_key() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            await post(vendor, previous_text="Hi.")
            [asked] = vendor.requests
            assert (asked.method, asked.status, asked.voice) == ("POST", 200, vendor.voice)
            assert asked.body is not None
            assert asked.body["previous_text"] == "Hi."
            assert asked.headers["xi-api-key"] == "•"
            assert asked.said[0].text == WORDS
            assert asked.audio_bytes == len(audio_of(WORDS))
            assert vendor.key not in repr(vendor.requests)

    run(test())


# --------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("headers", "code"),
    [({}, "missing_api_key"), ({"xi-api-key": "sesame"}, "invalid_api_key")],
)
def test_without_a_good_key_it_is_401(headers: dict[str, str], code: str) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = await post(vendor, headers=headers)
            assert (answer.status, answer.code) == (401, code)
            assert answer.headers["x-trace-id"]
            assert vendor.witness.codes == [Code.BAD_KEY]

    run(test())


def test_an_error_is_told_in_the_shape_of_today() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = await post(vendor, voice="nobody")
            detail = answer.json["detail"]
            assert (answer.status, detail["code"]) == (404, "voice_not_found")
            assert set(detail) == {"type", "code", "message", "status", "request_id", "param"}
            assert detail["request_id"] == answer.headers["request-id"]
            assert vendor.witness.codes == [Code.UNKNOWN_VOICE]

    run(test())


def test_or_in_the_older_shape() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["legacy_errors", "http_concurrent"]) as vendor:
            answer = await post(vendor)
            assert answer.status == 429
            assert answer.json["detail"]["status"] == "too_many_concurrent_requests"
            assert set(answer.json["detail"]) == {"status", "message"}

    run(test())


def test_a_wrong_body_is_422_with_its_place() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = await post(vendor, text=None)
            assert answer.status == 422
            assert answer.json["detail"][0]["loc"] == ["body", "text"]

    run(test())


def test_the_default_format_is_one_the_fake_lacks() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = await post(vendor, output_format=None)
            assert (answer.status, answer.code) == (400, "invalid_output_format")
            assert "makes no mp3_44100_128" in answer.json["detail"]["message"]

    run(test())


def test_beyond_the_plan_a_request_waits_a_moment_and_is_refused() -> None:
    async def test() -> None:
        plan = Plan(concurrency=1, queue_ms=1)
        async with FakeVendor(plan=plan, faults=["stall:request=1"]) as vendor:
            async with asyncio.TaskGroup() as group:
                first = group.create_task(post(vendor))
                await vendor.witness.until(lambda: vendor.faults.struck("stall") == 1)
                answer = await post(vendor)
                first.cancel()
            assert (answer.status, answer.code) == (429, "concurrent_limit_exceeded")

    run(test())


def test_within_the_queues_time_a_request_gets_its_turn() -> None:
    async def test() -> None:
        plan = Plan(concurrency=1, queue_ms=5_000)
        async with FakeVendor(plan=plan, pace=Pace(first_byte_ms=10)) as vendor:
            answers = await asyncio.gather(*(post(vendor) for _ in range(3)))
            assert [answer.status for answer in answers] == [200, 200, 200]

    run(test())


# --------------------------------------------------------------------------- listings


def test_voices_models_and_subscription_are_listed() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            voices: Any = (await ask(vendor, "GET", "/v1/voices")).json["voices"]
            assert voices[0]["voice_id"] == vendor.voice
            assert {"name", "category"} <= set(voices[0])
            one = (await ask(vendor, "GET", f"/v1/voices/{vendor.voice}")).json
            assert one == voices[0]
            models = {each["model_id"] for each in (await ask(vendor, "GET", "/v1/models")).json}
            assert {"eleven_flash_v2_5", "eleven_multilingual_v2", "eleven_v3"} <= models
            await post(vendor)
            used = (await ask(vendor, "GET", "/v1/user/subscription")).json
            assert (used["character_count"], used["status"]) == (len(WORDS), "active")

    run(test())


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/voices/nobody", 404), ("/v1/nothing", 404), ("/v2/voices", 404), ("/", 404)],
)
def test_what_is_not_there_is_404(path: str, status: int) -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            answer = await ask(vendor, "GET", path)
            assert answer.status == status
            assert answer.json["detail"]
            assert answer.headers["x-trace-id"]

    run(test())


def test_listings_need_the_key() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            for method, path in (
                ("GET", "/v1/voices"),
                ("GET", "/v1/models"),
                ("GET", "/v1/user/subscription"),
                ("POST", "/v1/single-use-token/tts_websocket"),
            ):
                assert (await ask(vendor, method, path, key="sesame")).status == 401

    run(test())


def test_tokens_are_of_a_known_type() -> None:
    async def test() -> None:
        async with FakeVendor() as vendor:
            assert (await ask(vendor, "POST", "/v1/single-use-token/lunch")).status == 400

    run(test())


# --------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("http_concurrent", 429, "concurrent_limit_exceeded"),
        ("http_rate", 429, "rate_limit_exceeded"),
        ("http_busy", 429, "system_busy"),
        ("http_503", 503, "service_unavailable"),
        ("quota", 401, "quota_exceeded"),
        ("unusual_activity", 401, "detected_unusual_activity"),
    ],
)
def test_a_request_can_be_refused_and_the_next_be_answered(
    fault: str, status: int, code: str
) -> None:
    async def test() -> None:
        async with FakeVendor(faults=[f"{fault}:once"]) as vendor:
            refused = await post(vendor)
            assert (refused.status, refused.code) == (status, code)
            assert (await post(vendor)).body == audio_of(WORDS)
            assert vendor.violations == []

    run(test())


@pytest.mark.parametrize("fault", ["http_500", "generic_error"])
def test_an_error_can_come_without_detail(fault: str) -> None:
    async def test() -> None:
        async with FakeVendor(faults=[fault]) as vendor:
            answer = await post(vendor)
            assert answer.status == 500
            assert set(answer.json) == {"status", "message"}

    run(test())


def test_an_error_can_come_with_status_200() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["json_200"]) as vendor:
            answer = await post(vendor)
            assert (answer.status, answer.code) == (200, "quota_exceeded")
            assert answer.headers["Content-Type"].startswith("application/json")

    run(test())


@pytest.mark.parametrize("tail", ["", "/stream", "/with-timestamps", "/stream/with-timestamps"])
def test_a_body_can_be_cut_off(tail: str) -> None:
    async def test() -> None:
        async with FakeVendor(faults=["truncated:chunk=3"]) as vendor:
            with pytest.raises(aiohttp.ClientPayloadError):
                await post(vendor, tail)
            assert vendor.requests[0].said[0].chunks == 2

    run(test())


def test_an_answer_can_stall() -> None:
    async def test() -> None:
        async with (
            FakeVendor(faults=["stall:chunk=2"]) as vendor,
            aiohttp.ClientSession() as session,
            session.post(
                f"{vendor.url}/v1/text-to-speech/{vendor.voice}/stream?output_format=ulaw_8000",
                json={"text": WORDS},
                headers={"xi-api-key": vendor.key},
            ) as response,
        ):
            async with asyncio.timeout(BOUND_S):
                assert await response.content.readany()
                await vendor.witness.until(lambda: vendor.faults.struck("stall") == 1)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await response.content.readany()

    run(test())


def test_a_request_can_stay_unanswered() -> None:
    async def test() -> None:
        async with (
            FakeVendor(faults=["http_timeout:request=1"]) as vendor,
            asyncio.TaskGroup() as group,
        ):
            asking = group.create_task(post(vendor))
            await vendor.witness.until(lambda: len(vendor.requests) == 1)
            answered, _ = await asyncio.wait([asking], timeout=0.05)
            assert not answered
            asking.cancel()
            assert (await post(vendor)).body == audio_of(WORDS)

    run(test())


def test_the_first_byte_can_be_slow_over_http_too() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["slow_first_byte:ms=40"]) as vendor:
            began = vendor.witness.now_ms
            assert (await post(vendor)).body == audio_of(WORDS)
            assert vendor.witness.now_ms - began >= 39

    run(test())


def test_chunks_can_be_cut_within_samples_over_http_too() -> None:
    async def test() -> None:
        async with FakeVendor(faults=["odd_chunks"]) as vendor:
            answer = await post(vendor, "/stream/with-timestamps", output_format="pcm_8000")
            chunks = [
                base64.b64decode(json.loads(line)["audio_base64"])
                for line in answer.body.splitlines()
            ]
            assert all(len(chunk) % 2 for chunk in chunks[:-1])
            assert b"".join(chunks) == audio_of(WORDS, "pcm_8000")

    run(test())


def test_a_client_that_leaves_amid_an_answer_hurts_nobody() -> None:
    async def test() -> None:
        pace = Pace(speed=5, chunk_ms=(93,))
        async with FakeVendor(pace=pace) as vendor:
            async with (
                aiohttp.ClientSession() as session,
                session.post(
                    f"{vendor.url}/v1/text-to-speech/{vendor.voice}/stream?output_format=ulaw_8000",
                    json={"text": WORDS * 20},
                    headers={"xi-api-key": vendor.key},
                ) as response,
            ):
                await response.content.readany()
            await vendor.witness.until(lambda: vendor.requests[0].ended_ms is not None)
            assert vendor.requests[0].audio_bytes < len(audio_of(WORDS * 20))

    run(test())
