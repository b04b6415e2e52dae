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
class Mailbox:
    """Where voicemails are kept."""

    name: str
    keep_days: int
    mail: bool = False
    """Each message is mailed too, where the name is an address."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input of a registered function."""

    name: str
    kind: str
    """What it takes, in words: ``text``, ``whole number``, ``number``, ``yes or no``, ``date`` …"""
    required: bool
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A registered function as ``do`` may call it: plain data, from its typed signature."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    outcomes: tuple[str, ...] = ()
    """Beside success, and beside ``failed``, which every function has."""
    streams: bool = False
    """Its answer is text that is spoken as it comes."""
    timeout_ms: int = 4_000
    doc: str = ""
    """Its first line."""


@dataclass(frozen=True, slots=True)
class World:
    """What settings.yaml says, for one environment."""

    voices: Mapping[str, VoiceSpec]
    settings: Mapping[str, Value]
    """``settings.*`` of the current environment."""
    emergency: Emergency = NO_EMERGENCY
    environment: str = "dev"
    allowed_hosts: frozenset[str] = frozenset()
    """Whom ``http`` may ask: ``api.example.com``, or with a port."""
    mailboxes: Mapping[str, Mailbox] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    """The addresses that are told what ``event`` steps tell."""
