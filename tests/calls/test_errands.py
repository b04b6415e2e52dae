"""What a call asks of the world: sent out, brought back, given up, and gone with the stream."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import pytest
from msgspec import structs

from ivr.calls.call import Call
from ivr.calls.errands import NOBODY, Nobody
from ivr.calls.mic import Mic
from ivr.calls.session import Ended, converse
from ivr.flow.ahead import Ahead
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    Cancel,
    Command,
    Emit,
    ErrandDone,
    Event,
    Invoke,
    JoinQueue,
    KeepMessage,
    KeyPressed,
    LegFinished,
    LegOutcome,
    Narration,
    RecordCall,
    Recording,
    RecordMessage,
    Request,
    RequestAnswered,
    RunTwiml,
    SendText,
    Speak,
    StopRecording,
    StopSpeaking,
    Utterance,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import CallFacts, State, Wait, WaitFor
from ivr.outside.functions import Registry, function
from ivr.outside.streams import TextStream
from tests.simulation.stage import (
    Caller,
    LetterVoice,
    Reaction,
    Script,
    Stage,
    Wake,
    call,
    hears,
    presses,
    utterance,
)
from tests.virtual import pass_time, run

# --------------------------------------------------------------------------- a world


@dataclass
class Town(Nobody):
    """A world that answers after a while, and remembers what became of it."""

    seconds: float = 1.0
    breaks: bool = False
    functions: Registry = field(default_factory=Registry)
    begun: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    recording: list[str] = field(default_factory=list)

    async def ask(self, call: str, request: Request) -> RequestAnswered:
        """After its time."""
        self.begun.append(request.url)
        try:
            if self.breaks:
                raise RuntimeError("a bug in the world")
            await pass_time(self.seconds)
            self.ended.append(request.url)
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        return RequestAnswered(request.id, 200, {"name": "Ana"})

    async def invoke(self, call: str, invoke: Invoke) -> ErrandDone | TextStream:
        """A registered function."""
        return await self.functions.invoke(invoke)

    async def send(self, call: str, text: SendText) -> ErrandDone:
        """At once."""
        return ErrandDone(text.id, "done")

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """Until the end key."""
        await mic.take(60)
        self.ended.append(str(mic.why))
        return ErrandDone(message.id, "done", {"seconds": 7})

    async def keep(self, call: str, recording: int) -> None:
        """Remembered."""
        self.kept.append(recording)

    def record_call(self, call: Call, what: Recording) -> None:
        """Remembered."""
        self.recording.append(what.value)

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome:
        """Nobody is free."""
        return LegOutcome.FULL if isinstance(leg, JoinQueue) else LegOutcome.DONE

    def tell(self, call: str, event: Emit, number: int) -> None:
        """Remembered."""
        self.told.append(event.name)


def request(id: int, url: str = "http://a/", *, finish: bool = False) -> Request:
    return Request(id, "GET", url, (), (), None, 4_000, 0, "start", "GET http://a/", None, finish)


def invoke(id: int, name: str) -> Invoke:
    return Invoke(id, name, {}, 4_000, "start")


Then = Mapping[type[Event], Iterable[Command | Wake]]


def at_once(*commands: Command, then: Then | None = None) -> Reaction:
    """A script that does this when the call is answered, and that when such an event comes."""

    def react(event: Event) -> Iterable[Command | Wake]:
        if isinstance(event, CallAnswered):
            return commands
        return (then or {}).get(type(event), ())

    return react


def rung(react: Reaction, caller: Caller, world: Nobody) -> Stage:
    stage, exit = call(lambda: Stage(react, world=world), caller)
    assert exit == Ended("caller_hung_up")
    return stage


def came(stage: Stage) -> list[tuple[int, Event]]:
    """What came back, with its time."""
    kinds = (RequestAnswered, ErrandDone, LegFinished)
    return [(at, event) for at, event in stage.machine.told if isinstance(event, kinds)]


# --------------------------------------------------------------------------- errands


def test_an_answer_comes_back_to_the_machine_while_the_caller_listens() -> None:
    told = at_once(request(1), Speak(utterance(1, "a:3000")))
    stage = rung(told, hears(5), Town(seconds=1.0))
    assert came(stage) == [(1_000, RequestAnswered(1, 200, {"name": "Ana"}))]
    assert stage.carrier.earpiece() == [("a", 3_000)]


def test_several_errands_come_back_each_in_its_time() -> None:
    stage = rung(at_once(request(1), SendText(2, "+1", "hello", "start")), hears(2), Town())
    assert [event.id for _, event in came(stage)] == [2, 1]  # type: ignore[union-attr]


def test_what_nobody_waits_for_any_more_is_broken_off_and_brings_nothing() -> None:
    town = Town(seconds=3.0)
    then: Then = {KeyPressed: [Cancel(1)]}
    stage = rung(at_once(request(1), then=then), presses("1", at=1, stays=5), town)
    assert came(stage) == []
    assert town.ended == ["cancelled"]


def test_whoever_hangs_up_breaks_off_what_was_asked_and_not_what_is_to_be_finished() -> None:
    town = Town(seconds=3.0)

    async def scene(stage: Stage) -> None:
        await hears(1)(stage)
        await pass_time(5)

    rung(at_once(request(1), request(2, "http://b/", finish=True)), scene, town)
    assert town.ended == ["cancelled", "http://b/"]


def test_a_fault_of_ours_costs_the_errand_and_not_the_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = rung(at_once(request(1)), hears(1), Town(breaks=True))
    [(_, event)] = came(stage)
    assert isinstance(event, RequestAnswered)
    assert (event.status, event.problem) == (None, "it broke by a fault of ours")
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


def test_a_recording_ends_with_the_end_key_and_is_kept_when_the_flow_says_so() -> None:
    town = Town()
    message = RecordMessage(1, "desk", True, 60_000, 5_000, 2_000, "start")
    then: Then = {
        KeyPressed: [StopRecording(1)],
        ErrandDone: [KeepMessage(1)],
    }
    stage = rung(at_once(message, then=then), presses("#", at=2, stays=1), town)
    assert came(stage) == [(2_000, ErrandDone(1, "done", {"seconds": 7}))]
    assert town.kept == [1]


def test_the_recording_of_the_call_and_events_are_passed_on_and_recorded() -> None:
    town = Town()
    commands = RecordCall(Recording.START), Emit("booked", {"at": "noon"}, "start")
    stage = rung(at_once(*commands), hears(1), town)
    assert (town.recording, town.told) == (["start"], ["booked"])
    assert stage.entries("record_call")[0]["to"] == "start"
    assert stage.entries("event")[0]["name"] == "booked"


@pytest.mark.parametrize(
    ("leg", "outcome"),
    [
        (JoinQueue("agents", None, None, "start"), LegOutcome.FULL),
        (RunTwiml("<Response/>", "start"), LegOutcome.DONE),
    ],
)
def test_a_queue_or_a_document_comes_back_once_everything_was_heard(
    leg: JoinQueue | RunTwiml, outcome: LegOutcome
) -> None:
    stage = rung(at_once(Speak(utterance(1, "a:1500")), leg), hears(3), Town())
    assert came(stage) == [(1_500, LegFinished(outcome))]


def test_where_nobody_does_anything_every_errand_fails_and_says_so() -> None:
    message = RecordMessage(3, None, True, 60_000, 5_000, 2_000, "start")
    sent = (request(1), invoke(2, "x"), message, SendText(4, "+1", "x", "start"))
    stage = rung(at_once(*sent, Emit("x", {}, "start")), hears(1), NOBODY)
    problems = {event.problem for _, event in came(stage) if not isinstance(event, LegFinished)}  # type: ignore[union-attr]
    assert len(came(stage)) == 4
    assert problems == {"nobody here does what flows ask for"}


# --------------------------------------------------------------------------- text that comes


class Author:
    """A function that brings text, a piece a second, and says when it was closed."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.closed = 0
        self.registry = Registry([self._function()])

    def _function(self) -> Callable[..., object]:
        author = self

        @function
        async def story() -> AsyncGenerator[str, None]:
            try:
                for number, piece in enumerate(author.pieces):
                    if number:
                        await pass_time(1)
                    yield piece
            finally:
                author.closed += 1

        return story


def narrates(*then: Command) -> Reaction:
    """A script that has a function's text spoken as it comes."""

    def react(event: Event) -> Iterable[Command | Wake]:
        match event:
            case CallAnswered():
                return [invoke(1, "story")]
            case ErrandDone(narrates=True):
                part = Narration(1, "en-US", "letters")
                return [Speak(Utterance(1, (part,), True, "main", "start"))]
            case KeyPressed():
                return then
            case _:
                return []

    return react


def test_text_is_spoken_as_it_comes_and_the_errand_is_done_with_it() -> None:
    author = Author("a:500 ", "b:500")
    stage = rung(narrates(), hears(6), Town(functions=author.registry))
    assert stage.carrier.earpiece() == [("a", 500), ("b", 500)]
    begun, done = (event for _, event in came(stage))
    assert begun == ErrandDone(1, "done", narrates=True)
    assert done == ErrandDone(1, "done", "a:500 b:500")
    assert stage.machine.heard == [1]
    assert author.closed == 1


def test_a_key_stops_the_text_and_the_function_at_once() -> None:
    author = Author("a:9000 ", *("b:100 " for _ in range(50)))
    caller = presses("1", at=3, stays=3)
    stage = rung(narrates(StopSpeaking((1,))), caller, Town(functions=author.registry))
    assert author.closed == 1
    assert [at for at, event in came(stage)][-1] == 3_000
    assert stage.machine.heard == []


def test_text_that_is_stopped_before_anybody_spoke_it_ends_too() -> None:
    author = Author("a:500")

    def react(event: Event) -> Iterable[Command | Wake]:
        match event:
            case CallAnswered():
                return [invoke(1, "story")]
            case ErrandDone(narrates=True):
                part = Narration(1, "en-US", "letters")
                said = Speak(Utterance(1, (part,), True, "main", "start"))
                return [said, StopSpeaking((1,))]
            case _:
                return []

    stage = rung(react, hears(2), Town(functions=author.registry))
    assert author.closed == 1
    assert len(came(stage)) == 2
    assert stage.carrier.earpiece() == []


def test_a_voice_that_fails_before_it_was_heard_is_followed_by_the_next() -> None:
    author = Author("a:500")
    broken = LetterVoice("letters", fail_at=0)
    voices = {"letters": broken, "second": LetterVoice("second")}
    world = Town(functions=author.registry)

    def stage_of() -> Stage:
        return Stage(narrates(), voices=voices, world=world, fallbacks={"letters": ["second"]})

    stage, _ = call(stage_of, hears(4))
    assert stage.carrier.earpiece() == [("a", 500)]
    assert stage.machine.heard == [1]


def test_a_caller_who_hangs_up_ends_the_text() -> None:
    author = Author(*("b:100 " for _ in range(50)))
    stage = rung(narrates(), hears(2), Town(functions=author.registry))
    assert author.closed == 1
    assert stage.machine.told[-1] == (2_000, CallerHungUp())


# --------------------------------------------------------------------------- asked ahead


def listens_then(*commands: Command) -> Reaction:
    """A script that waits for a key and then does this."""

    def react(event: Event) -> Iterable[Command | Wake]:
        match event:
            case CallAnswered():
                return [Speak(utterance(1, "a:100"))]
            case KeyPressed():
                return commands
            case _:
                return []

    return react


class Listening(Script):
    """A machine that waits for keys, as a menu does."""

    def handle(self, flows: FlowSet, state: State, event: Event, now: int) -> Turn:
        """As the script says."""
        turn = super().handle(flows, state, event, now)
        waiting = structs.replace(turn.state, wait=Wait(WaitFor.KEYS))
        return structs.replace(turn, state=waiting)


def looking_ahead(town: Town, *requests: Request, key_at: float, wanted: Request) -> Stage:
    """A call in which this is asked ahead, and that is wanted after a key."""

    async def scene() -> Stage:
        stage = Stage(world=town)
        stage.machine = Listening(listens_then(wanted))
        ahead = Ahead(requests=tuple(replace(each, id=0) for each in requests))

        async def caller() -> None:
            stage.carrier.start()
            await pass_time(key_at)
            stage.carrier.press("1")
            await pass_time(5)
            stage.carrier.hang_up()

        async with stage, asyncio.TaskGroup() as group:
            talk = converse(
                stage.call,
                stage.carrier,
                stage.studio,
                machine=stage.machine,
                ahead=lambda flows, state, now, known: Ahead() if stage.machine.keys else ahead,
                world=town,
            )
            group.create_task(talk)
            await caller()
        return stage

    return run(scene())


def test_what_was_asked_while_the_caller_listened_is_answered_at_once() -> None:
    town = Town(seconds=1.0)
    stage = looking_ahead(town, request(1), key_at=3, wanted=request(1))
    assert came(stage) == [(3_000, RequestAnswered(1, 200, {"name": "Ana"}))]
    assert town.begun == ["http://a/"]


def test_what_is_still_being_asked_is_not_asked_twice() -> None:
    town = Town(seconds=1.0)
    stage = looking_ahead(town, request(1), key_at=0.5, wanted=request(1))
    assert [at for at, _ in came(stage)] == [1_040]
    assert town.begun == ["http://a/"]


def test_something_else_is_asked_itself_and_an_old_answer_is_no_answer() -> None:
    town = Town(seconds=1.0)
    other = looking_ahead(town, request(1), key_at=3, wanted=request(1, "http://b/"))
    assert came(other)[0][0] == 4_000
    old = looking_ahead(Town(seconds=1.0), request(1), key_at=40, wanted=request(1))
    assert came(old)[0][0] == 41_000


def test_a_question_that_failed_ahead_is_asked_again() -> None:
    class Shy(Town):
        async def ask(self, call: str, request: Request) -> RequestAnswered:
            """Only the second time."""
            answer = await super().ask(call, request)
            return answer if len(self.begun) > 1 else RequestAnswered(request.id, None)

    town = Shy(seconds=0.5)
    stage = looking_ahead(town, request(1), key_at=3, wanted=request(1))
    assert came(stage) == [(3_500, RequestAnswered(1, 200, {"name": "Ana"}))]
