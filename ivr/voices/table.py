"""Who can speak: one line for each provider of voices that settings.yaml may name.

Building a voice checks its options and loads nothing; ``open`` does. Used by the studio
(``build``), by start-up (``look_up``) and ``ivr check`` (``problem_of``), and for the languages the
checker may expect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from ivr.errors import SettingsError
from ivr.flow.world import EMBEDDED, VoiceSpec
from ivr.voices import options, tone
from ivr.voices.access import Access
from ivr.voices.base import Report, Voice
from ivr.voices.embedded import choices


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the operator allows to be asked of a vendor on behalf of a voice."""

    concurrency: int
    """Requests at once."""
    ahead_per_hour: int
    """Characters made ahead of callers, who may not want them."""
    account: str = ""
    """Voices of one account share what is allowed; empty: this voice has its own."""


@dataclass(frozen=True, slots=True)
class Provider:
    """How a provider's voices are built, and the languages they speak (None: every one)."""

    build: Callable[[VoiceSpec, Access], Voice]
    check: Callable[[VoiceSpec, Access], object]
    """Reads the options of an entry as ``build`` does, and loads nothing."""
    languages: frozenset[str] | None
    look_up: Callable[[VoiceSpec, Access, Collection[str]], Awaitable[Report]] | None = None
    """Asks a vendor; None where there is nobody to ask."""
    allowance: Callable[[VoiceSpec, Access], Allowance] | None = None
    """What may be asked of a vendor; None where there is no vendor."""


def _embedded(spec: VoiceSpec, access: Access) -> Voice:
    # numpy takes a tenth of a second to import, which only those pay who speak.
    from ivr.voices.embedded import voice

    return voice.build(spec)


def _elevenlabs(spec: VoiceSpec, access: Access) -> Voice:
    # Its HTTP client takes a fifth of a second to import, which only those pay who speak with it.
    from ivr.voices.elevenlabs import voice

    return voice.build(spec, access)


def _check_elevenlabs(spec: VoiceSpec, access: Access) -> object:
    from ivr.voices.elevenlabs import options

    return options.read(spec, access)


async def _look_up_elevenlabs(
    spec: VoiceSpec, access: Access, languages: Collection[str]
) -> Report:
    from ivr.voices.elevenlabs import account, options

    assert access.elevenlabs_key is not None, "who has no key asks nobody"
    return await account.look_up(options.read(spec, access), access.elevenlabs_key, languages)


def _allowance_elevenlabs(spec: VoiceSpec, access: Access) -> Allowance:
    from ivr.voices.elevenlabs import options

    config = options.read(spec, access)
    return Allowance(config.concurrency, config.ahead_per_hour, f"elevenlabs {config.base_url}")


PROVIDERS: Mapping[str, Provider] = {
    "embedded": Provider(_embedded, lambda spec, _: choices.read(spec), choices.LANGUAGES),
    "elevenlabs": Provider(
        _elevenlabs, _check_elevenlabs, None, _look_up_elevenlabs, _allowance_elevenlabs
    ),
    "tone": Provider(lambda spec, _: tone.build(spec), lambda spec, _: tone.build(spec), None),
}
_NO_ACCESS = Access()


def build(spec: VoiceSpec, access: Access = _NO_ACCESS) -> Voice:
    """The voice of a settings entry, not yet open; SettingsError for what cannot be.

    What is missing of ``access`` is told when the voice is opened: to check an entry needs no key.
    """
    return _provider(spec).build(spec, access)


def _provider(spec: VoiceSpec) -> Provider:
    provider = PROVIDERS.get(spec.provider)
    if provider is None:
        raise options.wrong(spec, f"there is no provider {options.among(spec.provider, PROVIDERS)}")
    return provider


def reachable(spec: VoiceSpec, access: Access) -> VoiceSpec:
    """The entry itself, or the embedded voice in its name where its vendor's key is missing."""
    if spec.provider == "elevenlabs" and access.elevenlabs_key is None:
        return VoiceSpec(spec.name, EMBEDDED)
    return spec


def allowance(spec: VoiceSpec, access: Access) -> Allowance | None:
    """What may be asked of the vendor of a voice; None where there is no vendor.

    Raises :class:`~ivr.errors.SettingsError` as ``build`` does.
    """
    known = PROVIDERS[spec.provider].allowance
    return None if known is None else known(spec, access)


async def look_up(
    spec: VoiceSpec, access: Access, languages: Collection[str] = ()
) -> Report | None:
    """What its vendor says of a voice that is to speak these languages (``en-US``).

    None where there is no vendor, or no key to ask it with. Takes as long as the vendor takes.
    Raises :class:`~ivr.errors.SettingsError` as ``build`` does.
    """
    provider = PROVIDERS.get(reachable(spec, access).provider)
    if provider is None or provider.look_up is None:
        return None
    return await provider.look_up(spec, access, languages)


def problem_of(spec: VoiceSpec) -> str | None:
    """What is wrong with a settings entry, in one sentence; None if nothing is."""
    try:
        _provider(spec).check(spec, _NO_ACCESS)
    except SettingsError as error:
        return str(error)
    return None


def languages_of(provider: str) -> frozenset[str] | None:
    """The languages (``en``, ``es``) a provider speaks where all of it is installed.

    None: every language, or nobody knows. An unknown provider speaks nothing.
    """
    known = PROVIDERS.get(provider)
    return known.languages if known is not None else frozenset()
