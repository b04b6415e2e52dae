"""What a settings entry may choose of the embedded voice: light, for checking loads nothing."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.flow.world import VoiceSpec
from ivr.voices import options
from ivr.voices.embedded.nano import VOICES

LANGUAGES = frozenset(VOICES)
SPEAKERS = ("heart",)
"""Of English: those inside the package of the version we pin; a test compares."""
SPEED_MIN, SPEED_MAX = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Choices:
    """An entry's choices."""

    speaker: str
    speed: float


def read(spec: VoiceSpec) -> Choices:
    """The choices of an entry. Raises :class:`~ivr.errors.SettingsError` for any it cannot have."""
    options.refuse_unknown(spec, ("speaker", "speed"))
    speaker = options.word(spec, "speaker") or SPEAKERS[0]
    if speaker not in SPEAKERS:
        raise options.wrong(
            spec, f"the embedded voice has no speaker {options.among(speaker, SPEAKERS)}"
        )
    speed = options.number(spec, "speed", default=1.0, low=SPEED_MIN, high=SPEED_MAX)
    return Choices(speaker, speed)
