"""The voices a build speaks with, opened for it, and closed after it.

Voices of ElevenLabs are asked over HTTP whatever settings.yaml has: nobody waits, a text is made
in one piece, and the answer tells how many requests the account may have at a time. The sound is
shaped by the same options, so the take is the same as over a socket. Used by ``ivr build``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from ivr.cli.raw import config_of, fetch
from ivr.cli.speech import Take
from ivr.cli.voices import VENDOR
from ivr.errors import VoiceError
from ivr.flow.messages import Words
from ivr.flow.world import VoiceSpec
from ivr.prompts.build import Account, Rendered, Renderer, VoiceRenderer
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.elevenlabs.sound import Decoder
from ivr.voices.elevenlabs.voice import printable

TOGETHER_HEADER: Final = "maximum-concurrent-requests"


class VendorRenderer:
    """A voice of ElevenLabs, one request for each text."""

    def __init__(self, spec: VoiceSpec, access: Access) -> None:
        """Raises :class:`~ivr.errors.SettingsError` for options that cannot work."""
        self._config = config_of(spec, access)
        self._access = access

    async def render(self, words: Words) -> Rendered:
        """Speak a text, and wait for all of it."""
        take = Take()
        try:
            text = printable(words.text).strip()
            told = await fetch(self._config, self._access, text, words.language, take)
        except VoiceError as error:
            error.spoken = None if take.audio else 0
            raise
        decoder = Decoder(self._config.format)
        audio = decoder.push(bytes(take.audio)) + decoder.flush()
        together = told.get(TOGETHER_HEADER, "")
        return Rendered(audio, int(together) if together.isascii() and together.isdigit() else None)


@asynccontextmanager
async def account_of(
    specs: Iterable[VoiceSpec], access: Access, together: int | None = None
) -> AsyncGenerator[Account]:
    """These voices, open, whose turns are taken together; ``together`` at once, if given.

    Raises :class:`~ivr.errors.SettingsError` for a voice that does not open.
    """
    renderers: dict[str, Renderer] = {}
    async with AsyncExitStack() as stack:
        for spec in specs:
            if spec.provider == VENDOR:
                renderers[spec.name] = VendorRenderer(spec, access)
                continue
            voice = table.build(spec, access)
            await voice.open()
            stack.push_async_callback(voice.aclose)
            renderer = renderers[spec.name] = VoiceRenderer(voice)
            stack.push_async_callback(renderer.aclose)
        yield Account(renderers, together)
