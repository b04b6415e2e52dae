"""Both sides of a simulated call: what was heard and pressed when, and the sound of it.

Filled by ``Telephone`` with every event and every sample; read by ``ivr call`` and by tests. All
times are milliseconds since the call was answered, and so are the positions in the WAV: what the
recording says was heard at 2,400 ms is heard there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ivr.audio import wav
from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SILENCE
from ivr.phone.events import (
    CallEnded,
    DialEnded,
    Dialled,
    Event,
    Faulted,
    Gap,
    KeyPressed,
    Segment,
    SegmentEnded,
    SoundHeard,
)
from ivr.phone.faults import Fault
from ivr.phone.tones import key_tone

FAULTS_MAX = 100
"""A server gone mad is not written down for ever."""


@dataclass(slots=True)
class Track:
    """One side's sound as mu-law at 8 kHz, without holes, from the answer on."""

    audio: bytearray = field(default_factory=bytearray)

    def put(self, audio: bytes, at_ms: float) -> None:
        """Lay audio at a time; over what is there already, silence before it where nothing is."""
        start = round(at_ms * BYTES_PER_MS)
        self.reach(at_ms)
        self.audio[start : start + len(audio)] = audio

    def reach(self, at_ms: float) -> None:
        """Make it last at least until then."""
        self.audio += SILENCE * (round(at_ms * BYTES_PER_MS) - len(self.audio))


@dataclass(slots=True)
class Recording:
    """A call as the caller had it. Complete once ``ended`` is set."""

    events: list[Event] = field(default_factory=list)
    caller: Track = field(default_factory=Track)
    line: Track = field(default_factory=Track)
    ended: CallEnded | None = None
    dead_air_ms: float | None = None
    """The longest time the caller was made to wait and heard nothing; None where not judged."""

    def add(self, event: Event) -> None:
        """Take down what happened."""
        if isinstance(event, Faulted) and len(self.faults) >= FAULTS_MAX:
            return
        self.events.append(event)
        match event:
            case KeyPressed(at_ms, key):
                self.caller.put(key_tone(key), at_ms)
            case CallEnded():
                self.ended = event
            case _:
                pass

    def hush(self, key: KeyPressed) -> None:
        """Take a key's tone out of the sound: it was one that must be kept nowhere."""
        self.caller.put(SILENCE * len(key_tone(key.key)), key.at_ms)

    @property
    def segments(self) -> list[Segment]:
        """Everything the line said, in the order it was heard or cut."""
        return [e.segment for e in self.events if isinstance(e, SegmentEnded)]

    @property
    def keys(self) -> list[KeyPressed]:
        """The keys, in order."""
        return [e for e in self.events if isinstance(e, KeyPressed)]

    @property
    def sounds(self) -> list[SoundHeard]:
        """How long the caller waited for a sound, after the answer and after keys."""
        return [e for e in self.events if isinstance(e, SoundHeard)]

    @property
    def gaps(self) -> list[Gap]:
        """Holes inside what was said."""
        return [gap for segment in self.segments for gap in segment.gaps]

    @property
    def legs(self) -> list[tuple[Dialled, DialEnded]]:
        """Who was called for the caller, and how that ended."""
        dialled = [e for e in self.events if isinstance(e, Dialled)]
        ended = [e for e in self.events if isinstance(e, DialEnded)]
        return list(zip(dialled, ended, strict=False))

    @property
    def faults(self) -> list[Fault]:
        """Everything the server did wrong, at most ``FAULTS_MAX``."""
        return [e.fault for e in self.events if isinstance(e, Faulted)]

    def wav(self) -> bytes:
        """The call as a WAV file: left the caller with the tones of the keys, right the line."""
        length_ms = max(len(self.caller.audio), len(self.line.audio)) / BYTES_PER_MS
        self.caller.reach(length_ms)
        self.line.reach(length_ms)
        return wav.write_stereo(bytes(self.caller.audio), bytes(self.line.audio))
