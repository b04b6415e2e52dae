"""Flows that run flows: going in, coming back, and finding the nearest one that says something.

Pure functions on the state's stack. A flow sees only its own variables and what it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from ivr.flow.model import Flow, FlowSet
from ivr.flow.state import Frame, Place, State, check_size
from ivr.flow.values import EvaluationError, Value

DEPTH_MAX = 8
"""How deep flows may run flows (LANGUAGE.md §2.3)."""

Found = TypeVar("Found")


def enter(state: State, flow: Flow, inputs: Mapping[str, Value], secret: frozenset[str]) -> Place:
    """Put the flow that runs another one aside; the place where the other one starts.

    ``secret`` are the names of inputs that may be written nowhere. Inputs that are not given are
    null. Raises :class:`~ivr.flow.values.EvaluationError` where that is too deep, or too much; then
    nothing has changed.
    """
    depth = len(state.frames)
    if depth >= DEPTH_MAX:
        raise EvaluationError(f"flows run flows more than {DEPTH_MAX} deep")
    kept = Frame(state.place, state.variables, state.inputs, state.sensitive, state.menus)
    state.frames = (*state.frames, kept)
    state.variables, state.inputs = dict(flow.vars), {**dict.fromkeys(flow.inputs), **inputs}
    state.sensitive = frozenset(f"inputs.{name}" for name in secret)
    state.menus = ()
    try:
        check_size(state)
    except EvaluationError:
        leave(state, depth)
        raise
    return Place(flow.id, flow.start)


def leave(state: State, depth: int) -> None:
    """Go back to the flow that stands so deep in the stack (0: the outermost), as it was."""
    if depth >= len(state.frames):
        return
    kept = state.frames[depth]
    state.frames = state.frames[:depth]
    state.place, state.menus = kept.place, kept.menus
    state.variables, state.inputs, state.sensitive = kept.variables, kept.inputs, kept.sensitive


def outward(state: State, flows: FlowSet) -> Iterator[tuple[int, Flow]]:
    """The flow the caller is in, then those that run it, each with its depth in the stack."""
    yield len(state.frames), flows.flows[state.place.flow]
    for depth in range(len(state.frames) - 1, -1, -1):
        yield depth, flows.flows[state.frames[depth].place.flow]


def nearest(
    state: State, flows: FlowSet, what: Callable[[Flow], Found | None]
) -> tuple[int, Found] | None:
    """The nearest flow's word on something, and how deep that flow stands."""
    for depth, flow in outward(state, flows):
        found = what(flow)
        if found is not None:
            return depth, found
    return None
