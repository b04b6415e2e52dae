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
from ivr.rehearsal.stubs import Comes, Reply, Result, Stub, legs
from ivr.rehearsal.transcript import render
from tests.rehearsal.stage import ODD, OTHER, SHOP, careful, flows_of, shipped_flows, world_of

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
WORLD_FLOWS = world_of()
REPLIES = st.builds(
    Reply,
    st.sampled_from([200, 201, 404, 409, 500, None]),
    as_example=st.booleans(),
    after_ms=st.sampled_from([0, 200, 900, 3_000, 9_000]),
)
RESULTS = st.builds(
    Result,
    st.sampled_from(["done", "full", "failed"]),
    after_ms=st.sampled_from([0, 200, 3_000, 9_000]),
)
WORLDS = st.tuples(
    st.lists(REPLIES, min_size=1, max_size=4), st.lists(RESULTS, min_size=1, max_size=3)
)
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

    line = Line(flows, facts, answers=legs(dict.fromkeys(targets, outcome)), handle=handle)
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


@given(caller=CALLERS, world=WORLDS, talks=st.lists(st.sampled_from([0, 500, 4_000, 300_000])))
@settings(max_examples=250, deadline=None)
def test_every_call_ends_whatever_the_world_answers(
    caller: Caller, world: tuple[list[Reply], list[Result]], talks: list[int]
) -> None:
    actions, impatient, outcome, *_ = caller
    replies, results = world
    stubs = (
        Stub("transfer", "*", (Comes(outcome),)),
        Stub("queue", "*", (Comes(outcome),)),
        Stub("http", "*", tuple(replies)),
        Stub("do", "*", tuple(results)),
        Stub("sms", "*", tuple(results)),
    )
    started = MOMENT.replace(tzinfo=UTC)
    facts = CallFacts("CA1", "+13125550177", "+13125550100", started, "main", None)
    line = Line(WORLD_FLOWS, facts, stubs)
    line.answer()
    for action in actions:
        if line.over is None:
            act(line, action)
        if line.message is not None and not line.message.talked_ms and talks:
            line.talk(talks.pop())
    if impatient and line.over is None:
        line.hang_up()
    for _ in range(EVENTS_MAX):
        if line.over is not None:
            break
        line.step()
    assert line.over is not None, "the call does not end by itself"
    assert not line.errands.busy or line.gone


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
    # A message that was being left is kept after its caller hung up.
    ends = [entry for entry in entries[-2:] if "hangs up" in entry]
    assert ends, "the last line is how the call ended"
    assert entries[-1] == ends[-1] or "(keeps the message" in entries[-1]


@pytest.mark.parametrize(("name", "flow"), PLACES)
@given(caller=CALLERS)
@settings(max_examples=20, deadline=None)
def test_the_same_caller_always_has_the_same_call(name: str, flow: str, caller: Caller) -> None:
    assert ring(FLOWS[name], flow, caller) == ring(FLOWS[name], flow, caller)
