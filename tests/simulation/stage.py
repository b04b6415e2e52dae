"""Everything around one call, for tests: a voice that speaks letters, a machine with a script.

A ``Stage`` is a call, a studio and a carrier on the virtual loop. What a test wants to hear it
writes as ``"a:1000"``: one second of the letter a. What the caller heard reads the same way:
``stage.carrier.earpiece() == [("a", 400), ("b", 1000)]``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec.structs import replace

from ivr.calls.call import Call
from ivr.calls.clock import Clock
from ivr.calls.errands import NOBODY, World
from ivr.calls.record import Record
from ivr.calls.session import Exit, converse
from ivr.calls.studio import Studio
from ivr.errors import VoiceError
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    Command,
    Event,
    HangUp,
    KeyPressed,
    Speak,
    StopSpeaking,
    Transfer,
    Utterance,
    UtteranceFailed,
    UtteranceHeard,
    Words,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, Place, State
from tests.simulation.carrier import ACCOUNT, CALL, Carrier
from tests.virtual import pass_time, run

STARTED_AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def words(text: str, *, voice: str = "letters", fixed: bool = True) -> Words:
    """A text for the voice of letters."""
    return Words(text, "en-US", voice, fixed)


def utterance(id: int, *texts: str, interruptible: bool = True, fixed: bool = True) -> Utterance:
    """One utterance of such texts, each a part."""
    parts = tuple(words(text, fixed=fixed) for text in texts)
    return Utterance(id, parts, interruptible, "main", "start")


def audio_of(text: str) -> bytes:
    """What the voice of letters says to a text: ``"a:1000"`` is a second of the letter a."""
    spoken = bytearray()
    for word in text.split():
        letter, _, ms = word.partition(":")
        spoken += letter.encode() * round(float(ms) * 8)
    return bytes(spoken)


# --------------------------------------------------------------------------- voices


@dataclass
class LetterVoice:
    """Speaks texts like ``"a:1000"``, as fast, as slowly and as badly as a test wants."""

    name: str = "letters"
    chunk_bytes: int = 1_000
    first_seconds: float = 0.0
    """Until its first chunk."""
    chunk_seconds: float = 0.0
    """Between chunks."""
    fail_at: int | None = None
    """Break before this chunk, counted from 0."""
    failures: int = 1_000_000
    """How many times it breaks before it works."""
    retryable: bool = True
    error: Exception | None = None
    """What it raises instead of a VoiceError."""
    asked: list[str] = field(default_factory=list)
    leased: list[str] = field(default_factory=list)
    leased_for: list[str | None] = field(default_factory=list)
    """The language of each line."""
    returned: list[str] = field(default_factory=list)
    speaking: int = 0
    opened: int = 0
    closed: int = 0

    @property
    def key(self) -> str:
        """As the contract says."""
        return self.name

    def speaks(self, language: str) -> bool:
        """Everything."""
        return True

    async def open(self) -> None:
        """Counted."""
        self.opened += 1

    async def aclose(self) -> None:
        """Counted."""
        self.closed += 1

    def lease(self, call: str, *, language: str | None = None) -> LetterLine:
        """Remembered."""
        self.leased.append(call)
        self.leased_for.append(language)
        return LetterLine(self, call)


@dataclass
class LetterLine:
    """A call's hold on it."""

    voice: LetterVoice
    call: str

    async def speak(
        self, text: str, *, language: str, before: str = "", after: str = ""
    ) -> AsyncGenerator[bytes, None]:
        """The letters of the text, in chunks."""
        voice = self.voice
        voice.asked.append(text)
        voice.speaking += 1
        try:
            audio = audio_of(text)
            await pass_time(voice.first_seconds)
            for number, at in enumerate(range(0, len(audio) + 1, voice.chunk_bytes)):
                if number == voice.fail_at and voice.failures > 0:
                    voice.failures -= 1
                    raise voice.error or VoiceError("no luck", retryable=voice.retryable)
                if number:
                    await pass_time(voice.chunk_seconds)
                if chunk := audio[at : at + voice.chunk_bytes]:
                    yield chunk
        finally:
            voice.speaking -= 1

    async def narrate(
        self, pieces: AsyncIterator[str], *, language: str
    ) -> AsyncGenerator[bytes, None]:
        """The letters of the text, once all of it is there."""
        text = "".join([piece async for piece in pieces])
        async with contextlib.aclosing(self.speak(text, language=language)) as speech:
            async for chunk in speech:
                yield chunk

    async def aclose(self) -> None:
        """Remembered."""
        self.voice.returned.append(self.call)


# --------------------------------------------------------------------------- the machine


@dataclass(frozen=True)
class Wake:
    """Among commands of a script: set the deadline so many milliseconds from now."""

    ms: int


Reaction = Callable[[Event], Iterable[Command | Wake]]


@dataclass
class Script:
    """A machine whose decisions are a function of the event; it remembers what it was told."""

    react: Reaction
    told: list[tuple[int, Event]] = field(default_factory=list)
    secret: bool = False

    def answer(self, flows: FlowSet, facts: CallFacts) -> State:
        """As the machine does."""
        return State(facts=facts, flows="", place=Place("main", "start"), language="en-US")

    def handle(self, flows: FlowSet, state: State, event: Event, now: int) -> Turn:
        """Remember the event and do what the script says."""
        self.told.append((now, event))
        commands: list[Command] = []
        deadline = state.deadline if state.deadline is not None and state.deadline > now else None
        ended = "caller_hung_up" if isinstance(event, CallerHungUp) else None
        for each in self.react(event):
            if isinstance(each, Wake):
                deadline = now + each.ms
                continue
            commands.append(each)
            if isinstance(each, HangUp):
                ended = each.outcome
        return Turn(replace(state, deadline=deadline, ended=ended), tuple(commands))

    def secret_now(self, state: State) -> bool:
        """As the test says."""
        return self.secret

    @property
    def heard(self) -> list[int]:
        """Which utterances it was told were heard, in order."""
        return [event.id for _, event in self.told if isinstance(event, UtteranceHeard)]

    @property
    def failed(self) -> list[int]:
        """Which utterances it was told could not be said, in order."""
        return [event.id for _, event in self.told if isinstance(event, UtteranceFailed)]

    @property
    def keys(self) -> str:
        """The keys it was told of."""
        return "".join(event.key for _, event in self.told if isinstance(event, KeyPressed))


def silent(event: Event) -> Iterable[Command | Wake]:
    """A script that does nothing, ever."""
    return []


def says(
    *texts: str,
    keys: Mapping[str, Iterable[Command | Wake]] | None = None,
    fixed: bool = True,
) -> Reaction:
    """A script that says these texts one behind the other, and answers keys."""

    def react(event: Event) -> Iterable[Command | Wake]:
        match event:
            case CallAnswered():
                numbered = enumerate(texts, 1)
                return [Speak(utterance(number, text, fixed=fixed)) for number, text in numbered]
            case KeyPressed(key) if keys and key in keys:
                return keys[key]
            case _:
                return []

    return react


# --------------------------------------------------------------------------- the stage


class Stage:
    """A call, its studio and its carrier. Use it inside the virtual loop, with ``async with``."""

    def __init__(
        self,
        react: Reaction = silent,
        *,
        voices: Mapping[str, LetterVoice] | None = None,
        carrier: Carrier | None = None,
        clips: Mapping[str, bytes] | None = None,
        world: World = NOBODY,
        fallbacks: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.machine = Script(react)
        self.world = world
        self.voice = LetterVoice()
        self.voices = voices or {"letters": self.voice}
        self.studio = Studio(self.voices, clips=clips, local=list(self.voices), fallbacks=fallbacks)
        self.carrier = carrier or Carrier()
        self.call = make_call(self.studio)

    async def __aenter__(self) -> Stage:
        await self.studio.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.studio.give_back(self.call.booth)
        await self.studio.aclose()

    async def converse(self) -> Exit:
        """Run the stream to its end, and see that everything is as it always must be."""
        exit = await converse(
            self.call, self.carrier, self.studio, machine=self.machine, world=self.world
        )
        assert self.carrier.faults == []
        assert self.call.faults == 0
        assert self.call.booth.making == {}, "nobody speaks any more for this call alone"
        assert self.carrier.lead_max <= 1.0 + 1e-9, "the lead is bounded"
        return exit

    async def play(self, caller: Callable[[], Awaitable[None]]) -> Exit:
        """Run the stream while somebody plays the caller: a coroutine function."""
        async with asyncio.TaskGroup() as group:
            stream = group.create_task(self.converse())
            await caller()
        return stream.result()

    def entries(self, what: str) -> list[Mapping[str, object]]:
        """The record's entries of one kind."""
        return [entry for entry in self.call.record.entries if entry["what"] == what]


def make_call(studio: Studio) -> Call:
    """A call that has just been announced by its webhook."""
    clock = Clock(asyncio.get_running_loop().time)
    facts = CallFacts(CALL, "+15550123", "+15550100", STARTED_AT, "main", None)
    flows = FlowSet({}, {}, None, {}, {}, "")
    record = Record(CALL, STARTED_AT, clock)
    return Call(facts, ACCOUNT, flows, clock, record, studio.lease(CALL))


# --------------------------------------------------------------------------- callers

Caller = Callable[[Stage], Awaitable[None]]


def call(stage_of: Callable[[], Stage], caller: Caller) -> tuple[Stage, Exit]:
    """One call from its start to its end, on virtual time."""

    async def scene() -> tuple[Stage, Exit]:
        async with stage_of() as stage:
            return stage, await stage.play(lambda: caller(stage))

    return run(scene())


async def listens(stage: Stage) -> None:
    """A caller who presses nothing."""
    stage.carrier.start()


def hears(seconds: float) -> Caller:
    """A caller who listens so long and hangs up."""

    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(seconds)
        stage.carrier.hang_up()

    return caller


def presses(keys: str, *, at: float, stays: float = 10.0) -> Caller:
    """A caller who presses keys, listens to the answer and hangs up."""

    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(at)
        for key in keys:
            stage.carrier.press(key)
        await pass_time(stays)
        stage.carrier.hang_up()

    return caller


# --------------------------------------------------------------------------- scripts with an answer

ANSWER = (StopSpeaking((1,)), Speak(utterance(2, "b:500")))
TRANSFER = Transfer("front_desk", "+15550100", 20_000, None, None, "desk")


def answers(*answer: Command, prompts: Iterable[str] = ("a:1000",)) -> Callable[[], Stage]:
    """A stage whose prompts are answered, at any key, by these commands."""
    return lambda: Stage(says(*prompts, keys={"1": answer}))


def goodbye(last: Command) -> Callable[[Event], Iterable[Command]]:
    """A machine that says goodbye and leaves before it knows that it was heard."""

    def react(event: Event) -> Iterable[Command]:
        return [Speak(utterance(1, "g:1500")), last] if isinstance(event, CallAnswered) else []

    return react
