"""One phone among many: the carrier's side of one media stream, counted rather than heard.

It says what Twilio says (numbered frames of the caller's silence, keys, echoes of marks when they
are due, ``stop``) and takes what the server sends at its word where it has the usual shape; any
other message goes through ``protocol.read``, which is strict. What it measures: when ``start`` was
answered with sound, how soon after a key something came that belongs to it, and how soon that could
be heard. No socket and no task here; ``load`` connects it and is its caller's hands.
"""

from __future__ import annotations

import asyncio
import binascii
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ivr.audio.frames import BYTES_PER_MS, FRAME_BYTES, FRAME_MS
from ivr.audio.loudness import first_audible
from ivr.audio.mulaw import SILENCE
from ivr.phone.load_buffer import Buffer
from ivr.phone.load_wire import now_ms
from ivr.phone.protocol import CONNECTED, Clear, Mark, Media, Narrator, read

PATIENCE_MS: Final = 2_000.0
"""What has not been answered after so long was never answered, even if the caller hangs up then."""
_FRAME_OF_SILENCE: Final = SILENCE * FRAME_BYTES


@dataclass(slots=True)
class Answer:
    """What came of a key, or of ``start``; times of ``now_ms``, None for what has not come."""

    asked_ms: float
    value: str = ""
    """What the caller entered with it."""
    first_frame_ms: float | None = None
    audible_ms: float | None = None
    """When its first audible sample was played."""
    cleared: bool = True
    """What comes now belongs to it. Until then it belongs to what was being said before."""
    abandoned: bool = False
    """The caller hung up before there could be an answer."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of audio as it was heard."""

    start_ms: float
    audio: bytes
    answer: int
    """How many answers there had been, with this one."""


@dataclass(slots=True, eq=False)
class LoadCall:
    """One stream of a simulated call. ``open`` it, feed it ``took``; then ``speak``, ``press``."""

    account_sid: str
    call_sid: str
    stream_sid: str
    send: Callable[[bytes], None]
    faults: Counter[str] = field(default_factory=Counter)
    """What the server did wrong, and how often."""
    pieces: list[Piece] | None = None
    """Where everything heard is kept; None to keep nothing."""
    buffer: Buffer = field(default_factory=Buffer)
    answers: int = 0

    _narrator: Narrator = field(init=False)
    _prefix: bytes = field(init=False)
    _frames: int = 0
    _waiting: Answer | None = None
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _timer: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._narrator = Narrator(self.account_sid, self.call_sid, self.stream_sid)
        self._prefix = (
            f'{{"event":"media","streamSid":"{self.stream_sid}","media":{{"payload":"'.encode()
        )

    # ------------------------------------------------------------------- the caller

    def open(self, parameters: Mapping[str, str]) -> Answer:
        """The stream begins; what comes first is its answer."""
        self.send(CONNECTED.encode())
        message = self._narrator.start(parameters).encode()
        return self._ask(message, "")

    def speak(self) -> None:
        """Say 20 ms of nothing, as a caller who listens does."""
        message = self._narrator.media(_FRAME_OF_SILENCE, self._frames * FRAME_MS)
        self._frames += 1
        self.send(message.encode())

    def press(self, key: str, value: str = "") -> Answer:
        """Press a key, now; ``value`` is what the caller has entered with it."""
        return self._ask(self._narrator.dtmf(key).encode(), value)

    def hang_up(self) -> None:
        """The caller puts the receiver down."""
        self._disarm()
        waiting = self._waiting
        if waiting is not None and now_ms() - waiting.asked_ms < PATIENCE_MS:
            waiting.abandoned = True
        self.send(self._narrator.stop().encode())

    async def heard(self, seconds: float) -> bool:
        """Wait until the last answer has begun; False if it has not in that time."""
        try:
            async with asyncio.timeout(seconds):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True

    def _ask(self, message: bytes, value: str) -> Answer:
        self.answers += 1
        self._arrived.clear()
        # Sent first: what is measured begins when the phone writes.
        cleared = self.buffer.settled
        self._waiting = answer = Answer(now_ms(), value, cleared=cleared)
        self.send(message)
        return answer

    # ------------------------------------------------------------------- the server

    def took(self, message: bytes, now: float) -> None:
        """A message of the server came at this time."""
        if message.startswith(self._prefix) and message.endswith(b'"}}'):
            try:
                payload = binascii.a2b_base64(message[len(self._prefix) : -3], strict_mode=True)
            except binascii.Error:
                payload = b""
            if payload and not len(payload) % FRAME_BYTES:
                return self._media(payload, now)
        try:
            text: str | bytes = message.decode()
        except UnicodeDecodeError:
            text = message
        reading = read(text, self.stream_sid, now)
        for fault in reading.faults:
            self.faults[fault.text] += 1
        match reading.instruction:
            case Media(payload):
                self._media(payload, now)
            case Mark(name):
                self.buffer.mark(name, now)
                self._echo()
            case Clear():
                for name in self.buffer.clear(now):
                    self.send(self._narrator.mark(name).encode())
                self._disarm()
                if self._waiting is not None:
                    self._waiting.cleared = True
            case None:
                pass
        return None

    def _media(self, payload: bytes, now: float) -> None:
        start = self.buffer.media(len(payload), now)
        if self.pieces is not None:
            self.pieces.append(Piece(start, payload, self.answers))
        answer = self._waiting
        if answer is None or not answer.cleared:
            return
        if answer.first_frame_ms is None:
            answer.first_frame_ms = now
            self._arrived.set()
        audible = first_audible(payload)
        if audible is not None:
            answer.audible_ms = start + audible / BYTES_PER_MS
            self._waiting = None

    def _echo(self) -> None:
        """Send back the marks that are due, and come again for the next one."""
        self._disarm()
        for name in self.buffer.due(now_ms()):
            self.send(self._narrator.mark(name).encode())
        due = self.buffer.next_due
        if due is not None:
            later = max(0.0, due - now_ms()) / 1000
            self._timer = asyncio.get_running_loop().call_later(later, self._echo)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
