"""Byte for byte: what came out of the telephone is what the vendor sent, after its conversion.

The vendor spells each text in tones, made at the format's own rate, and cuts them where it likes,
within frames and, where told so, within samples. Mu-law must arrive untouched; PCM must be what the
vendor's whole sound is when it is converted at one go. No tolerance: the resampler's stream gives
the same bytes wherever its input is cut.
"""

from __future__ import annotations

import re
from functools import cache

import pytest

from ivr.audio.mulaw import encode
from ivr.audio.resample import to_8khz
from ivr.fakes.elevenlabs import Pace, Tone
from ivr.fakes.elevenlabs import audio_of as vendor_audio
from ivr.fakes.elevenlabs.catalogue import FORMATS as FORMATS_OF_THE_VENDOR
from tests.simulation.carrier import FRAME_BYTES, SILENCE
from tests.simulation.vendor_line import (
    MENU,
    QUICK,
    REAL_TIME,
    TRANSCRIPT,
    Heard,
    Ladder,
    places,
    presses_after,
    ring,
)

FORMATS = ("ulaw_8000", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100")
GAP = bytes([SILENCE]) * 2_400
"""The breath before a text that follows another one."""


def heard_as(text: str, format: str) -> bytes:
    """What a text must sound like on the telephone, in whole frames."""
    made = in_mulaw(vendor_audio(text, format), format)
    return made + bytes([SILENCE]) * (-len(made) % FRAME_BYTES)


def in_mulaw(made: bytes, format: str) -> bytes:
    """The vendor's sound, converted at one go."""
    if format == "ulaw_8000":
        return made
    return encode(to_8khz(made, int(format.removeprefix("pcm_"))))


def whole_call(format: str, socket: str, pace: Pace, *faults: str) -> Heard:
    """A call in tones, whose caller presses 1 after the menu."""
    last_sound = heard_as(MENU, format).rstrip(bytes([SILENCE]))[-2_000:]
    return ring(
        *faults,
        ladder=Ladder(socket, format=format),
        pace=pace,
        sound=Tone(),
        caller=presses_after([last_sound]),
    )


def all_of_it(format: str) -> bytes:
    """Everything that the caller hears who does not interrupt."""
    welcome, menu, number, goodbye = (heard_as(text, format) for text in TRANSCRIPT)
    return welcome + GAP + menu + number + GAP + goodbye


@pytest.mark.parametrize("socket", ["multi", "single", "http"])
@pytest.mark.parametrize("format", FORMATS)
def test_every_byte_of_a_whole_call_is_the_vendors(format: str, socket: str) -> None:
    heard = whole_call(format, socket, REAL_TIME)
    assert heard.carrier.audio() == all_of_it(format)
    assert heard.falls == []
    sizes = [len(heard_as(text, format)) for text in TRANSCRIPT]
    told = [int(str(entry["bytes"])) for entry in heard.told("heard")]
    assert [size + -size % FRAME_BYTES for size in told] == sizes


@pytest.mark.parametrize("socket", ["multi", "single", "http"])
@pytest.mark.parametrize("format", ["ulaw_8000", "pcm_16000", "pcm_24000"])
def test_the_same_when_chunks_are_cut_within_samples(format: str, socket: str) -> None:
    heard = whole_call(format, socket, QUICK, "odd_chunks")
    assert heard.vendor.faults.struck("odd_chunks") == len(TRANSCRIPT)
    assert heard.carrier.audio() == all_of_it(format)


@pytest.mark.parametrize("format", ["ulaw_8000", "pcm_16000"])
def test_the_same_when_chunks_are_cut_to_pieces(format: str) -> None:
    pace = Pace(first_byte_ms=150, speed=3.0, chunk_ms=(1, 3, 7, 501, 2))
    assert whole_call(format, "multi", pace).carrier.audio() == all_of_it(format)


@pytest.mark.parametrize(
    "fault", ["huge_frame", "snake_case", "timing_first", "no_final", "late_audio"]
)
@pytest.mark.parametrize("format", ["ulaw_8000", "pcm_16000"])
def test_the_same_from_a_vendor_with_odd_habits(format: str, fault: str) -> None:
    heard = whole_call(format, "multi", QUICK, fault)
    assert heard.vendor.faults.struck(fault) > 0
    assert heard.carrier.audio() == all_of_it(format)


@pytest.mark.parametrize("chunk", [2, 3, 5])
@pytest.mark.parametrize("format", ["ulaw_8000", "pcm_16000"])
@pytest.mark.parametrize(
    ("socket", "fault"),
    [
        *(("multi", "cut"), ("multi", "stall"), ("single", "generic_error")),
        *(("http", "truncated"), ("http", "stall")),
    ],
)
def test_all_that_came_before_a_break_is_heard(
    socket: str, fault: str, format: str, chunk: int
) -> None:
    # The resampler holds some of it back, and its words count as said.
    welcome = TRANSCRIPT[0]
    struck = f"{fault}:{place_of(welcome, socket)},chunk={chunk}"
    heard = whole_call(format, socket, REAL_TIME, struck)
    (fall,) = heard.falls_of(1)
    told = re.search(r"the last (\d+) characters", fall)
    rest = int(told[1]) if told else len(welcome)
    came = vendor_audio(welcome, format)[: sent_before(chunk, format)]
    if "no audio for" in fall:
        # All that came was still with the resampler: the voice was given up before it began.
        came = b""
    wanted = in_mulaw(came, format) + heard.lexicon.audio(welcome[-rest:], local=True)
    assert heard.carrier.audio()[: len(wanted)] == wanted


@cache
def place_of(text: str, socket: str) -> str:
    """Where the vendor says a text, as its faults name it."""
    calm = whole_call("ulaw_8000", socket, REAL_TIME)
    (where,) = [place.where for place in places(calm.vendor) if place.utterance == text]
    return where


def sent_before(chunk: int, format: str) -> int:
    """Bytes the vendor sent before that chunk of a text."""
    form = FORMATS_OF_THE_VENDOR[format]
    return sum(form.rate * ms // 1000 * form.sample_bytes for ms in REAL_TIME.chunk_ms[: chunk - 1])
