"""Who can speak: one line for each provider of voices that settings.yaml may name.

Building a voice checks its options and loads nothing; ``open`` does. Used by the studio
(``build``), by start-up and ``ivr check`` (``problem_of``), and for the languages the checker may
expect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.errors import SettingsError
from ivr.flow.world import EMBEDDED, VoiceSpec
from ivr.voices import options, tone
from ivr.voices.access import Access
from ivr.voices.base import Voice
from ivr.voices.embedded import voice as embedded


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider's voices are built, and the languages they speak (None: every one)."""

    build: Callable[[VoiceSpec, Access], Voice]
    languages: frozenset[str] | None


def _elevenlabs(spec: VoiceSpec, access: Access) -> Voice:
    # Its HTTP client takes a fifth of a second to import, which only those pay who name it.
    from ivr.voices import elevenlabs

    return elevenlabs.build(spec, access)


PROVIDERS: Mapping[str, Provider] = {
    "embedded": Provider(lambda spec, _: embedded.build(spec), embedded.LANGUAGES),
    "elevenlabs": Provider(_elevenlabs, None),
    "tone": Provider(lambda spec, _: tone.build(spec), None),
}
_NO_ACCESS = Access()


def build(spec: VoiceSpec, access: Access = _NO_ACCESS) -> Voice:
    """The voice of a settings entry, not yet open; SettingsError for what cannot be.

    What is missing of ``access`` is told when the voice is opened: to check an entry needs no key.
    """
    provider = PROVIDERS.get(spec.provider)
    if provider is None:
        raise options.wrong(spec, f"there is no provider {options.among(spec.provider, PROVIDERS)}")
    return provider.build(spec, access)


def reachable(spec: VoiceSpec, access: Access) -> VoiceSpec:
    """The entry itself, or the embedded voice in its name where its vendor's key is missing."""
    if spec.provider == "elevenlabs" and access.elevenlabs_key is None:
        return VoiceSpec(spec.name, EMBEDDED)
    return spec


def problem_of(spec: VoiceSpec) -> str | None:
    """What is wrong with a settings entry, in one sentence; None if nothing is."""
    try:
        build(spec)
    except SettingsError as error:
        return str(error)
    return None


def languages_of(provider: str) -> frozenset[str] | None:
    """The languages (``en``, ``es``) a provider speaks where all of it is installed.

    None: every language, or nobody knows. An unknown provider speaks nothing.
    """
    known = PROVIDERS.get(provider)
    return known.languages if known is not None else frozenset()
