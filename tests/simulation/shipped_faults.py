"""Every fault of the reference's list (9.3) at every chunk and message of calls on shipped flows.

Each script of ``shipped_line`` is rung without faults and asked where the vendor did what; each of
those places then gets each fault that can strike there: with nothing built, and with takes, where
only live pieces and what is made ahead reach the vendor. Then the same over HTTP, with no socket to
be had. ``test_shipped_faults`` rings some; ``python -m tests.simulation.shipped_faults`` rings all,
and counts; with a number n every n-th.
"""

from __future__ import annotations

import itertools
import logging
import sys
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache

from ivr.fakes.elevenlabs import Pace
from tests.simulation.shipped_line import NOTHING, SCRIPTS, STATES, Built, Heard, Script, ring
from tests.simulation.vendor_faults import HARMLESS, Case, cases_of
from tests.simulation.vendor_line import QUICK, REAL_TIME

NO_SOCKET = "handshake_403"
"""Whoever has none speaks over HTTP, where the ladder has that."""


@dataclass(frozen=True)
class Scene:
    """A script, with what was built, on a socket or without one."""

    script: Script
    built: Built
    over_http: bool = False

    def __str__(self) -> str:
        return f"{self.script.name}, {self.built.name}{', over HTTP' if self.over_http else ''}"


SCENES = tuple(
    Scene(script, built, over_http)
    for over_http in (False, True)
    for built in STATES
    for script in SCRIPTS
    if not over_http or built is not STATES[1]
)
"""With all takes nothing shipped is asked over HTTP."""


@cache
def cases(scene: Scene, pace: Pace = REAL_TIME) -> tuple[Case, ...]:
    """What can go wrong in a scene with a vendor of this pace, of what the reference lists."""
    always = (NO_SOCKET,) if scene.over_http else ()
    calm = ring(scene.script, scene.built, *always, pace=pace).right()
    assert bool(calm.falls) <= scene.over_http, "nobody fails without a reason"
    found = [case for case in cases_of(calm.vendor) if case.listed]
    if scene.over_http:
        found = [case for case in found if "request=" in case.faults[-1]]
    return tuple(
        Case((*always, *case.faults), case.utterance, case.reason, case.strikes) for case in found
    )


def check(scene: Scene, case: Case, pace: Pace = REAL_TIME) -> Heard:
    """Ring it: no call lost, the right words once, no long silence."""
    heard = ring(scene.script, scene.built, *case.faults, pace=pace).right()
    for setting in case.faults:
        struck = heard.vendor.faults.struck(setting.partition(":")[0]) > 0
        assert struck == case.strikes, f"{setting} struck: {struck}"
    if case.kind in HARMLESS:
        assert heard.falls == 0, "a client must not even notice it"
    return heard


def main() -> None:
    """Ring every case in every scene, some from a quick vendor as well, and say what failed."""
    logging.disable()
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rung, failed, worst = Counter[str](), Counter[str](), Counter[str]()
    began = time.process_time()
    for scene, pace in itertools.product(SCENES, (REAL_TIME, QUICK)):
        kind = f"{scene.built.name}{', over HTTP' if scene.over_http else ''}"
        for case in cases(scene, pace)[:: step * (4 if pace is QUICK else 1)]:
            rung[kind] += 1
            try:
                silence = check(scene, case, pace).dead_air()
            except (AssertionError, TimeoutError, BaseExceptionGroup) as error:
                failed[kind] += 1
                quick = " (quick)" if pace is QUICK else ""
                told = str(error).splitlines() or [repr(error)]
                print(f"{scene}{quick}: {case.faults}: {told[0]}", flush=True)
            else:
                worst[kind] = max(worst[kind], round(silence * 1000))
    for kind, count in rung.items():
        print(f"{kind}: {count} calls, {failed[kind]} wrong, {worst[kind]} ms of nothing at most")
    seconds = time.process_time() - began
    print(
        f"{rung.total()} calls in {seconds:.0f} s of processor time; {failed.total()} went wrong;"
    )
    print(f"the longest silence was {max(worst.values()) / 1000:.3f} s")
    sys.exit(1 if failed.total() else 0)


FIRST = Scene(SCRIPTS[0], NOTHING)
"""The plainest one."""


if __name__ == "__main__":
    main()
