"""What is known of ElevenLabs' models, formats and hosts (as of October 2026); plain tables.

Nothing is asked of the vendor here. Used by ``options`` to refuse what cannot work and by ``wire``
to send each model only what it takes.
"""

from __future__ import annotations

from dataclasses import dataclass

MULTILINGUAL_V2 = frozenset(
    {
        *(
            "ar",
            "bg",
            "cs",
            "da",
            "de",
            "el",
            "en",
            "es",
            "fi",
            "fil",
            "fr",
            "hi",
            "hr",
            "id",
            "it",
        ),
        *("ja", "ko", "ms", "nl", "pl", "pt", "ro", "ru", "sk", "sv", "ta", "tr", "uk", "zh"),
    }
)
FLASH_V2_5 = MULTILINGUAL_V2 | {"hu", "no", "vi"}
ENGLISH = frozenset({"en"})


@dataclass(frozen=True, slots=True)
class Model:
    """What one model takes."""

    languages: frozenset[str] | None
    """ISO 639-1 codes; None for more than seventy, which nobody lists."""
    sockets: bool = True
    """Whether the text-to-speech sockets take it; otherwise HTTP only."""
    takes_language: bool = False
    """Whether ``language_code`` is more than ignored."""
    stitches: bool = True
    """Whether HTTP takes the words around a text."""
    expressive_settings: bool = True
    """Whether it takes ``style``, ``speed`` and SSML."""
    latency: bool = True
    """Whether HTTP takes ``optimize_streaming_latency``."""
    normalizes_freely: bool = True
    """Whether ``apply_text_normalization=on`` is possible on every plan."""
    instead: str | None = None
    """What to use, where the vendor calls it deprecated."""


DEFAULT_MODEL = "eleven_flash_v2_5"
MODELS = {
    "eleven_flash_v2_5": Model(FLASH_V2_5, takes_language=True, normalizes_freely=False),
    "eleven_flash_v2": Model(ENGLISH),
    "eleven_turbo_v2_5": Model(
        FLASH_V2_5, takes_language=True, normalizes_freely=False, instead="eleven_flash_v2_5"
    ),
    "eleven_turbo_v2": Model(ENGLISH, instead="eleven_flash_v2"),
    "eleven_multilingual_v2": Model(MULTILINGUAL_V2),
    "eleven_v3": Model(None, sockets=False, takes_language=True, stitches=False, latency=False),
    "eleven_v4": Model(
        None,
        sockets=False,
        takes_language=True,
        stitches=False,
        latency=False,
        expressive_settings=False,
    ),
}
REMOVED = {
    "eleven_monolingual_v1": "eleven_flash_v2",
    "eleven_multilingual_v1": "eleven_multilingual_v2",
}
"""Withdrawn by the vendor on 2026-07-09, and what to use instead."""
DIALOGUE_ONLY = frozenset({"eleven_v3_conversational", "eleven_v4_turbo"})
"""Spoken only over the vendor's dialogue sockets, which have no way to stop within an utterance."""

DEFAULT_FORMAT = "ulaw_8000"
CALL_FORMATS = {
    "ulaw_8000": 8_000,
    **{f"pcm_{rate}": rate for rate in (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)},
}
"""Samples a second of the formats a call can be spoken in."""
OTHER_FORMATS = frozenset(
    {
        *("mp3_22050_32", "mp3_24000_48", "alaw_8000"),
        *(f"mp3_44100_{kbps}" for kbps in (32, 64, 96, 128, 192)),
        *(f"opus_48000_{kbps}" for kbps in (32, 64, 96, 128, 192)),
        *(f"wav_{rate}" for rate in (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)),
    }
)
"""Those that exist and would have to be decoded first."""

REGIONS = {
    "global": "https://api.elevenlabs.io",
    "us": "https://api.us.elevenlabs.io",
    "eu": "https://api.eu.residency.elevenlabs.io",
    "in": "https://api.in.residency.elevenlabs.io",
    "sg": "https://api.sg.residency.elevenlabs.io",
}
"""The isolated ones (eu, in, sg) are accounts of their own: other keys, other voices."""


def short(language: str) -> str:
    """The vendor's code of a language: ``es`` of ``es-US``, ``no`` for both Norwegians."""
    code = language.partition("-")[0].lower()
    return {"nb": "no", "nn": "no", "tl": "fil"}.get(code, code)
