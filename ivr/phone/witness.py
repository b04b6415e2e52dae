"""The one place a simulated call is told to: its clock, its recording, and whoever listens live.

``Telephone`` makes one for each call and hands it to the streams. It also measures what callers
feel: how long after the answer, a key, or the return from a transfer the first audible sample of
new sound is heard. A silent first frame does not count, and neither does the rest of what was being
said already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ivr.phone import dead_air
from ivr.phone.events import Event, Faulted, KeyPressed, SoundHeard, StreamStarted
from ivr.phone.faults import UNREPORTED, Fault
from ivr.phone.playout import SoundBegan
from ivr.phone.recording import Recording

Ear = Callable[[bytes], None]
"""Takes what comes out of the ear-piece, as mu-law, while it does."""

MS = 1000


class Witness:
    """What happened in one call, when, for everybody who wants to know."""

    def __init__(
        self,
        listener: Callable[[Event], None] | None,
        ear: Ear | None,
        *,
        dead_air_ms: float | None = None,
    ) -> None:
        """``dead_air_ms`` is the longest dead air that is no fault; None: any."""
        self.recording = Recording()
        self.entries: list[dead_air.Entry] = []
        """What the server wrote into its record, where it tells."""
        self._dead_air_ms = dead_air_ms
        self._listener = listener
        self._ear = ear
        self._answered_at: float | None = None
        self._asked: dict[str, tuple[str, float]] = {}
        """What the caller waits for a sound after: the start of a stream, and the last key."""

    @property
    def answered(self) -> bool:
        """Whether the call was answered: the clock runs."""
        return self._answered_at is not None

    @property
    def now_ms(self) -> float:
        """Milliseconds since the call was answered; 0 before."""
        if self._answered_at is None:
            return 0.0
        return (asyncio.get_running_loop().time() - self._answered_at) * MS

    def loop_time(self, at_ms: float) -> float:
        """When that is on the loop's clock, for timers."""
        assert self._answered_at is not None
        return self._answered_at + at_ms / MS

    def answer(self) -> None:
        """The call is answered now; a second time changes nothing."""
        if self._answered_at is None:
            self._answered_at = asyncio.get_running_loop().time()

    def tell(self, event: Event) -> None:
        """Take something down and pass it on."""
        match event:
            case StreamStarted(number=number):
                self._asked = {"start": ("answer" if number == 1 else "return", event.at_ms)}
            case KeyPressed(sent=True):
                self._asked["key"] = (event.key, event.at_ms)
            case _:
                pass
        self.recording.add(event)
        if self._listener is not None:
            self._listener(event)

    def sounded(self, sound: SoundBegan) -> None:
        """A segment's first audible sample was played: is it what the caller waited for?"""
        for question, (after, asked_ms) in list(self._asked.items()):
            if sound.received_ms >= asked_ms:
                del self._asked[question]
                self.tell(SoundHeard(sound.at_ms, after, sound.at_ms - asked_ms))

    def judge(self) -> None:
        """The call is over: hold dead air against the server."""
        limit_ms = self._dead_air_ms
        if limit_ms is None:
            return
        spans = dead_air.of_call(self.recording, self.entries, limit_ms)
        self.recording.dead_air_ms = max((span.ms for span in spans), default=0.0)
        for span in dead_air.passing(spans, limit_ms):
            self.found(Fault(UNREPORTED, dead_air.told(span, limit_ms), span.start_ms))

    def fault(self, code: int, text: str) -> None:
        """The server did something wrong just now."""
        self.found(Fault(code, text, self.now_ms))

    def found(self, fault: Fault) -> None:
        """The server did something wrong."""
        self.tell(Faulted(fault.at_ms, fault))

    def heard(self, audio: bytes, at_ms: float) -> None:
        """What the line's side sounded like, from that time on."""
        self.recording.line.put(audio, at_ms)
        if self._ear is not None and audio:
            self._ear(audio)

    def said(self, audio: bytes, at_ms: float) -> None:
        """What the caller's side sounded like, from that time on."""
        self.recording.caller.put(audio, at_ms)
