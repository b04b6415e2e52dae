"""The voices and takes that calls speak with: asked for a part of an utterance, it gives a sound.

One studio serves all calls of a flow set and outlives them; its tasks belong to the application's
lifespan (``open`` … ``aclose``). A call has a booth in it from its webhook to its end. The studio
knows nothing of links, frames and playing time; that is the speaker's. Used by ``session`` (sounds)
and by the switchboard (booths).

Fixed texts are made on the studio's own lines, once for everybody who asks meanwhile, and kept.
Texts with run-time values are put together from takes and from what is made on the call's lines,
for that call alone, and kept in its booth. Where a voice fails, ``ladder`` goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ivr.audio import tones, wav
from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.mulaw import SILENCE
from ivr.calls.booth import Booth, Request
from ivr.calls.ladder import Ladders, placed
from ivr.calls.narration import narrate
from ivr.errors import SettingsError, VoiceError
from ivr.flow.messages import (
    Clip,
    Command,
    Hold,
    Narration,
    Part,
    Playback,
    Silence,
    Speak,
    Tones,
    Words,
)
from ivr.flow.model import FlowSet
from ivr.flow.world import VoiceSpec
from ivr.prompts.joints import Trimmer
from ivr.prompts.plan import WORTH_MS, Known, Live, Piece, plan
from ivr.prompts.quota import Priority, Quota
from ivr.prompts.takes import SOUND_MS_MAX, Sound, TakeKey, Takes
from ivr.voices import table
from ivr.voices.access import Access
from ivr.voices.base import Voice
from ivr.voices.tasks import Tasks

HUSH_SECONDS_MAX = 2
"""For a voice to stop when nobody waits for it; it stops at once, or it is broken."""

LOCAL_PROVIDERS = frozenset({"embedded", "tone"})
"""Voices that cost nothing but time; only these speak ahead of any call."""
LOCAL_AT_ONCE = 3
"""Utterances a local voice is asked for at once when nobody waits for them: it is our processor."""

log = logging.getLogger(__name__)


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
        allowances: Mapping[str, table.Allowance] | None = None,
    ) -> None:
        """``voices`` by name, ``clips`` as raw mu-law by path; takes may be shared by studios.

        ``local`` names the voices that may speak ahead of any call; ``fallbacks`` says which voices
        go on, in order, where one fails; ``allowances`` what may be asked of a vendor.
        """
        self._voices = dict(voices)
        self._ladders = Ladders(self._voices, fallbacks or {}, self._find)
        self._quotas = {name: Quota(LOCAL_AT_ONCE) for name in self._voices}
        self._quotas |= _quotas(allowances or {})
        self._clips = dict(clips or {})
        self._music: dict[str, bytes] = {}
        """Of those, the ones that fill the time, without the silence they begin with."""
        self._takes = Takes() if takes is None else takes
        self._local = frozenset(local)
        self._own = Booth("studio")
        """For what is made for everybody."""
        self._making: dict[TakeKey, Sound] = {}
        self._wanted = 0
        """Sounds being made that a caller may be waiting for."""
        self._quiet = asyncio.Event()
        """Set while there are none."""
        self._work = Tasks()
        self._opened = contextlib.AsyncExitStack()

    @classmethod
    def build(
        cls,
        flows: FlowSet,
        assets: Mapping[str, bytes],
        *,
        takes: Takes | None = None,
        access: Access | None = None,
        build: Callable[[VoiceSpec, Access], Voice] = table.build,
    ) -> Studio:
        """The studio of a flow set; ``assets`` are WAV files by their path in the flow folder.

        ``build`` makes the voices, where they are shared with other sets. A voice whose vendor has
        no key in ``access`` is spoken by the embedded one. Raises
        :class:`~ivr.errors.SettingsError` for a provider that does not exist and for a file that
        cannot be played.
        """
        access = access or Access()
        reached = {name: table.reachable(spec, access) for name, spec in flows.voices.items()}
        specs = placed(reached)
        voices = {name: build(spec, access) for name, spec in specs.items()}
        # All are built, so that every mistake in settings.yaml is told; only these are opened.
        used = flows.voices_used()
        return cls(
            {name: voice for name, voice in voices.items() if name in used},
            clips={path: _read_clip(path, data) for path, data in assets.items()},
            takes=takes,
            local=[name for name, spec in specs.items() if spec.provider in LOCAL_PROVIDERS],
            fallbacks={name: spec.fallback for name, spec in reached.items()},
            allowances={
                name: allowed
                for name, spec in specs.items()
                if (allowed := table.allowance(spec, access)) is not None
            },
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
            await self._work.open()
            opened.push_async_callback(self._work.aclose)
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
        booth.made.clear()
        booth.ahead.clear()
        booth.narrations.clear()
        booth.recordings.clear()
        for quota in self._quotas.values():
            quota.forget(booth.call)

    async def hush(self, booth: Booth) -> None:
        """A stream of the call is over: stop what is made for it alone; its lines stay."""
        tasks = list(booth.making.values())
        for task in tasks:
            task.cancel()
        if tasks:
            _, stubborn = await asyncio.wait(tasks, timeout=HUSH_SECONDS_MAX)
            if stubborn:
                log.error("call %s: %d voices did not stop speaking", booth.call, len(stubborn))

    def prepare(self, booth: Booth, commands: Iterable[Command]) -> None:
        """Begin to make the sounds of these ``Speak`` commands, before the caller can hear them.

        Dials the lines of their voices even where everything is known: what is said later in the
        call may need them.
        """
        parts = [p for each in commands if isinstance(each, Speak) for p in each.utterance.parts]
        for part in parts:
            if not isinstance(part, Words) or part.voice not in self._voices:
                continue
            self._ladders.line(booth, part.voice, part.language)
            for piece in self._pieces(part):
                if isinstance(piece, Live):
                    request = _request(part, piece)
                    sound = self._live(booth, request, fixed=part.fixed)
                    booth.keep(request, sound)
                    booth.ahead.add(request)

    def sounds(self, booth: Booth, part: Part, bell: Callable[[], None]) -> tuple[Sound, ...]:
        """The sounds of a part, in order: whole if they are known, otherwise growing.

        ``bell`` tells of more.
        """
        found = tuple(self._sounds(booth, part))
        for sound in found:
            sound.ring_on_change(bell)
        return found

    def drop(self, booth: Booth, sound: Sound) -> None:
        """Nobody waits for this sound any more. One that is made for everybody is still made."""
        if (task := booth.making.get(sound)) is not None:
            booth.forget(sound)
            task.cancel()

    def look_ahead(self, booth: Booth, words: Sequence[Words]) -> None:
        """Make what may be said next, within the budget; what no longer may be is given up.

        Waits for a turn behind the requests callers wait for.
        """
        wanted = [
            _request(each, piece)
            for each in words
            if each.voice in self._voices
            for piece in self._pieces(each)
            if isinstance(piece, Live)
        ]
        for sound in booth.unwanted(set(wanted)):
            self.drop(booth, sound)
        for request in wanted:
            if request not in booth.made:
                booth.ahead.add(request)
                booth.queued.add(request)
                self._start(booth, request, Priority.LOOKAHEAD)

    # ----------------------------------------------------------------------- outside of a stream

    def take(self, words: Words) -> bytes | None:
        """What is known of a fixed text, as raw mu-law; None where only a voice could say it."""
        if not words.fixed or words.voice not in self._voices:
            return None
        return self._find(words.voice, words.language, words.text)

    def music(self, file: str | None, from_ms: int, ms: int) -> bytes:
        """So much of what fills the time, as if it had begun ``from_ms`` before; raw mu-law."""
        if file is None or file not in self._clips:
            return tones.hold(ms)
        self._hold(file, 0)  # it is trimmed once
        begun_ms = from_ms % max(1, len(self._music[file]) // BYTES_PER_MS)
        return self._hold(file, begun_ms + ms)[begun_ms * BYTES_PER_MS :]

    # ----------------------------------------------------------------------- finding and making

    def _sounds(self, booth: Booth, part: Part) -> Iterable[Sound]:
        match part:
            case Silence(ms):
                yield Sound(SILENCE * (min(ms, SOUND_MS_MAX) * BYTES_PER_MS), pause=True)
            case Clip(file):
                yield self._clip(file)
            case Hold(file, ms):
                yield Sound(self._hold(file, ms))
            case Tones(keys):
                yield Sound(tones.keys(keys))
            case Playback(errand):
                said = booth.recordings.get(errand)
                yield _failed("nothing was recorded") if said is None else Sound(said)
            case Narration():
                yield self._narrated(booth, part)
            case Words() if part.voice not in self._voices:
                yield _failed(f"there is no voice {part.voice!r}")
            case Words():
                for piece in self._pieces_for(booth, part):
                    if isinstance(piece, Known):
                        yield Sound(piece.audio)
                    else:
                        yield self._live(booth, _request(part, piece), fixed=part.fixed)

    def _narrated(self, booth: Booth, part: Narration) -> Sound:
        """The sound of text that is still coming; it is said once, and kept nowhere."""
        pieces = booth.narrations.pop(part.errand, None)
        if pieces is None or part.voice not in self._voices:
            return _failed("there is nothing to say")
        sound = Sound()
        task = self._work.start(narrate(self._ladders, booth, sound, part, pieces))
        booth.making[sound] = task
        task.add_done_callback(lambda _: self._over(booth, sound))
        return sound

    def _pieces_for(self, booth: Booth, words: Words) -> tuple[Piece, ...]:
        """The same, and what was made ahead is used though it would be cut otherwise by now."""
        pieces = self._pieces(words)
        if words.segments and booth.speaks_of(words.text) and not _there(booth, words, pieces):
            for expected_ms in (WORTH_MS, math.inf, 0.0):
                others = self._cut(words, expected_ms)
                if _there(booth, words, others):
                    return others
        return pieces

    def _pieces(self, words: Words) -> tuple[Piece, ...]:
        """What a text is put together from now."""
        if words.fixed:
            take = self._find(words.voice, words.language, words.text)
            return (Live(words.text),) if take is None else (Known(take),)
        # A local voice is so quick that one breath is better; so is a voice that stands in.
        at_once = words.voice in self._local or self._ladders.rests(words.voice)
        return self._cut(words, 0.0 if at_once else self._ladders.first_byte_ms(words.voice))

    def _cut(self, words: Words, expected_ms: float) -> tuple[Piece, ...]:
        return plan(words, lambda text: self._find(words.voice, words.language, text), expected_ms)

    def _hold(self, file: str | None, ms: int) -> bytes:
        """So much music, beginning where it can be heard; the soft tone where there is none."""
        if file is None or file not in self._clips:
            return tones.hold(ms)
        if file not in self._music:
            self._music[file] = Trimmer(end_too=False).push(self._clips[file])
        return tones.looped(self._music[file], ms)

    def _clip(self, file: str) -> Sound:
        audio = self._clips.get(file)
        return _failed(f"there is no file {file!r}") if audio is None else Sound(audio)

    def _find(self, voice: str, language: str, text: str) -> bytes | None:
        return self._takes.find(TakeKey(self._voices[voice].key, language, text))

    def _live(self, booth: Booth, request: Request, *, fixed: bool) -> Sound:
        """The sound of what a voice must say: made for everybody, or for this call."""
        if (found := booth.find(request)) is not None:
            return found
        if fixed:
            return self._shared(request)
        if request in booth.queued:
            # It waits behind others; now somebody waits for it.
            self.drop(booth, booth.made[request])
        return self._start(booth, request, Priority.LIVE)

    def _shared(self, request: Request) -> Sound:
        """The sound that will be the take; it may be under way for somebody else."""
        key = self._key(request)
        sound = self._making.get(key)
        if sound is None:
            sound = self._making[key] = Sound()
            self._work.start(self._make_shared(key, sound, request))
        return sound

    def _start(self, booth: Booth, request: Request, priority: Priority) -> Sound:
        sound = Sound()
        booth.keep(request, sound)
        task = self._work.start(self._make_private(booth, sound, request, priority))
        booth.making[sound] = task
        task.add_done_callback(lambda _: self._over(booth, sound))
        return sound

    def _over(self, booth: Booth, sound: Sound) -> None:
        """Nobody makes this sound any more; perhaps nobody ever began to."""
        booth.making.pop(sound, None)
        if not sound.complete:
            sound.fail("stopped")
        if sound.failure:
            booth.forget(sound)

    async def _make_private(
        self, booth: Booth, sound: Sound, request: Request, priority: Priority
    ) -> None:
        quota = self._quotas[request.voice]
        if priority is Priority.LIVE:
            with quota.going():
                await self._make(booth, sound, request)
            return
        async with quota.turn(priority):
            booth.queued.discard(request)
            free = request.voice in self._local
            if free or quota.spend(booth.call, len(request.text)):
                await self._make(booth, sound, request, early=True)
            else:
                sound.fail("it is beyond what may be made ahead")

    async def _make_shared(self, key: TakeKey, sound: Sound, request: Request) -> None:
        try:
            with self._quotas[request.voice].going():
                own = await self._make(self._own, sound, request, fixed=True)
            # What another voice said for this one is not its take.
            if own and sound.complete and not sound.failure and sound.audio:
                self._takes.keep(key, bytes(sound.audio))
        finally:
            del self._making[key]

    async def _make(
        self,
        booth: Booth,
        sound: Sound,
        request: Request,
        *,
        fixed: bool = False,
        early: bool = False,
    ) -> bool:
        """Fill a sound; it is complete when this returns, whatever happened.

        Returns whether the voice that was asked for said all of it.
        """
        self._wanted += 1
        self._quiet.clear()
        try:
            return await self._ladders.speak(booth, sound, request, fixed=fixed, early=early)
        except VoiceError as error:
            log.warning("call %s: voice %s failed: %s", booth.call, request.voice, error)
            sound.fail(str(error))
        except Exception:
            # A bug in a voice costs this utterance, not the application its lifespan.
            log.exception("call %s: voice %s broke", booth.call, request.voice)
            sound.fail("the voice broke")
        finally:
            if not sound.complete:
                sound.fail("stopped")
            self._wanted -= 1
            if not self._wanted:
                self._quiet.set()
        return False

    async def _warm(self, words: Iterable[Words]) -> None:
        for each in words:
            await self._quiet.wait()
            request = _request(each, Live(each.text))
            key = self._key(request)
            if key not in self._takes and key not in self._making:
                sound = self._making[key] = Sound()
                await self._make_shared(key, sound, request)

    def _key(self, request: Request) -> TakeKey:
        return TakeKey(self._voices[request.voice].key, request.language, request.text)

    async def _hang_up(self, booth: Booth) -> None:
        for name, line in list(booth.lines.items()):
            try:
                await line.aclose()
            except Exception:
                log.exception("call %s: voice %s did not take its line back", booth.call, name)
        booth.lines.clear()


def _quotas(allowances: Mapping[str, table.Allowance]) -> dict[str, Quota]:
    """A quota for each account, by the voices that share it; the least one allows counts."""
    accounts: dict[str, list[str]] = {}
    for name, allowed in allowances.items():
        accounts.setdefault(allowed.account or f"voice {name}", []).append(name)
    found: dict[str, Quota] = {}
    for names in accounts.values():
        at_once = min(allowances[name].concurrency for name in names)
        chars = min(allowances[name].ahead_per_hour for name in names)
        found |= dict.fromkeys(names, Quota(at_once, hour_chars_max=chars))
    return found


def _request(words: Words, piece: Live) -> Request:
    return Request(words.voice, words.language, piece.text, piece.before, piece.after, piece.joined)


def _there(booth: Booth, words: Words, pieces: Iterable[Piece]) -> bool:
    """Whether nothing of it must be asked for."""
    return all(booth.has(_request(words, each)) for each in pieces if isinstance(each, Live))


def _read_clip(path: str, data: bytes) -> bytes:
    try:
        return wav.read(data)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


def _failed(reason: str) -> Sound:
    sound = Sound()
    sound.fail(reason)
    return sound
