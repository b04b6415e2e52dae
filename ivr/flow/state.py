"""The whole state of a call as plain data, and its form as bytes.

Everything the machine knows is here and nothing else is; any process that has these bytes and the
flow set goes on with the call. Values of sensitive steps are not in the bytes: they live in the
running process only. Times are whole milliseconds since the call was answered.

These are msgspec structs: they travel as bytes, and a changed copy of one costs a thirtieth of a
dataclass's, several times in each turn of the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec.structs import replace

from ivr.flow.messages import Narration, Playback, Utterance, Words
from ivr.flow.values import EvaluationError, from_plain, to_plain

VERSION = 1
"""Of the encoded form; a process refuses bytes of a version it does not know."""
KEPT_BYTES_MAX = 65_536
"""What all values that flows keep of one call may come to (LANGUAGE.md §5.12)."""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call before a word was said."""

    id: str
    """The carrier's id: CallSid."""
    caller: str | None
    """E.164; None when withheld or a stand-in."""
    called: str
    started_at: datetime
    """Aware, UTC; the one time the wall clock enters."""
    flow: str
    language: str | None


class WaitFor(Enum):
    """What a call can be waiting for."""

    KEYS = "keys"
    """A menu or ask is listening."""
    CONFIRM = "confirm"
    """An ask has its entry and asks whether it is right."""
    PLAYED_OUT = "played_out"
    """Everything said must be heard before the call leaves or ends."""
    LEG = "leg"
    """The caller is connected to somebody else; we have no stream."""
    TURN = "turn"
    """What the step does begins once certain texts were heard: notices, or all of them."""
    ERRAND = "errand"
    """Something was asked of the world outside."""
    RECORDING = "recording"
    """What the caller says is being recorded."""


class Once(Enum):
    """What must have been heard before a step does what it does."""

    AT_ONCE = "at_once"
    """Nothing: it changes nothing in the world, so it may begin while earlier texts are heard."""
    NOTICES = "notices"
    """Earlier texts that may not be interrupted."""
    EVERYTHING = "everything"
    """All that is queued, its own text too."""


class Wait(msgspec.Struct, frozen=True):
    """The one thing a call waits for, with all it needs to go on."""

    what: WaitFor
    keys: str = ""
    """Keyed so far."""
    entry: str = ""
    """The entry that is being confirmed."""
    tries: int = 0
    until: int | None = None
    """When silence counts; None while the question is still being heard."""
    since: int = 0
    """The first utterance of the step's own prompt, for steps without type-ahead."""
    outcome: str = ""
    """What ends the call once everything was heard; empty for a transfer."""
    once: Once | None = None
    """What must have been heard before it is the step's turn."""
    quiet_ms: int = 0
    """How long the caller may be silent once the question was heard."""
    secret: bool = False
    """The keys are those of a sensitive step."""
    errand: int = 0
    """The number of the errand that is out, or of the recording."""
    came: str = ""
    """The outcome of the errand, which waits until the step's texts were heard."""
    limit: int | None = None
    """When an errand that nobody answers is given up."""
    hold: int = 0
    """The utterance that fills the time, if one is queued; the wait ends it."""
    target: int = 0
    """Which of several targets of a transfer is rung."""


class Place(msgspec.Struct, frozen=True):
    """Where the caller is."""

    flow: str
    step: str
    action: int = 0

    @property
    def name(self) -> str:
        """The step as records and notes name it."""
        return f"{self.flow}/{self.step}"


class Frame(msgspec.Struct, frozen=True):
    """A flow that runs another one, as it is when that returns."""

    place: Place
    """The step that runs it."""
    variables: Mapping[str, Any]
    inputs: Mapping[str, Any]
    sensitive: frozenset[str]
    menus: tuple[Place, ...]


class State(msgspec.Struct):
    """Everything about a running call.

    The machine works on its own copy for each event and never changes the one it was given; the
    collections in it are replaced, not changed.
    """

    facts: CallFacts
    flows: str
    """Hash of the flow set this call keeps to."""
    place: Place
    language: str
    now: int = 0
    """When the last event happened; never runs backwards."""
    answered: bool = False
    variables: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """Values by name (``Value``, but msgspec cannot tell texts from dates, so ``Any``)."""
    inputs: Mapping[str, Any] = msgspec.field(default_factory=dict)
    """What the flow was given by the one that runs it."""
    sensitive: frozenset[str] = frozenset()
    """Names whose values may be written nowhere: ``card``, ``inputs.card``."""
    frames: tuple[Frame, ...] = ()
    """The flows that run this one, the outermost first."""
    queue: tuple[Utterance, ...] = ()
    """Said but not yet heard, in order; the first one is being heard now."""
    said: int = 0
    """Number of the last utterance."""
    wait: Wait | None = None
    typed: str = ""
    """Keys nobody waited for yet (type-ahead)."""
    guarded: bool = False
    """Some step of the set is sensitive, so keys typed ahead may be a PIN."""
    visits: Mapping[str, int] = msgspec.field(default_factory=dict)
    """Visits of each step since the caller last did something; the guard against loops."""
    seen: frozenset[str] = frozenset()
    """Menus the caller has been in, for their shorter ``repeat:`` text."""
    menus: tuple[Place, ...] = ()
    """The menus behind the caller, for ``back``."""
    actions: int = 0
    swallow_pound_until: int = 0
    last_key: str = ""
    last_key_at: int = -1000
    caller_acted: bool = False
    away_since: int = 0
    away_ms: int = 0
    """Time spent in transfers, which does not count against the call's limit."""
    limit_warned: bool = False
    apologised: bool = False
    """The caller was told, or was to be told, that something is wrong."""
    rescued: bool = False
    """The flow's own ``on_error`` was tried; the next trouble ends the call."""
    errands: int = 0
    """Number of the last errand."""
    patience: float = 1.0
    """How much longer than others this caller may take to press a key."""
    recording: str = ""
    """What the flow last said about recording the call: ``start``, ``pause``, ``resume``."""
    hushed: bool = False
    """The recording is paused because something sensitive is being keyed."""
    gone_at: int | None = None
    """When the caller hung up; what is done since then, nobody hears."""
    deadline: int | None = None
    """When the machine wants :class:`~ivr.flow.messages.DeadlinePassed`."""
    ended: str | None = None
    """The outcome, once the call is over."""
    version: int = VERSION


def copied(state: State) -> State:
    """A state of its own, to be changed."""
    return copy(state)


def check_size(state: State) -> None:
    """Make sure that what flows keep of the call is not too much, and can be kept at all.

    Counted are the variables and inputs of the flow the caller is in and of all that run it, as
    JSON. Raises :class:`~ivr.flow.values.EvaluationError`.
    """
    kept = [state.variables, state.inputs]
    for frame in state.frames:
        kept += (frame.variables, frame.inputs)
    try:
        size = len(msgspec.json.encode([to_plain(values) for values in kept]))
    except (TypeError, ValueError, OverflowError):
        # ValueError: a text that is no Unicode.
        raise EvaluationError("a value that cannot be kept") from None
    if size > KEPT_BYTES_MAX:
        raise EvaluationError(f"more than {KEPT_BYTES_MAX // 1024} kB of values in one call")


# --------------------------------------------------------------------------- as bytes


class _Envelope(msgspec.Struct):
    """What is read first: whose version it is."""

    version: int


def encode(state: State) -> bytes:
    """The state as bytes, without anything sensitive."""
    bare = replace(
        state,
        variables=_open(state.variables, state.sensitive),
        inputs=_open(state.inputs, state.sensitive, "inputs."),
        frames=tuple(
            replace(
                frame,
                variables=_open(frame.variables, frame.sensitive),
                inputs=_open(frame.inputs, frame.sensitive, "inputs."),
            )
            for frame in state.frames
        ),
        queue=tuple(utterance for utterance in state.queue if not _private(utterance)),
    )
    if state.guarded:
        bare.typed = bare.last_key = ""
    if bare.wait is not None and bare.wait.secret:
        # A half-keyed PIN is keyed again after a resume, and so is one that was to be confirmed.
        if bare.wait.what is WaitFor.CONFIRM:
            first = bare.wait.since
            bare.queue = tuple(utterance for utterance in bare.queue if utterance.id < first)
        bare.wait = replace(bare.wait, what=WaitFor.KEYS, keys="", entry="")
    return msgspec.json.encode(bare, order="deterministic")


def decode(data: bytes) -> State:
    """The state of :func:`encode`. Raises ``ValueError`` for bytes that are none of ours."""
    try:
        version = msgspec.json.decode(data, type=_Envelope).version
        if version != VERSION:
            raise ValueError(f"a state of version {version}; this is version {VERSION}")
        state = msgspec.json.decode(data, type=State)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ValueError(f"not the state of a call: {error}") from None
    state.variables, state.inputs = _read(state.variables), _read(state.inputs)
    state.frames = tuple(
        replace(frame, variables=_read(frame.variables), inputs=_read(frame.inputs))
        for frame in state.frames
    )
    return state


def _open(values: Mapping[str, Any], sensitive: frozenset[str], prefix: str = "") -> dict[str, Any]:
    """The values that may be stored, as plain data."""
    return {k: to_plain(v) for k, v in values.items() if prefix + k not in sensitive}


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_plain(value) for name, value in values.items()}


def _private(utterance: Utterance) -> bool:
    """Whether it may not be stored, or cannot: text that is still coming lives in one process."""
    return any(
        (isinstance(part, Words) and part.shown) or isinstance(part, (Narration, Playback))
        for part in utterance.parts
    )
