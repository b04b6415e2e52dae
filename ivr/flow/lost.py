"""Values of sensitive steps that a call has lost, and where it must ask for them again.

They live in one process only. A call that goes on in another one goes back to the earliest step
that asks for a lost value, if anything it may still come to reads it (LANGUAGE.md §5.12).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivr.flow import frames
from ivr.flow.expression import Expression
from ivr.flow.model import Action, Flow
from ivr.flow.problems import Span
from ivr.flow.state import Place, State, WaitFor, copied
from ivr.flow.text import Template

if TYPE_CHECKING:
    from ivr.flow.machine import Run

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """A step to go back to, and how deep its flow stands in the stack."""

    place: Place
    depth: int


def needed_at(run: Run) -> Where | None:
    """The step that asks for what is lost and still needed; None if nothing is."""
    state = run.state
    wait = state.wait
    if wait is not None and wait.what is WaitFor.PLAYED_OUT and wait.outcome:
        return None
    found: Where | None = None
    own = wait is None or not wait.came
    """Whether the action the flow stands at still reads its values."""
    for depth in range(len(state.frames), -1, -1):
        level = copied(state)
        frames.leave(level, depth)
        gone = _gone(level)
        flow = run.flows.flows[level.place.flow]
        needed = {name for name in gone if _is_read(flow, level.place, name, own=own)}
        if needed and (step := _asked_in(flow, needed) or _asked_in(flow, gone)) is not None:
            found = Where(Place(flow.id, step), depth)
        # What this flow was given, the one that runs it must give again.
        own = any(name.startswith("inputs.") for name in needed)
    return found


def _gone(state: State) -> set[str]:
    """The names of sensitive values that are not there any more."""
    here = {*state.variables, *(f"inputs.{name}" for name in state.inputs)}
    return {name for name in state.sensitive if name not in here}


def _asks(action: Action, names: set[str]) -> bool:
    """Whether it asks the caller for one of them."""
    return getattr(action.kind, "variable", None) in names


def _asked_in(flow: Flow, names: set[str]) -> str | None:
    """The first step that asks the caller for one of them."""
    for step in flow.steps.values():
        if any(_asks(action, names) for action in step.actions):
            return step.name
    return None


def _is_read(flow: Flow, place: Place, name: str, *, own: bool) -> bool:
    """Whether anything reads it from this place on, before it is asked for again."""
    path = tuple(name.split("."))
    here = flow.steps[place.step].actions[place.action :]
    found = _until_asked(here, name)
    actions = list(found if own else found[1:])
    seen: set[str] = set()
    targets = [branch.target for way in flow.anytime.values() for branch in way]
    targets += _targets(found)
    while targets:
        target = targets.pop()
        step = flow.steps.get(flow.start if target == "start" else target)
        if step is not None and step.name not in seen:
            seen.add(step.name)
            found = _until_asked(step.actions, name)
            actions += found
            targets += _targets(found)
    return any(read[: len(path)] == path[: len(read)] for read in _paths(actions))


def _until_asked(actions: tuple[Action, ...], name: str) -> tuple[Action, ...]:
    """The actions before the one that asks for it."""
    for number, action in enumerate(actions):
        if _asks(action, {name}):
            return actions[:number]
    return actions


def _targets(actions: Iterable[Action]) -> Iterator[str]:
    for action in actions:
        edges = action.kind.edges() if action.kind is not None else ()
        destinations = [edge.destination for edge in edges]
        if action.goto is not None:
            destinations.append(action.goto)
        for destination in destinations:
            yield from (branch.target for branch in destination)


def _paths(thing: object) -> Iterator[Path]:
    """Everything that is read in a piece of a flow: ``card``, ``inputs.card``."""
    match thing:
        case str() | Span():
            return
        case Expression() | Template():
            yield from (name.path for name in thing.names)
        case Mapping():
            for held in thing.values():
                yield from _paths(held)
        case list() | tuple():
            for held in thing:
                yield from _paths(held)
        case _ if dataclasses.is_dataclass(thing):
            for part in dataclasses.fields(thing):
                yield from _paths(getattr(thing, part.name))
