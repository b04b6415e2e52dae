"""Every fault of the fake vendor at every message of a call: what to switch on, and what to expect.

A call without faults is rung first and asked where the vendor did what; each of those places then
gets each fault that can strike there. ``test_vendor_faults`` rings those of the reference's list;
``python -m tests.simulation.vendor_faults`` rings all there are, at both paces, and counts.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from ivr.fakes.elevenlabs import FakeVendor, Pace
from tests.simulation.vendor_line import (
    QUICK,
    REAL_TIME,
    Heard,
    Ladder,
    Place,
    places,
    right,
    ring,
)

NO_AUDIO = "no audio for 0.6 s"
STALLED = "ElevenLabs stopped in the middle for 0.6 s"
NO_CREDITS = "The ElevenLabs account has no credits left"
ENDED = "The connection to ElevenLabs ended"
BROKEN = "ElevenLabs has a fault of its own"
BUSY = "ElevenLabs has too much to do"


@dataclass(frozen=True)
class Fault:
    """One fault, as far as a call can tell."""

    name: str
    first: str = ""
    """What the record says where it struck before any audio of an utterance; empty if it says
    nothing, because no other voice was needed."""
    later: str = ""
    """The same where there had been audio."""
    over_http: str | None = None
    """The same over HTTP, where that differs."""
    listed: bool = True
    """Whether it stands in the reference's list (9.3)."""
    more: tuple[str, ...] = ()
    """What must be switched on with it."""
    strikes: bool = True
    """Whether it can strike this client at all."""


CHUNK_FAULTS = (
    Fault("quota", NO_CREDITS, NO_CREDITS),
    Fault("generic_error", "ElevenLabs reported an error", "ElevenLabs reported an error"),
    Fault(
        "generic_error",
        "ElevenLabs reported an error",
        "",  # the other utterances on the socket learn of the error, or only of its end
        more=("untagged_error",),
    ),
    Fault("close_without_error", f"{ENDED} with code 1008", f"{ENDED} with code 1008"),
    Fault("half_open", NO_AUDIO, STALLED),
    Fault("stall", NO_AUDIO, STALLED, over_http=NO_AUDIO),
    Fault("huge_frame"),
    Fault("unusual_activity", "ElevenLabs refuses free", "ElevenLabs refuses free", listed=False),
    Fault("going_away", f"{ENDED} with code 1001", f"{ENDED} with code 1001", listed=False),
    Fault("cut", f"{ENDED} without a goodbye", f"{ENDED} without a goodbye", listed=False),
    Fault("unknown_message", listed=False),
    Fault("garbage", listed=False),
    Fault("binary", "ElevenLabs does not speak", "ElevenLabs does not speak", listed=False),
)
"""On sockets: they strike before a chunk."""
MESSAGE_FAULTS = (
    *("quota", "generic_error", "close_without_error", "half_open", "stall"),
    *("unusual_activity", "going_away", "cut", "unknown_message", "garbage", "idle_timeout"),
)
"""On sockets: they strike at a message of the client."""
UTTERANCE_FAULTS = (
    Fault("slow_first_byte", NO_AUDIO),
    Fault("zero_audio", NO_AUDIO),
    Fault("close_race", strikes=False),
    Fault("close_race_silent", strikes=False),
    Fault("no_final"),
    Fault("late_audio"),
    Fault("timing_first", listed=False),
)
"""On sockets: they strike a whole utterance."""
SOCKET_FAULTS = ("handshake_403", "handshake_429", "handshake_timeout")
REQUEST_CHUNK_FAULTS = (
    Fault("stall", NO_AUDIO, STALLED),
    Fault("truncated", "ElevenLabs cannot be reached", "ElevenLabs broke off its answer"),
)
"""Over HTTP: they strike before a chunk."""
REQUEST_FAULTS = (
    Fault("slow_first_byte", NO_AUDIO),
    Fault("json_200", NO_CREDITS),
    Fault("http_busy", BUSY),
    Fault("http_timeout", NO_AUDIO),
    Fault("quota", NO_CREDITS),
    Fault("generic_error", BROKEN),
    Fault("http_concurrent", "Too much is being spoken at once", listed=False),
    Fault("http_rate", BUSY, listed=False),
    Fault("http_500", BROKEN, listed=False),
    Fault("http_503", BROKEN, listed=False),
)
"""Over HTTP: they strike a whole answer."""


@dataclass(frozen=True)
class Case:
    """One call with something wrong."""

    faults: tuple[str, ...]
    utterance: str = ""
    """Which it strikes; empty where it strikes none in particular."""
    reason: str = ""
    """How the record's first fall of that utterance begins; empty if nobody has to go on."""
    strikes: bool = True
    listed: bool = True

    @property
    def kind(self) -> str:
        """The fault by its name."""
        return "+".join(each.partition(":")[0] for each in self.faults)


def cases(ladder: Ladder) -> list[Case]:
    """Every fault at every place of a call on this ladder where it can strike."""
    found = cases_of(_calm(ladder).vendor)
    if ladder.socket == "single":
        # Its frames never name a context, so there is nothing to leave out.
        found = [case for case in found if "untagged_error" not in case.faults]
    return found


def cases_of(vendor: FakeVendor) -> list[Case]:
    """Every fault at every place where it could have struck what a vendor was asked in a call."""
    found = list[Case]()
    for place in places(vendor):
        on_socket = place.where.startswith("socket")
        found += _at_chunks(place, CHUNK_FAULTS if on_socket else REQUEST_CHUNK_FAULTS)
        found += _at(place, UTTERANCE_FAULTS if on_socket else REQUEST_FAULTS)
    sockets = [asked for asked in vendor.requests if asked.is_socket]
    for number, socket in enumerate(sockets, 1):
        found += [Case((f"{name}:socket={number}",)) for name in SOCKET_FAULTS]
        if any(said.chunks for said in socket.said):
            found.append(Case((f"snake_case:socket={number}",)))
        for message in range(1, len(socket.messages) + 1):
            where = f"socket={number},message={message}"
            found += [Case((f"{name}:{where}",), listed=name in LISTED) for name in MESSAGE_FAULTS]
    return found


LISTED = frozenset(fault.name for fault in CHUNK_FAULTS if fault.listed)


@cache
def _calm(ladder: Ladder) -> Heard:
    heard = right(ring(ladder=ladder))
    assert heard.falls == []
    return heard


def _at_chunks(place: Place, faults: Iterable[Fault]) -> Iterator[Case]:
    for fault in faults:
        for chunk in range(1, place.chunks + 1):
            struck = (*fault.more, f"{fault.name}:{place.where},chunk={chunk}")
            reason = fault.first if chunk == 1 else fault.later
            yield Case(struck, place.utterance, reason, listed=fault.listed)


def _at(place: Place, faults: Iterable[Fault]) -> Iterator[Case]:
    for fault in faults if place.chunks else ():
        struck = (f"{fault.name}:{place.where}",)
        yield Case(struck, place.utterance, fault.first, fault.strikes, fault.listed)


def check(case: Case, ladder: Ladder, pace: Pace = REAL_TIME) -> Heard:
    """Ring it: the right words once, no long silence, and a record that says what happened."""
    heard = right(ring(*case.faults, ladder=ladder, pace=pace))
    for setting in case.faults:
        struck = heard.vendor.faults.struck(setting.partition(":")[0]) > 0
        assert struck == case.strikes, f"{setting} struck: {struck}"
    if case.kind in HARMLESS:
        assert heard.falls == []
    if not case.utterance or case.kind in HARMLESS:
        return heard
    number = heard.asked.index(case.utterance) + 1
    falls = heard.falls_of(number)
    if falls:
        assert falls[0].startswith(f"vendor: {case.reason}"), f"{falls[0]!r}: not {case.reason!r}"
    else:
        # It broke off when only the end of its last sound was missing, and nobody had to go on.
        spoken = heard.spoken()[number - 1]
        assert not case.reason or spoken.local_rest == "", spoken
    return heard


HARMLESS = frozenset(
    {
        *("huge_frame", "unknown_message", "garbage", "no_final", "late_audio", "timing_first"),
        *("snake_case", "close_race", "close_race_silent"),
    }
)
"""What a client must not even notice."""


def main() -> None:
    """Ring every case on every ladder at both paces, and say what failed."""
    logging.disable()
    failed = rung = 0
    worst, began = 0.0, time.process_time()
    for ladder in (Ladder(), Ladder("single"), Ladder("http"), Ladder(middle=True)):
        for pace in (REAL_TIME, QUICK):
            for case in cases(ladder):
                rung += 1
                try:
                    worst = max(worst, check(case, ladder, pace).dead_air())
                except AssertionError as error:
                    failed += 1
                    print(f"{ladder} {case.faults}: {str(error).splitlines()[0]}")
    seconds = time.process_time() - began
    print(f"{rung} calls in {seconds:.0f} s of processor time; {failed} of them went wrong;")
    print(f"the longest silence was {worst:.3f} s")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
