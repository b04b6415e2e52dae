"""One explored call: where it stops, what it hears, and what it calls wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import Event, KeyPressed, LegOutcome
from ivr.flow.model import FlowSet
from ivr.flow.state import State
from ivr.rehearsal.draws import Act, HangsUp, Presses, Returns, Silent
from ivr.rehearsal.walk import Start, Walk, What, walked
from tests.rehearsal.stage import SHOP, flows_of

START = Start(
    "main", "+13125550100", None, "+13125550177", datetime(2026, 11, 23, 16, 15, tzinfo=UTC)
)


def way(*path: Act, flow: str = SHOP) -> Walk:
    return walked(flows_of(flow), START, path)


def test_a_call_stops_where_the_caller_is_asked() -> None:
    walk = way()
    assert walk.state.place.step == "main"
    assert not walk.state.queue
    assert not walk.over
    assert not walk.out


def test_a_transfer_is_a_way_out_and_comes_back_as_it_is_told() -> None:
    assert way(Presses("1")).out
    back = way(Presses("1"), Returns(LegOutcome.BUSY))
    assert back.state.place.step == "main"
    assert way(Presses("1"), Returns(LegOutcome.DONE)).state.ended == "transferred"


def test_an_end_is_a_way_out_and_hanging_up_is_none() -> None:
    assert way(Presses("2"), Presses("42#")).out
    gone = way(HangsUp())
    assert gone.over
    assert not gone.out


def test_silence_lasts_until_the_flow_reacts() -> None:
    assert way(Silent()).state.wait != way().state.wait
    assert way(Silent(), Silent(), Silent()).out


def test_early_keys_come_before_everything_was_heard() -> None:
    early, late = way(Presses("1", early=True)), way(Presses("1"))
    assert early.state.place.step == "main"  # thrown away during the notice
    assert late.state.place.step == "sales"


def test_two_calls_with_the_same_variables_at_the_same_place_are_at_one_node() -> None:
    assert way(Presses("1"), Returns(LegOutcome.BUSY)).node == way().node
    assert way(Presses("2")).node != way().node
    assert way(Silent()).node == way().node
    assert way(Silent()).exact != way().exact


def test_a_fork_goes_its_own_way() -> None:
    walk = way()
    other = walk.fork()
    other.do(Presses("2"))
    assert (walk.state.place.step, other.state.place.step) == ("main", "order")


@pytest.mark.parametrize(
    ("steps", "what", "place"),
    [
        ("{main: {say: '${word | money}', goto: hangup}}", What.CRASH, "main/main"),
        (
            "{main: {say: Hi., goto: [{if: word == 'x', goto: hangup}]}}",
            What.DEAD_END,
            "main/main",
        ),
        (
            "{main: {goto: [{if: word == 'x', goto: hangup}, {else: b}]}, b: {goto: main}}",
            What.LOOP,
            "main/main",
        ),
        ("{main: {say: 'Hi ${none}.', goto: hangup}}", What.MISSING, "main/main"),
    ],
)
def test_what_goes_wrong_is_called_by_its_name(steps: str, what: What, place: str) -> None:
    flows = flows_of(f"vars: {{word: abc, none: null}}\nsteps: {steps}")
    walk = walked(flows, START, ())
    assert walk.trouble is not None
    assert walk.trouble[:2] == (what, place)


def test_a_fault_of_the_machine_is_a_crash() -> None:
    def faulty(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        if isinstance(event, KeyPressed):
            raise ZeroDivisionError("division by zero")
        return machine.handle(flows, state, event, now)

    walk = Walk(flows_of(), replace(START, caller=None), faulty)
    walk.listen()
    walk.do(Presses("1"))
    assert walk.trouble == (
        What.CRASH,
        "main/main",
        "a fault of ivr itself, ZeroDivisionError: division by zero",
    )
    assert walk.over
