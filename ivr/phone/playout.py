"""Twilio's play-out buffer: what is heard when, which marks come back, what a clear returns.

Pure: the time is passed in, in milliseconds since the call was answered. Media is played in order
of arrival, in real time; a mark comes back when everything before it was played, at once if nothing
is buffered; a clear empties the buffer and returns all pending marks; more than ten minutes of
buffered audio is dropped (reference/twilio.md, 1.4). ``stream.py`` drives it.

Inside, time is counted in samples (8 a millisecond), so nothing is ever rounded twice.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import first_audible
from ivr.audio.mulaw import SILENCE
from ivr.phone.events import Gap, Segment, SegmentBegan, SegmentClosed, SegmentEnded

BUFFER_MS_MAX = 10 * 60_000
"""Twilio drops media beyond this (31931)."""
GAP_MS_MIN = 1.0
"""A shorter pause in the arrival is below anything an ear or a network would notice."""


@dataclass(frozen=True, slots=True)
class MarkDue:
    """A mark whose time has come: it is to be sent back."""

    name: str


@dataclass(frozen=True, slots=True)
class SoundBegan:
    """The first audible sample of a segment was played."""

    at_ms: float
    segment: int
    received_ms: float
    """When the segment's first message had arrived."""


Happening = MarkDue | SegmentBegan | SegmentClosed | SegmentEnded | SoundBegan


@dataclass(frozen=True, slots=True)
class Heard:
    """What came out of the ear-piece since the last look, and what happened meanwhile."""

    at_ms: float
    """When the first sample of it sounded."""
    audio: bytes
    happenings: tuple[Happening, ...]


@dataclass(slots=True)
class _Open:
    """A segment that is not over yet. Samples since the answer, None where not reached."""

    number: int
    received_ms: float
    mark: str | None = None
    start: int | None = None
    end: int | None = None
    audible: int | None = None
    """Where the first audible sample lies, once it is known."""
    sounded: bool = False
    gaps: list[Gap] = field(default_factory=list)


@dataclass(slots=True)
class _Audio:
    start: int
    data: bytes
    segment: _Open
    played: int = 0


@dataclass(slots=True)
class _Pending:
    at: int
    name: str
    segment: _Open


class Playout:
    """One stream's buffer. ``hear`` moves its time; media, mark and clear fill and empty it."""

    def __init__(self, now_ms: float, first_segment: int = 1) -> None:
        self._position = _samples(now_ms)
        self._end = self._position
        self._queue: deque[_Audio | _Pending] = deque()
        self._receiving: _Open | None = None
        self._number = first_segment
        self._settled: int | None = None
        self._unmarked = False

    @property
    def buffered_ms(self) -> float:
        """Audio received and not yet played."""
        return max(0, self._end - self._position) / BYTES_PER_MS

    @property
    def end_ms(self) -> float:
        """When everything received so far was or will be played."""
        return self._end / BYTES_PER_MS

    @property
    def mark_due_ms(self) -> float | None:
        """When the next pending mark comes back, if one is pending."""
        for item in self._queue:
            if isinstance(item, _Pending):
                return item.at / BYTES_PER_MS
        return None

    @property
    def silent_since_ms(self) -> float | None:
        """Since when the line has had nothing more to say; None while it has, or never spoke.

        The line has said what it had to say when everything is played and the last thing received
        was a mark or a clear. A pause in the middle of an utterance (a voice that is slow to
        deliver) has no mark behind it and does not count.
        """
        if self._queue or self._unmarked or self._settled is None:
            return None
        return self._settled / BYTES_PER_MS

    def media(self, payload: bytes, now_ms: float) -> bool:
        """Buffer audio. False if the buffer is full and it was dropped. Call ``hear`` first."""
        if self.buffered_ms + len(payload) / BYTES_PER_MS > BUFFER_MS_MAX:
            return False
        segment = self._receiving
        start = max(_samples(now_ms), self._end)
        if segment is None:
            segment = self._receiving = _Open(self._number, now_ms)
            self._number += 1
        elif segment.end is not None and (late := start - segment.end) >= GAP_MS_MIN * BYTES_PER_MS:
            segment.gaps.append(Gap(segment.end / BYTES_PER_MS, late / BYTES_PER_MS))
        if segment.audible is None and (audible := first_audible(payload)) is not None:
            segment.audible = start + audible
        self._queue.append(_Audio(start, payload, segment))
        self._end = segment.end = start + len(payload)
        self._unmarked = True
        return True

    def mark(self, name: str, now_ms: float) -> tuple[Happening, ...]:
        """Place a mark behind everything buffered; it comes out of ``hear`` when it is due."""
        segment = self._receiving or _Open(self._number, now_ms)
        if self._receiving is None:
            self._number += 1
        self._receiving = None
        segment.mark = name
        at = max(_samples(now_ms), self._end)
        self._queue.append(_Pending(at, name, segment))
        self._unmarked = False
        return (SegmentClosed(now_ms, segment.number, name, at / BYTES_PER_MS),)

    def clear(self, now_ms: float) -> tuple[Happening, ...]:
        """Throw away what is buffered; every pending mark comes back now. Call ``hear`` first."""
        happenings: list[Happening] = []
        cut_at = self._position
        ended: set[int] = set()
        for item in self._queue:
            if isinstance(item, _Pending):
                happenings.append(MarkDue(item.name))
                happenings.append(_cut(item.segment, cut_at))
                ended.add(item.segment.number)
        if (segment := self._receiving) is not None and segment.number not in ended:
            happenings.append(_cut(segment, cut_at))
        self._queue.clear()
        self._receiving = None
        self._end = self._settled = cut_at
        self._unmarked = False
        return tuple(happenings)

    def hear(self, now_ms: float) -> Heard:
        """Play up to now: the samples since the last look, silence where there was nothing."""
        since, until = self._position, max(_samples(now_ms), self._position)
        audio = bytearray()
        happenings: list[Happening] = []
        while self._queue:
            item = self._queue[0]
            if isinstance(item, _Pending):
                if item.at > until:
                    break
                self._queue.popleft()
                self._settled = item.at
                happenings.append(MarkDue(item.name))
                happenings.append(_played(item.segment, item.at))
                continue
            if item.start >= until or not self._play(item, until, audio, happenings):
                break
            self._queue.popleft()
        audio += SILENCE * (until - self._position)
        self._position = until
        return Heard(since / BYTES_PER_MS, bytes(audio), tuple(happenings))

    def _play(
        self, item: _Audio, until: int, audio: bytearray, happenings: list[Happening]
    ) -> bool:
        """Play what is due of one message; True when it is played to its end."""
        segment = item.segment
        if segment.start is None:
            segment.start = item.start
            happenings.append(SegmentBegan(item.start / BYTES_PER_MS, segment.number))
        audio += SILENCE * max(0, item.start - self._position)
        self._position = max(self._position, item.start)
        count = min(len(item.data) - item.played, until - self._position)
        audio += item.data[item.played : item.played + count]
        item.played += count
        self._position += count
        audible = segment.audible
        if not segment.sounded and audible is not None and audible < self._position:
            segment.sounded = True
            happenings.append(
                SoundBegan(audible / BYTES_PER_MS, segment.number, segment.received_ms)
            )
        return item.played == len(item.data)


def _samples(ms: float) -> int:
    return round(ms * BYTES_PER_MS)


def _played(segment: _Open, at: int) -> SegmentEnded:
    """A segment that was heard whole; without audio it begins and ends at its mark."""
    return SegmentEnded(at / BYTES_PER_MS, _closed(segment, at, cut=False))


def _cut(segment: _Open, at: int) -> SegmentEnded:
    return SegmentEnded(at / BYTES_PER_MS, _closed(segment, at, cut=True))


def _closed(segment: _Open, at: int, *, cut: bool) -> Segment:
    start = at if segment.start is None else segment.start
    end = at if segment.end is None else min(segment.end, at)
    sound = segment.audible if segment.sounded else None
    return Segment(
        number=segment.number,
        mark=segment.mark,
        received_ms=segment.received_ms,
        start_ms=start / BYTES_PER_MS,
        end_ms=end / BYTES_PER_MS,
        sound_ms=None if sound is None else sound / BYTES_PER_MS,
        cut=cut,
        gaps=tuple(gap for gap in segment.gaps if gap.at_ms * BYTES_PER_MS < at),
    )
