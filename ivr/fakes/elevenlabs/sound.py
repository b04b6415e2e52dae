"""What the fake's voices sound like: tones that spell the text, or real speech of this machine.

``Tone`` plays 60 ms for every byte of a text's UTF-8, each value at its own pitch, so a sound is
its text: ``text_of`` reads it back. White space between words is one pause, and none at the
borders. A stream may cut its text anywhere: what it plays in all is ``audio_of`` of the whole. The
sound is exact in every format, because it is made at the format's own rate. Times and chunks are
``speech``'s.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np
import soxr  # type: ignore[import-untyped]

from ivr.audio import mulaw
from ivr.audio.resample import to_pcm16
from ivr.fakes.elevenlabs.catalogue import FORMATS, Encoding, Format
from ivr.voices.embedded import voice as embedded
from ivr.voices.embedded.sentences import sentences

with warnings.catch_warnings():
    # Deprecated in 3.11 and 3.12; from 3.13 on the same module comes from audioop-lts, silently.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

BEEP_MS = 60
"""Of one byte of text: about the pace of speech, and whole samples at every rate."""

_AMPLITUDE = 0.14
"""-20 dBFS, the level of a voice."""
_HALF_WAVES = 40
"""Of the byte 0 within a beep (333 Hz); each further value has one more. Whole half waves, so that
one beep follows the other without a click."""
_PAUSE = ord(" ")


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of a text and when it sounds, in ms from the beginning of its sound."""

    character: str
    start_ms: float
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A sound that was made at one go, with the characters it speaks."""

    audio: bytes
    letters: tuple[Letter, ...]


class Mouth(Protocol):
    """Speaks the texts of one stream, one after the other."""

    def say(self, text: str, language: str) -> AsyncIterator[Piece]:
        """Speak the next text; VoiceError when it cannot."""
        ...


class Sound(Protocol):
    """What all voices of the fake sound like."""

    async def open(self) -> None:
        """Load what it needs."""
        ...

    def mouth(self, form: Format) -> Mouth:
        """A mouth for a new stream."""
        ...

    async def aclose(self) -> None:
        """Let go of everything."""
        ...


def audio_of(text: str, output_format: str = "ulaw_8000") -> bytes:
    """The sound ``Tone`` has for a text, without a header; KeyError for a format it cannot make."""
    form = FORMATS[output_format]
    return b"".join(_beep(byte, form) for byte in _spelled(" ".join(text.split())))


def text_of(audio: bytes, output_format: str = "ulaw_8000") -> str:
    """The text of a sound of ``Tone``, its white space reduced to single spaces.

    Raises ValueError, with the place, for sound that is not ``Tone``'s or is cut within a beep.
    """
    form = FORMATS[output_format]
    size, known = len(_beep(0, form)), _beeps(form)
    spelled = bytearray()
    for start in range(0, len(audio), size):
        beep = audio[start : start + size]
        if beep not in known:
            raise ValueError(
                f"byte {start} of {len(audio)} begins no beep; before it: {spelled.decode()!r}"
            )
        spelled.append(known[beep])
    return spelled.decode()


class Tone:
    """Beeps that spell the text."""

    async def open(self) -> None:
        """There is nothing to open."""

    def mouth(self, form: Format) -> Mouth:
        """A mouth of its own, because a pause belongs between two texts of one stream."""
        return _ToneMouth(form)

    async def aclose(self) -> None:
        """There is nothing to close."""


class _ToneMouth:
    def __init__(self, form: Format) -> None:
        self._form = form
        self._spoke = False
        self._paused = False

    async def say(self, text: str, language: str) -> AsyncIterator[Piece]:
        audio, letters, at_ms = bytearray(), list[Letter](), 0
        for character in text:
            if character.isspace():
                self._paused = True
                letters.append(Letter(character, at_ms, 0))
                continue
            if self._paused and self._spoke:
                audio += _beep(_PAUSE, self._form)
                if letters:
                    letters[-1] = replace(letters[-1], duration_ms=BEEP_MS)
                at_ms += BEEP_MS
            self._spoke, self._paused = True, False
            spelled = _spelled(character)
            audio += b"".join(_beep(byte, self._form) for byte in spelled)
            letters.append(Letter(character, at_ms, BEEP_MS * len(spelled)))
            at_ms += BEEP_MS * len(spelled)
        if audio:
            yield Piece(bytes(audio), tuple(letters))


class Embedded:
    """The speech of this machine, for people who listen; needs the ``embedded`` extra."""

    def __init__(self) -> None:
        self._voice = embedded.Embedded()

    async def open(self) -> None:
        """Load the voice; SettingsError, with the remedy, when it is not installed."""
        await self._voice.open()

    def mouth(self, form: Format) -> Mouth:
        """A mouth; all of them share the loaded voice."""
        return _EmbeddedMouth(self._voice, form)

    async def aclose(self) -> None:
        """Close the voice."""
        await self._voice.aclose()


class _EmbeddedMouth:
    def __init__(self, voice: embedded.Embedded, form: Format) -> None:
        self._voice = voice
        self._form = form

    async def say(self, text: str, language: str) -> AsyncIterator[Piece]:
        line = self._voice.lease("fake vendor")
        try:
            for sentence in sentences(text):
                made = [chunk async for chunk in line.speak(sentence, language=language)]
                audio = _from_mulaw(b"".join(made), self._form)
                yield Piece(audio, _spread(sentence, self._form.milliseconds(len(audio))))
        finally:
            await line.aclose()


def _spread(text: str, sound_ms: float) -> tuple[Letter, ...]:
    """Characters over a sound whose own times nobody knows: evenly."""
    each = sound_ms / max(1, len(text))
    return tuple(Letter(character, at * each, each) for at, character in enumerate(text))


def _spelled(text: str) -> bytes:
    return text.encode(errors="replace")  # JSON can hold half a surrogate pair


@cache
def _beep(value: int, form: Format) -> bytes:
    count = form.rate * BEEP_MS // 1000
    angles = np.arange(count) * (np.pi * (_HALF_WAVES + value) / count)
    wave = np.sin(angles) * _AMPLITUDE
    return _encoded(to_pcm16(np.zeros(count) if value == _PAUSE else wave), form)


@cache
def _beeps(form: Format) -> dict[bytes, int]:
    return {_beep(value, form): value for value in range(256)}


def _from_mulaw(audio: bytes, form: Format) -> bytes:
    if form.encoding is Encoding.MULAW:
        return audio
    pcm16 = mulaw.decode(audio)
    if form.rate != mulaw.SAMPLE_RATE:
        samples = np.frombuffer(pcm16, "<i2").astype(np.float32) / 32_768
        pcm16 = to_pcm16(soxr.resample(samples, mulaw.SAMPLE_RATE, form.rate))
    return _encoded(pcm16, form)


def _encoded(pcm16: bytes, form: Format) -> bytes:
    match form.encoding:
        case Encoding.MULAW:
            return mulaw.encode(pcm16)
        case Encoding.ALAW:
            return audioop.lin2alaw(pcm16, 2)
        case Encoding.PCM | Encoding.WAV:
            return pcm16
