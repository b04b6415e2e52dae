"""What happened (events, past tense) and what to do (commands, imperative).

The machine is a pure function of state, event and now; these two unions are its whole border. Four
drivers speak them: the live call (``calls/session``), the flow tests (``rehearsal``), and whatever
comes next. Times are whole milliseconds since the call was answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

# Parts are msgspec structs because they travel in the state's bytes, told apart by their tag.
# --------------------------------------------------------------------------- what is said


class SegmentKind(Enum):
    """What a piece of a text is made of."""

    FIXED = "fixed"
    """No run-time value: its take may be kept beyond the call."""
    DIGITS = "digits"
    """Digits in groups, ``1 2 3 4, 5 6 7 8.``, which can be put together from takes of each."""
    LIVE = "live"
    """What only a voice can say."""


class Segment(msgspec.Struct, frozen=True):
    """A piece of a text whose audio can be made by itself; whole words."""

    kind: SegmentKind
    text: str


class Words(msgspec.Struct, frozen=True, tag=True):
    """Text for a voice, already in words of its language."""

    text: str
    language: str
    voice: str
    """Name of a voice in settings.yaml."""
    fixed: bool
    """No run-time value is in it: its audio may be kept beyond the call."""
    shown: str = ""
    """What logs, records and transcripts may show, where that differs (sensitive values)."""
    segments: tuple[Segment, ...] = ()
    """The pieces it can be put together from, in order; none where it is said in one go."""

    @property
    def public(self) -> str:
        """The text that may be shown and written down."""
        return self.shown or self.text


class Clip(msgspec.Struct, frozen=True, tag=True):
    """A recorded file of the flow folder, by its path relative to that folder."""

    file: str


class Silence(msgspec.Struct, frozen=True, tag=True):
    """Nothing, for so many milliseconds."""

    ms: int


Part = Words | Clip | Silence


@dataclass(frozen=True, slots=True)
class Utterance:
    """One time of saying something: played whole, unless it may be interrupted and is."""

    id: int
    """Counts up from 1 in each call, over all its streams."""
    parts: tuple[Part, ...]
    interruptible: bool
    flow: str
    step: str

    @property
    def shown(self) -> str:
        """Its text as it may be written down."""
        return " ".join(part.public for part in self.parts if isinstance(part, Words))


# --------------------------------------------------------------------------- events


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The first stream of the call has started; nothing was said yet."""


@dataclass(frozen=True, slots=True)
class CallResumed:
    """The call has a new stream after the old one was lost; what was not heard is said again."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key: one of ``0123456789*#ABCD``."""

    key: str


@dataclass(frozen=True, slots=True)
class UtteranceHeard:
    """An utterance was played to its end (its mark came back in the same generation)."""

    id: int


@dataclass(frozen=True, slots=True)
class UtteranceFailed:
    """No voice could say it, or not all of it.

    After a text that broke off the flow goes on as if it had been heard. Where nothing was heard
    the caller is told that something is wrong; where that cannot be said either, the call ends as
    :data:`SPEECHLESS`, and the carrier's own voice has the last word.
    """

    id: int
    reason: str
    partly: bool = False
    """Some of it was heard."""


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The time the machine asked to be woken at is here."""


class LegOutcome(Enum):
    """How a transfer ended; the values are the outcome names of the flow language."""

    DONE = "done"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LegFinished:
    """The call is back from a transfer, in a new stream (or never left, where it was refused)."""

    outcome: LegOutcome


@dataclass(frozen=True, slots=True)
class CallerHungUp:
    """The caller is gone, at whatever moment."""


Event = (
    CallAnswered
    | CallResumed
    | KeyPressed
    | UtteranceHeard
    | UtteranceFailed
    | DeadlinePassed
    | LegFinished
    | CallerHungUp
)

# --------------------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class Speak:
    """Say this after everything that is still queued; at once if nothing is."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class StopSpeaking:
    """Drop these utterances now, wherever they are: playing, sent or queued.

    Others of the queue (texts with ``interrupt: no``) are still played whole.
    """

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the caller to a number; everything said before has been heard already.

    Answered by :class:`LegFinished`, unless the caller hangs up.
    """

    name: str
    """The target as the flow names it: ``front_desk``, or the number itself."""
    number: str
    """E.164."""
    ring_ms: int
    caller_id: str | None
    limit_ms: int | None
    step: str


TROUBLE = "trouble"
"""Outcome of a call that a fault of ours ended; the caller was told."""
SPEECHLESS = "speechless"
"""Outcome of a call to which nothing could be said any more."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call; everything said before has been heard already."""

    outcome: str
    """How the call ended, for its record: ``hangup``, ``gave_up``, ``limit``, ``trouble`` …"""


class Noted(Enum):
    """What the machine tells for the record and the transcript."""

    STEP = "step"
    """Entered a step; detail is ``flow/step``."""
    CHOICE = "choice"
    """A menu choice was made; detail is its keys."""
    ENTRY = "entry"
    """An ``ask`` has its value; detail is the keys, masked where sensitive."""
    NO_INPUT = "no_input"
    NO_MATCH = "no_match"
    CLEARED = "cleared"
    """The caller started an entry again with star."""
    KEY_DROPPED = "key_dropped"
    """A key nobody could take; detail says why."""
    LANGUAGE = "language"
    """The call's language changed; detail is its code."""
    TROUBLE = "trouble"
    """The flow could not go on as written; detail is the reason in one sentence."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something for the record; a driver may ignore it. ``detail`` never holds sensitive keys."""

    what: Noted
    step: str
    detail: str = ""


Command = Speak | StopSpeaking | Transfer | HangUp | Note
