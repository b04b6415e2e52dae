"""What happened (events, past tense) and what to do (commands, imperative).

The machine is a pure function of state, event and now; these two unions are its whole border. Four
drivers speak them: the live call (``calls/session``), the flow tests (``rehearsal``), and whatever
comes next. Times are whole milliseconds since the call was answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import msgspec

from ivr.flow.values import Value

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


class Hold(msgspec.Struct, frozen=True, tag=True):
    """What a caller hears while something is being looked up."""

    file: str | None
    """A file of the flow folder, from its beginning again where it is too short; None: a soft
    tone."""
    ms: int


class Narration(msgspec.Struct, frozen=True, tag=True):
    """Text that comes while it is spoken: the pieces an errand is bringing."""

    errand: int
    language: str
    voice: str
    private: bool = False
    """It was made of something sensitive, and may be shown nowhere."""


class Playback(msgspec.Struct, frozen=True, tag=True):
    """What the caller has just recorded, played to them."""

    errand: int
    """Of the recording."""


class Tones(msgspec.Struct, frozen=True, tag=True):
    """Keys played to the other side, as a telephone sounds them."""

    keys: str
    """Of ``0123456789*#``; ``w`` waits half a second."""


Part = Words | Clip | Silence | Hold | Narration | Playback | Tones


class Utterance(msgspec.Struct, frozen=True):
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


class CallAnswered(msgspec.Struct, frozen=True):
    """The first stream of the call has started; nothing was said yet."""


class CallResumed(msgspec.Struct, frozen=True):
    """The call has a new stream after the old one was lost; what was not heard is said again."""


class KeyPressed(msgspec.Struct, frozen=True):
    """The caller pressed a key: one of ``0123456789*#ABCD``."""

    key: str


class UtteranceHeard(msgspec.Struct, frozen=True):
    """An utterance was played to its end (its mark came back in the same generation)."""

    id: int


class UtteranceFailed(msgspec.Struct, frozen=True):
    """No voice could say it, or not all of it.

    After a text that broke off the flow goes on as if it had been heard. Where nothing was heard
    the caller is told that something is wrong; where that cannot be said either, the call ends as
    :data:`SPEECHLESS`, and the carrier's own voice has the last word.
    """

    id: int
    reason: str
    partly: bool = False
    """Some of it was heard."""


class DeadlinePassed(msgspec.Struct, frozen=True):
    """The time the machine asked to be woken at is here."""


class LegOutcome(Enum):
    """How a time away ended; the values are the outcome names of the flow language."""

    DONE = "done"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    FULL = "full"
    """Of a queue, as the next two."""
    TOO_LONG = "too_long"
    CLOSED = "closed"


class LegFinished(msgspec.Struct, frozen=True):
    """The call is back, in a new stream (or never left, where that was refused)."""

    outcome: LegOutcome


@dataclass(frozen=True, slots=True)
class RequestAnswered:
    """What a :class:`Request` came to."""

    id: int
    status: int | None
    """Of HTTP; None where there was no answer that can be used."""
    body: Value = None
    problem: str = ""
    """Why there is none, in one sentence without a secret, for the record."""


@dataclass(frozen=True, slots=True)
class ErrandDone:
    """What any other errand came to."""

    id: int
    outcome: str
    """``done``, ``failed``, ``empty``, or one a function has declared."""
    value: Value = None
    problem: str = ""
    narrates: bool = False
    """Of a function: it begins to bring text, to be spoken as :class:`Narration`. The errand goes
    on, and is done by another such event once the text was spoken or stopped."""


class CallerHungUp(msgspec.Struct, frozen=True):
    """The caller is gone, at whatever moment."""


Event = (
    CallAnswered
    | CallResumed
    | KeyPressed
    | UtteranceHeard
    | UtteranceFailed
    | DeadlinePassed
    | LegFinished
    | RequestAnswered
    | ErrandDone
    | CallerHungUp
)

# --------------------------------------------------------------------------- commands


class Speak(msgspec.Struct, frozen=True):
    """Say this after everything that is still queued; at once if nothing is."""

    utterance: Utterance


class StopSpeaking(msgspec.Struct, frozen=True):
    """Drop these utterances now, wherever they are: playing, sent or queued.

    Others of the queue (texts with ``interrupt: no``) are still played whole.
    """

    ids: tuple[int, ...]


# ------------------------------------------------------------- commands: leaving the stream


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who can be rung."""

    name: str
    """As the flow names it: ``front_desk``, or the address itself."""
    address: str
    """E.164, ``sip:…``, ``client:…`` or ``conference:…``."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Connect the caller to somebody; everything said before has been heard already.

    Answered by :class:`LegFinished`, unless the caller hangs up.
    """

    name: str
    """The target as the flow names it: ``front_desk``, or the number itself."""
    number: str
    """E.164, ``sip:…``, ``client:…`` or ``conference:…``."""
    ring_ms: int
    caller_id: str | None
    limit_ms: int | None
    step: str
    together: tuple[Target, ...] = ()
    """Others who are rung at the same time; who answers first has the call."""
    whisper: tuple[Words, ...] = ()
    """Told to whoever answers, before they are connected."""
    accept: str = ""
    """The key with which they take the call; without one, answering does."""
    hold: str | None = None
    """A file the caller hears instead of ringing."""
    blind: bool = False
    """Hand the call over for good (SIP REFER)."""
    record: bool = False
    """Record the talk."""


@dataclass(frozen=True, slots=True)
class JoinQueue:
    """Let the caller wait in a queue; answered as a transfer is."""

    name: str
    hold: str | None
    limit_ms: int | None
    """The longest anybody waits there."""
    step: str


@dataclass(frozen=True, slots=True)
class RunTwiml:
    """Let the carrier do what this document says; answered as a transfer is."""

    document: str = field(repr=False)
    """Whole TwiML. Names of secrets stand in it as markers (:func:`secret_marker`)."""
    step: str


Leg = Transfer | JoinQueue | RunTwiml

# ------------------------------------------------------------- commands: errands

_MARK = "\N{START OF HEADING}"


def secret_marker(name: str) -> str:
    """What stands for a secret until the moment it is sent; only ``outside`` knows the secret."""
    return f"{_MARK}secret:{name}{_MARK}"


@dataclass(frozen=True, slots=True)
class Request:
    """Ask a service over HTTP; answered by :class:`RequestAnswered`.

    Nothing of it but ``name`` may be written down: sensitive values are in it.
    """

    id: int
    """Of the errand; counts up from 1 in each call."""
    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(repr=False)
    body: Value = field(repr=False)
    """Sent as JSON; None: no body."""
    timeout_ms: int
    """For all of it; the machine sends :class:`Cancel` then, so this is for who performs it."""
    retries: int
    """Of a GET to which no connection came about."""
    step: str
    name: str
    """How it may be written down: the method and the address without its query."""
    example: Value = None
    """What the flow says an answer looks like; simulated calls are answered with it."""
    finish: bool = False
    """It goes on when the caller hangs up."""
    ahead: bool = False
    """It may be asked before the caller chose it: a GET the flow says is safe."""

    def asks_same_as(self, other: Request) -> bool:
        """Whether the answer to one is an answer to the other, as it is to a GET asked ahead."""
        return (self.method, self.url, self.headers, self.query, self.body) == (
            other.method,
            other.url,
            other.headers,
            other.query,
            other.body,
        )


@dataclass(frozen=True, slots=True)
class Invoke:
    """Call a registered function (``do``); answered by :class:`ErrandDone`."""

    id: int
    function: str
    arguments: Mapping[str, Value] = field(repr=False)
    timeout_ms: int
    step: str
    example: Value = None
    finish: bool = False


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Record what the caller says from now on; answered by :class:`ErrandDone`.

    ``done`` with ``{seconds: …, …}`` of the recording, or ``empty`` where there is less than
    ``least_ms`` of it. A caller who hangs up ends it like the end key: what was said is kept.
    """

    id: int
    mailbox: str | None
    """Where it is kept; None: for the flow itself."""
    beep: bool
    max_ms: int
    silence_ms: int
    """So much silence ends it."""
    least_ms: int
    step: str
    transcribe: bool = False
    review: bool = False
    """The caller may hear it again."""
    flow: str = ""
    """Where the step is."""


@dataclass(frozen=True, slots=True)
class StopRecording:
    """The caller pressed the end key."""

    id: int


@dataclass(frozen=True, slots=True)
class KeepMessage:
    """The caller is content with the recording: it goes to its mailbox."""

    id: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits for this errand any more."""

    id: int


@dataclass(frozen=True, slots=True)
class SendText:
    """Send a text message; answered by :class:`ErrandDone` as soon as it is safely on its way."""

    id: int
    to: str
    """E.164."""
    text: str = field(repr=False)
    step: str
    finish: bool = True
    """It goes on when the caller hangs up."""


class Recording(Enum):
    """What to do with the recording of the whole call; the values are the language's words."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class RecordCall:
    """Begin, pause, go on with or end the recording of the call; nothing answers."""

    what: Recording


@dataclass(frozen=True, slots=True)
class Emit:
    """Tell something to those who listen outside (through the outbox); nothing answers."""

    name: str
    data: Mapping[str, Value]
    step: str
    flow: str = ""
    """Where the step is: a flow that was run from another one is told by its own name."""

    @property
    def place(self) -> str:
        """The step as records name it."""
        return f"{self.flow}/{self.step}"


Errand = Request | Invoke | RecordMessage | SendText


TROUBLE = "trouble"
"""Outcome of a call that a fault of ours ended; the caller was told."""
SPEECHLESS = "speechless"
"""Outcome of a call to which nothing could be said any more."""


class HangUp(msgspec.Struct, frozen=True):
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
    ASKED_FOR = "asked_for"
    """An errand began; detail names it without anything sensitive: ``GET https://…``."""
    CAME_BACK = "came_back"
    """It is answered; detail is its outcome."""
    TROUBLE = "trouble"
    """The flow could not go on as written; detail is the reason in one sentence."""


class Note(msgspec.Struct, frozen=True):
    """Something for the record; a driver may ignore it. ``detail`` never holds sensitive keys."""

    what: Noted
    step: str
    detail: str = ""


Command = (
    Speak
    | StopSpeaking
    | Leg
    | Errand
    | Cancel
    | StopRecording
    | KeepMessage
    | RecordCall
    | Emit
    | HangUp
    | Note
)
