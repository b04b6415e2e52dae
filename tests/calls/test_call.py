"""The plain things a call consists of."""

from __future__ import annotations

from tests.simulation.carrier import CALL
from tests.simulation.stage import Stage
from tests.virtual import run


def test_a_call_is_named_by_its_carrier_and_begins_with_nothing() -> None:
    async def scene() -> None:
        async with Stage() as stage:
            call = stage.call
            assert call.sid == call.facts.id == CALL
            assert (call.state, call.return_event, call.streams) == (None, None, 0)
            assert not call.clock.answered

    run(scene())
