"""What a caller says into one recording, as bytes: where it is silent, where it ends, what is kept.

Payloads with their times in, raw mu-law out, which somebody writes to disk piece by piece. No
socket, no task, no clock, no file. It decides when silence or the longest time ends the recording,
and how much of the end is no message: silence, and the tone of the key that ended it. Used by
``voicemail``.

The carrier's timestamps say where a payload belongs: what is missing becomes silence, what came
before is dropped. Silence is told by level: a line has its own noise, so what counts as speech is
so much above the quietest moment of the last seconds.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from enum import Enum

import numpy as np

from ivr.audio.frames import BYTES_PER_MS, FRAME_BYTES, FRAME_MS
from ivr.audio.loudness import LEAD_MS, first_audible, rms_dbfs
from ivr.audio.mulaw import SILENCE
from ivr.audio.tones import is_key

PAYLOAD_BYTES_MAX = 2_000 * BYTES_PER_MS
"""Of one message; Twilio sends 20 ms, and nobody two seconds."""
LATE_MAX = 50
"""Payloads in a row that belong before what was heard; then the carrier's clock began afresh."""
TAIL_MS = 300
"""Of the silence after the last word, this much stays."""
END_MS = 100
"""Cut off where a key ended it and its tone cannot be found: the finger's own noise."""
KEY_SECONDS = 2
"""Of the end are searched for the tone of a key."""
KEY_AGO_MS = 600
"""The tone ended so long ago at most; what is earlier was pressed for something else."""
SPOKEN_MS_MIN = 200
"""Less than this of sound is a click on the line, and nobody said anything."""

FLOOR_SECONDS = 5
"""The quietest moment of so long is the noise of the line."""
BLOCK_FRAMES = 3
"""A moment."""
OVER_FLOOR_DB = 9.0
"""Speech is so much louder than the noise."""
SPEECH_MIN_DBFS = -46.0
SPEECH_MAX_DBFS = -27.0
"""What counts as speech is never quieter than the one, and is always as loud as the other."""
FLOOR_AT_FIRST_DBFS = -50.0
"""Until a second was heard: whoever speaks at once is heard at once."""

_SILENT_FRAME = SILENCE * FRAME_BYTES
_BLOCK_MS = BLOCK_FRAMES * FRAME_MS


class Why(Enum):
    """What ended a recording."""

    KEY = "key"
    SILENCE = "silence"
    LIMIT = "limit"
    HUNG_UP = "hung_up"
    LOST = "lost"
    """The stream broke off, or nobody waits for the recording any more."""


class Recorder:
    """One recording while it lasts."""

    __slots__ = (
        "_all",
        "_base_ms",
        "_floor",
        "_late",
        "_loud",
        "_max",
        "_rest",
        "_silence",
        "_size",
        "_spoken",
        "_spoken_until",
        "_tail",
        "_unsaved",
        "counts",
        "why",
    )

    def __init__(self, max_ms: int, silence_ms: int, *, replays: bool = False) -> None:
        """It ends after ``max_ms``, or once nothing was said for ``silence_ms``.

        ``replays``: all of it stays in memory, to be heard again.
        """
        self.why: Why | None = None
        """Set once it has ended by itself; what comes after that is not heard."""
        self.counts: Counter[str] = Counter()
        """What was wrong with the carrier's payloads: ``missing_ms``, ``late``, ``overlong``."""
        self._max = max_ms * BYTES_PER_MS
        self._silence = silence_ms * BYTES_PER_MS
        self._base_ms: int | None = None
        """The carrier's time of the first byte."""
        self._late = 0
        self._rest = b""
        """The beginning of a frame."""
        self._size = 0
        """Of all whole frames."""
        self._spoken = 0
        """Bytes of speech in it."""
        self._spoken_until = 0
        self._loud = 0
        """Frames in a row that are louder than the line's noise."""
        self._floor = _Floor()
        self._unsaved = bytearray()
        self._all = bytearray() if replays else None
        self._tail: deque[tuple[bytes, int]] = deque(maxlen=KEY_SECONDS * 1000 // FRAME_MS)
        """The last frames, each with where speech had ended then."""

    # ----------------------------------------------------------------------- hearing

    def hear(self, payload: bytes, timestamp_ms: int) -> None:
        """A payload of the carrier's, of any size; ``timestamp_ms`` 0 where it tells none."""
        if self.why is not None:
            return
        if len(payload) > PAYLOAD_BYTES_MAX:
            self.counts["overlong"] += 1
            payload = payload[:PAYLOAD_BYTES_MAX]
        if timestamp_ms > 0:
            payload = self._placed(payload, timestamp_ms)
        self._push(payload)

    @property
    def heard(self) -> int:
        """Bytes from its beginning on."""
        return self._size + len(self._rest)

    def take(self) -> bytes:
        """What was not yet taken, to be written down."""
        taken = bytes(self._unsaved)
        self._unsaved.clear()
        return taken

    @property
    def silence_s(self) -> float:
        """So much silence ends it."""
        return self._silence / BYTES_PER_MS / 1000

    @property
    def waiting(self) -> int:
        """Bytes not yet taken."""
        return len(self._unsaved)

    def _placed(self, payload: bytes, timestamp_ms: int) -> bytes:
        """The part of it that is new, after silence where something is missing before it."""
        if self._base_ms is None:
            self._base_ms = timestamp_ms - self.heard // BYTES_PER_MS
        ahead = (timestamp_ms - self._base_ms) * BYTES_PER_MS - self.heard
        if ahead >= FRAME_BYTES:
            self.counts["missing_ms"] += ahead // BYTES_PER_MS
            self._push_silence(ahead)
        elif ahead <= -FRAME_BYTES:
            payload = payload[-ahead:]
            if not payload:
                self.counts["late"] += 1
                self._late += 1
                if self._late >= LATE_MAX:
                    self._base_ms, self._late = None, 0
                return b""
        self._late = 0
        return payload

    def _push_silence(self, size: int) -> None:
        """No more of it than ends the recording."""
        self._push(SILENCE * min(size, self._silence, self._max))

    def _push(self, audio: bytes) -> None:
        audio = self._rest + audio
        at = 0
        while self.why is None and len(audio) - at >= FRAME_BYTES:
            self._frame(audio[at : at + FRAME_BYTES])
            at += FRAME_BYTES
        self._rest = audio[at:] if self.why is None else b""

    def _frame(self, frame: bytes) -> None:
        self._size += FRAME_BYTES
        self._unsaved += frame
        if self._all is not None:
            self._all += frame
        level = -math.inf if frame == _SILENT_FRAME else rms_dbfs(frame)
        self._loud = self._loud + 1 if self._floor.speech(level) else 0
        if self._loud > 1:  # one frame alone is a click
            self._spoken += FRAME_BYTES
            self._spoken_until = self._size
        self._tail.append((frame, self._spoken_until))
        if self._size >= self._max:
            self.why = Why.LIMIT
        elif self._size - self._spoken_until >= self._silence:
            self.why = Why.SILENCE

    # ----------------------------------------------------------------------- its end

    def end(self, why: Why) -> int:
        """How many bytes of it are the message; 0 where nobody said anything."""
        end, spoken_until = self._size, self._spoken_until
        if why is Why.KEY:
            end, spoken_until = self._before_the_key()
        if self._spoken < SPOKEN_MS_MIN * BYTES_PER_MS:
            return 0
        return max(0, min(end, spoken_until + TAIL_MS * BYTES_PER_MS))

    def sound(self, size: int) -> bytes:
        """So many bytes of it, from the first sound on; nothing where it does not replay."""
        heard = bytes(self._all[:size]) if self._all is not None else b""
        first = first_audible(heard)
        return heard[max(0, (first or 0) - LEAD_MS * BYTES_PER_MS) :]

    def _before_the_key(self) -> tuple[int, int]:
        """Where the tone of the key began, and where speech had ended before it."""
        frames = list(self._tail)
        newest = len(frames) - 1
        last, oldest = newest, max(0, newest - KEY_AGO_MS // FRAME_MS)
        while last >= oldest and not is_key(frames[last][0]):
            last -= 1
        if last < oldest:
            end = max(0, self._size - END_MS * BYTES_PER_MS)
            return end, min(end, self._spoken_until)
        while last >= 0 and is_key(frames[last][0]):
            last -= 1
        # The frame before it may hold the tone's first milliseconds.
        whole = last - 1
        end = self._size - (newest - whole) * FRAME_BYTES
        return end, min(end, frames[whole][1] if whole >= 0 else end)


class _Floor:
    """The noise of a line, and what is louder than it."""

    __slots__ = ("_blocks", "_frames", "_power", "_threshold")

    def __init__(self) -> None:
        self._blocks: deque[float] = deque(maxlen=FLOOR_SECONDS * 1000 // _BLOCK_MS)
        """Levels, the newest last."""
        self._power = 0.0
        self._frames = 0
        self._threshold = FLOOR_AT_FIRST_DBFS + OVER_FLOOR_DB

    def speech(self, level: float) -> bool:
        """Whether a frame of this level, in dBFS, is speech rather than the line's noise."""
        self._power += 10 ** (level / 10)
        self._frames += 1
        if self._frames == BLOCK_FRAMES:
            mean = self._power / BLOCK_FRAMES
            self._blocks.append(10 * math.log10(mean) if mean else -math.inf)
            self._power, self._frames = 0.0, 0
            self._threshold = self._over(min(self._blocks))
        return level >= self._threshold

    def _over(self, floor: float) -> float:
        if len(self._blocks) * _BLOCK_MS < 1_000:
            floor = min(floor, FLOOR_AT_FIRST_DBFS)
        return float(np.clip(floor + OVER_FLOOR_DB, SPEECH_MIN_DBFS, SPEECH_MAX_DBFS))
