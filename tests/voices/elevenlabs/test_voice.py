"""The voice against the fake vendor: the contract of a voice, over each of the vendor's ways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
import uvloop

from ivr.errors import VoiceError
from ivr.fakes.elevenlabs import FakeVendor, text_of
from ivr.flow.world import Option, VoiceSpec
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.elevenlabs import connection
from ivr.voices.elevenlabs.voice import ElevenLabs, Line, printable
from tests.conformance.check_voice import check_voice
from tests.voices.elevenlabs.vendor import QUICK, go, refused, said

TEXT = "Welcome to Acme. For sales, press one. For support, press two."


def voice_at(vendor: FakeVendor, **options: Option) -> ElevenLabs:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": vendor.voice, **options})
    voice = table.build(spec, Access(vendor.key, vendor.url))
    assert isinstance(voice, ElevenLabs)
    return voice


@pytest.mark.parametrize(
    ("socket", "format", "fast"),
    [
        ("multi", "ulaw_8000", False),
        ("multi", "pcm_16000", False),
        ("single", "ulaw_8000", False),
        ("http", "pcm_22050", False),
        ("multi", "ulaw_8000", True),
        ("single", "pcm_8000", True),
        ("http", "ulaw_8000", True),
    ],
)
def test_it_keeps_the_contract_of_a_voice(socket: str, format: str, fast: bool) -> None:
    # In a thread of its own: the rules count the tasks that a voice leaves behind.
    with FakeVendor().in_thread() as vendor:
        made = partial(voice_at, vendor, socket=socket, format=format)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop if fast else None) as runner:
            runner.run(check_voice(made, language="en-US", text=TEXT))
        assert not vendor.violations


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vendor that does not close is waited for a moment only."""
    monkeypatch.setattr(connection, "GOODBYE_SECONDS", 0.05)
    monkeypatch.setattr(connection, "CLOSE_SECONDS", 0.05)


@asynccontextmanager
async def troubled(fault: str, **options: Option) -> AsyncIterator[Line]:
    """A line to a vendor with a fault."""
    async with FakeVendor(faults=[fault]) as vendor:
        voice = ElevenLabs(voice_at(vendor, **options).config, vendor.key, limits=QUICK)
        await voice.open()
        try:
            yield voice.lease("a")
        finally:
            await voice.aclose()


@pytest.mark.parametrize(
    "fault",
    [
        *("quota", "unusual_activity", "generic_error", "close_without_error", "going_away"),
        *("cut", "half_open", "stall", "handshake_403", "handshake_429", "handshake_503"),
        *("quota:chunk=2", "cut:chunk=2", "half_open:chunk=2", "stall:chunk=1"),
        *("zero_audio", "idle_timeout:message=2", "handshake_timeout"),
    ],
)
@pytest.mark.parametrize("socket", ["multi", "single"])
def test_whatever_the_vendor_does_is_an_error_in_bounded_time(
    fault: str, socket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    retryable = not fault.startswith(("quota", "unusual_activity", "handshake_403"))

    async def scenario() -> None:
        async with troubled(fault, socket=socket) as line:
            _, error = await refused(line, TEXT)
            assert TEXT not in str(error)
            assert error.retryable is retryable

    go(scenario)


@pytest.mark.parametrize(
    ("fault", "retryable"),
    [
        *(("http_concurrent", True), ("http_rate", True), ("http_busy", True), ("http_500", True)),
        *(("http_503", True), ("http_timeout", True), ("truncated", True), ("json_200", False)),
        *(("quota", False), ("unusual_activity", False)),
    ],
)
def test_whatever_the_vendor_does_over_http_is_an_error(fault: str, retryable: bool) -> None:
    async def scenario() -> None:
        async with troubled(fault, socket="http") as line:
            heard, error = await refused(line, TEXT)
            assert error.retryable is retryable
            assert fault == "truncated" or heard == b""

    go(scenario)


@pytest.mark.parametrize(
    "fault",
    [
        *("close_race", "close_race_silent", "late_audio", "snake_case", "odd_chunks", "no_final"),
        *("huge_frame", "timing_first", "unknown_message", "garbage"),
    ],
)
def test_what_the_vendor_does_oddly_is_heard_as_usual(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)

    async def scenario() -> None:
        async with troubled(fault) as line:
            for text in (TEXT, "Press one to hear this again."):
                assert text_of(await said(line, text)).strip() == text

    go(scenario)


def test_the_text_of_a_call_and_the_key_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with FakeVendor() as vendor:
            voice = voice_at(vendor)
            await voice.open()
            await said(voice.lease("CA1"), "Your PIN is one two three.")
            await voice.aclose()
            assert vendor.key not in caplog.text

    with caplog.at_level(logging.DEBUG, "ivr.voices"):
        go(scenario)
    assert "trace" in caplog.text
    assert "PIN" not in caplog.text


def test_control_characters_and_halves_of_characters_become_something_a_wire_takes() -> None:
    assert printable("a\x00b\nc\ud800d\x85") == "a b c?d "


def test_a_language_that_the_model_does_not_know_is_refused_before_anybody_is_asked() -> None:
    async def scenario() -> None:
        async with FakeVendor() as vendor:
            voice = voice_at(vendor)
            await voice.open()
            line = voice.lease("a")
            with pytest.raises(VoiceError, match="eleven_flash_v2_5 does not speak is-IS"):
                await anext(line.speak("Halló.", language="is-IS"))
            await voice.aclose()

    go(scenario)


def test_a_busy_call_makes_no_slip_in_the_vendors_protocol() -> None:
    """Barge-ins, side-by-side speech and a narration: the fake counts every slip."""

    async def pieces() -> AsyncIterator[str]:
        for word in TEXT.split() + TEXT.split():
            yield word + " "

    async def scenario() -> None:
        async with FakeVendor() as vendor:
            voice = voice_at(vendor)
            await voice.open()
            line = voice.lease("a")
            for number in range(12):
                speech = line.speak(f"Press {number} for department {number}.", language="en-US")
                await anext(speech)
                await speech.aclose()
            async with asyncio.TaskGroup() as tasks:
                heard = [tasks.create_task(said(line, f"Number {each}.")) for each in range(6)]
            assert [text_of(each.result()).strip() for each in heard] == [
                f"Number {each}." for each in range(6)
            ]
            narrated = b"".join([chunk async for chunk in line.narrate(pieces(), language="en-US")])
            assert " ".join(text_of(narrated).split()) == f"{TEXT} {TEXT}"
            await line.aclose()
            await voice.aclose()
            assert not vendor.violations

    go(scenario)


@pytest.mark.parametrize(("fallback", "seconds"), [((), 2.5), (("embedded",), 0.6)])
def test_a_silence_in_the_middle_is_waited_out_only_where_nobody_else_can_go_on(
    fallback: tuple[str, ...], seconds: float
) -> None:
    spec = VoiceSpec("sarah", "elevenlabs", {"voice_id": "abc"}, fallback)
    voice = table.build(spec)
    assert isinstance(voice, ElevenLabs)
    assert voice.limits.more_audio == seconds
