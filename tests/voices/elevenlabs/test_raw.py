"""The vendor's own bytes: in every format, with what it tells beside them, or one sentence."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ivr.errors import SettingsError, VoiceError
from ivr.fakes.elevenlabs import VOICE, FakeVendor
from ivr.flow.world import Option, VoiceSpec
from ivr.voices.access import Access
from ivr.voices.elevenlabs import raw
from ivr.voices.elevenlabs.raw import STREAMED, Raw, config_of

TEXT = "Hello there."


def raw_of(vendor: FakeVendor, key: str | None = None, **options: Option) -> Raw:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": VOICE, **options})
    return Raw(config_of(spec, Access(vendor.key, vendor.url)), key or vendor.key)


async def heard(speech: Raw) -> bytes:
    return b"".join([chunk async for chunk in speech.speak(TEXT, language="en-US")])


def test_bytes_come_in_the_format_that_was_asked_for_with_the_headers_of_the_answer() -> None:
    async def work() -> None:
        async with FakeVendor() as vendor:
            alaw = raw_of(vendor, format="alaw_8000", socket="multi")
            pcm = raw_of(vendor, format="pcm_24000")
            assert len(await heard(pcm)) == 6 * len(await heard(alaw))
            assert alaw.headers["maximum-concurrent-requests"] == "10"
            assert alaw.headers["character-cost"] == str(len(TEXT))
            assert not vendor.violations

    asyncio.run(work())


def test_a_text_may_be_given_up_in_the_middle() -> None:
    async def work() -> None:
        async with FakeVendor() as vendor:
            speech = raw_of(vendor)
            async with aclosing(speech.speak(TEXT, language="en-US")) as chunks:
                assert await anext(chunks)
            assert await heard(speech)

    asyncio.run(work())


def test_formats_that_no_call_takes_are_taken_and_unknown_ones_are_not() -> None:
    def format_of(**options: Option) -> str:
        spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": VOICE, **options})
        return config_of(spec, Access()).format

    assert format_of(format="opus_48000_64") == "opus_48000_64"
    assert format_of() == "ulaw_8000"
    assert "mp3_44100_128" in STREAMED
    for wrong in ("opus_44100_64", "wav_8000"):
        with pytest.raises(SettingsError, match="streams no format"):
            format_of(format=wrong)


@pytest.mark.parametrize(
    ("key", "faults", "sentence"),
    [
        ("wrong", [], "refused the key"),
        (None, ["quota"], "no credits"),
        (None, ["json_200"], "no credits"),
        (None, ["http_503"], "a fault of its own"),
    ],
)
def test_a_refusal_is_one_sentence_and_no_bytes(
    key: str | None, faults: list[str], sentence: str
) -> None:
    async def work() -> None:
        async with FakeVendor(faults=faults) as vendor:
            with pytest.raises(VoiceError, match=sentence):
                await anext(raw_of(vendor, key).speak(TEXT, language="en-US"))

    asyncio.run(work())


def test_a_vendor_that_stops_in_the_middle_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "MORE_SECONDS_MAX", 0.2)

    async def work() -> None:
        async with FakeVendor(faults=["stall:chunk=2"]) as vendor:
            chunks = raw_of(vendor).speak(TEXT, language="en-US")
            assert await anext(chunks)
            with pytest.raises(VoiceError, match="did not answer in time"):
                await anext(chunks)

    asyncio.run(work())


def test_a_vendor_that_never_stops_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw, "BYTES_MAX", 100)

    async def work() -> None:
        async with FakeVendor() as vendor:
            with pytest.raises(VoiceError, match="never stopped"):
                await heard(raw_of(vendor))

    asyncio.run(work())
