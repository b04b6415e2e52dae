"""Who can speak: one line for each provider of voices that settings.yaml may name.

Building a voice checks its options and loads nothing; ``open`` does. Used by the studio
(``build``), by start-up and ``ivr check`` (``problem_of``), and for the languages the checker may
expect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.errors import SettingsError
from ivr.flow.world import VoiceSpec
from ivr.voices import options, tone
from ivr.voices.base import Voice
from ivr.voices.embedded import voice as embedded


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider's voices are built, and the languages they speak (None: every one)."""

    build: Callable[[VoiceSpec], Voice]
    languages: frozenset[str] | None


PROVIDERS: Mapping[str, Provider] = {
    "embedded": Provider(embedded.build, embedded.LANGUAGES),
    "tone": Provider(tone.build, None),
}


def build(spec: VoiceSpec) -> Voice:
    """The voice of a settings entry, not yet open; SettingsError for what cannot be."""
    provider = PROVIDERS.get(spec.provider)
    if provider is None:
        raise options.wrong(spec, f"there is no provider {options.among(spec.provider, PROVIDERS)}")
    return provider.build(spec)


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
