"""Flows that run flows, as the state's stack."""

from __future__ import annotations

import pytest

from ivr.flow import frames
from ivr.flow.model import FlowSet
from ivr.flow.state import Place, State
from ivr.flow.values import EvaluationError
from tests.flow.ring import Ring

OUTER = """
    language: en-US
    vars: {a: 1}
    on_error: main
    steps: {main: {say: A., menu: {1: main}}}
"""
INNER = """
    language: en-US
    inputs: [x, y]
    returns: [ok]
    vars: {b: 2}
    steps: {first: {say: B., menu: {1: first}}}
"""


def set_of() -> tuple[FlowSet, State]:
    call = Ring(OUTER, inner=INNER)
    return call.flows, call.state


def inside(secret: frozenset[str] = frozenset()) -> tuple[FlowSet, State]:
    flows, state = set_of()
    state.place = frames.enter(state, flows.flows["inner"], {"x": "v"}, secret)
    return flows, state


def test_a_flow_begins_with_its_own_variables_its_inputs_and_no_menus() -> None:
    _, state = inside(frozenset({"x"}))
    assert state.place == Place("inner", "first")
    assert state.variables == {"b": 2}
    assert state.inputs == {"x": "v", "y": None}
    assert state.sensitive == {"inputs.x"}
    assert state.menus == ()


def test_leaving_puts_everything_back_as_it_was() -> None:
    _, before = set_of()
    _, state = inside(frozenset({"x"}))
    frames.leave(state, 0)
    for name in ("place", "variables", "inputs", "sensitive", "menus", "frames"):
        assert getattr(state, name) == getattr(before, name), name


def test_leaving_to_where_the_caller_is_changes_nothing() -> None:
    _, state = inside()
    frames.leave(state, 1)
    assert state.place.flow == "inner"


def test_the_nearest_flow_that_says_something_is_found_with_its_depth() -> None:
    flows, state = inside()
    assert [(depth, flow.id) for depth, flow in frames.outward(state, flows)] == [
        (1, "inner"),
        (0, "main"),
    ]
    found = frames.nearest(state, flows, lambda flow: flow.on_error)
    assert found is not None
    assert found[0] == 0
    assert frames.nearest(state, flows, lambda flow: flow.on_hangup) is None


def test_what_is_too_deep_or_too_much_changes_nothing() -> None:
    flows, state = inside()
    with pytest.raises(EvaluationError, match="more than 64 kB"):
        frames.enter(state, flows.flows["inner"], {"x": "v" * 66_000}, frozenset())
    assert (len(state.frames), state.variables) == (1, {"b": 2})
    for _ in range(frames.DEPTH_MAX - 1):
        frames.enter(state, flows.flows["inner"], {}, frozenset())
    with pytest.raises(EvaluationError, match="more than 8 deep"):
        frames.enter(state, flows.flows["inner"], {}, frozenset())
    assert len(state.frames) == frames.DEPTH_MAX
