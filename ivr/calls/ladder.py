"""Who goes on where a voice fails: its ladder, each rung with its time limit.

A caller never hears nothing for longer than :data:`DEAD_AIR_MS`. A voice has so long to begin and
so long for more; then the next one of its ladder says the rest, from a take of its own where it has
one. Words are never said twice: where nobody knows how far a voice came, the rest is given up. Used
by ``studio``, which gives it sounds to fill.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ivr.audio.frames import BYTES_PER_MS
from ivr.calls.booth import Booth, Request
from ivr.errors import VoiceError
from ivr.flow.world import VoiceSpec
from ivr.prompts.joints import Leveller, Levels, Trimmer
from ivr.prompts.plan import FirstBytes
from ivr.prompts.takes import SOUND_MS_MAX, Sound
from ivr.voices.base import Line, Voice

DEAD_AIR_MS = 1200
"""What a caller hears nothing for, at most, unless somebody listens to them."""
RUNG_SECONDS = (0.6, 0.4)
"""How long each voice of a ladder has for its first audio; a local voice at its end needs 0.1 s."""
STALL_SECONDS = 0.7
"""How long a caller may hear nothing in the middle of a text before the next voice of a ladder goes
on. A voice that can tell how far it came gives up a little earlier by itself."""
FIRST_AUDIO_SECONDS_MAX = 3
"""The last voice of a ladder: there is nobody to go on."""
MORE_AUDIO_SECONDS_MAX = 3
REST_SECONDS = 15
"""A voice that brought nothing is not asked again for so long if there is another one."""

TakeOf = Callable[[str, str, str], bytes | None]
"""The take of a fixed text: voice, language, text."""

_Shape = Callable[[bytes], bytes]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Patience:
    """How long a voice is waited for, in seconds of nothing to hear."""

    first: float
    more: float = STALL_SECONDS


_LAST = _Patience(FIRST_AUDIO_SECONDS_MAX, MORE_AUDIO_SECONDS_MAX)


class Ladders:
    """The voices of a studio, and who follows whom."""

    def __init__(
        self,
        voices: Mapping[str, Voice],
        fallbacks: Mapping[str, Sequence[str]],
        take_of: TakeOf,
    ) -> None:
        """``fallbacks`` says which voices go on, in order, where one fails."""
        self._voices = voices
        self._ladders = {name: (name, *fallbacks.get(name, ())) for name in voices}
        self._take_of = take_of
        self._resting: dict[str, float] = {}
        """Voices that brought nothing, and until when they are passed over (loop time)."""
        self._first_bytes = {name: FirstBytes() for name in voices}
        self._levels = {name: Levels() for name in voices}

    def order(self, voice: str) -> tuple[str, ...]:
        """The voice, and those that go on where it fails."""
        return self._ladders[voice]

    def rests(self, voice: str) -> bool:
        """Whether another voice will speak for this one now."""
        return voice != self._ladders[voice][-1] and self._rest_left(voice) > 0

    def first_byte_ms(self, voice: str) -> float:
        """How long this voice is expected to take for its first audio."""
        return self._first_bytes[voice].expected_ms

    def line(self, booth: Booth, voice: str, language: str) -> Line:
        """The call's line to a voice, leased at its first need."""
        line = booth.lines.get(voice)
        if line is None:
            line = self._voices[voice].lease(booth.call, language=language)
            booth.lines[voice] = line
        return line

    async def speak(
        self,
        booth: Booth,
        sound: Sound,
        request: Request,
        *,
        fixed: bool = False,
        early: bool = False,
    ) -> bool:
        """Fill a sound: let the voice speak, and where it fails the next one say the rest.

        The last one is asked once more where it is known what the rest is, and that may help.
        Every failure is noted, with who goes on. Of a ``fixed`` text the others may have takes.
        ``early`` is what nobody waits for yet: of that the silence at the beginning is cut away.
        Returns whether the voice itself said all of it at one go. Raises
        :class:`~ivr.errors.VoiceError` of the last one.
        """
        text = request.text
        rungs = self._rungs(sound, request.voice)
        lowest = rungs[-1]
        for number, voice in enumerate(rungs):
            before = len(sound.audio)
            asked = replace(request, voice=voice, text=text)
            if fixed and text == request.text and voice != request.voice:
                take = self._take_of(voice, request.language, text)
                if take is not None:
                    sound.grow(take)
                    sound.finish()
                    return False
            patience = _LAST if voice == lowest else _Patience(RUNG_SECONDS[min(number, 1)])
            try:
                line = self.line(booth, voice, request.language)
                await self._ask(sound, line, asked, patience, self._shape(asked, early))
            except VoiceError as error:
                silent = len(sound.audio) == before
                rest = text if silent else _rest(text, error.spoken)
                asked_again = number == len(rungs) - 1
                if (
                    voice == lowest
                    and rest != ""
                    and (asked_again or rest is None or not error.retryable)
                ):
                    raise
                log.warning("call %s: voice %s failed: %s", booth.call, voice, error)
                if silent and voice != lowest:
                    self._resting[voice] = _now() + REST_SECONDS
                if not rest:
                    how = "all was said" if rest is not None else "the rest is not said"
                    sound.fell(voice, f"{error}; {how}")
                    sound.finish()
                    return False
                at = "" if rest == request.text else f" with the last {len(rest)} characters"
                sound.fell(voice, f"{error}; {rungs[number + 1]} goes on{at}")
                text = rest
            else:
                return (voice, text) == (request.voice, request.text)
        raise AssertionError("the last rung returns or raises")

    def _rungs(self, sound: Sound, voice: str) -> list[str]:
        """The voices to ask, in order; the last one twice.

        Those that brought nothing a moment ago are passed over, and that is noted: what is said
        for them is no take of theirs.
        """
        *others, lowest = self._ladders[voice]
        awake = []
        for each in others:
            left = self._rest_left(each)
            if left > 0:
                sound.fell(
                    each, f"not asked, because it said nothing {REST_SECONDS - left:.1f} s ago"
                )
            else:
                awake.append(each)
        return [*awake, lowest, lowest]

    def _rest_left(self, voice: str) -> float:
        return self._resting.get(voice, 0) - _now()

    def _shape(self, asked: Request, early: bool) -> _Shape:
        """What is done to the chunks of a voice before anybody hears them."""
        if not asked.joined:
            return Trimmer(end_too=False).push if early else bytes
        trimmer, leveller = Trimmer(), Leveller(self._levels[asked.voice])
        return lambda chunk: leveller.push(audible) if (audible := trimmer.push(chunk)) else b""

    async def _ask(
        self, sound: Sound, line: Line, asked: Request, patience: _Patience, shape: _Shape
    ) -> None:
        """One attempt of a voice, watched: it must begin, go on, end, and say something.

        A pause in the middle does not count while the caller still hears what came before, at the
        earliest that can be. Raises :class:`~ivr.errors.VoiceError`, as the voice does.
        """
        before, began, received = len(sound.audio), _now(), 0
        speech = line.speak(
            asked.text, language=asked.language, before=asked.before, after=asked.after
        )
        async with contextlib.aclosing(speech):
            limit, heard_until = patience.first, 0.0
            try:
                async with asyncio.timeout_at(began + limit) as waiting:
                    async for chunk in speech:
                        now = _now()
                        if not heard_until:
                            self._first_bytes[asked.voice].note((now - began) * 1000)
                        if shaped := shape(chunk):
                            sound.grow(shaped)
                        received += len(chunk)
                        # Silence that is cut away, or held back, makes no sound longer.
                        if sound.too_long or received > SOUND_MS_MAX * BYTES_PER_MS:
                            raise VoiceError("it never stopped speaking", retryable=False)
                        heard_until = max(heard_until, now) + len(shaped) / BYTES_PER_MS / 1000
                        limit = patience.more
                        waiting.reschedule(heard_until + limit)
            except TimeoutError:
                raise VoiceError(f"no audio for {limit:g} s", retryable=True) from None
        if asked.text.strip() and len(sound.audio) == before:
            raise VoiceError("it said nothing", retryable=True)
        sound.finish()


def placed(specs: Mapping[str, VoiceSpec]) -> dict[str, VoiceSpec]:
    """The specs as their places in the ladders of all of them ask for.

    A voice in the middle of a ladder is followed by others there, whether or not it names any
    itself, and is built as one that is: it waits less for more audio.
    """
    after: dict[str, tuple[str, ...]] = {}
    for spec in specs.values():
        for number, name in enumerate(spec.fallback[:-1], 1):
            after.setdefault(name, spec.fallback[number:])
    return {
        name: spec if spec.fallback else replace(spec, fallback=after.get(name, ()))
        for name, spec in specs.items()
    }


def _rest(text: str, spoken: int | None) -> str | None:
    """What is to be said when so many characters were said; None where nobody knows."""
    return None if spoken is None else text[said_until(text, spoken) :].strip()


def said_until(text: str, spoken: int | None) -> int:
    """Where to go on in a text of which so many characters were said: at a word that was not.

    Where nobody knows how far it came, nothing is said twice: the rest is given up.
    """
    if spoken is None or spoken >= len(text):
        return len(text)
    if text[spoken].isspace() or (spoken and text[spoken - 1].isspace()):
        return spoken
    return text.rfind(" ", 0, spoken) + 1


def _now() -> float:
    return asyncio.get_running_loop().time()
