"""What a caller could do now, and the outside world: drawn from each step's own rules.

Of a menu: every choice, the keys of ``anytime``, half of a longer key, a key that is none. Of an
entry: values that fit, at both ends of the allowed lengths and around every number the conditions
of the flow speak of; too short, with a wrong check digit, cleared and begun again. Of a
confirmation: both keys and a wrong one. Of a transfer: every way it can come back. And silence.
Used by ``explore``; knows nothing of time.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr.flow.expression import Expression
from ivr.flow.messages import LegOutcome
from ivr.flow.model import Flow, FlowSet
from ivr.flow.state import State, WaitFor
from ivr.flow.steps.ask import Ask, luhn_ok
from ivr.flow.steps.menu import Menu

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
class Answers:
    """The transfer comes back."""

    outcome: LegOutcome


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The caller hangs up."""


Act = Presses | Silent | Answers | HangsUp


def acts(
    flows: FlowSet, state: State, known: Mapping[str, Sequence[str]], chance: random.Random
) -> list[Act]:
    """Everything worth trying now, in a fixed order.

    ``known`` are the :func:`literals` of each flow; ``chance`` fills in free digits.
    """
    wait = state.wait
    if wait is None or state.ended is not None:
        return []
    if wait.what is WaitFor.LEG:
        return [Answers(outcome) for outcome in LegOutcome]
    flow = flows.flows[state.place.flow]
    kind = flow.steps[state.place.step].actions[state.place.action].kind
    match kind:
        case _ if wait.what is WaitFor.CONFIRM:
            keys = ["1", "2", *flow.anytime, _wrong("12", flow)]
        case Menu():
            keys = _of_menu(kind, wait.keys, flow)
        case Ask():
            keys = ["#"] if wait.keys else list(_of_entry(kind, known[flow.id], chance))
        case _:
            keys = list(KEYS)
    return [*(Presses(key) for key in dict.fromkeys(keys) if key), Silent()]


def _of_menu(menu: Menu, keyed: str, flow: Flow) -> list[str]:
    rest = [key[len(keyed) :] for key in menu.choices if key.startswith(keyed)]
    halves = [key[:-1] for key in rest if len(key) > 1]
    first = "".join(key[0] for key in rest if key)
    return [*rest, *halves, *([] if keyed else flow.anytime), _wrong(first, flow)]


def _wrong(known: str, flow: Flow) -> str:
    """A key that is no choice here."""
    taken = {*known, *flow.anytime}
    return next((key for key in "7531986420#*" if key not in taken), "")


def _of_entry(ask: Ask, known: Sequence[str], chance: random.Random) -> Iterator[str]:
    shortest, longest = ask.shortest, ask.longest
    for length in dict.fromkeys((shortest, min(longest, shortest + 1), min(longest, 12), longest)):
        yield _ended(_digits(length, ask, chance), ask)
    for literal in known:
        for value in (literal, str(int(literal) + 1), str(max(0, int(literal) - 1))):
            padded = value.zfill(shortest) if len(value) < shortest else value
            yield _ended(padded[:longest], ask)
        if len(literal) < shortest:
            yield _ended(literal + _digits(shortest - len(literal), None, chance), ask)
    yield _ended("0" * shortest, ask)
    fitting = _digits(shortest, ask, chance)
    if ask.luhn:
        yield _ended(fitting[:-1] + str((int(fitting[-1]) + 1) % 10), ask)
    if shortest > 1:
        yield fitting[:-1]
        yield fitting[:-1] + ask.end_key
    yield ask.end_key
    yield "*"
    yield fitting[:1] + "*" + _ended(fitting, ask)
    if longest > shortest:
        yield fitting


def _ended(digits: str, ask: Ask) -> str:
    """An entry with its end key, where it does not end by itself."""
    return digits if len(digits) >= ask.longest else digits + ask.end_key


def _digits(length: int, ask: Ask | None, chance: random.Random) -> str:
    """Digits, with the right check digit where one is wanted."""
    made = "".join(chance.choices("0123456789", k=length))
    if ask is None or not ask.luhn:
        return made
    return next((made[:-1] + last for last in "0123456789" if luhn_ok(made[:-1] + last)), made)


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
