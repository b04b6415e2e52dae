"""What the fake vendor sells: models, voices, output formats, plans, as of November 2026.

Data and the JSON it is listed as; nothing is decided here. Read by the sockets, by the HTTP
endpoints and by the check of a request's query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

_BASE = "en ja zh de hi fr ko pt it es id nl tr fil pl sv bg ro ar cs el fi hr ms sk da ta uk ru"
BASE_LANGUAGES = frozenset(_BASE.split())
"""Of multilingual v2."""
FLASH_LANGUAGES = BASE_LANGUAGES | {"hu", "no", "vi"}


@dataclass(frozen=True, slots=True)
class Model:
    """One model and what may be asked of it."""

    id: str
    name: str
    characters: int
    """The longest text of one request."""
    languages: frozenset[str]
    chooses_language: bool = False
    """Whether ``language_code`` means anything to it; others ignore it."""
    on_sockets: bool = True
    """Whether the text-to-speech sockets take it."""
    stitches: bool = True
    """Whether the texts and ids around a request may be sent along."""

    def as_json(self) -> dict[str, object]:
        """As ``GET /v1/models`` lists it."""
        return {
            "model_id": self.id,
            "name": self.name,
            "can_be_finetuned": False,
            "can_do_text_to_speech": True,
            "can_do_voice_conversion": False,
            "can_use_style": self.stitches,
            "can_use_speaker_boost": self.stitches,
            "serves_pro_voices": False,
            "token_cost_factor": 0.5 if "flash" in self.id else 1.0,
            "description": f"{self.name}, as the fake vendor has it.",
            "requires_alpha_access": False,
            "maximum_text_length_per_request": self.characters,
            "languages": [{"language_id": each, "name": each} for each in sorted(self.languages)],
            "concurrency_group": "turbo" if "v2_5" in self.id else "standard",
        }


FLASH = "eleven_flash_v2_5"
MODEL_DEFAULT = "eleven_multilingual_v2"
"""Of the HTTP endpoints; what the sockets take is not stated, so it is taken here too."""

MODELS: Mapping[str, Model] = {
    model.id: model
    for model in (
        Model(FLASH, "Eleven Flash v2.5", 40_000, FLASH_LANGUAGES, chooses_language=True),
        Model("eleven_flash_v2", "Eleven Flash v2", 30_000, frozenset({"en"})),
        Model(
            "eleven_turbo_v2_5", "Eleven Turbo v2.5", 40_000, FLASH_LANGUAGES, chooses_language=True
        ),
        Model("eleven_turbo_v2", "Eleven Turbo v2", 30_000, frozenset({"en"})),
        Model(MODEL_DEFAULT, "Eleven Multilingual v2", 10_000, BASE_LANGUAGES),
        *(
            Model(
                id,
                name,
                characters,
                FLASH_LANGUAGES,
                chooses_language=True,
                on_sockets=False,
                stitches=False,
            )
            for id, name, characters in (
                ("eleven_v3", "Eleven v3", 5_000),
                ("eleven_v4", "Eleven v4", 10_000),
            )
        ),
    )
}

DIALOGUE_FAMILIES = ("eleven_v3", "eleven_v4")
"""Models whose names begin so are for the dialogue sockets (livekit/agents#3235)."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice of the account."""

    id: str
    name: str
    category: str = "generated"
    language: str = "en"
    """What the embedded sound speaks with it when nobody names a language."""

    def as_json(self) -> dict[str, object]:
        """As ``GET /v1/voices`` lists it."""
        return {
            "voice_id": self.id,
            "name": self.name,
            "category": self.category,
            "labels": {"language": self.language},
            "description": f"{self.name}, as the fake vendor has it.",
            "preview_url": None,
            "available_for_tiers": [],
            "settings": None,
            "high_quality_base_model_ids": [FLASH],
            "verified_languages": [],
            "is_owner": True,
            "is_legacy": False,
            "is_mixed": False,
        }


VOICE = "fakeVoiceAnna00000001"
"""The first voice that is there unless others are given."""
VOICES = (
    Voice(VOICE, "Anna"),
    Voice("fakeVoiceBruno0000002", "Bruno", language="de"),
    Voice("fakeVoiceCarla0000003", "Carla", language="es"),
    # Three of the vendor's premade voices, which the shipped settings name.
    Voice("EXAVITQu4vr4xnSDxMaL", "Sarah"),
    Voice("cjVigY5qzO86Huf0OWal", "Eric", language="es"),
    Voice("onwK4e9ZLuTAKqWW03F9", "Daniel"),
)


class Encoding(Enum):
    """How samples become bytes."""

    MULAW = "ulaw"
    ALAW = "alaw"
    PCM = "pcm"
    WAV = "wav"


@dataclass(frozen=True, slots=True)
class Format:
    """An output format the fake can make."""

    name: str
    encoding: Encoding
    rate: int
    """Samples a second."""

    @property
    def sample_bytes(self) -> int:
        """Of one sample of one channel; there is one channel."""
        return 1 if self.encoding in {Encoding.MULAW, Encoding.ALAW} else 2

    @property
    def content_type(self) -> str:
        """Of an HTTP answer in it."""
        match self.encoding:
            case Encoding.MULAW:
                return "audio/basic"
            case Encoding.ALAW:
                return "audio/x-alaw-basic"
            case Encoding.PCM:
                return "audio/pcm"
            case Encoding.WAV:
                return "audio/wav"

    def milliseconds(self, audio_bytes: int) -> float:
        """How long so many bytes of it sound."""
        return audio_bytes / self.sample_bytes / self.rate * 1000


_PCM_RATES = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)

FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("ulaw_8000", Encoding.MULAW, 8_000),
        Format("alaw_8000", Encoding.ALAW, 8_000),
        *(Format(f"pcm_{rate}", Encoding.PCM, rate) for rate in _PCM_RATES),
        *(Format(f"wav_{rate}", Encoding.WAV, rate) for rate in _PCM_RATES),
    )
}
"""Formats the fake makes; ``wav_*`` only in whole answers."""

FORMAT_DEFAULT = "mp3_44100_128"
COMPRESSED = frozenset(
    {
        "mp3_44100",
        "mp3_22050_32",
        "mp3_24000_48",
        *(f"mp3_44100_{kbps}" for kbps in (32, 64, 96, 128, 192)),
        *(f"opus_48000_{kbps}" for kbps in (32, 64, 96, 128, 192)),
    }
)
"""Formats the vendor has and the fake has not: no library of the house makes them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the account may do at once, and how much in all."""

    tier: str = "creator"
    concurrency: int = 10
    """Generations at the same time."""
    queue_ms: int = 50
    """How long a request beyond it waits for its turn before it is refused."""
    character_limit: int = 1_000_000
    categories: frozenset[str] = field(default_factory=lambda: frozenset[str]())
    """Categories of voices it must not use, like ``library`` on the free plan: answered 402."""
