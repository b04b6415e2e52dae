"""ElevenLabs' own bytes as a take: with their times, and with what the vendor tells beside them.

Used by ``ivr say --raw`` and ``ivr doctor --speak``; how the vendor is asked is the voice's
business.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivr.cli.speech import Take, listen
from ivr.errors import SettingsError
from ivr.voices.access import Access
from ivr.voices.elevenlabs.options import Config
from ivr.voices.elevenlabs.raw import Raw, config_of

__all__ = ["config_of", "fetch"]


async def fetch(
    config: Config, access: Access, text: str, language: str, take: Take
) -> Mapping[str, str]:
    """Fill the take with the vendor's bytes; returns the headers of the answer.

    Raises :class:`~ivr.errors.VoiceError`, and :class:`~ivr.errors.SettingsError` without a key.
    """
    if access.elevenlabs_key is None:
        raise SettingsError("ELEVENLABS_API_KEY is not set; ivr doctor says where to find it")
    raw = Raw(config, access.elevenlabs_key)
    take.asked()
    await listen(raw.speak(text, language=language), take)
    return raw.headers
