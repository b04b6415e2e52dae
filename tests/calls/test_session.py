"""One stream of a call with a scripted machine: its start, its hearing, its faults, its sequel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from ivr.calls import ear
from ivr.calls.errands import Nobody
from ivr.calls.session import Cut, Ended, Leaving, converse, prepare
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    CallResumed,
    Command,
    DeadlinePassed,
    Event,
    HangUp,
    JoinQueue,
    KeyPressed,
    Leg,
    LegFinished,
    LegOutcome,
    Note,
    Noted,
    RunTwiml,
    Speak,
    StopSpeaking,
    UtteranceHeard,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import State
from tests.simulation.carrier import Carrier
from tests.simulation.stage import (
    TRANSFER,
    LetterVoice,
    Script,
    Stage,
    Wake,
    call,
    goodbye,
    hears,
    presses,
    says,
    silent,
    utterance,
    words,
)
from tests.virtual import pass_time, run

# --------------------------------------------------------------------------- the start


def test_the_caller_hears_the_first_text_and_the_machine_is_told_so() -> None:
    stage, exit = call(lambda: Stage(says("a:1000")), hears(3))
    assert exit == Ended("caller_hung_up")
    assert stage.machine.told == [
        (0, CallAnswered()),
        (1_000, UtteranceHeard(1)),
        (3_000, CallerHungUp()),
    ]
    assert [entry["what"] for entry in stage.call.record.entries] == [
        "stream",
        "asked",
        "first_byte",
        "first_frame",
        "audible",
        "heard",
        "end",
    ]


@pytest.mark.parametrize(
    ("event", "cause"),
    [(KeyPressed("1"), "key"), (DeadlinePassed(), "time"), (UtteranceHeard(1), "heard")],
)
def test_the_record_says_what_made_the_flow_speak(event: Event, cause: str) -> None:
    def react(happened: Event) -> list[Command | Wake]:
        if happened == CallAnswered():
            return [Speak(utterance(1, "a:500")), Wake(800)]
        return [Speak(utterance(2, "b:100"))] if happened == event else []

    stage, _ = call(lambda: Stage(react), presses("1", at=0.6, stays=1))
    assert [entry["cause"] for entry in stage.entries("asked")] == ["answer", cause]


def test_time_counts_from_the_first_start() -> None:
    async def caller(stage: Stage) -> None:
        await pass_time(2)
        stage.carrier.start()
        await pass_time(1)
        stage.carrier.press("5")
        await pass_time(1)
        stage.carrier.hang_up()

    stage, _ = call(lambda: Stage(), caller)
    assert [at for at, _ in stage.machine.told] == [0, 1_000, 2_000]
    assert stage.entries("key") == [{"t": 3_000.0, "what": "key", "key": "5"}]


def test_a_stream_that_never_starts_is_given_up_after_five_seconds() -> None:
    async def caller(stage: Stage) -> None:
        for _ in range(600):
            stage.carrier.talk()
            await pass_time(0.01)

    stage, exit = call(lambda: Stage(), caller)
    assert exit == Cut("no start")
    assert stage.machine.told == []
    assert stage.entries("cut")[0]["t"] == 5_000.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"callSid": "CA00000000000000000000000000000009"}, "start names another call"),
        ({"accountSid": "AC00000000000000000000000000000009"}, "start names another call"),
        (
            {"mediaFormat": {"encoding": "audio/x-l16", "sampleRate": 8000, "channels": 1}},
            "start names another audio format",
        ),
        (
            {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 16000, "channels": 1}},
            "start names another audio format",
        ),
        (
            {"mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 2}},
            "start names another audio format",
        ),
    ],
)
def test_a_stream_that_is_not_this_calls_is_refused(
    changes: dict[str, object], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start(changes)

    stage, exit = call(lambda: Stage(says("a:100")), caller)
    assert exit == Cut(reason)
    assert (stage.machine.told, stage.carrier.sent, stage.call.streams) == ([], [], 0)
    assert [record.message for record in caplog.records] == [
        f"call {stage.call.sid}: refused a stream: {reason}"
    ]


def test_a_key_before_the_start_is_nobodys() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.press("1")
        stage.carrier.start()
        stage.carrier.press("2")
        await pass_time(1)
        stage.carrier.hang_up()

    stage, _ = call(lambda: Stage(), caller)
    assert stage.machine.keys == "2"
    assert stage.entries("ignored")[0]["early"] == 1


def test_a_second_start_and_other_streams_are_ignored() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        stage.carrier.start(stream="MZ00000000000000000000000000000009")
        stage.carrier.press("1", stream="MZ00000000000000000000000000000009")
        stage.carrier.press("2")
        await pass_time(1)
        stage.carrier.hang_up()

    stage, _ = call(lambda: Stage(), caller)
    assert stage.machine.keys == "2"
    assert stage.entries("ignored")[0]["foreign"] == 2
    assert stage.call.streams == 1


# --------------------------------------------------------------------------- hostile messages


@pytest.mark.parametrize(
    "rubbish", ["", "{", "[]", '{"event":7}', "null", b"\x00", '{"event":"dtmf"}']
)
def test_malformed_messages_are_counted_and_a_hundred_in_a_row_end_the_stream(
    rubbish: str | bytes,
) -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        for _ in range(ear.MALFORMED_MAX - 1):
            stage.carrier.deliver(rubbish)
        stage.carrier.press("1")
        for _ in range(ear.MALFORMED_MAX):
            stage.carrier.deliver(rubbish)
        stage.carrier.press("2")

    stage, exit = call(lambda: Stage(), caller)
    assert exit == Cut("too many malformed messages")
    assert stage.machine.keys == "1"
    assert stage.entries("ignored")[0]["malformed"] == 2 * ear.MALFORMED_MAX - 1


def test_a_flood_before_the_start_ends_the_stream_too() -> None:
    async def caller(stage: Stage) -> None:
        for _ in range(10_000):
            stage.carrier.deliver("rubbish")

    _, exit = call(lambda: Stage(), caller)
    assert exit == Cut("too many malformed messages")


def test_events_nobody_knows_are_counted_and_ignored() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        for _ in range(500):
            stage.carrier.deliver({"event": "weather", "streamSid": "MZ"})
        stage.carrier.press("1")
        await pass_time(1)
        stage.carrier.hang_up()

    stage, exit = call(lambda: Stage(), caller)
    assert exit == Ended("caller_hung_up")
    assert stage.machine.keys == "1"
    assert stage.entries("ignored")[0]["unknown"] == 500


def test_the_callers_noise_is_not_even_decoded() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        for _ in range(1_000):
            stage.carrier.talk()
            stage.carrier.deliver('{"event":"media","streamSid":"MZ","media":{"payload":"%%%"}}')
        await pass_time(1)
        stage.carrier.hang_up()

    stage, exit = call(lambda: Stage(), caller)
    assert exit == Ended("caller_hung_up")
    assert stage.entries("ignored") == []


# --------------------------------------------------------------------------- deadlines and faults


def test_the_machine_is_woken_at_its_deadline_to_the_millisecond() -> None:
    def react(event: Event) -> Iterable[Command | Wake]:
        match event:
            case CallAnswered():
                return [Wake(1)]
            case DeadlinePassed():
                return [Wake(1_777)]
            case _:
                return []

    stage, _ = call(lambda: Stage(react), hears(60))
    woken = [at for at, event in stage.machine.told if isinstance(event, DeadlinePassed)]
    assert woken == list(range(1, 60_000, 1_777))


def test_a_machine_that_keeps_a_passed_deadline_does_not_spin(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Stuck(Script):
        def handle(self, flows: FlowSet, state: State, event: Event, now: int) -> Turn:
            return Turn(replace(state, deadline=10), ())

    async def scene() -> None:
        async with Stage() as stage:
            stage.carrier.start()
            machine = Stuck(silent)
            exit = await converse(stage.call, stage.carrier, stage.studio, machine=machine)
            assert exit == Cut("fault")

    run(scene())
    assert "kept a deadline that has passed" in caplog.text


def test_a_fault_of_ours_is_logged_once_and_survived_twice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def react(event: Event) -> Iterable[Command]:
        if isinstance(event, KeyPressed):
            raise RuntimeError("a bug")
        return []

    async def scene() -> None:
        async with Stage(react) as stage:
            for expected in (Cut("fault"), Cut("fault"), Ended("speechless")):
                caplog.clear()
                carrier = Carrier()
                carrier.start()
                carrier.press("1")
                state = stage.call.state
                exit = await converse(stage.call, carrier, stage.studio, machine=stage.machine)
                assert exit == expected
                logged = [r for r in caplog.records if r.levelno >= logging.ERROR]
                assert len(logged) == 1
                assert logged[0].exc_info is not None
                assert state is None or stage.call.state is not None
            assert [entry["outcome"] for entry in stage.entries("end")] == ["speechless"]
            events = [event for _, event in stage.machine.told]
            assert events == [CallAnswered(), KeyPressed("1")] + 2 * [
                CallResumed(),
                KeyPressed("1"),
            ]

    run(scene())


def test_a_sensitive_key_is_told_to_the_machine_and_written_nowhere() -> None:
    async def caller(stage: Stage) -> None:
        stage.machine.secret = True
        await presses("1234", at=0.1, stays=1)(stage)

    stage, _ = call(lambda: Stage(), caller)
    assert stage.machine.keys == "1234"
    assert [entry["key"] for entry in stage.entries("key")] == ["•"] * 4


def test_notes_of_the_machine_are_in_the_record() -> None:
    def react(event: Event) -> Iterable[Command]:
        note = Note(Noted.STEP, "start", "main/start")
        return [note] if isinstance(event, CallAnswered) else []

    stage, _ = call(lambda: Stage(react), hears(1))
    assert stage.entries("step") == [{"t": 0.0, "what": "step", "step": "main/start"}]


# --------------------------------------------------------------------------- the next stream


def test_the_next_stream_goes_on_where_the_call_was() -> None:
    async def scene() -> None:
        async with Stage(says("a:9000")) as stage:

            async def first() -> None:
                stage.carrier.start()
                await pass_time(2)
                stage.carrier.cut()

            assert await stage.play(first) == Cut("the link was closed")
            await pass_time(1)
            stage.carrier = Carrier()
            assert await stage.play(lambda: hears(1)(stage)) == Ended("caller_hung_up")
            assert stage.machine.told[1] == (3_000, CallResumed())
            assert [entry["number"] for entry in stage.entries("stream")] == [1, 2]

    run(scene())


def test_a_call_that_comes_back_from_a_transfer_begins_with_its_outcome() -> None:
    async def scene() -> None:
        async with Stage(goodbye(TRANSFER)) as stage:
            stage.carrier.start()
            assert await stage.converse() == Leaving(TRANSFER)
            stage.call.return_event = LegFinished(LegOutcome.BUSY)
            stage.carrier = Carrier()
            await stage.play(lambda: hears(1)(stage))
            assert stage.machine.told[1][1] == LegFinished(LegOutcome.BUSY)
            assert stage.call.return_event != LegFinished(LegOutcome.BUSY), "it is used up"
            assert [entry["outcome"] for entry in stage.entries("return")] == ["busy"]

    run(scene())


@pytest.mark.parametrize(
    "leg", [JoinQueue("agents", None, None, "wait"), RunTwiml("<Response/>", "script")]
)
def test_a_caller_leaves_for_a_queue_or_a_document_once_everything_was_heard(leg: Leg) -> None:
    async def scene() -> None:
        async with Stage(goodbye(leg)) as stage:
            stage.carrier.start()
            assert await stage.converse() == Leaving(leg)
            assert len(stage.entries("heard")) == 1
            assert len(stage.entries("leave")) == 1

    run(scene())


class Stays(Nobody):
    """A simulated world, in which nobody leaves for a queue."""

    def away(self, leg: JoinQueue | RunTwiml) -> LegOutcome | None:
        return LegOutcome.FULL


def test_in_a_simulated_world_the_caller_stays_and_is_told_what_became_of_it() -> None:
    queue = JoinQueue("agents", None, None, "wait")

    def react(event: Event) -> Iterable[Command]:
        if isinstance(event, CallAnswered):
            return [queue]
        return [HangUp("hangup")] if event == LegFinished(LegOutcome.FULL) else []

    async def scene() -> None:
        async with Stage(react, world=Stays()) as stage:
            stage.carrier.start()
            assert await stage.converse() == Ended("hangup")
            assert [entry["outcome"] for entry in stage.entries("return")] == ["full"]
            assert [entry["target"] for entry in stage.entries("leave")] == ["queue"]

    run(scene())


@pytest.mark.parametrize("fixed", [True, False])
def test_first_words_prepared_at_the_webhook_wait_for_nobody(fixed: bool) -> None:
    def react(event: Event) -> Iterable[Command]:
        answered = isinstance(event, CallAnswered)
        return [Speak(utterance(1, "a:500", fixed=fixed))] if answered else []

    async def scene() -> None:
        async with Stage(react) as stage:
            stage.voice.first_seconds = 0.4
            prepare(stage.call, stage.studio, machine=stage.machine)
            assert stage.call.state is None
            assert stage.voice.leased.count(stage.call.sid) == 1
            await pass_time(0.3)  # the carrier opens its stream meanwhile
            await stage.play(lambda: hears(3)(stage))
            assert stage.voice.asked == ["a:500"]
            assert stage.entries("first_frame")[0]["ms"] == 100.0

    run(scene())


def test_first_words_that_cannot_be_prepared_are_the_streams_trouble(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def react(event: Event) -> Iterable[Command]:
        raise RuntimeError("a bug")

    async def scene() -> None:
        async with Stage(react) as stage:
            prepare(stage.call, stage.studio, machine=stage.machine)

    run(scene())
    assert "its first words could not be prepared" in caplog.text


def test_two_voices_take_turns_in_one_utterance() -> None:
    voices = {"letters": LetterVoice(), "other": LetterVoice("other", first_seconds=0.2)}

    def react(event: Event) -> Iterable[Command]:
        if not isinstance(event, CallAnswered):
            return []
        spoken = utterance(1, "a:500")
        parts = (*spoken.parts, words("b:250", voice="other"), words("c:250"))
        return [Speak(type(spoken)(1, parts, True, "main", "start"))]

    stage, _ = call(lambda: Stage(react, voices=voices), hears(3))
    assert stage.carrier.earpiece() == [("a", 500), ("b", 250), ("c", 250)]
    assert stage.carrier.silences() == []


# --------------------------------------------------------------------------- a voice that speaks


class Narrow(Carrier):
    """A link that has no room for some messages; those must be waited for."""

    def __init__(self, full: frozenset[int] = frozenset()) -> None:
        super().__init__()
        self.full = full
        self.said = 0
        self.waited_for: list[str] = []

    def say(self, text: str) -> bool:
        self.said += 1
        return self.said not in self.full and super().say(text)

    async def send(self, text: str) -> None:
        self.waited_for.append(text)
        await super().send(text)


def live(carrier: Narrow) -> Stage:
    """A voice that brings 25 ms of speech every 20 ms, beginning after a tenth of a second."""
    stage = Stage(says("a:1000", fixed=False), carrier=carrier)
    stage.voice.first_seconds, stage.voice.chunk_seconds = 0.1, 0.02
    stage.voice.chunk_bytes = 200
    return stage


def test_what_a_voice_brings_leaves_as_it_comes_and_nobody_is_woken_for_it() -> None:
    carrier = Narrow()
    stage, exit = call(lambda: live(carrier), hears(3))
    assert exit == Ended("caller_hung_up")
    assert carrier.earpiece() == [("a", 1_000)]
    assert carrier.times("media")[0] == 0.1
    assert carrier.silences() == []
    assert carrier.waited_for == []
    assert stage.machine.heard == [1]


@pytest.mark.parametrize("full", [{1}, {2}, {5, 6}, set(range(1, 40, 2)), set(range(1, 200))])
def test_what_a_full_link_has_no_room_for_is_waited_for_and_nothing_is_lost(
    full: set[int],
) -> None:
    class Waiting(Narrow):
        async def send(self, text: str) -> None:
            self.waited_for.append(text)
            assert Carrier.say(self, text)

    carrier = Waiting(frozenset(full))
    stage, exit = call(lambda: live(carrier), hears(3))
    assert exit == Ended("caller_hung_up")
    assert carrier.earpiece() == [("a", 1_000)]
    assert len(carrier.waited_for) == len([n for n in full if n <= carrier.said])
    assert stage.machine.heard == [1]


def test_a_key_that_comes_while_the_link_is_full_stops_what_waits() -> None:
    class Stalled(Narrow):
        async def send(self, text: str) -> None:
            if not self.waited_for:
                self.waited_for.append(text)
                await pass_time(0.2)
            assert Carrier.say(self, text)

    carrier = Stalled(frozenset({3}))

    def stage() -> Stage:
        made = live(carrier)
        made.machine.react = says(
            "a:1000", fixed=False, keys={"1": [StopSpeaking((1,)), Speak(utterance(2, "b:300"))]}
        )
        return made

    _, exit = call(stage, presses("1", at=0.25, stays=2))
    assert exit == Ended("caller_hung_up")
    letters = [letter for letter, _ in carrier.earpiece()]
    assert letters == ["a", "b"]
    assert carrier.earpiece()[-1] == ("b", 300)


def test_a_fault_of_ours_while_a_voice_speaks_costs_this_call_and_nobody_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(Narrow):
        def say(self, text: str) -> bool:
            raise ZeroDivisionError

    async def scene() -> None:
        async with live(Broken()) as stage:
            async with asyncio.TaskGroup() as group:
                stream = group.create_task(
                    converse(stage.call, stage.carrier, stage.studio, machine=stage.machine)
                )
                stage.carrier.start()
            assert stream.result() == Cut("fault")
            assert stage.call.faults == 1
            # The studio goes on: the next stream of the call has its words.
            stage.carrier = Narrow()
            stage.carrier.start()
            async with asyncio.TaskGroup() as group:
                stream = group.create_task(
                    converse(stage.call, stage.carrier, stage.studio, machine=stage.machine)
                )
                await pass_time(1)
                stage.carrier.hang_up()
            assert stream.result() == Ended("caller_hung_up")

    run(scene())
    faults = [record for record in caplog.records if record.exc_info]
    assert [record.message for record in faults] == [
        "call CA00000000000000000000000000000003: the stream ended by a fault of ours"
    ]
