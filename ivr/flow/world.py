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
class Emergency:
    """What callers get when the line itself is in trouble: no voice speaks, a fault of ours."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """The apology by language (``en-US``); the line's own where there is none."""
    operator: str | None = None
    """E.164 of a person who is rung then; without one the call ends."""

    def text(self, language: str | None) -> str | None:
        """The apology in a language, or in another variant of it."""
        short = (language or "").split("-")[0]
        return self.texts.get(language or "") or self.texts.get(short)


NO_EMERGENCY = Emergency()
"""Of a folder that says nothing about it."""


@dataclass(frozen=True, slots=True)
class World:
    """What settings.yaml says, for one environment."""

    voices: Mapping[str, VoiceSpec]
    settings: Mapping[str, Value]
    """``settings.*`` of the current environment."""
    emergency: Emergency = NO_EMERGENCY
