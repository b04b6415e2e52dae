"""The words for each option of each kind of step: the table behind ``ivr diff``.

An option with a line here is told in a sentence of its own; any other in a general one, so nothing
is left out when a kind learns something new. ``{at}`` is “in the main menu”, ``{it}`` “the main
menu”. Used by :mod:`ivr.flow.edit.diff_steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from ivr.flow.edit import naming
from ivr.flow.edit.naming import duration, human
from ivr.flow.model import Flow, Kind
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.assign import Assign
from ivr.flow.steps.do import Do
from ivr.flow.steps.event import TellEvent
from ivr.flow.steps.giving_back import Return
from ivr.flow.steps.http import Http
from ivr.flow.steps.language import SwitchLanguage
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.record_call import RecordTheCall
from ivr.flow.steps.run import RunFlow
from ivr.flow.steps.send_keys import PlayKeys
from ivr.flow.steps.sms import Sms
from ivr.flow.steps.transfer import TransferTo
from ivr.flow.steps.twiml import Twiml
from ivr.flow.steps.voicemail import Voicemail


class Weight(IntEnum):
    """How much callers notice; the most comes first."""

    WAYS = 0
    """Where they end up, and whom they reach when."""
    BEHAVIOUR = 1
    """How long the line waits, how often it asks."""
    WORDING = 2
    """What they hear."""
    INSIDE = 3
    """Nothing they could tell."""


WAYS, BEHAVIOUR, WORDING, INSIDE = Weight


@dataclass(frozen=True, slots=True)
class Option:
    """How a change of an option is told."""

    weight: Weight
    says: str
    """With ``{at}``, ``{it}``, ``{new}`` and ``{old}``."""
    show: Callable[..., str] = naming.value


@dataclass(frozen=True, slots=True)
class Switch:
    """How it is told that an option was switched on or off."""

    weight: Weight
    on: str
    off: str


_RECORDINGS: Final = {"start": "starts", "pause": "pauses", "resume": "resumes", "stop": "ends"}


def _recording(what: str) -> str:
    return _RECORDINGS[what]


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"{number} times")


def _numbers(names: tuple[str, ...]) -> str:
    return naming.listed(map(human, names))


def _shown_as(name: str | None) -> str:
    return human(name) if name else "the caller's own number"


def _key(name: str) -> str:
    return f"the {naming.key(name)} key"


_QUESTION: Final[Mapping[str, Option | Switch]] = {
    "question.tries": Option(
        BEHAVIOUR,
        "{at}, callers who press nothing or a wrong key are now asked {new} (before {old})",
        _times,
    ),
    "question.wait_ms": Option(
        BEHAVIOUR, "{at}, callers now have {new} to press a key (before {old})", duration
    ),
    "question.between_ms": Option(
        BEHAVIOUR, "{at}, callers now have {new} from one key to the next (before {old})", duration
    ),
    "question.type_ahead": Switch(
        BEHAVIOUR,
        "{at}, keys pressed before it begins now count",
        "{at}, keys pressed before it begins no longer count",
    ),
}
_RECORDING: Final[Mapping[str, Option | Switch]] = {
    "limits.max_ms": Option(
        BEHAVIOUR, "{at}, callers may now speak for {new} (before {old})", duration
    ),
    "limits.silence_ms": Option(
        BEHAVIOUR, "{at}, {new} of silence now end the recording (before {old})", duration
    ),
    "limits.beep": Switch(
        WORDING, "{at}, callers now hear a tone first", "{at}, callers no longer hear a tone first"
    ),
    "limits.end_key": Option(BEHAVIOUR, "{at}, {new} now ends the recording (before {old})", _key),
    "limits.review": Switch(
        BEHAVIOUR,
        "{at}, callers may now hear what they said and record it again",
        "{at}, callers may no longer hear what they said and record it again",
    ),
}
_SAVE: Final = Option(INSIDE, "{at}, what comes back is now kept as {new} (before {old})")
_EXAMPLE: Final = Option(INSIDE, "{at}, the example answer is now {new} (before {old})")
_HOLD: Final = Option(WORDING, "{at}, callers who wait now hear {new} (before {old})")
_TIMEOUT: Final = Option(
    BEHAVIOUR, "{at}, callers now wait {new} at most for an answer (before {old})", duration
)

OPTIONS: Final[Mapping[str, Mapping[str, Option | Switch]]] = {
    "menu": {
        **_QUESTION,
        "save": Option(INSIDE, "{at}, the key is now kept as {new} (before {old})"),
    },
    "ask": {
        **_QUESTION,
        "variable": Option(INSIDE, "{at}, the answer is now kept as {new} (before {old})"),
        "check": Option(BEHAVIOUR, "{at}, an answer must now pass {new} (before {old})"),
        "end_key": Option(BEHAVIOUR, "{at}, {new} now ends an answer (before {old})", _key),
        "confirms": Switch(
            BEHAVIOUR,
            "{at}, callers are now asked whether the answer is right",
            "{at}, callers are no longer asked whether the answer is right",
        ),
        "sensitive": Switch(
            INSIDE,
            "{at}, the answer is now written down nowhere",
            "{at}, the answer is no longer a secret and may be written down",
        ),
    },
    "voicemail": {
        **_RECORDING,
        "mailbox": Option(WAYS, "{at}, messages now go to the mailbox {new} (before {old})"),
        "transcribe": Switch(
            INSIDE,
            "{at}, messages are now written down, too",
            "{at}, messages are no longer written down",
        ),
    },
    "record": {
        **_RECORDING,
        "variable": Option(INSIDE, "{at}, the recording is now kept as {new} (before {old})"),
    },
    "transfer": {
        "targets": Option(WAYS, "{it} now rings {new} (before {old})", _numbers),
        "ring_ms": Option(BEHAVIOUR, "{it} now rings for {new} (before {old})", duration),
        "caller_id": Option(
            BEHAVIOUR, "{at}, the other side now sees {new} (before {old})", _shown_as
        ),
        "limit_ms": Option(
            BEHAVIOUR, "{at}, a conversation may now last {new} (before {old})", duration
        ),
        "together": Switch(
            WAYS, "{it} now rings all of them at once", "{it} now rings one after the other"
        ),
        "accept": Option(BEHAVIOUR, "{at}, whoever picks up must now press {new} (before {old})"),
        "hold": _HOLD,
        "blind": Switch(
            WAYS,
            "{it} now hands the call over for good, and it does not come back",
            "{it} now keeps the call, which comes back when nobody picks up",
        ),
        "record": Switch(
            BEHAVIOUR,
            "{at}, the conversation is now recorded",
            "{at}, the conversation is no longer recorded",
        ),
    },
    "queue": {
        "name": Option(WAYS, "{at}, callers now wait in the queue {new} (before {old})", human),
        "hold": _HOLD,
        "limit_ms": Option(BEHAVIOUR, "{at}, callers now wait {new} (before {old})", duration),
    },
    "http": {
        "asked": Option(INSIDE, "{at}, the service is now asked {new} (before {old})"),
        "timeout_ms": _TIMEOUT,
        "hold": _HOLD,
        "save": _SAVE,
        "example": _EXAMPLE,
        "retries": Option(
            INSIDE,
            "{at}, a service that cannot be reached is now asked again: {new} (before: {old})",
            _times,
        ),
        "ahead": Switch(
            INSIDE,
            "{at}, the service may now be asked before callers come there",
            "{at}, the service is no longer asked before callers come there",
        ),
        "finish": Switch(
            INSIDE,
            "{at}, the service is now asked to the end when a caller hangs up",
            "{at}, asking the service now stops when a caller hangs up",
        ),
    },
    "do": {
        "function": Option(INSIDE, "{at}, the function called is now {new} (before {old})"),
        "timeout_ms": _TIMEOUT,
        "hold": _HOLD,
        "save": _SAVE,
        "example": _EXAMPLE,
        "finish": Switch(
            INSIDE,
            "{at}, the function now runs to its end when a caller hangs up",
            "{at}, the function now stops when a caller hangs up",
        ),
    },
    "run": {
        "flow": Option(WAYS, "{it} now leads through the flow {new} (before {old})", human),
        "save": _SAVE,
    },
    "return": {
        "outcome": Option(WAYS, "{it} now ends the flow as {new} (before {old})", human),
        "value": Option(INSIDE, "{it} now gives back {new} (before {old})"),
    },
    "language": {
        "code": Option(WAYS, "{it} now switches to {new} (before {old})", naming.language)
    },
    "record_call": {
        "what": Option(
            BEHAVIOUR,
            "{it} now {new} the recording of the call (before: it {old} it)",
            lambda what: _RECORDINGS[what],
        )
    },
    "send_keys": {"keys": Option(BEHAVIOUR, "{it} now plays the keys {new} (before {old})")},
    "sms": {"to": Option(WAYS, "{it} now sends its text message to {new} (before {old})")},
    "event": {"name": Option(INSIDE, "{it} now reports the event {new} (before {old})")},
    "twiml": {"document": Option(INSIDE, "{at}, the TwiML has changed")},
}
"""By kind and by field; a dot leads into a part."""


def whens(kind: Kind, way: str) -> str:
    """What leads a caller this way, as one names it: ``pressing 3``, ``a busy line``."""
    if way == "goto":
        return _GOTO.get(kind.kind, "")
    if isinstance(kind, Menu | Ask) and way.startswith("fail"):
        last = naming.ordinal(kind.question.tries)
        return {
            "fail": f"the {last} try without {_WANTED[kind.kind]}",
            "fail no_input": f"pressing nothing the {last} time",
            "fail no_match": f"a wrong key the {last} time",
        }[way]
    if isinstance(kind, Menu):
        return f"pressing {way}"
    if isinstance(kind, Http) and way.isdecimal():
        return f"the answer {way}"
    return _WHENS.get((kind.kind, way)) or _WHENS.get(("", way)) or f"the outcome “{human(way)}”"


_WANTED: Final = {"menu": "a choice", "ask": "an answer"}
_GOTO: Final = {"ask": "the answer", "http": "a good answer", "do": "success", "run": "success"}
_WHENS: Final = {
    ("transfer", "done"): "the end of the conversation",
    ("transfer", "busy"): "a busy line",
    ("transfer", "no_answer"): "a call nobody takes",
    ("transfer", "failed"): "a connection that fails",
    ("transfer", "otherwise"): "a call nobody takes",
    ("queue", "done"): "the end of the conversation",
    ("queue", "full"): "a full queue",
    ("queue", "too_long"): "waiting too long",
    ("queue", "closed"): "a closed queue",
    ("queue", "failed"): "a queue that fails",
    ("queue", "otherwise"): "not getting through",
    ("voicemail", "done"): "a message",
    ("voicemail", "empty"): "leaving no message",
    ("record", "empty"): "saying nothing",
    ("http", "not_found"): "an answer “not found”",
    ("http", "error"): "no usable answer",
    ("", "failed"): "a failure",
    ("", "otherwise"): "anything else",
}


def does(kind: Kind | None, flow: Flow) -> str:
    """What a step does, as a verb, for steps that are new or have become something else."""
    match kind:
        case None:
            return "only speaks"
        case Menu(choices=choices):
            return f"offers {naming.counted(len(choices), 'choice')}"
        case Ask(variable=name):
            return f"asks for the {human(name)}"
        case Voicemail(mailbox=box):
            return f"takes a message for {box}"
        case TransferTo(targets=targets):
            return f"rings {naming.listed(_with_number(name, flow) for name in targets)}"
        case Http(asked=asked):
            return f"asks a service ({asked.source})"
        case Assign(values=values):
            return f"remembers {naming.listed(map(human, values))}"
        case RunFlow(flow=name):
            return f"leads through the flow {human(name)}"
        case Return(outcome=outcome):
            return f"ends the flow as {human(outcome)}"
        case SwitchLanguage(code=code):
            return f"switches to {naming.language(code)}"
        case RecordCaller():
            return "records what the caller says"
        case RecordTheCall(what=what):
            return f"{_recording(what.value)} the recording of the call"
        case Queue(name=name):
            return f"lets callers wait in the queue {human(name)}"
        case Do(function=name):
            return f"calls the function {name}"
        case Sms():
            return "sends a text message"
        case PlayKeys(keys=keys):
            return f"plays the keys {keys}"
        case TellEvent(name=name):
            return f"reports the event {name}"
        case Twiml():
            return "hands the call to TwiML"
        case _:
            return f"does {human(kind.kind)}"


def _with_number(name: str, flow: Flow) -> str:
    number = flow.numbers.get(name)
    return f"{human(name)} ({number})" if number else name
