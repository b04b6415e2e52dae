"""The outside world as plain data: voices, settings and every fact the flow room may not ask for.

Read from ``settings.yaml`` by :mod:`ivr.flow.load`; used by the checker and the machine, and by the
rooms above to build the voices. Nothing here opens, dials or reads anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ivr.flow.values import Value

EMBEDDED = "embedded"
"""The voice that is always there, and the provider that needs no key and no network."""


Option = str | Sequence[str] | Mapping[str, str]
"""An option of a voice as it was written: ``ulaw_8000``, ``[120, 160]``, ``{stability: 0.5}``."""


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    """One voice of settings.yaml: who makes it, and the options its provider takes."""

    name: str
    provider: str
    options: Mapping[str, Option] = field(default_factory=dict)
    fallback: tuple[str, ...] = ()
    """Voices to try instead, in order, where this one fails."""


@dataclass(frozen=True, slots=True)
class World:
    """What settings.yaml says, for one environment."""

    voices: Mapping[str, VoiceSpec]
    settings: Mapping[str, Value]
    """``settings.*`` of the current environment."""
