"""The vendor of the bench: two fake ElevenLabs in one process, and what they were asked when.

One answers after QUICK_MS, the other after SLOW_MS; timers being what they are, a little later.
Every text is noted with the moment the vendor had read it and the moment its first audio was ready
and about to be written, on the machine's own clock, so that what a phone received can be held
against it. Between the two is the vendor's time and nothing else: neither the way of the text there
nor that of the audio back, nor anything that waits for whoever reads it. Runs in a ``bench_child``.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

import uvloop

from ivr.cli.bench_child import stay_on
from ivr.cli.bench_voice import Hum
from ivr.fakes.elevenlabs import Asked, FakeVendor, Pace, Plan, Said, Violation
from ivr.fakes.elevenlabs.witness import Event

QUICK_MS: Final = 75.0
SLOW_MS: Final = 250.0
HANDSHAKE_MS: Final = 120.0
SPEED: Final = 10.0
"""Times real time, about as fast as the real vendor."""
KEY: Final = "bench"
_PLENTY: Final = 10_000
"""The limits of a plan are another matter."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text a vendor was asked for. Times are milliseconds of ``time.monotonic``."""

    text: str
    asked_ms: float
    first_ms: float | None
    """When its first audio was about to be written."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What both vendors were asked since the notes were last taken."""

    spoken: tuple[Spoken, ...]
    sockets: int
    """Handshakes."""
    violations: tuple[str, ...]


class Desk:
    """Notes what one vendor is asked for."""

    def __init__(self, first_byte_ms: float) -> None:
        self._heard: list[tuple[Said, str, float]] = []
        self._sockets = 0
        self._violations: list[str] = []
        self.vendor = FakeVendor(
            key=KEY,
            plan=Plan(concurrency=_PLENTY, character_limit=_PLENTY**2),
            pace=Pace(first_byte_ms=first_byte_ms, speed=SPEED),
            sound=Hum(),
            handshake_ms=HANDSHAKE_MS,
            watch=self._watch,
        )
        self._zero_ms = time.monotonic() * 1000 - self.vendor.witness.now_ms

    def _watch(self, asked: Asked, event: Event) -> None:
        match event:
            case Asked():
                self._sockets += event.is_socket
            case Said():
                self._heard.append((event, event.generated[-1], time.monotonic() * 1000))
            case Violation():
                self._violations.append(event.code.value)

    def take(self) -> Notes:
        """What was noted since the last time."""
        spoken = tuple(
            Spoken(text, at_ms, None if said.first_chunk_ms is None else self._at(said))
            for said, text, at_ms in self._heard
        )
        notes = Notes(spoken, self._sockets, tuple(self._violations))
        self._heard, self._sockets, self._violations = [], 0, []
        return notes

    def _at(self, said: Said) -> float:
        assert said.first_chunk_ms is not None, "it has spoken"
        return self._zero_ms + said.first_chunk_ms


def serve(pipe: Connection, cores: frozenset[int]) -> None:
    """Answer on loopback until the pipe is closed: first the two addresses, then notes."""
    stay_on(cores)
    uvloop.run(_serve(pipe))


async def _serve(pipe: Connection) -> None:
    quick, slow = Desk(QUICK_MS), Desk(SLOW_MS)
    async with quick.vendor, slow.vendor:
        pipe.send((quick.vendor.url, slow.vendor.url))
        while await asyncio.to_thread(_asked, pipe):
            notes = (quick.take(), slow.take())
            pipe.send(
                Notes(
                    notes[0].spoken + notes[1].spoken,
                    notes[0].sockets + notes[1].sockets,
                    notes[0].violations + notes[1].violations,
                )
            )


def _asked(pipe: Connection) -> bool:
    try:
        pipe.recv()
    except EOFError:
        return False
    return True
