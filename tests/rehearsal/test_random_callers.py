"""Callers who do anything at any moment: what holds of every call, on every flow.

The line checks the machine at every event (``Line._check``), and ``careful`` watches the state and
its bytes; a breach of either fails here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.machine import Turn
from ivr.flow.messages import Event, LegOutcome
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State
from ivr.rehearsal.line import Line
from ivr.rehearsal.read import MOMENT
from ivr.rehearsal.transcript import render
from tests.rehearsal.stage import ODD, OTHER, SHOP, careful, flows_of, shipped_flows

EVENTS_MAX = 1_200
"""Far above what 25 actions and the machine's own limits can lead to."""


@dataclass(frozen=True)
class Waits:
    ms: int


@dataclass(frozen=True)
class Presses:
    key: str


@dataclass(frozen=True)
class LetsItHappen:
    times: int


Action = Waits | Presses | LetsItHappen

ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.sampled_from("0123456789*#").map(Presses),
    st.sampled_from("1129").map(Presses),
    st.sampled_from([0, 30, 60, 400, 2_000, 20_000]).map(Waits),
    st.integers(1, 8).map(LetsItHappen),
    st.integers(1, 4).map(LetsItHappen),
)
CALLERS = st.tuples(
    st.lists(ACTIONS, max_size=25),
    st.booleans(),
    st.sampled_from(LegOutcome),
    st.sampled_from(["en-US", "es-US", "fr-FR", None]),
    st.sampled_from([8, 15, 20]),
)
Caller = tuple[list[Action], bool, LegOutcome, str | None, int]
FLOWS = {
    "shipped": shipped_flows(),
    "shop": flows_of(SHOP),
    "odd": flows_of(ODD, other=OTHER),
}
PLACES = [(name, flow) for name, flows in FLOWS.items() for flow in flows.flows]


def ring(flows: FlowSet, flow: str, caller: Caller) -> tuple[list[str], list[tuple[Event, int]]]:
    """Make the call to its end; its transcript and every event of it."""
    actions, impatient, outcome, language, hour = caller
    started = MOMENT.replace(hour=hour, tzinfo=UTC)
    facts = CallFacts("CA1", None, "+13125550100", started, flow, language)
    targets = {"front_desk", "sales_desk", "desk", "+13125550123"}
    events: list[tuple[Event, int]] = []

    def handle(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        events.append((event, now))
        return careful(flows, state, event, now)

    line = Line(flows, facts, answers=dict.fromkeys(targets, outcome), handle=handle)
    line.answer()
    for action in actions:
        if line.over is not None:
            break
        act(line, action)
    if impatient and line.over is None:
        line.hang_up()
    while line.over is None:
        assert len(events) < EVENTS_MAX, "the call does not end by itself"
        line.step()
    return render(line.transcript.entries), events


def act(line: Line, action: Action) -> None:
    match action:
        case Waits(ms):
            line.run_until(line.now + ms)
        case LetsItHappen(times):
            for _ in range(times):
                if line.over is None:
                    line.step()
        case Presses(key):
            if line.away is None:
                line.press(key)


@pytest.mark.parametrize(("name", "flow"), PLACES)
@given(caller=CALLERS)
@settings(max_examples=120, deadline=None)
def test_every_call_ends_whatever_the_caller_does(name: str, flow: str, caller: Caller) -> None:
    entries, events = ring(FLOWS[name], flow, caller)
    moments = [now for _, now in events]
    assert moments == sorted(moments), "time ran backwards"
    assert entries[-1].partition("hangs up")[1], "the last line is how the call ended"


@pytest.mark.parametrize(("name", "flow"), PLACES)
@given(caller=CALLERS)
@settings(max_examples=20, deadline=None)
def test_the_same_caller_always_has_the_same_call(name: str, flow: str, caller: Caller) -> None:
    assert ring(FLOWS[name], flow, caller) == ring(FLOWS[name], flow, caller)
