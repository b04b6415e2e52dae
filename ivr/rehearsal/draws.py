"""What a caller could do now, and the outside world: drawn from each step's own rules.

Of a menu: every choice, the keys of ``anytime``, half of a longer key, a key that is none. Of an
entry: what :mod:`ivr.rehearsal.entries` draws. Of a confirmation: both keys and a wrong one. Of a
recording: a few words, many, none, the end key. Of time away: every way it can end. Of what is
asked outside: the example, every status that leads somewhere, 404, an error, no answer; every
outcome of a function. And silence: of callers, and of services that are slow. Used by ``explore``;
knows nothing of time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr.flow.expression import Expression
from ivr.flow.machine import anytime_keys
from ivr.flow.messages import LegOutcome
from ivr.flow.model import Flow, FlowSet, Kind
from ivr.flow.scope import scope_of
from ivr.flow.state import State, WaitFor
from ivr.flow.steps.ask import Ask
from ivr.flow.steps.do import Do
from ivr.flow.steps.entries import Ground
from ivr.flow.steps.entries.yes_no import YesNo
from ivr.flow.steps.http import Http
from ivr.flow.steps.menu import Menu
from ivr.flow.steps.queue import Queue
from ivr.flow.steps.record import RecordCaller
from ivr.flow.steps.twiml import Twiml
from ivr.flow.steps.voicemail import Voicemail
from ivr.flow.values import Value
from ivr.rehearsal import entries

KEYS = "0123456789*#"
LITERALS_MAX = 24
"""Of one flow: numbers its conditions speak of."""
LITERAL_DIGITS_MAX = 16
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Presses:
    """The caller presses keys, one after the other."""

    keys: str
    early: bool = False
    """In the midst of what is being said."""


@dataclass(frozen=True, slots=True)
class Silent:
    """The caller does nothing until the flow reacts."""


@dataclass(frozen=True, slots=True)
class Returns:
    """The time away ends."""

    outcome: LegOutcome


@dataclass(frozen=True, slots=True)
class Answers:
    """A service answers; without a status it does not in time, or nothing that can be used."""

    status: int | None
    body: Value = None
    early: bool = False

    def __hash__(self) -> int:
        """Bodies are maps."""
        return hash(self.status)


@dataclass(frozen=True, slots=True)
class Finishes:
    """A function is done, or a text message sent."""

    outcome: str
    value: Value = None
    early: bool = False

    def __hash__(self) -> int:
        """Values may be maps."""
        return hash(self.outcome)


@dataclass(frozen=True, slots=True)
class Speaks:
    """The caller speaks into the recording for so long, then says nothing; 0: says nothing."""

    seconds: int


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The caller hangs up."""


Act = Presses | Silent | Returns | Answers | Finishes | Speaks | HangsUp
SPOKEN = (12, 1, 0)
"""Seconds of a message, of what is too short for one, and of none."""


def acts(
    flows: FlowSet, state: State, known: Mapping[str, Sequence[str]], chance: random.Random
) -> list[Act]:
    """Everything worth trying now, in a fixed order.

    ``known`` are the :func:`literals` of each flow; ``chance`` fills in free digits.
    """
    wait = state.wait
    if wait is None or state.ended is not None or wait.came:
        return []
    flow = flows.flows[state.place.flow]
    kind = flow.steps[state.place.step].actions[state.place.action].kind
    anytime = anytime_keys(flows, state)
    match wait.what:
        case WaitFor.LEG:
            return [Returns(outcome) for outcome in _ends(kind)]
        case WaitFor.ERRAND:
            return [*_answers(kind, flows), Silent()]
        case WaitFor.RECORDING:
            end_key = getattr(kind, "end_key", "")
            return [*map(Speaks, SPOKEN), *([Presses(end_key)] if end_key else ())]
        case _:
            pass
    match kind:
        case Voicemail() | RecordCaller():
            keys = ["1", "2", "3", "7"]
        case _ if wait.what is WaitFor.CONFIRM:
            keys = ["1", "2", *anytime, _wrong("12", anytime)]
        case Menu():
            keys = _of_menu(kind, wait.keys, anytime)
        case Ask(entry=YesNo()):
            keys = ["1", "2", *anytime, _wrong("12", anytime)]
        case Ask() if wait.keys:
            keys = ["#"]
        case Ask():
            ground = Ground(state.language, scope_of(state, flow, flows))
            keys = list(entries.drawn(kind, ground, known[flow.id], chance))
        case _:
            keys = list(KEYS)
    return [*(Presses(key) for key in dict.fromkeys(keys) if key), Silent()]


def _ends(kind: Kind | None) -> tuple[LegOutcome, ...]:
    """How a time away can end."""
    match kind:
        case Queue():
            return _QUEUE
        case Twiml():
            return (LegOutcome.DONE, LegOutcome.FAILED)
        case _:
            return _TRANSFER


_QUEUE = (
    *(LegOutcome.DONE, LegOutcome.FULL, LegOutcome.TOO_LONG),
    *(LegOutcome.CLOSED, LegOutcome.FAILED),
)
_TRANSFER = (LegOutcome.DONE, LegOutcome.BUSY, LegOutcome.NO_ANSWER, LegOutcome.FAILED)


def _answers(kind: Kind | None, flows: FlowSet) -> list[Answers | Finishes]:
    """What may come of an errand."""
    match kind:
        case Http(example=example, statuses=statuses):
            found = [200, 404, 500, *statuses]
            replies = [Answers(s, example if s < 300 else None) for s in dict.fromkeys(found)]
            return [*replies, Answers(None)]
        case Do(function=function, example=example, outcomes=outcomes):
            spec = flows.functions.get(function)
            declared = spec.outcomes if spec is not None else tuple(outcomes)
            named = dict.fromkeys(("done", *declared, "failed"))
            named.pop("otherwise", None)
            return [Finishes(name, example if name == "done" else None) for name in named]
        case _:
            return [Finishes("done"), Finishes("failed")]


def _of_menu(menu: Menu, keyed: str, anytime: str) -> list[str]:
    rest = [key[len(keyed) :] for key in menu.choices if key.startswith(keyed)]
    halves = [key[:-1] for key in rest if len(key) > 1]
    first = "".join(key[0] for key in rest if key)
    return [*rest, *halves, *("" if keyed else anytime), _wrong(first, anytime)]


def _wrong(known: str, anytime: str) -> str:
    """A key that is no choice here."""
    taken = {*known, *anytime}
    return next((key for key in "7531986420#*" if key not in taken), "")


def literals(flow: Flow) -> tuple[str, ...]:
    """The numbers that stand in a flow's conditions, as texts, in order."""
    sources = (condition.source for condition in _conditions(flow))
    found = dict.fromkeys(number for source in sources for number in _NUMBER.findall(source))
    return tuple(number for number in found if len(number) <= LITERAL_DIGITS_MAX)[:LITERALS_MAX]


def _conditions(flow: Flow) -> Iterator[Expression]:
    for step in flow.steps.values():
        for action in step.actions:
            if action.condition is not None:
                yield action.condition
            if isinstance(action.kind, Ask) and action.kind.check is not None:
                yield action.kind.check
        for edge in step.edges():
            for branch in edge.destination:
                if branch.condition is not None:
                    yield branch.condition
