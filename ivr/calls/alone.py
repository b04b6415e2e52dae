"""A flow after its caller has hung up: what ``on_hangup`` says is done without anybody to hear it.

There is no stream any more, only errands and the deadline of the machine, which ends it after ten
seconds at the latest. Used by ``session``, and by the switchboard where a caller hangs up while
they are connected to somebody else.
"""

from __future__ import annotations

import asyncio

from ivr.calls.call import Call
from ivr.calls.errands import Errands
from ivr.calls.machine import Machine
from ivr.flow.machine import Turn
from ivr.flow.messages import DeadlinePassed, Event


async def go_on(
    call: Call, errands: Errands, bell: asyncio.Event, machine: Machine, turn: Turn | None = None
) -> str:
    """Go on until the flow has ended; the outcome of the call.

    ``turn`` is what its hang-up led to, where nobody has performed that yet; ``bell`` is what the
    errands ring.
    """
    call.alone = True
    while True:
        if turn is not None:
            call.state = turn.state
            for command in turn.commands:
                errands.perform(command)
        state = call.state
        assert state is not None, "a call that nobody answered has no flow to go on with"
        if state.ended is not None:
            return state.ended
        event = await _next(call, errands, bell, state.deadline)
        turn = machine.handle(call.flows, state, event, call.clock.now_ms())


async def _next(call: Call, errands: Errands, bell: asyncio.Event, deadline: int | None) -> Event:
    """What comes back, or the machine's deadline."""
    assert deadline is not None, "a flow without a caller has a deadline"
    while True:
        if (brought := errands.next()) is not None:
            return brought
        try:
            async with asyncio.timeout_at(call.clock.loop_time(deadline)):
                await bell.wait()
        except TimeoutError:
            return DeadlinePassed()
        bell.clear()
