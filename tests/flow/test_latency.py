"""How long texts are taken to need until they can be heard."""

from __future__ import annotations

import pytest

from ivr.flow import text
from ivr.flow.latency import FIRST_BYTE_MS, LOCAL_FIRST_BYTE_MS, begins_live, first_sound_ms
from ivr.flow.messages import Clip, Part, Segment, SegmentKind, Silence, Words
from ivr.flow.world import VoiceSpec

VOICES = {
    "vendor": VoiceSpec("vendor", "elevenlabs"),
    "own": VoiceSpec("own", "embedded"),
}


def words(
    voice: str = "vendor", *kinds: SegmentKind, fixed: bool = False, lead: str = "Thank you,"
) -> Words:
    segments = tuple(Segment(kind, lead) for kind in kinds)
    return Words("a", "en-US", voice, fixed, segments=segments)


@pytest.mark.parametrize(
    ("part", "ms"),
    [
        (Silence(500), 0),
        (Clip("a.wav"), 0),
        (words(fixed=True), 0),
        (words(), FIRST_BYTE_MS),
        (words("own"), LOCAL_FIRST_BYTE_MS),
        (words("vendor", SegmentKind.FIXED, SegmentKind.LIVE), 0),
        (words("vendor", SegmentKind.FIXED, SegmentKind.LIVE, lead="Now"), FIRST_BYTE_MS),
        (words("vendor", SegmentKind.FIXED, SegmentKind.DIGITS, lead="Now"), 0),
        (words("vendor", SegmentKind.DIGITS, SegmentKind.FIXED), 0),
        (words("vendor", SegmentKind.LIVE, SegmentKind.FIXED), FIRST_BYTE_MS),
    ],
)
def test_only_what_a_voice_must_begin_is_waited_for(part: Part, ms: int) -> None:
    assert first_sound_ms(part, VOICES) == ms


@pytest.mark.parametrize(
    ("source", "live"),
    [
        ("Thank you.", False),
        ("Thank you, ${name}.", False),
        ("Hello, ${name}.", True),
        ("Code ${code | digits}.", False),
        ("${name}, thank you.", True),
        ("${code | digits}, thank you.", False),
    ],
)
def test_a_text_begins_live_where_its_first_words_are_a_value(source: str, live: bool) -> None:
    template = text.compile(source)
    assert begins_live(template) is live
    assert begins_live(template, whole=True) is ("${" in source)
