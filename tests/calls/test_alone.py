"""What a flow does after its caller has hung up: in the stream, and between two streams."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import ivr.flow.machine
from ivr.calls.alone import go_on
from ivr.calls.call import Call
from ivr.calls.clock import Clock
from ivr.calls.errands import Errands
from ivr.calls.record import Record
from ivr.calls.session import Ended, converse
from ivr.calls.studio import Studio
from ivr.flow.messages import CallAnswered, CallerHungUp
from ivr.flow.state import CallFacts
from ivr.flow.world import VoiceSpec
from ivr.voices import table
from tests.calls.test_errands import Town
from tests.flow.ring import flows_of
from tests.simulation.carrier import ACCOUNT, CALL, Carrier
from tests.virtual import pass_time, run

FLOW = """
on_hangup: tidy
steps:
  main:
    say: Press 1.
    menu: {1: main}
  tidy:
    - say: Nobody hears this.
    - http: POST http://127.0.0.1:9000/gone
      body: {call: "${call.id}"}
      error: told
    - event: left
      goto: hangup
  told:
    event: not_told
    goto: hangup
"""


def a_studio() -> Studio:
    return Studio({"embedded": table.build(VoiceSpec("embedded", "tone"))})


def make_call(studio: Studio) -> Call:
    clock = Clock(asyncio.get_running_loop().time)
    started = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    facts = CallFacts(CALL, "+15550123", "+15550100", started, "main", None)
    record = Record(CALL, started, clock)
    return Call(facts, ACCOUNT, flows_of(FLOW), clock, record, studio.lease(CALL))


def rings(town: Town, *, hangs_up_after: float = 1.0) -> tuple[object, Call, float]:
    """A call whose caller hangs up; how its stream ended, and when."""

    async def scene() -> tuple[object, Call, float]:
        studio, carrier = a_studio(), Carrier()
        await studio.open()
        call = make_call(studio)
        async with asyncio.TaskGroup() as group:
            stream = group.create_task(converse(call, carrier, studio, world=town))
            carrier.start()
            await pass_time(hangs_up_after)
            carrier.hang_up()
            exit = await stream
        await studio.aclose()
        return exit, call, asyncio.get_running_loop().time()

    return run(scene())


def entries(call: Call, what: str) -> list[Mapping[str, object]]:
    return [entry for entry in call.record.entries if entry["what"] == what]


def test_the_flow_asks_and_tells_what_it_wants_when_nobody_is_there() -> None:
    town = Town(seconds=2.0)
    exit, call, seconds = rings(town)
    assert exit == Ended("caller_hung_up")
    assert town.ended == ["http://127.0.0.1:9000/gone"]
    assert town.told == ["left"]
    assert seconds == 3.0
    assert [entry["text"] for entry in entries(call, "asked")] == ["Press 1."]


def test_it_has_ten_seconds() -> None:
    town = Town(seconds=60.0)
    exit, _, seconds = rings(town)
    assert exit == Ended("caller_hung_up")
    # The request is given up by its own limit, and the flow goes where an error leads.
    assert town.ended == ["cancelled"]
    assert town.told == ["not_told"]
    assert seconds <= 11.1


def test_between_two_streams_it_is_done_too() -> None:
    town = Town(seconds=1.0)

    async def scene() -> str:
        studio = a_studio()
        await studio.open()
        call = make_call(studio)
        call.clock.answer()
        machine = ivr.flow.machine
        state = machine.handle(
            call.flows, machine.answer(call.flows, call.facts), CallAnswered(), 0
        ).state
        turn = machine.handle(call.flows, state, CallerHungUp(), 500)
        bell = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            errands = Errands(call, town, bell.set, group)
            outcome = await go_on(call, errands, bell, machine, turn)
            await errands.aclose()
        await studio.aclose()
        return outcome

    assert run(scene()) == "caller_hung_up"
    assert town.told == ["left"]
