"""What a flow can read."""

from __future__ import annotations

from ivr.flow.reader import RESERVED_NAMES, SCOPES
from ivr.flow.scope import CALL_FIELDS, local_time, scope_of
from tests.flow.ring import MONDAY, Ring

FLOW = """
    timezone: America/Chicago
    hours: {desk: {mon-fri: 8:00-17:30}}
    numbers: {desk: +13125550123}
    vars: {name: Ana}
    steps: {main: {say: A., menu: {1: main}}}
"""


def test_the_time_is_the_calls_own_on_the_flows_clock() -> None:
    call = Ring(FLOW)
    call.now = 3_600_000 - 1
    call.presses("1", apart_ms=1)
    now = local_time(call.state, call.flows.flows["main"])
    assert now.isoformat() == "2026-11-23T11:15:00-06:00"


def test_a_flow_reads_its_variables_the_call_hours_and_numbers() -> None:
    call = Ring(FLOW)
    scope = scope_of(call.state, call.flows.flows["main"], call.flows)
    assert scope["name"] == "Ana"
    assert scope["numbers"] == {"desk": "+13125550123"}
    facts = scope["call"]
    assert isinstance(facts, dict)
    assert facts.keys() == CALL_FIELDS
    assert facts["from"] == "+13125550177"
    assert facts["started"] == MONDAY


def test_a_withheld_number_is_null() -> None:
    flow = FLOW.replace("say: A.", "say: \"Caller ${default(call.from, 'unknown')}.\"")
    assert Ring(flow, caller=None).said == ["Caller unknown."]


def test_opening_hours_follow_the_call() -> None:
    flow = FLOW.replace(
        "{main: {say: A., menu: {1: main}}}",
        "{main: {goto: [{if: hours.desk.open, goto: yes_}, {else: no_}]}, "
        "yes_: {say: Open., goto: hangup}, no_: {say: Closed., goto: hangup}}",
    )
    assert Ring(flow).said == ["Open."]
    assert Ring(flow, at=MONDAY.replace(hour=4)).said == ["Closed."]


def test_scopes_cannot_be_variables() -> None:
    assert SCOPES <= RESERVED_NAMES
