"""How long a caller waits for the first sound of a text: a model, for tests and the checker.

It knows no network and no machine. What has a take begins at once: fixed texts, fixed beginnings,
digits, files, pauses. What only a voice can say takes as long as voices take: the named times
below, which are assumed and not measured. ``ivr call`` and ``ivr bench`` measure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivr.flow.messages import Part, SegmentKind, Words
from ivr.flow.text import Template
from ivr.flow.world import VoiceSpec

FIRST_BYTE_MS = 300
"""From asking a vendor's voice to its first audio, on a day like any other."""
LOCAL_FIRST_BYTE_MS = 100
"""The same for a voice on this machine."""
LEAD_WORDS_MIN = 2
"""Fewer fixed words are over before a voice has begun, so they are spoken with what follows."""
LOCAL_PROVIDERS = frozenset({"embedded", "tone"})


def first_sound_ms(part: Part, voices: Mapping[str, VoiceSpec]) -> int:
    """How long after it was asked for a part can begin, if nothing of it was made ahead."""
    if not isinstance(part, Words) or part.fixed:
        return 0
    kinds = [segment.kind for segment in part.segments]
    words = len(part.segments[0].text.split()) if kinds else 0
    return first_byte_ms(part.voice, voices) if _begins_live(kinds, words) else 0


def begins_live(template: Template, *, whole: bool = False) -> bool:
    """Whether only a voice can say how a text begins; ``whole`` if it is not cut."""
    if template.fixed:
        return False
    kinds = [stretch.kind for stretch in template.stretches]
    return whole or _begins_live(kinds, len(template.stretches[0].words) if kinds else 0)


def _begins_live(kinds: Sequence[SegmentKind], words: int) -> bool:
    """Whether a voice must begin; ``words`` is how many the first piece has."""
    if kinds and SegmentKind.LIVE not in kinds:
        return False
    if kinds and kinds[0] is SegmentKind.FIXED:
        return words < LEAD_WORDS_MIN
    return not kinds or kinds[0] is SegmentKind.LIVE


def first_byte_ms(voice: str, voices: Mapping[str, VoiceSpec]) -> int:
    """How long this voice of settings.yaml takes to begin."""
    spec = voices.get(voice)
    local = spec is None or spec.provider in LOCAL_PROVIDERS
    return LOCAL_FIRST_BYTE_MS if local else FIRST_BYTE_MS
