"""The vendor's own bytes as a take."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from ivr.cli.raw import config_of, fetch
from ivr.cli.speech import Take
from ivr.cli.voices import VENDOR
from ivr.errors import SettingsError, VoiceError
from ivr.fakes.elevenlabs import VOICE, FakeVendor
from ivr.flow.world import VoiceSpec
from ivr.voices.access import Access

TEXT = "Hello there."
SPEC = VoiceSpec("sarah", VENDOR, {"voice_id": VOICE, "format": "alaw_8000"})


async def fetched(vendor: FakeVendor, take: Take, key: str | None = None) -> Mapping[str, str]:
    access = Access(key or vendor.key, vendor.url)
    return await fetch(config_of(SPEC, access), access, TEXT, "en-US", take)


def test_the_bytes_have_times_and_the_vendor_tells_what_they_cost() -> None:
    async def work() -> None:
        take = Take()
        async with FakeVendor() as vendor:
            told = await fetched(vendor, take)
        assert told["character-cost"] == str(len(TEXT))
        assert take.chunks >= 1
        assert take.first_ms is not None
        assert 0 < take.first_ms <= take.took_ms

    asyncio.run(work())


def test_a_refusal_is_the_sentence_of_the_client_and_no_bytes() -> None:
    async def work() -> None:
        take = Take()
        async with FakeVendor() as vendor:
            with pytest.raises(VoiceError, match="refused the key"):
                await fetched(vendor, take, key="wrong")
        assert not take.chunks

    asyncio.run(work())


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
        asyncio.run(fetch(config_of(SPEC, Access()), Access(), TEXT, "en-US", Take()))
