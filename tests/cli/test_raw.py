"""The vendor's own bytes, from the fake vendor."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from ivr.cli.raw import STREAMED, config_of, fetch
from ivr.cli.speech import Take
from ivr.cli.voices import VENDOR
from ivr.errors import SettingsError, VoiceError
from ivr.fakes.elevenlabs import VOICE, FakeVendor
from ivr.flow.world import Option, VoiceSpec
from ivr.voices.access import Access

TEXT = "Hello there."


def spec(**options: Option) -> VoiceSpec:
    return VoiceSpec("sarah", VENDOR, {"voice_id": VOICE, **options})


async def fetched(
    vendor: FakeVendor, take: Take, *, key: str | None = None, **options: Option
) -> Mapping[str, str]:
    access = Access(key or vendor.key, vendor.url)
    return await fetch(config_of(spec(**options), access), access, TEXT, "en-US", take)


def test_bytes_come_in_the_format_that_was_asked_for() -> None:
    async def work() -> None:
        async with FakeVendor() as vendor:
            sizes = {}
            for form in ("alaw_8000", "pcm_24000"):
                take = Take()
                told = await fetched(vendor, take, format=form, socket="multi")
                sizes[form] = len(take.audio)
                assert told["maximum-concurrent-requests"] == "10"
                assert told["character-cost"] == str(len(TEXT))
            assert sizes["pcm_24000"] == 6 * sizes["alaw_8000"]
            assert not vendor.violations

    asyncio.run(work())


def test_formats_that_no_call_takes_are_taken_and_unknown_ones_are_not() -> None:
    assert config_of(spec(format="opus_48000_64"), Access()).format == "opus_48000_64"
    assert config_of(spec(), Access()).format == "ulaw_8000"
    assert "mp3_44100_128" in STREAMED
    for wrong in ("opus_44100_64", "wav_8000"):
        with pytest.raises(SettingsError, match="streams no format"):
            config_of(spec(format=wrong), Access())


def test_a_refusal_is_the_sentence_of_the_client_and_no_bytes() -> None:
    async def work(key: str | None, *faults: str) -> str:
        take = Take()
        async with FakeVendor(faults=faults) as vendor:
            with pytest.raises(VoiceError) as caught:
                await fetched(vendor, take, key=key)
        assert not take.chunks
        return str(caught.value)

    assert "refused the key" in asyncio.run(work("wrong"))
    assert "no credits" in asyncio.run(work(None, "quota"))
    assert "no credits" in asyncio.run(work(None, "json_200"))


def test_what_came_before_it_broke_off_is_kept() -> None:
    async def work() -> int:
        take = Take()
        async with FakeVendor(faults=["truncated"]) as vendor:
            with pytest.raises(VoiceError):
                await fetched(vendor, take)
        return take.chunks

    assert asyncio.run(work()) >= 1


def test_without_a_key_nothing_is_asked() -> None:
    with pytest.raises(SettingsError, match="ELEVENLABS_API_KEY"):
        asyncio.run(fetch(config_of(spec(), Access()), Access(), TEXT, "en-US", Take()))
