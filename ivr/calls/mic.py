"""What a caller says, handed from the stream to whoever records it: from the tone to the end key.

Audio of callers is dropped unread unless somebody records it; ``Hearing`` turns that on and off for
one stream and sounds the tone, a :class:`Mic` is one recording's end of it. What is done with the
audio is ``voicemail``'s, how much of it is a message ``recorder``'s. Used by ``session`` (which
listens and says) and ``errands`` (which begins and ends recordings).

The tone is an utterance of the line itself, under a number no machine gives: the echo of its mark
tells that the caller has heard it. The ear reads that echo in its place among the audio, so that
what comes after it in the same burst is not lost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ivr.audio import tones
from ivr.audio.frames import BYTES_PER_MS
from ivr.calls.recorder import Why
from ivr.calls.speaker import Speaker
from ivr.carriers import twilio
from ivr.flow.messages import ErrandDone, RecordMessage, Utterance
from ivr.prompts.takes import Sound

ECHO_MS = 120
"""After the tone: its echo comes back from the telephone, and nobody has begun to speak yet."""
WAITING_BYTES_MAX = 60_000 * BYTES_PER_MS
"""What a disk may be behind; more is dropped, and counted."""


class Mic:
    """One recording's ear."""

    def __init__(self, tone: int, began: Callable[[], None] | None = None) -> None:
        """``tone`` is the number of the utterance that must be heard first; 0: none.

        ``began`` is told when the caller may speak.
        """
        self.tone = tone
        self.why: Why | None = None
        """What stopped it."""
        self.answer: Callable[[ErrandDone], None] | None = None
        """Tells the call what the recording came to, once; what is still written down then, no
        caller waits for."""
        self.lost = 0
        """Payloads dropped because nobody took them."""
        self._began = began
        self._begun = False
        self._echo = ECHO_MS * BYTES_PER_MS if tone else 0
        self._heard: deque[twilio.Media] = deque()
        self._waiting = 0
        self._news = asyncio.Event()
        if not tone:
            self.begin()

    # ----------------------------------------------------------------------- the stream's side

    def echoed(self, mark: str) -> None:
        """A mark came back; perhaps the tone's."""
        if self.tone and mark.endswith(f":u{self.tone}"):
            self.begin()

    def begin(self) -> None:
        """The tone was heard: from here on the caller speaks."""
        if not self._begun and self._began is not None:
            self._began()
        self._begun = True
        self._news.set()

    def hear(self, media: twilio.Media) -> None:
        """The caller says something."""
        if not self._begun or self.why is not None:
            return
        if self._echo > 0:
            self._echo -= len(media.payload)
            return
        if self._waiting + len(media.payload) > WAITING_BYTES_MAX:
            self.lost += 1
            return
        self._waiting += len(media.payload)
        self._heard.append(media)

    def stop(self, why: Why) -> None:
        """It ends here; the first reason stays."""
        if self.why is None:
            self.why = why
            self._news.set()

    # ----------------------------------------------------------------------- the recorder's side

    async def opened(self) -> bool:
        """Wait for the end of the tone; False where it was stopped before."""
        while not self._begun and self.why is None:
            self._news.clear()
            await self._news.wait()
        return self._begun

    async def take(self, seconds: float) -> list[twilio.Media]:
        """What was said and not yet taken, after so long, or at once when it is stopped."""
        try:
            async with asyncio.timeout(seconds):
                while self.why is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass  # as nearly always
        taken = list(self._heard)
        self._heard.clear()
        self._waiting = 0
        return taken


def deaf() -> Mic:
    """The ear of a call that has no stream any more."""
    mic = Mic(0)
    mic.stop(Why.LOST)
    return mic


class Listener(Protocol):
    """Who reads the stream; ``ear.Ear``."""

    mic: Mic | None


class Hearing:
    """The recordings of one stream, one at a time."""

    def __init__(
        self, ear: Listener, want: Callable[[bool], None], bell: Callable[[], None]
    ) -> None:
        """``want`` tells the link whether audio is wanted; ``bell`` is rung for the tone."""
        self._ear = ear
        self._want = want
        self._bell = bell
        self._speaker: Speaker | None = None

    def speak_with(self, speaker: Speaker) -> None:
        """The stream has started: this is who sounds the tone."""
        self._speaker = speaker

    def open(self, message: RecordMessage, now: int, began: Callable[[], None]) -> Mic:
        """Hear the caller, from the tone on; ``began`` is told when it was heard."""
        if self._speaker is None:
            return deaf()
        self.close(self._ear.mic, now)
        mic = Mic(-message.id if message.beep else 0, began)
        if mic.tone:
            utterance = Utterance(mic.tone, (), False, message.flow, message.step)
            self._speaker.speak(utterance, [Sound(tones.beep())], "tone")
            self._bell()
        self._ear.mic = mic
        self._want(True)
        return mic

    def close(self, mic: Mic | None, now: int) -> None:
        """Hear nothing of the caller any more, and stop the tone if it still sounds."""
        if mic is None or self._ear.mic is not mic:
            return
        self._ear.mic = None
        self._want(False)
        if mic.tone and self._speaker is not None:
            self._speaker.stop((mic.tone,), now)
            self._bell()

    def heard(self, utterance: int) -> bool:
        """Whether an utterance that was heard is the tone, and not the machine's."""
        mic = self._ear.mic
        if mic is not None and utterance == mic.tone:
            mic.begin()
        return utterance < 0
