"""One utterance on one of the vendor's sockets: what was sent of it, what came back, what to await.

It knows when the vendor owes audio, when it may be told that no more words come (not before the
first audio: a close has overtaken the words and left callers with silence), and when the vendor has
taken too long. It holds no socket and starts no task. Fed by ``multi`` and ``single``, read by the
lines in ``voice``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ivr.errors import VoiceError
from ivr.voices.elevenlabs import wire
from ivr.voices.elevenlabs.failures import Failure
from ivr.voices.elevenlabs.sound import milliseconds

FIRST_AUDIO_SECONDS = 2.5
"""From sending words to audio; a fifth of a second is usual."""
MORE_AUDIO_SECONDS = 2.5
"""Between one piece of audio and the next, or the end, once what came has been heard."""
LAST_WORDS_SECONDS = 1.0
"""How long the close waits for audio after the last words, where there was audio before them: what
those words sounded like may have come already."""
AUDIO_BYTES_MAX = 64 * 1024 * 1024
"""Waiting to be read, in any format: ten minutes and more."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The waits of an utterance in seconds."""

    first_audio: float = FIRST_AUDIO_SECONDS
    more_audio: float = MORE_AUDIO_SECONDS
    last_words: float = LAST_WORDS_SECONDS


class Utterance:
    """Words on their way out and audio on its way in, for one reader."""

    __slots__ = (
        "_alignments",
        "_chunks",
        "_close",
        "_format",
        "_heard_since_words",
        "_limits",
        "_news",
        "_send",
        "closed",
        "ended",
        "failure",
        "final",
        "received",
        "sent",
    )

    def __init__(
        self,
        *,
        send: Callable[[str], None],
        close: Callable[[], None],
        format: str,
        limits: Limits,
    ) -> None:
        """``send`` takes words to be spoken now; ``close`` tells the vendor that there are no more,
        and is called once at most."""
        self._send = send
        self._close = close
        self._format = format
        self._limits = limits
        self._chunks: list[bytes] = []
        self._alignments: list[tuple[int, bytes]] = []
        self._news = asyncio.Event()
        self._heard_since_words = False
        self.sent = ""
        """All words so far."""
        self.ended = False
        """Whether these are all."""
        self.closed = False
        """Whether the vendor was told so."""
        self.received = 0
        """Bytes of audio."""
        self.final = False
        self.failure: Failure | None = None

    # ------------------------------------------------------------------------ the speaking side

    def say(self, words: str) -> None:
        """Send words; they must not be blank."""
        self._heard_since_words = False
        self._send(words)
        self.sent += words
        self._news.set()

    def end(self) -> None:
        """There are no more words. The vendor is told when that is safe."""
        self.ended = True
        self._close_if_safe()
        self._news.set()

    def close(self) -> None:
        """Tell the vendor that there are no more words, now."""
        if not self.closed and not self.over:
            self.closed = True
            self._close()

    # ------------------------------------------------------------------------ the vendor's side

    def receive(self, frame: wire.Frame) -> None:
        """A message of the vendor about this utterance; what comes after its end is not heard."""
        if self.over:
            return
        if frame.alignment:
            so_far = milliseconds(self.received, self._format)
            self._alignments.append((so_far, frame.alignment))
        if frame.audio:
            self.received += len(frame.audio)
            self._chunks.append(frame.audio)
            self._heard_since_words = True
            self._close_if_safe()
        if frame.failure is not None:
            self.fail(frame.failure)
        elif self.received > AUDIO_BYTES_MAX:
            self.fail(Failure("ElevenLabs never stopped speaking", retryable=False))
        elif frame.final:
            self._finish()
        self._news.set()

    def fail(self, failure: Failure) -> None:
        """It is over, and not well; audio that came before can still be read."""
        if not self.over:
            self.failure = failure
            self._news.set()

    # ------------------------------------------------------------------------ the hearing side

    @property
    def over(self) -> bool:
        """Whether nothing will come any more."""
        return self.final or self.failure is not None

    @property
    def patience(self) -> float | None:
        """Seconds to wait for news now; None while nothing is owed, because words are awaited."""
        if not self.sent or (self._heard_since_words and not self.ended):
            return None
        if self.ended and self.received and not self.closed:
            return self._limits.last_words
        return self._limits.more_audio if self._heard_since_words else self._limits.first_audio

    async def news(self) -> None:
        """Wait until something happened. Something may have happened already."""
        await self._news.wait()

    def take(self) -> bytes:
        """All audio that came and was not taken yet."""
        self._news.clear()
        audio = b"".join(self._chunks)
        self._chunks.clear()
        return audio

    @property
    def unsaid(self) -> bool:
        """Whether the vendor has begun, was told that these are all words, and owes some still."""
        return self.closed and self.received > 0 and self.spoken != len(self.sent.rstrip())

    def overdue(self) -> None:
        """Nothing happened for ``patience`` seconds: tell the vendor of the end, or give it up."""
        if self.ended and self.received and not self.closed:
            self.close()
            return
        if self.ended and self.received and self.spoken == len(self.sent.rstrip()):
            # All was said; only the vendor's word for it is missing.
            self.final = True
            return
        if not self.received:
            sentence = f"ElevenLabs sent no audio within {self._limits.first_audio:g} s"
        else:
            sentence = f"ElevenLabs stopped in the middle for {self._limits.more_audio:g} s"
        self.fail(Failure(sentence, retryable=True, code="stalled"))

    @property
    def spoken(self) -> int | None:
        """Characters of the words that the audio covers; None if nobody knows."""
        if not self.received:
            return 0
        heard_ms = milliseconds(self.received, self._format)
        count = wire.characters_spoken(self._alignments, heard_ms)
        return None if count is None else min(count, len(self.sent.rstrip()))

    def error(self) -> VoiceError | None:
        """What is to be raised after the last audio; None if all was said."""
        return None if self.failure is None else self.failure.error(self.spoken)

    def _close_if_safe(self) -> None:
        if self.ended and self._heard_since_words:
            self.close()

    def _finish(self) -> None:
        heard_ms = milliseconds(self.received, self._format)
        if not self.received and self.sent.strip():
            # The race of a close with the words, or words that nobody can say.
            self.failure = Failure("ElevenLabs ended without any audio", retryable=True)
        elif wire.breaks_off(wire.announced_ms(self._alignments), heard_ms):
            self.failure = Failure("ElevenLabs ended in the middle", retryable=True)
        else:
            self.final = True


class Ahead:
    """How far the audio that came is ahead of somebody who hears it as soon as he can."""

    __slots__ = ("_format", "_until")

    def __init__(self, format: str) -> None:
        self._format = format
        self._until = 0.0

    def came(self, size: int) -> None:
        """So many bytes came now."""
        now = asyncio.get_running_loop().time()
        self._until = max(now, self._until) + milliseconds(size, self._format) / 1000

    def __bool__(self) -> bool:
        """Whether some of it is still to be heard."""
        return asyncio.get_running_loop().time() < self._until


@dataclass(frozen=True, slots=True)
class Speech:
    """An utterance that has begun, and how to stop listening to it."""

    utterance: Utterance
    abandon: Callable[[], None]
    """To be called once it is over, well or not."""
