"""How many calls a second the clinic's flow tests are, on one core.

``python -m tests.bench.rehearse [seconds]`` prints calls, events and virtual seconds a second;
asserts nothing.
"""

from __future__ import annotations

import platform
import sys
import time

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import Event
from ivr.flow.model import FlowSet
from ivr.flow.state import State
from ivr.rehearsal.caller import rehearse
from ivr.rehearsal.read import read
from tests.rehearsal.stage import SHIPPED, shipped_flows


def main(seconds: float) -> None:
    """Make the clinic's calls over and over for so long, and print how many there were."""
    flows = shipped_flows()
    file = SHIPPED / "tests" / "clinic.test.yaml"
    calls = read("tests/clinic.test.yaml", file.read_text("utf-8"), flows).calls
    events = 0

    def counted(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        nonlocal events
        events += 1
        return machine.handle(flows, state, event, now)

    made = spoken_ms = 0
    begin = time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < seconds:
        for call in calls:
            rehearsed = rehearse(flows, call, handle=counted)
            assert rehearsed.failure is None, rehearsed.failure
            made += 1
            spoken_ms += rehearsed.entries[-1].at or 0
    print(
        f"{platform.machine()}, Python {platform.python_version()}, the clinic's {len(calls)} calls"
    )
    print(f"{made / elapsed:,.0f} calls/s   {events / elapsed:,.0f} events/s   ", end="")
    print(f"{spoken_ms / 1000 / elapsed:,.0f} seconds of calls in one second")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0)
