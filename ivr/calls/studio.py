"""The voices and takes that calls speak with: asked for a part of an utterance, it gives a sound.

One studio serves all calls of a flow set and outlives them; its tasks belong to the application's
lifespan (``open`` … ``aclose``). A call has a booth in it from its webhook to its end. The studio
knows nothing of links, frames and playing time; that is the speaker's. Used by ``session`` (sounds)
and by the switchboard (booths).

Fixed texts are made on the studio's own lines, once for everybody who asks meanwhile, and kept.
Texts with run-time values are made on the call's lines, for that call alone, and kept nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import (
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)

from ivr.audio import wav
from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SILENCE
from ivr.errors import SettingsError, VoiceError
from ivr.flow.messages import Clip, Command, Part, Silence, Speak, Words
from ivr.flow.model import FlowSet
from ivr.prompts.takes import SOUND_MS_MAX, Sound, TakeKey, Takes
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.base import Line, Voice

FIRST_AUDIO_SECONDS_MAX = 3
"""From asking a voice to its first audio; the caller hears nothing meanwhile."""
MORE_AUDIO_SECONDS_MAX = 3
"""Between one piece of audio and the next, or the end."""
ATTEMPTS_MAX = 2
"""One more if the first brought no audio at all: words are never said twice."""
RUNG_SECONDS = (0.6, 0.4)
"""How long each voice of a ladder has for its first audio; a local voice at its end needs 0.1 s, so
that a caller hears nothing for 1.2 s at most."""
REST_SECONDS = 15
"""A voice that brought nothing is not asked again for so long if there is another one."""
HUSH_SECONDS_MAX = 2
"""For a voice to stop when nobody waits for it; it stops at once, or it is broken."""

LOCAL_PROVIDERS = frozenset({"embedded", "tone"})
"""Voices that cost nothing but time; only these speak ahead of any call."""

log = logging.getLogger(__name__)


class Booth:
    """One call's hold on the studio: its lines, and the speech being made for it alone."""

    __slots__ = ("call", "lines", "making", "ready")

    def __init__(self, call: str) -> None:
        self.call = call
        self.lines: dict[str, Line] = {}
        """By name of the voice; leased at first need."""
        self.ready: dict[Words, Sound] = {}
        """Asked for ahead and not yet used."""
        self.making: dict[Sound, asyncio.Task[None]] = {}


class Studio:
    """The voices of a flow set, open, and the takes made with them."""

    def __init__(
        self,
        voices: Mapping[str, Voice],
        *,
        clips: Mapping[str, bytes] | None = None,
        takes: Takes | None = None,
        local: Collection[str] = (),
        fallbacks: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """``voices`` by name, ``clips`` as raw mu-law by path; takes may be shared by studios.

        ``local`` names the voices that may speak ahead of any call; ``fallbacks`` says which voices
        go on, in order, where one fails.
        """
        self._voices = dict(voices)
        self._ladders = {name: (name, *(fallbacks or {}).get(name, ())) for name in self._voices}
        self._resting: dict[str, float] = {}
        """Voices that brought nothing, and until when they are passed over (loop time)."""
        self._clips = dict(clips or {})
        self._takes = Takes() if takes is None else takes
        self._local = frozenset(local)
        self._own = Booth("studio")
        """For what is made for everybody."""
        self._making: dict[TakeKey, Sound] = {}
        self._wanted = 0
        """Sounds being made that a caller may be waiting for."""
        self._quiet = asyncio.Event()
        """Set while there are none."""
        self._work = _Work()
        self._opened = contextlib.AsyncExitStack()

    @classmethod
    def build(
        cls,
        flows: FlowSet,
        assets: Mapping[str, bytes],
        *,
        takes: Takes | None = None,
        access: Access | None = None,
    ) -> Studio:
        """The studio of a flow set; ``assets`` are WAV files by their path in the flow folder.

        A voice whose vendor has no key in ``access`` is spoken by the embedded one. Raises
        :class:`~ivr.errors.SettingsError` for a provider that does not exist and for a file that
        cannot be played.
        """
        access = access or Access()
        specs = {name: table.reachable(spec, access) for name, spec in flows.voices.items()}
        voices = {name: table.build(spec, access) for name, spec in specs.items()}
        # All are built, so that every mistake in settings.yaml is told; only these are opened.
        used = flows.voices_used()
        return cls(
            {name: voice for name, voice in voices.items() if name in used},
            clips={path: _read_clip(path, data) for path, data in assets.items()},
            takes=takes,
            local=[name for name, spec in specs.items() if spec.provider in LOCAL_PROVIDERS],
            fallbacks={name: spec.fallback for name, spec in specs.items()},
        )

    # ----------------------------------------------------------------------- its life

    async def open(self) -> None:
        """Open every voice. Called once, in the task that will call ``aclose``.

        Where one cannot open, those before it are closed and its error goes through.
        """
        self._quiet.set()
        async with contextlib.AsyncExitStack() as opened:
            for voice in self._voices.values():
                await voice.open()
                opened.push_async_callback(voice.aclose)
            opened.push_async_callback(self._hang_up, self._own)
            await opened.enter_async_context(self._work)
            self._opened = opened.pop_all()

    async def aclose(self) -> None:
        """Stop all work and close every voice. No call may be using the studio any more."""
        await self._opened.aclose()

    async def make(self, words: Iterable[Words]) -> None:
        """Make these fixed texts now, in voices that cost nothing; returns when they are there."""
        await self._warm([each for each in words if each.voice in self._local])

    def warm(self, words: Iterable[Words]) -> None:
        """Make these fixed texts in the background, one at a time, when no caller is waiting.

        Only in voices that cost nothing; the others' takes are made by the build.
        """
        self._work.start(self._warm([each for each in words if each.voice in self._local]))

    # ----------------------------------------------------------------------- a call's booth

    def lease(self, call: str) -> Booth:
        """A booth for a call. Returns at once; lines are dialled when ``prepare`` names a voice."""
        return Booth(call)

    async def give_back(self, booth: Booth) -> None:
        """The call is over: stop what is made for it alone and give its lines back."""
        await self.hush(booth)
        await self._hang_up(booth)

    async def hush(self, booth: Booth) -> None:
        """A stream of the call is over: stop what is made for it alone; its lines stay."""
        tasks = list(booth.making.values())
        for task in tasks:
            task.cancel()
        if tasks:
            _, stubborn = await asyncio.wait(tasks, timeout=HUSH_SECONDS_MAX)
            if stubborn:
                log.error("call %s: %d voices did not stop speaking", booth.call, len(stubborn))
        booth.ready.clear()

    def prepare(self, booth: Booth, commands: Iterable[Command]) -> None:
        """Begin to make the sounds of these ``Speak`` commands, before the caller can hear them.

        Dials the lines of their voices even where everything is known: what is said later in the
        call may need them.
        """
        parts = [p for each in commands if isinstance(each, Speak) for p in each.utterance.parts]
        for part in parts:
            if not isinstance(part, Words) or part.voice not in self._voices:
                continue
            self._line(booth, part.voice)
            sound = self._sound(booth, part)
            if not part.fixed:
                booth.ready[part] = sound

    def sound(self, booth: Booth, part: Part, bell: Callable[[], None]) -> Sound:
        """The sound of a part: whole if it is known, otherwise growing; ``bell`` tells of more."""
        sound = self._sound(booth, part)
        sound.ring_on_change(bell)
        return sound

    def drop(self, booth: Booth, sound: Sound) -> None:
        """Nobody waits for this sound any more. One that is made for everybody is still made."""
        if (task := booth.making.get(sound)) is not None:
            task.cancel()

    # ----------------------------------------------------------------------- finding and making

    def _sound(self, booth: Booth, part: Part) -> Sound:
        match part:
            case Silence(ms):
                return Sound(SILENCE * (min(ms, SOUND_MS_MAX) * BYTES_PER_MS))
            case Clip(file):
                return self._clip(file)
            case Words() if part.voice not in self._voices:
                return _failed(f"there is no voice {part.voice!r}")
            case Words(fixed=True):
                return self._shared(part)
            case Words():
                ready = booth.ready.pop(part, None)
                return ready if ready and not ready.failure else self._private(booth, part)

    def _clip(self, file: str) -> Sound:
        audio = self._clips.get(file)
        return _failed(f"there is no file {file!r}") if audio is None else Sound(audio)

    def _shared(self, words: Words) -> Sound:
        """The take; or the sound that will be it, which may be under way for somebody else."""
        key = self._key(words)
        take = self._takes.find(key)
        if take is not None:
            return Sound(take)
        sound = self._making.get(key)
        if sound is None:
            sound = self._making[key] = Sound()
            self._work.start(self._make_shared(key, sound, words))
        return sound

    def _private(self, booth: Booth, words: Words) -> Sound:
        sound = Sound()
        task = self._work.start(self._make(booth, sound, words))
        booth.making[sound] = task
        task.add_done_callback(lambda _: booth.making.pop(sound, None))
        return sound

    async def _make_shared(self, key: TakeKey, sound: Sound, words: Words) -> None:
        try:
            await self._make(self._own, sound, words)
            # What another voice said for this one is not its take.
            if sound.complete and not sound.failure and sound.audio and not sound.falls:
                self._takes.keep(key, bytes(sound.audio))
        finally:
            del self._making[key]

    async def _make(self, booth: Booth, sound: Sound, words: Words) -> None:
        """Fill a sound; it is complete when this returns, whatever happened."""
        self._wanted += 1
        self._quiet.clear()
        try:
            await self._attempt(booth, sound, words)
        except VoiceError as error:
            log.warning("call %s: voice %s failed: %s", booth.call, words.voice, error)
            sound.fail(str(error))
        except Exception:
            # A bug in a voice costs this utterance, not the application its lifespan.
            log.exception("call %s: voice %s broke", booth.call, words.voice)
            sound.fail("the voice broke")
        finally:
            if not sound.complete:
                sound.fail("stopped")
            self._wanted -= 1
            if not self._wanted:
                self._quiet.set()

    async def _attempt(self, booth: Booth, sound: Sound, words: Words) -> None:
        """Let the voice speak; where it fails, the next one of its ladder says the rest.

        The last one is asked once more if that may help and nothing was said yet.
        """
        text = words.text
        lowest = self._ladders[words.voice][-1]
        rungs = [*self._awake(words.voice), lowest]
        for number, voice in enumerate(rungs):
            limit = FIRST_AUDIO_SECONDS_MAX if voice == lowest else RUNG_SECONDS[min(number, 1)]
            before = len(sound.audio)
            try:
                line = self._line(booth, voice)
                return await _speak_into(sound, line, text, words.language, limit)
            except VoiceError as error:
                silent = len(sound.audio) == before
                tried_again = number == len(rungs) - 1
                if voice == lowest and (tried_again or not silent or not error.retryable):
                    raise
                log.warning("call %s: voice %s failed: %s", booth.call, voice, error)
                if voice != lowest:
                    sound.fell(voice, str(error))
                if silent and voice != lowest:
                    self._resting[voice] = _now() + REST_SECONDS
                elif not silent:
                    text = text[said_until(text, error.spoken) :].strip()
                    if not text:
                        return sound.finish()
        raise AssertionError("the last rung returns or raises")

    def _awake(self, voice: str) -> Iterator[str]:
        """The voices to try: those that failed a moment ago are passed over, never the last."""
        ladder = self._ladders[voice]
        for voice in ladder:
            if voice == ladder[-1] or self._resting.get(voice, 0) <= _now():
                yield voice

    async def _warm(self, words: Iterable[Words]) -> None:
        for each in words:
            await self._quiet.wait()
            key = self._key(each)
            if key not in self._takes and key not in self._making:
                sound = self._making[key] = Sound()
                await self._make_shared(key, sound, each)

    def _key(self, words: Words) -> TakeKey:
        return TakeKey(self._voices[words.voice].key, words.language, words.text)

    # ----------------------------------------------------------------------- lines

    def _line(self, booth: Booth, voice: str) -> Line:
        line = booth.lines.get(voice)
        if line is None:
            line = booth.lines[voice] = self._voices[voice].lease(booth.call)
        return line

    async def _hang_up(self, booth: Booth) -> None:
        for name, line in booth.lines.items():
            try:
                await line.aclose()
            except Exception:
                log.exception("call %s: voice %s did not take its line back", booth.call, name)
        booth.lines.clear()


async def _speak_into(
    sound: Sound, line: Line, text: str, language: str, first_seconds: float
) -> None:
    """One attempt of a voice, watched: it must begin, go on, end, and say something.

    Raises :class:`~ivr.errors.VoiceError`, as the voice does.
    """
    before = len(sound.audio)
    async with contextlib.aclosing(line.speak(text, language=language)) as speech:
        limit = first_seconds
        while True:
            try:
                async with asyncio.timeout(limit):
                    sound.grow(await anext(speech))
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise VoiceError(f"no audio for {limit:g} s", retryable=True) from None
            if sound.too_long:
                raise VoiceError("it never stopped speaking", retryable=False)
            limit = MORE_AUDIO_SECONDS_MAX
    if text.strip() and len(sound.audio) == before:
        raise VoiceError("it said nothing", retryable=True)
    sound.finish()


def said_until(text: str, spoken: int | None) -> int:
    """Where to go on in a text of which so many characters were said: at a word that was not.

    Where nobody knows how far it came, nothing is said twice: the rest is given up.
    """
    if spoken is None or spoken >= len(text):
        return len(text)
    if text[spoken].isspace() or (spoken and text[spoken - 1].isspace()):
        return spoken
    return text.rfind(" ", 0, spoken) + 1


def _read_clip(path: str, data: bytes) -> bytes:
    try:
        return wav.read(data)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


def _now() -> float:
    return asyncio.get_running_loop().time()


def _failed(reason: str) -> Sound:
    sound = Sound()
    sound.fail(reason)
    return sound


class _Work:
    """The studio's tasks: all of them have one parent and are stopped together."""

    def __init__(self) -> None:
        self._group = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> None:
        await self._group.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(None, None, None)

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Begin some work; it must see to its own errors."""
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
