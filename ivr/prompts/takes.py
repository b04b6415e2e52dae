"""Takes kept in memory, and sounds: the audio of one part of an utterance, whole or still growing.

A take is raw mu-law at 8 kHz, nothing else: cutting a message out of it and encoding it costs a few
microseconds, so nothing is kept ready-made for the wire. Used by ``calls/studio``, which decides
what may be kept at all (only texts without run-time values), and by ``calls/speaker``, which reads
sounds.

This is the tier in memory. The one on disk is ``shelf``: it is read at start-up (``restore``) and
never during a call, and what is kept here meanwhile may be put there by whoever asks to be told
(``on_keep``). Its files are named by a digest of :class:`TakeKey`; that is why the key holds
everything that shapes the sound, down to the format.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from ivr.audio.frames import BYTES_PER_MS

TAKES_BYTES_MAX = 128 * 1024 * 1024
"""Four and a half hours of speech."""

SOUND_MS_MAX = 10 * 60_000
"""Of one part of an utterance; a voice that goes on longer has lost its way."""

FORMAT = "mulaw-8000"
TAKES_VERSION = "1"
"""Raised when the same text in the same voice shall sound different from now on."""


class TakeKey(NamedTuple):
    """Everything that shapes a take. A plain tuple: finding one costs a look into a dict."""

    voice: str
    """``Voice.key``."""
    language: str
    text: str
    format: str = FORMAT
    version: str = TAKES_VERSION


class Takes:
    """The takes of one process, the least recently used thrown out when there are too many bytes.

    For one event loop; no locks.
    """

    __slots__ = ("_bytes_max", "_on_keep", "_takes", "bytes")

    def __init__(
        self,
        bytes_max: int = TAKES_BYTES_MAX,
        on_keep: Callable[[TakeKey, bytes], None] | None = None,
    ) -> None:
        """``on_keep`` is told of every take that was made now; it must return at once."""
        self.bytes = 0
        """Held now."""
        self._bytes_max = bytes_max
        self._on_keep = on_keep
        self._takes: OrderedDict[TakeKey, bytes] = OrderedDict()

    def __len__(self) -> int:
        return len(self._takes)

    def __contains__(self, key: TakeKey) -> bool:
        """Whether it is here; asking does not count as using."""
        return key in self._takes

    def find(self, key: TakeKey) -> bytes | None:
        """The take, or None."""
        audio = self._takes.get(key)
        if audio is not None:
            self._takes.move_to_end(key)
        return audio

    def keep(self, key: TakeKey, audio: bytes) -> None:
        """Keep a take that was made now. One that is bigger than everything allowed is not kept."""
        if self._on_keep is not None:
            self._on_keep(key, audio)
        if len(audio) > self._bytes_max:
            return
        self.bytes += len(audio) - len(self._takes.pop(key, b""))
        self._takes[key] = audio
        while self.bytes > self._bytes_max:
            _, oldest = self._takes.popitem(last=False)
            self.bytes -= len(oldest)

    def restore(self, key: TakeKey, audio: bytes) -> bool:
        """Take in one that was made before; False if it would throw out another. Nobody is told."""
        if key in self._takes:
            return True
        if self.bytes + len(audio) > self._bytes_max:
            return False
        self.bytes += len(audio)
        self._takes[key] = audio
        return True


class Sound:
    """The audio of one part of an utterance; whole at once, or growing while a voice speaks.

    Readers look at ``audio`` and ``complete``; one that wants to know when there is more leaves a
    bell. A sound that failed is complete: what it has is all there will be.
    """

    __slots__ = ("_bells", "_grown", "audio", "chunks", "complete", "failure", "falls", "pause")

    def __init__(self, audio: bytes | None = None, *, pause: bool = False) -> None:
        """With audio it is complete; without, it grows. A ``pause`` is silence on purpose."""
        self.pause = pause
        self._grown = bytearray()
        self.audio: bytes | bytearray = self._grown if audio is None else audio
        self.complete = audio is not None
        self.failure: str | None = None
        self.chunks = 0
        """How many pieces it came in; 0 for a take."""
        self.falls: list[str] = []
        """Voices that failed on the way, each with its reason."""
        self._bells: list[Callable[[], None]] = []

    def ring_on_change(self, bell: Callable[[], None]) -> None:
        """Call ``bell`` whenever there is more, until it is complete."""
        if not self.complete:
            self._bells.append(bell)

    def grow(self, chunk: bytes) -> None:
        """There is more."""
        assert not self.complete, "a whole sound cannot grow"
        self._grown += chunk
        self.chunks += 1
        self._ring()

    def finish(self) -> None:
        """This was all of it."""
        self.complete = True
        self._ring()
        self._bells.clear()

    def fell(self, voice: str, reason: str) -> None:
        """A voice failed, and another one goes on."""
        self.falls.append(f"{voice}: {reason}")

    def fail(self, reason: str) -> None:
        """There will be no more of it, and there should have been."""
        self.failure = reason
        self.finish()

    @property
    def too_long(self) -> bool:
        """Whether it has more than any part of an utterance may have."""
        return len(self.audio) > SOUND_MS_MAX * BYTES_PER_MS

    def _ring(self) -> None:
        for bell in self._bells:
            bell()
