"""The voices of a build: what they make, and what they say of the vendor."""

from __future__ import annotations

import asyncio

import pytest

from ivr.cli.render import VendorRenderer, account_of
from ivr.errors import SettingsError, VoiceError
from ivr.fakes.elevenlabs import VOICE, FakeVendor, Plan, audio_of
from ivr.flow.messages import Words
from ivr.flow.world import Option, VoiceSpec
from ivr.prompts.build import Rendered
from ivr.voices.access import Access
from ivr.voices.tone import tones


def words(text: str = "Press one.", voice: str = "sarah") -> Words:
    return Words(text, "en-US", voice, fixed=True)


def spec(**options: Option) -> VoiceSpec:
    return VoiceSpec("sarah", "elevenlabs", {"voice_id": VOICE, **options})


def render(vendor: FakeVendor, voice: VoiceSpec, text: str = "Press one.") -> Rendered:
    async def story() -> Rendered:
        async with vendor:
            access = Access(vendor.key, vendor.url)
            rendered = await VendorRenderer(voice, access).render(words(text))
            assert not vendor.violations
            return rendered

    return asyncio.run(story())


def test_it_is_asked_over_http_and_tells_what_the_account_may_do_at_once() -> None:
    vendor = FakeVendor(plan=Plan(concurrency=7))
    assert render(vendor, spec(socket="multi")) == Rendered(audio_of("Press one."), 7)
    assert not vendor.sockets


@pytest.mark.parametrize("form", ["ulaw_8000", "pcm_8000", "pcm_22050"])
def test_every_format_of_a_call_becomes_the_sound_of_a_line(form: str) -> None:
    rendered = render(FakeVendor(), spec(format=form))
    assert len(rendered.audio) == pytest.approx(len(audio_of("Press one.")), rel=0.02)


def test_what_no_wire_takes_is_left_out() -> None:
    assert render(FakeVendor(), spec(), " Press\none. ").audio == audio_of("Press one.")


@pytest.mark.parametrize(
    ("fault", "retryable", "spoken"),
    [("http_concurrent", True, 0), ("quota", False, 0), ("truncated", True, None)],
)
def test_a_failure_says_whether_anything_was_spoken(
    fault: str, retryable: bool, spoken: int | None
) -> None:
    with pytest.raises(VoiceError) as caught:
        render(FakeVendor(faults=[fault]), spec(), "A text that is long enough for chunks.")
    assert (caught.value.retryable, caught.value.spoken) == (retryable, spoken)


def test_voices_of_this_machine_are_opened_and_closed() -> None:
    async def story() -> Rendered:
        async with account_of([VoiceSpec("beeps", "tone")], Access()) as account:
            return await account.renderers["beeps"].render(words("one two", "beeps"))

    assert asyncio.run(story()) == Rendered(tones("one two"))


def test_a_voice_that_cannot_be_had_is_told_before_anything_is_made() -> None:
    async def story() -> None:
        async with account_of([spec(model="nonsense")], Access("key")):
            raise AssertionError("it must not open")

    with pytest.raises(SettingsError, match="nonsense"):
        asyncio.run(story())
