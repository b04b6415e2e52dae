"""One media stream, from ``connected`` to its end, as Twilio's side of it.

Fifty frames a second of what the caller says go out on absolute time; what comes in is read
strictly and played from Twilio's buffer; marks come back when they are due. One TaskGroup: when
``run`` returns, nothing of the stream is left. The wire is ``protocol``, the buffer ``playout``;
``telephone.py`` opens the socket and decides what follows.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from ivr.audio.frames import FRAME_BYTES, FRAME_MS
from ivr.audio.mulaw import SILENCE
from ivr.phone.events import Cleared, KeyPressed, StreamEnded, StreamStarted
from ivr.phone.faults import UNREPORTED
from ivr.phone.network import Socket
from ivr.phone.playout import Happening, MarkDue, Playout, SoundBegan
from ivr.phone.protocol import CONNECTED, Clear, Mark, Media, Narrator, read
from ivr.phone.witness import Witness

OUTBOX_MAX = 500
"""Ten seconds of frames a server did not take; more of them are dropped (31930)."""
GOODBYE_S = 2.0
"""How long ``stop`` may take to leave."""
LOST_MS = 40.0
"""Two frames: less than that cut off at the end is nothing an ear would notice."""
ORDERLY_CLOSES = frozenset({1000, 1001, 1012})
"""Close codes of a server that ends a stream on purpose: done, going away, restarting."""

_FRAME_OF_SILENCE = SILENCE * FRAME_BYTES


class Mouth:
    """What the caller says: audio queued to be said, silence otherwise."""

    def __init__(self) -> None:
        self._queue: deque[bytes] = deque()

    def say(self, mulaw: bytes) -> None:
        """Say this after everything queued; the last frame is filled with silence."""
        for start in range(0, len(mulaw), FRAME_BYTES):
            self._queue.append(mulaw[start : start + FRAME_BYTES].ljust(FRAME_BYTES, SILENCE))

    def frame(self) -> bytes | None:
        """The next 20 ms; None for silence."""
        return self._queue.popleft() if self._queue else None


class Stream:
    """One media stream of a call. ``run`` it once; ``press`` keys while it runs."""

    def __init__(
        self, socket: Socket, narrator: Narrator, witness: Witness, mouth: Mouth, stream_sid: str
    ) -> None:
        self._socket = socket
        self._narrator = narrator
        self._witness = witness
        self._mouth = mouth
        self._stream_sid = stream_sid
        self._playout = Playout(witness.now_ms, len(witness.recording.segments) + 1)
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._mark_timer: asyncio.TimerHandle | None = None
        self._listening = True
        self._last_message_ms = witness.now_ms
        self._told: set[int] = set()

    @property
    def silent_since_ms(self) -> float | None:
        """Since when the line has had nothing more to say (see ``Playout``)."""
        return self._playout.silent_since_ms

    @property
    def dead_since_ms(self) -> float | None:
        """Since when nothing is heard and nothing comes; None while there is something to hear."""
        if self._playout.buffered_ms:
            return None
        return max(self._last_message_ms, self._playout.end_ms)

    def press(self, key: str) -> None:
        """The caller presses a key, now."""
        self._post(self._narrator.dtmf(key))
        self._witness.tell(KeyPressed(self._witness.now_ms, key, sent=True))

    async def run(
        self,
        number: int,
        asked_at: float,
        parameters: Mapping[str, str],
        hung_up: asyncio.Event,
    ) -> None:
        """Talk until the server closes or the caller hangs up; then tell how it ended."""
        self._post(CONNECTED)
        self._post(self._narrator.start(parameters))
        took_ms = (asyncio.get_running_loop().time() - asked_at) * 1000
        self._witness.tell(StreamStarted(self._witness.now_ms, self._stream_sid, number, took_ms))
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(self._write(), name="phone writes")
            reading = group.create_task(self._read(), name="phone reads")
            pacing = group.create_task(self._pace(), name="phone paces")
            hanging_up = group.create_task(hung_up.wait(), name="phone may hang up")
            await asyncio.wait({reading, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
            by_server = reading.done()
            self._listening = False
            pacing.cancel()
            hanging_up.cancel()
            if not by_server:
                self._post(self._narrator.stop())
                self._post(None)
                await asyncio.wait({writing}, timeout=GOODBYE_S)
            writing.cancel()
            await self._socket.close()
            reading.cancel()
        self._end(number, by_server)

    # ------------------------------------------------------------------- going out

    def _post(self, message: str | None) -> None:
        """Queue a message, in order; the writer sends it as soon as the socket takes it."""
        self._outbox.put_nowait(message)

    async def _write(self) -> None:
        while (message := await self._outbox.get()) is not None:
            await self._socket.send(message)

    async def _pace(self) -> None:
        """Say a frame and hear a frame every 20 ms, counted from the start, so nothing drifts."""
        loop = asyncio.get_running_loop()
        began, began_ms = loop.time(), self._witness.now_ms
        count = 0
        while True:
            self._hear()
            frame = self._mouth.frame()
            if frame is not None:
                self._witness.said(frame, began_ms + count * FRAME_MS)
            if self._outbox.qsize() < OUTBOX_MAX:
                self._post(self._narrator.media(frame or _FRAME_OF_SILENCE, count * FRAME_MS))
            else:
                self._fault_once(31930, "the server does not take what the caller says")
            count += 1
            await asyncio.sleep(max(0.0, began + count * FRAME_MS / 1000 - loop.time()))

    # ------------------------------------------------------------------- coming in

    async def _read(self) -> None:
        while (message := await self._socket.receive()) is not None:
            if self._listening:
                self._take(message)

    def _take(self, message: str | bytes) -> None:
        self._hear()
        now_ms = self._last_message_ms = self._witness.now_ms
        reading = read(message, self._stream_sid, now_ms)
        for fault in reading.faults:
            self._witness.found(fault)
        match reading.instruction:
            case Media(payload):
                if not self._playout.media(payload, now_ms):
                    self._fault_once(31931, "more than ten minutes of audio are buffered")
            case Mark(name):
                self._handle(self._playout.mark(name, now_ms))
                self._hear()
            case Clear():
                lost_ms = self._playout.buffered_ms
                self._handle(self._playout.clear(now_ms))
                self._witness.tell(Cleared(now_ms, lost_ms))
                self._arm()
            case None:
                pass

    def _hear(self) -> None:
        """Play up to now, and set the timer for the next mark."""
        heard = self._playout.hear(self._witness.now_ms)
        self._witness.heard(heard.audio, heard.at_ms)
        self._handle(heard.happenings)
        self._arm()

    def _arm(self) -> None:
        if self._mark_timer is not None:
            self._mark_timer.cancel()
            self._mark_timer = None
        due_ms = self._playout.mark_due_ms
        if due_ms is not None and self._listening:
            loop = asyncio.get_running_loop()
            self._mark_timer = loop.call_at(self._witness.loop_time(due_ms), self._hear)

    def _handle(self, happenings: tuple[Happening, ...]) -> None:
        for happening in happenings:
            match happening:
                case MarkDue(name):
                    self._post(self._narrator.mark(name))
                case SoundBegan():
                    self._witness.sounded(happening)
                case _:
                    self._witness.tell(happening)

    def _fault_once(self, code: int, text: str) -> None:
        """A fault Twilio reports once for each stream."""
        if code not in self._told:
            self._told.add(code)
            self._witness.fault(code, text)

    def _end(self, number: int, by_server: bool) -> None:
        """What the buffer still held is lost; say so where the server is to blame."""
        self._hear()
        lost_ms = self._playout.buffered_ms
        for happening in self._playout.clear(self._witness.now_ms):
            if not isinstance(happening, MarkDue | SoundBegan):
                self._witness.tell(happening)
        self._arm()
        code = self._socket.close_code if by_server else None
        self._witness.tell(StreamEnded(self._witness.now_ms, number, by_server, code))
        if not by_server:
            return
        if code is None:
            self._witness.fault(31903, "the server vanished without closing the stream")
        elif code not in ORDERLY_CLOSES:
            self._witness.fault(31921, f"the server closed the stream with code {code}")
        if lost_ms > LOST_MS:
            self._witness.fault(
                UNREPORTED, f"the last {lost_ms:.0f} ms of what was said were cut off by the close"
            )
