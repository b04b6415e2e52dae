"""Which takes a flow set needs: each fixed text, in its own voice and in the one that steps in.

Voices are built here and not opened: nothing is loaded, dialled or read. Used by the build, by
``ivr takes prune``, and by the server, which loads these takes at start-up and, with ``--locked``,
refuses to start without them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from ivr.flow.messages import Words
from ivr.flow.model import FlowSet
from ivr.flow.sayable import Sayable, sayable
from ivr.flow.world import VoiceSpec
from ivr.prompts.takes import TakeKey
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.base import Voice

LOCAL_PROVIDERS: Final = frozenset({"embedded", "tone"})
"""Voices of this machine: they cost nothing but time."""
NO_SPEECH: Final = frozenset({"tone"})
"""Providers whose sound is no speech: its length says nothing of the text."""


class Role(Enum):
    """Why a take is wanted."""

    OWN = "own"
    """In the voice that says the text."""
    FALLBACK = "fallback"
    """In the local voice at the end of its ladder, for when the vendor is gone."""
    STAND_IN = "stand-in"
    """In the embedded voice, because this machine has no key for the vendor's. In no lock file."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A take that should be there."""

    key: TakeKey
    words: Words
    """With the name of the voice that shall say it."""
    spec: VoiceSpec
    role: Role
    places: tuple[str, ...]
    spoken: bool
    """Whether its voice speaks its language."""

    @property
    def local(self) -> bool:
        """Whether it costs nothing."""
        return self.spec.provider in LOCAL_PROVIDERS

    @property
    def characters(self) -> int:
        """What a vendor counts."""
        return len(self.words.text)

    @property
    def pace(self) -> float | None:
        """How much faster than usual it is spoken, for the gate; None where it is no speech."""
        if self.spec.provider in NO_SPEECH:
            return None
        settings = self.spec.options.get("settings", {})
        written = self.spec.options.get("speed") or (
            settings.get("speed") if isinstance(settings, Mapping) else None
        )
        return float(written) if isinstance(written, str) else 1.0


def wanted(
    flows: FlowSet, access: Access, texts: Sequence[Sayable] | None = None
) -> Sequence[Wanted]:
    """Every take of a flow set, each once: all texts in their own voices, then the others.

    ``texts`` are its sayable ones, where they are known already. Raises
    :class:`~ivr.errors.SettingsError` for a voice that cannot be built.
    """
    return _collect(flows, access, tuple(Role), texts)


def heard(
    flows: FlowSet, access: Access, texts: Sequence[Sayable] | None = None
) -> Sequence[Wanted]:
    """The takes that callers of this process hear while every voice works."""
    reachable = {name: table.reachable(spec, access) for name, spec in flows.voices.items()}
    return _collect(replace(flows, voices=reachable), access, (Role.OWN,), texts)


def _collect(
    flows: FlowSet, access: Access, roles: Iterable[Role], texts: Sequence[Sayable] | None
) -> Sequence[Wanted]:
    said = sayable(flows) if texts is None else texts
    texts = [each for each in said if each.words.voice in flows.voices]
    voices: dict[tuple[str, str], Voice] = {}
    found: dict[TakeKey, Wanted] = {}
    for role in roles:
        who = {name: _who(spec, role, flows, access) for name, spec in flows.voices.items()}
        for each in texts:
            words, places = each.words, each.places
            spec = who[words.voice]
            if spec is None:
                continue
            name = (spec.name, spec.provider)
            voice = voices.get(name) or voices.setdefault(name, table.build(spec, access))
            key = TakeKey(voice.key, words.language, words.text)
            spoken = voice.speaks(words.language)
            if role is not Role.OWN and not spoken:
                continue  # nobody can step in for this text
            if before := found.get(key):
                places = tuple(dict.fromkeys((*before.places, *places)))
                found[key] = replace(before, places=places)
            else:
                own = Words(words.text, words.language, spec.name, fixed=True)
                found[key] = Wanted(key, own, spec, role, places, spoken)
    return list(found.values())


def _who(spec: VoiceSpec, role: Role, flows: FlowSet, access: Access) -> VoiceSpec | None:
    """Who says the texts of a voice in this role; None if nobody does."""
    match role:
        case Role.OWN:
            return spec
        case Role.FALLBACK:
            last = flows.voices.get(spec.fallback[-1]) if spec.fallback else None
            return last if last is not None and last.provider in LOCAL_PROVIDERS else None
        case Role.STAND_IN:
            instead = table.reachable(spec, access)
            return None if instead is spec else instead
