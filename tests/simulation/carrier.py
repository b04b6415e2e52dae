"""Twilio's side of one stream, in memory and on the loop's time: a link that plays what it is sent.

It does what the documentation says of the real one: audio is buffered and played in order in real
time, a mark comes back when everything before it was played, a ``clear`` empties the buffer and
brings back all pending marks at once. It is stricter than the real one: anything that is not
exactly a ``media``, ``mark`` or ``clear`` is a fault. Of a network it models what TCP can do: it
delays, stalls and is cut; it never loses anything, and never changes the order.

It shares no code with ``ivr.carriers``: both sides must not be wrong together.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.calls.link import LinkClosed
from tests.virtual import pass_time

CALL = "CA00000000000000000000000000000003"
ACCOUNT = "AC00000000000000000000000000000001"
STREAM = "MZ00000000000000000000000000000002"

FRAME_BYTES = 160
BYTES_PER_SECOND = 8000
SILENCE = 0xFF
EXACT_FIELDS = {
    "media": {"event", "streamSid", "media"},
    "mark": {"event", "streamSid", "mark"},
    "clear": {"event", "streamSid"},
}
LOUD = re.compile(rb"[^\xff]+")
SHORTEST = 1e-6
"""Seconds: what is less is lost in the rounding of times."""
MARK_NAME = re.compile(r"[\x21-\x7e]{1,64}")


@dataclass(slots=True)
class _Played:
    """A piece of audio, from the moment the caller begins to hear it."""

    start: float
    audio: bytes

    @property
    def end(self) -> float:
        return self.start + len(self.audio) / BYTES_PER_SECOND


@dataclass(frozen=True, slots=True)
class Sent:
    """A message we were sent, and when."""

    at: float
    event: str
    name: str = ""
    ms: int = 0


class Carrier:
    """One stream. A :class:`~ivr.calls.link.Link` for the session, a telephone for the test."""

    def __init__(
        self, *, delay: float = 0.0, lose_marks: bool = False, stream: str = STREAM
    ) -> None:
        """``delay`` is the network's, in seconds, each way."""
        self.stream = stream
        self.delay = delay
        self.lose_marks = lose_marks
        self.cut_after: int | None = None
        """Cut the line when so many messages have been sent to us."""
        self.sent: list[Sent] = []
        self.faults: list[str] = []
        self.lead_max = 0.0
        """The most audio that was waiting to be played, in seconds."""
        self.closed = False
        self.heard = False
        """Somebody wants to know what the caller says."""
        self.started_at = 0.0
        """When the caller could begin to hear something."""
        self._to_session: deque[str | bytes] = deque()
        self._arrived = asyncio.Event()
        self._under_way: deque[Callable[[], object]] = deque()
        self._ended = False
        self._taken = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stalled_until = 0.0
        self._played: list[_Played] = []
        self._marks: list[tuple[str, asyncio.TimerHandle]] = []
        self._sequence = itertools.count(1)

    # ----------------------------------------------------------------------- the telephone

    def start(self, changes: Mapping[str, object] | None = None, *, stream: str = "") -> None:
        """Open the stream: ``connected`` and ``start``; ``changes`` replace fields of start."""
        self.started_at = self._now()
        self.deliver({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "accountSid": ACCOUNT,
            "streamSid": stream or self.stream,
            "callSid": CALL,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
            **(changes or {}),
        }
        self.deliver(self._numbered("start", stream=stream, start=start))

    def press(self, key: str, *, stream: str = "") -> None:
        """The caller presses a key."""
        dtmf = {"track": "inbound_track", "digit": key}
        self.deliver(self._numbered("dtmf", stream=stream, dtmf=dtmf))

    def talk(self, messages: int = 1) -> None:
        """The caller makes a noise: so many messages of 20 ms."""
        payload = base64.b64encode(bytes([SILENCE]) * FRAME_BYTES).decode()
        for chunk in range(messages):
            media = {"track": "inbound", "chunk": str(chunk), "timestamp": "1", "payload": payload}
            self.deliver(self._numbered("media", media=media))

    def speak(self, audio: bytes, at_ms: int) -> None:
        """The caller says something, in one message with this time of the stream's."""
        payload = base64.b64encode(audio).decode()
        media = {"track": "inbound", "chunk": "1", "timestamp": str(at_ms), "payload": payload}
        self.deliver(self._numbered("media", media=media))

    def echo(self, name: str) -> None:
        """Bring a mark back, rightly or wrongly."""
        self.deliver(self._numbered("mark", mark={"name": name}))

    def hang_up(self) -> None:
        """The caller hangs up: ``stop``, and then the line is closed."""
        stop = {"accountSid": ACCOUNT, "callSid": CALL}
        self.deliver(self._numbered("stop", stop=stop))
        self.cut()

    def cut(self) -> None:
        """The line is gone; what was delivered before is still read."""
        self.closed = True
        self._forget_marks()
        self._later(self._end)

    def stall(self, seconds: float) -> None:
        """Take nothing for so long."""
        self._stalled_until = self._now() + seconds

    def deliver(self, message: dict[str, object] | str | bytes) -> None:
        """Send the session any message."""
        text = json.dumps(message, separators=(",", ":")) if isinstance(message, dict) else message
        self._later(lambda: self._arrive(text))

    # ----------------------------------------------------------------------- what the caller heard

    def earpiece(self, since: float = 0.0) -> list[tuple[str, int]]:
        """What came out of the telephone from then on: letters of the audio, and milliseconds.

        Test voices speak by repeating one letter; silence that was sent is ``_``.
        """
        runs = itertools.groupby(self.audio(since))
        sizes = ((chr(byte), len(list(run))) for byte, run in runs)
        return [("_" if letter == chr(SILENCE) else letter, size // 8) for letter, size in sizes]

    def audio(self, since: float = 0.0) -> bytes:
        """What came out of the telephone from then on, without the pauses when nothing came."""
        heard, now = bytearray(), self._now()
        for piece in self._played:
            first = max(0, round((since - piece.start) * BYTES_PER_SECOND))
            last = max(0, round((now - piece.start) * BYTES_PER_SECOND))
            heard += piece.audio[first:last]
        return bytes(heard)

    def sounds(self) -> list[tuple[float, float]]:
        """From when to when the caller heard something that is not silence, in seconds."""
        return [
            (
                piece.start + loud.start() / BYTES_PER_SECOND,
                piece.start + loud.end() / BYTES_PER_SECOND,
            )
            for piece in self._played
            for loud in LOUD.finditer(piece.audio)
        ]

    def silences(self) -> list[float]:
        """Seconds of nothing between two pieces, where there were any."""
        pairs = itertools.pairwise(self._played)
        gaps = (round(after.start - before.end, 6) for before, after in pairs)
        return [gap for gap in gaps if gap > 0]

    def buffered(self) -> float:
        """Seconds of audio not yet played."""
        return max(0.0, self._playing_until() - self._now())

    def times(self, event: str) -> list[float]:
        """When messages of this kind were sent to us."""
        return [each.at for each in self.sent if each.event == event]

    # ----------------------------------------------------------------------- the link

    async def receive(self) -> str | bytes | None:
        """As :class:`~ivr.calls.link.Link` says."""
        while not self._to_session:
            if self._ended:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._to_session.popleft()

    def say(self, text: str) -> bool:
        """As :class:`~ivr.calls.link.Link` says."""
        if self.closed or self._now() < self._stalled_until:
            return False
        self._later(lambda: self._take_in(text))
        self._taken += 1
        if self._taken == self.cut_after:
            self.cut()
        return True

    async def send(self, text: str) -> None:
        """As :class:`~ivr.calls.link.Link` says."""
        while (left := self._stalled_until - self._now()) > 0:
            await pass_time(max(left, SHORTEST))
        if not self.say(text):
            raise LinkClosed

    def hear(self, wanted: bool) -> None:
        """As :class:`~ivr.calls.link.Link` says; what comes unasked is still delivered."""
        self.heard = wanted

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """As :class:`~ivr.calls.link.Link` says."""
        self.cut()

    # ----------------------------------------------------------------------- playing

    def _take_in(self, text: str) -> None:
        now = self._now()
        message = json.loads(text)
        event = message["event"]
        if set(message) != EXACT_FIELDS.get(event):
            self.faults.append(f"fields of {event}: {sorted(message)}")
        if message["streamSid"] != self.stream:
            self.faults.append(f"{event} of another stream")
        match event:
            case "media":
                self._play(message["media"], now)
            case "mark":
                self._mark(message["mark"], now)
            case "clear":
                self.sent.append(Sent(now, "clear"))
                self._clear(now)
                # Shows in ``sent`` what still left in the same turn of the event loop.
                turn_over = Sent(now, "turn over")
                asyncio.get_running_loop().call_soon(self.sent.append, turn_over)

    def _play(self, media: dict[str, str], now: float) -> None:
        audio = base64.b64decode(media["payload"], validate=True)
        if set(media) != {"payload"} or not audio or len(audio) % FRAME_BYTES:
            self.faults.append(f"media of {len(audio)} bytes, fields {sorted(media)}")
        self.sent.append(Sent(now, "media", ms=len(audio) // 8))
        self._played.append(_Played(max(now, self._playing_until()), audio))
        self.lead_max = max(self.lead_max, self.buffered())

    def _mark(self, mark: dict[str, str], now: float) -> None:
        name = mark["name"]
        if set(mark) != {"name"} or not MARK_NAME.fullmatch(name):
            self.faults.append(f"mark {name!r}, fields {sorted(mark)}")
        self.sent.append(Sent(now, "mark", name=name))
        when = max(now, self._playing_until())
        timer = asyncio.get_running_loop().call_at(when, self._played_up_to, name)
        self._marks.append((name, timer))

    def _clear(self, now: float) -> None:
        for piece in self._played:
            piece.audio = piece.audio[: max(0, round((now - piece.start) * BYTES_PER_SECOND))]
        self._played = [piece for piece in self._played if piece.audio]
        for name in self._forget_marks():
            self._bring_back(name)

    def _played_up_to(self, name: str) -> None:
        self._marks = [(each, timer) for each, timer in self._marks if each != name]
        self._bring_back(name)

    def _bring_back(self, name: str) -> None:
        if not self.lose_marks:
            self.echo(name)

    def _arrive(self, text: str | bytes) -> None:
        self._to_session.append(text)
        self._arrived.set()

    def _end(self) -> None:
        self._ended = True
        self._arrived.set()

    def _forget_marks(self) -> list[str]:
        marks, self._marks = self._marks, []
        for _, timer in marks:
            timer.cancel()
        return [name for name, _ in marks]

    def _now(self) -> float:
        """The loop's time; after the test's loop has ended, the time it ended at."""
        with contextlib.suppress(RuntimeError):
            self._loop = asyncio.get_running_loop()
        assert self._loop is not None, "nothing has happened yet"
        return self._loop.time()

    def _playing_until(self) -> float:
        return self._played[-1].end if self._played else 0.0

    # ----------------------------------------------------------------------- the wire

    def _numbered(self, event: str, *, stream: str = "", **inner: object) -> dict[str, object]:
        number, sid = str(next(self._sequence)), stream or self.stream
        return {"event": event, "sequenceNumber": number, "streamSid": sid, **inner}

    def _later(self, what: Callable[[], object]) -> None:
        """Across the network: in order, after the delay; at once where there is none."""
        if not self.delay:
            what()
            return
        # Timers of the same moment fire in any order; what is under way does not overtake.
        self._under_way.append(what)
        loop = asyncio.get_running_loop()
        loop.call_later(self.delay, lambda: self._under_way.popleft()())
