"""What a flow test says: the calls of a ``*.test.yaml`` file, as typed stage directions.

The subject of every line is the caller (LANGUAGE.md, part D). This is the form the tests have once
they are read (``read.py``); who carries them out is ``caller.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ivr.flow.problems import Problem, Span
from ivr.flow.source import Document
from ivr.flow.values import Value
from ivr.rehearsal.stubs import Stub
from ivr.rehearsal.words import Wanted


@dataclass(frozen=True, slots=True)
class Hears:
    """The caller listens until these words are spoken; fails where they never are."""

    wanted: Wanted


@dataclass(frozen=True, slots=True)
class HearsExactly:
    """The caller listens until a whole text is spoken that is this one, letter by letter."""

    text: str
    """With single spaces."""


@dataclass(frozen=True, slots=True)
class NeverHears:
    """These words are not spoken in the whole call, before this line or after it."""

    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Presses:
    """The caller presses keys: the moment the last matched text begins, or so long after it."""

    keys: str
    after_ms: int


@dataclass(frozen=True, slots=True)
class Silent:
    """The caller says and does nothing until the flow does something new."""


@dataclass(frozen=True, slots=True)
class Transferred:
    """The caller listens until connected to somebody; None is anybody."""

    target: str | None


@dataclass(frozen=True, slots=True)
class Queued:
    """The caller listens until put into a queue; None is any."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Records:
    """The caller listens until recorded, speaks for so long, and then says nothing."""

    ms: int


@dataclass(frozen=True, slots=True)
class Requested:
    """The flow has asked a service for this, or does so while the caller listens on."""

    request: str | None
    """With ``*`` for anything; None is any request."""
    body: tuple[Expected, ...] = ()
    """Fields its body has, among others."""


@dataclass(frozen=True, slots=True)
class Texted:
    """A text message was sent, or is while the caller listens on."""

    to: str | None
    has: Wanted | None


@dataclass(frozen=True, slots=True)
class Told:
    """An event was told to those outside, or is while the caller listens on."""

    name: str | None
    data: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The caller hangs up now."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The caller listens until the call has ended, in this way; None is any."""

    outcome: str | None


@dataclass(frozen=True, slots=True)
class Took:
    """The call has lasted less (or more) than so many milliseconds when this line is reached."""

    less: bool
    ms: int


@dataclass(frozen=True, slots=True)
class Expected:
    """A value by name, as the author wrote it."""

    name: str
    value: Value
    written: str | None
    """The text as it stands there, for a single value: ``0042`` of an unquoted ``0042``."""


@dataclass(frozen=True, slots=True)
class CallIs:
    """Fields of ``call`` have these values now."""

    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class VarsAre:
    """Variables of the flow have these values now."""

    expected: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class AtStep:
    """The caller hears this step now or, where nothing is being said, is waited for in it."""

    step: str
    """With its flow before it: ``billing/main``."""


Verb = (
    Hears
    | HearsExactly
    | NeverHears
    | Presses
    | Silent
    | Transferred
    | Queued
    | Records
    | Requested
    | Texted
    | Told
    | HangsUp
    | Ended
    | Took
    | CallIs
    | VarsAre
    | AtStep
)


@dataclass(frozen=True, slots=True)
class Direction:
    """One line of a test."""

    verb: Verb
    written: str
    """As it stands in the file, for messages: ``hears: Please hold``."""
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """The circumstances of a call."""

    flow: str
    started_at: datetime
    """Aware, on the flow's own clock."""
    caller: str | None
    called: str
    language: str | None
    answers: tuple[Stub, ...]
    """What the world outside says, the nearest first."""


@dataclass(frozen=True, slots=True)
class CallScript:
    """One call of a test file; a table or several languages are several."""

    name: str
    """With its row or language where the same lines make several calls."""
    setting: Setting
    directions: tuple[Direction, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Script:
    """One test file: its calls if it has no errors, and everything that was found in it."""

    calls: tuple[CallScript, ...]
    problems: tuple[Problem, ...]
    document: Document
