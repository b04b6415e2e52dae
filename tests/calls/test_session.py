"""One stream of a call, with a scripted machine: the session's own duties, and every way out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import pytest

from ivr.calls import session
from ivr.calls.session import Cut, Ended, Exit, Leaving, converse, prepare
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    CallResumed,
    Command,
    DeadlinePassed,
    Event,
    HangUp,
    KeyPressed,
    LegFinished,
    LegOutcome,
    Note,
    Noted,
    Speak,
    StopSpeaking,
    Transfer,
    UtteranceHeard,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import State
from tests.simulation.carrier import Carrier
from tests.simulation.stage import LetterVoice, Script, Stage, Wake, says, silent, utterance, words
from tests.virtual import pass_time, run

Caller = Callable[[Stage], Awaitable[None]]

TRANSFER = Transfer("front_desk", "+15550100", 20_000, None, None, "desk")


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
        "heard",
        "end",
    ]


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
        stage.carrier.start(**changes)

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


# --------------------------------------------------------------------------- interrupting


def answers(*answer: Command, prompts: Iterable[str] = ("a:1000",)) -> Callable[[], Stage]:
    """A stage whose prompts are answered, at any key, by these commands."""
    return lambda: Stage(says(*prompts, keys={"1": answer}))


ANSWER = (StopSpeaking((1,)), Speak(utterance(2, "b:500")))


@pytest.mark.parametrize("at_ms", range(0, 1_200, 20))
def test_a_key_at_any_moment_stops_the_prompt_and_is_answered_whole(at_ms: int) -> None:
    stage, _ = call(answers(*ANSWER), presses("1", at=at_ms / 1000))
    heard = [("a", min(at_ms, 1_000))] if at_ms else []
    assert stage.carrier.earpiece() == [*heard, ("b", 500)]
    assert stage.machine.heard == ([2] if at_ms < 1_000 else [1, 2])
    # A key in one burst with the start finds nothing at the carrier that could be cleared.
    assert len(stage.carrier.times("clear")) == (1 if 0 < at_ms < 1_000 else 0)


@pytest.mark.parametrize("at_ms", range(0, 1_200, 20))
def test_the_same_on_a_network_that_needs_its_time(at_ms: int) -> None:
    # 60 ms each way: the prompt goes on until the clear arrives, and nothing of it after that.
    def stage_of() -> Stage:
        return Stage(says("a:1000", keys={"1": ANSWER}), carrier=Carrier(delay=0.06))

    stage, _ = call(stage_of, presses("1", at=at_ms / 1000))
    # The first frame reaches the caller 120 ms after the start, the clear as late after the key.
    heard = [("a", min(at_ms, 1_000))] if at_ms else []
    assert stage.carrier.earpiece() == [*heard, ("b", 500)]
    for cleared in stage.carrier.times("clear"):
        assert stage.carrier.earpiece(since=cleared) == [("b", 500)]
    assert stage.machine.heard[-1] == 2


@pytest.mark.parametrize("at_ms", range(0, 1_000, 50))
def test_the_same_while_the_voice_is_still_speaking(at_ms: int) -> None:
    def stage_of() -> Stage:
        stage = Stage(says("a:1000", keys={"1": ANSWER}))
        stage.voice.first_seconds, stage.voice.chunk_seconds = 0.15, 0.05
        return stage

    stage, _ = call(stage_of, presses("1", at=at_ms / 1000))
    heard = [("a", at_ms - 150)] if at_ms > 150 else []
    assert stage.carrier.earpiece() == [*heard, ("b", 500)]
    assert stage.machine.heard == [2]


def test_the_clear_and_the_first_frame_leave_in_the_same_turn_of_the_event_loop() -> None:
    stage, _ = call(answers(*ANSWER), presses("1", at=0.5))
    events = [sent.event for sent in stage.carrier.sent]
    after = events[events.index("clear") :]
    # The answer is not known yet: the voice has to be asked, and that takes another turn.
    assert after[:2] == ["clear", "turn over"]

    async def scene() -> list[str]:
        async with answers(*ANSWER)() as stage:
            stage.studio.prepare(stage.call.booth, [Speak(utterance(2, "b:500"))])
            await stage.play(lambda: presses("1", at=0.5)(stage))
            return [sent.event for sent in stage.carrier.sent]

    events = run(scene())
    after = events[events.index("clear") :]
    assert after[:4] == ["clear", "media", "media", "media"]
    assert after.index("turn over") > after.index("mark")


@pytest.mark.parametrize("at_ms", range(0, 600, 20))
def test_a_notice_after_an_interrupted_text_is_played_whole(at_ms: int) -> None:
    def react(event: Event) -> Iterable[Command]:
        match event:
            case CallAnswered():
                return [
                    Speak(utterance(1, "a:600")),
                    Speak(utterance(2, "n:700", interruptible=False)),
                    Speak(utterance(3, "c:400")),
                ]
            case KeyPressed():
                return [StopSpeaking((1, 3)), Speak(utterance(4, "b:300"))]
            case _:
                return []

    stage, _ = call(lambda: Stage(react), presses("1", at=at_ms / 1000))
    heard = [("a", at_ms)] if at_ms else []
    assert stage.carrier.earpiece() == [*heard, ("n", 700), ("_", 300), ("b", 300)]
    assert stage.machine.heard == [2, 4]


def test_a_burst_of_keys_is_taken_in_whole_and_only_the_last_answer_is_sent() -> None:
    def react(event: Event) -> Iterable[Command]:
        nonlocal said
        match event:
            case CallAnswered():
                return [Speak(utterance(1, "a:5000"))]
            case KeyPressed(key):
                said += 1
                letter = "bcdefghijk"[int(key)]
                return [
                    StopSpeaking(tuple(range(1, said))),
                    Speak(utterance(said, f"{letter}:100")),
                ]
            case _:
                return []

    said = 1
    keys = "0123456789" * 20
    stage, _ = call(lambda: Stage(react), presses(keys, at=1.0))
    assert stage.machine.keys == keys
    assert stage.carrier.earpiece() == [("a", 1_000), ("k", 100)]
    assert stage.machine.heard == [201]
    assert len(stage.carrier.sent) < 40


def test_what_is_asked_while_something_plays_comes_after_a_breath() -> None:
    def react(event: Event) -> Iterable[Command | Wake]:
        match event:
            case CallAnswered():
                return [Speak(utterance(1, "a:1000")), Wake(400)]
            case DeadlinePassed():
                return [Speak(utterance(2, "b:500"))]
            case _:
                return []

    stage, _ = call(lambda: Stage(react), hears(5))
    assert stage.carrier.earpiece() == [("a", 1_000), ("_", 300), ("b", 500)]
    assert stage.carrier.silences() == []
    assert stage.carrier.times("clear") == []


# --------------------------------------------------------------------------- marks


def test_echoes_that_prove_nothing_change_nothing() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.5)
        for name in ("g1:u1", "g0:u1", "g2:u1", "g1:u2", "", "hello", "g1:u1" * 1_000):
            stage.carrier.echo(name)
        await pass_time(5)
        stage.carrier.hang_up()

    stage, _ = call(lambda: Stage(says("a:2000")), caller)
    assert stage.machine.told[1] == (2_000, UtteranceHeard(1))


def test_marks_that_never_come_back_do_not_trap_the_caller() -> None:
    def react(event: Event) -> Iterable[Command]:
        match event:
            case CallAnswered():
                return [Speak(utterance(1, "a:1000")), Speak(utterance(2, "b:1000"))]
            case UtteranceHeard(2):
                return [HangUp("hangup")]
            case _:
                return []

    stage, exit = call(lambda: Stage(react, carrier=Carrier(lose_marks=True)), listens)
    assert exit == Ended("hangup")
    assert [at for at, event in stage.machine.told if isinstance(event, UtteranceHeard)] == [
        3_000,
        4_300,
    ]


# --------------------------------------------------------------------------- the ways out


def goodbye(last: Command) -> Callable[[Event], Iterable[Command]]:
    """A machine that says goodbye and leaves before it knows that it was heard."""

    def react(event: Event) -> Iterable[Command]:
        return [Speak(utterance(1, "g:1500")), last] if isinstance(event, CallAnswered) else []

    return react


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.25])
def test_a_goodbye_is_never_cut(delay: float) -> None:
    async def scene() -> None:
        async with Stage(goodbye(HangUp("hangup")), carrier=Carrier(delay=delay)) as stage:
            stage.carrier.start()
            assert await stage.converse() == Ended("hangup")
            assert stage.carrier.earpiece() == [("g", 1_500)]
            # Two ways there and back, the text itself, and the telephone network's grace.
            now = asyncio.get_running_loop().time()
            assert now == pytest.approx(3 * delay + 1.5 + session.GRACE_MS / 1000, abs=0.001)

    run(scene())


def test_a_goodbye_is_not_cut_by_a_carrier_that_loses_marks() -> None:
    async def scene() -> None:
        async with Stage(goodbye(HangUp("hangup")), carrier=Carrier(lose_marks=True)) as stage:
            stage.carrier.start()
            assert await stage.converse() == Ended("hangup")
            assert stage.carrier.earpiece() == [("g", 1_500)]
            assert asyncio.get_running_loop().time() == pytest.approx(1.5 + 2 + 0.3)

    run(scene())


def test_a_transfer_leaves_with_the_echo_and_not_before() -> None:
    async def scene() -> None:
        async with Stage(goodbye(TRANSFER), carrier=Carrier(delay=0.02)) as stage:
            stage.carrier.start()
            assert await stage.converse() == Leaving(TRANSFER)
            assert stage.carrier.earpiece() == [("g", 1_500)]
            assert asyncio.get_running_loop().time() == pytest.approx(1.56)
            assert stage.entries("leave") == [
                {
                    "t": 1_560.0,
                    "what": "leave",
                    "target": "transfer",
                    "number": "+15550100",
                    "name": "front_desk",
                }
            ]
            assert not stage.call.record.ended

    run(scene())


def test_the_session_leaves_the_link_open_for_its_owner_to_close() -> None:
    async def scene() -> None:
        async with Stage(goodbye(HangUp("hangup"))) as stage:
            stage.carrier.start()
            await stage.converse()
            assert not stage.carrier.closed

    run(scene())


def test_keys_on_the_way_out_reach_nobody() -> None:
    stage, exit = call(lambda: Stage(goodbye(TRANSFER)), presses("12", at=0.5))
    assert exit == Leaving(TRANSFER)
    assert stage.machine.keys == ""
    assert [entry["key"] for entry in stage.entries("key")] == ["1", "2"]


@pytest.mark.parametrize("at_ms", range(0, 1_800, 100))
def test_hanging_up_during_the_goodbye_is_one_end(at_ms: int) -> None:
    stage, exit = call(lambda: Stage(goodbye(HangUp("gave_up"))), hears(at_ms / 1000))
    assert exit == Ended("gave_up")
    assert [entry["outcome"] for entry in stage.entries("end")] == ["gave_up"]
    assert [event for _, event in stage.machine.told] == [CallAnswered()]


@pytest.mark.parametrize("at_ms", range(0, 1_500, 100))
def test_whoever_hangs_up_before_a_transfer_is_not_transferred(at_ms: int) -> None:
    stage, exit = call(lambda: Stage(goodbye(TRANSFER)), hears(at_ms / 1000))
    assert exit == Ended("caller_hung_up")
    assert stage.entries("leave") == []


@pytest.mark.parametrize(
    ("last", "expected"),
    [(HangUp("limit"), Ended("limit")), (TRANSFER, Leaving(TRANSFER))],
)
def test_a_line_lost_on_the_way_out_changes_nothing_about_it(last: Command, expected: Exit) -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.7)
        stage.carrier.cut()

    _, exit = call(lambda: Stage(goodbye(last)), caller)
    assert exit == expected


@pytest.mark.parametrize("at_ms", range(0, 2_000, 20))
def test_hanging_up_at_any_moment_is_one_end(at_ms: int) -> None:
    stage, exit = call(answers(*ANSWER), presses("1", at=0.4, stays=max(0, at_ms / 1000 - 0.4)))
    assert exit == Ended("caller_hung_up")
    assert [entry["outcome"] for entry in stage.entries("end")] == ["caller_hung_up"]
    assert [event for _, event in stage.machine.told].count(CallerHungUp()) == 1


def messages_of_a_whole_call() -> int:
    stage, _ = call(answers(*ANSWER), presses("1", at=0.4))
    return len([sent for sent in stage.carrier.sent if sent.event != "turn over"])


@pytest.mark.parametrize("after", range(1, messages_of_a_whole_call() + 1))
def test_a_line_cut_after_any_message_is_a_cut_and_leaves_nothing_behind(after: int) -> None:
    # ``run`` fails if a task is left; the voice must have stopped speaking too.
    def stage_of() -> Stage:
        carrier = Carrier()
        carrier.cut_after = after
        stage = Stage(says("a:1000", keys={"1": ANSWER}), carrier=carrier)
        stage.voice.chunk_seconds = 0.01
        return stage

    async def scene() -> None:
        async with stage_of() as stage:
            exit = await stage.play(lambda: presses("1", at=0.4, stays=3)(stage))
            assert exit == Cut("the link was closed")
            assert not stage.call.record.ended
            assert stage.call.booth.making == {}

    run(scene())


def test_media_and_keys_after_the_stop_reach_nobody() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(1)
        stage.carrier.hang_up()
        stage.carrier.talk(5)
        stage.carrier.press("1")

    stage, exit = call(lambda: Stage(), caller)
    assert exit == Ended("caller_hung_up")
    assert stage.machine.keys == ""


def test_a_hang_up_noticed_first_by_sending_is_still_a_hang_up() -> None:
    # The socket takes nothing any more, while its ``stop`` is still on the way to us.
    class HalfDead(Carrier):
        async def send(self, text: str) -> None:
            self.closed = True
            await super().send(text)

    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.5)
        stage.carrier.hang_up()

    _, exit = call(lambda: Stage(says("a:1000"), carrier=HalfDead()), caller)
    assert exit == Ended("caller_hung_up")


def test_a_link_that_is_dead_for_sending_and_silent_is_a_cut_after_a_second() -> None:
    class Dead(Carrier):
        async def send(self, text: str) -> None:
            self.closed = True
            await super().send(text)

    stage, exit = call(lambda: Stage(says("a:1000"), carrier=Dead()), listens)
    assert exit == Cut("the link takes nothing any more")
    assert stage.entries("cut")[0]["t"] == session.LAST_WORDS_MS


def test_a_cancelled_session_leaves_nothing_behind() -> None:
    async def scene() -> None:
        async with Stage(says("a:10000")) as stage:
            stage.voice.chunk_seconds = 0.1
            stage.carrier.start()
            task = asyncio.ensure_future(stage.converse())
            await pass_time(0.5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(scene())


# --------------------------------------------------------------------------- hostile messages


@pytest.mark.parametrize(
    "rubbish", ["", "{", "[]", '{"event":7}', "null", b"\x00", '{"event":"dtmf"}']
)
def test_malformed_messages_are_counted_and_a_hundred_in_a_row_end_the_stream(
    rubbish: str | bytes,
) -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        for _ in range(session.MALFORMED_MAX - 1):
            stage.carrier.deliver(rubbish)
        stage.carrier.press("1")
        for _ in range(session.MALFORMED_MAX):
            stage.carrier.deliver(rubbish)
        stage.carrier.press("2")

    stage, exit = call(lambda: Stage(), caller)
    assert exit == Cut("too many malformed messages")
    assert stage.machine.keys == "1"
    assert stage.entries("ignored")[0]["malformed"] == 2 * session.MALFORMED_MAX - 1


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


# --------------------------------------------------------------------------- slow links


@pytest.mark.parametrize("seconds", [0.3, 1.5, 6.0])
def test_a_link_that_stalls_gets_the_rest_when_it_takes_again(seconds: float) -> None:
    # ``Stage.converse`` sees to it that the lead stays bounded.
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.5)
        stage.carrier.stall(seconds)
        await pass_time(20)
        stage.carrier.hang_up()

    stage, exit = call(lambda: Stage(says("a:8000")), caller)
    assert exit == Ended("caller_hung_up")
    assert stage.carrier.earpiece() == [("a", 8_000)]
    assert stage.machine.heard == [1]


def test_a_link_that_takes_nothing_for_ten_seconds_is_dead() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.5)
        stage.carrier.stall(1_000)

    stage, exit = call(lambda: Stage(says("a:8000")), caller)
    assert exit == Cut("the link takes nothing any more")
    assert 10_000 < float(str(stage.entries("cut")[0]["t"])) < 12_000


def test_keys_pressed_while_the_link_stalls_are_not_lost() -> None:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.5)
        stage.carrier.stall(3)
        for _ in range(300):
            stage.carrier.press("7")
        await pass_time(6)
        stage.carrier.hang_up()

    stage, _ = call(lambda: Stage(says("a:8000")), caller)
    assert stage.machine.keys == "7" * 300


# --------------------------------------------------------------------------- voices that fail


@pytest.mark.parametrize("fail_at", range(9))
def test_a_voice_that_breaks_is_told_to_the_machine_after_what_it_had_said(fail_at: int) -> None:
    # Chunks of 1,000 bytes; eight of them are the second that was asked for.
    def stage_of() -> Stage:
        stage = Stage(says("a:1000", "b:200"))
        stage.voice.fail_at, stage.voice.failures = fail_at, 1
        stage.voice.retryable = False
        stage.voice.chunk_seconds = 0.02
        return stage

    stage, _ = call(stage_of, hears(5))
    said = fail_at * 125
    padded = -(-said // 20) * 20
    heard = [("a", said)] if said else []
    assert stage.carrier.earpiece() == [*heard, ("_", 300 + padded - said), ("b", 200)]
    assert (stage.machine.failed, stage.machine.heard) == ([1], [2])
    assert stage.voice.asked == ["a:1000", "b:200"]


def test_a_voice_that_is_silent_for_ever_is_told_too() -> None:
    def stage_of() -> Stage:
        stage = Stage(says("a:1000"))
        stage.voice.first_seconds = 1_000_000
        return stage

    stage, _ = call(stage_of, hears(20))
    assert stage.machine.failed == [1]
    assert stage.machine.told[1][0] == 6_000  # two attempts of three seconds


def test_a_stopped_utterance_stops_the_voice() -> None:
    react = says(keys={"1": [StopSpeaking((1,))]})

    def live(event: Event) -> Iterable[Command | Wake]:
        if isinstance(event, CallAnswered):
            return [Speak(utterance(1, "a:9000", fixed=False))]
        return react(event)

    async def scene() -> None:
        async with Stage(live) as stage:
            stage.voice.chunk_seconds = 0.1

            async def caller() -> None:
                stage.carrier.start()
                await pass_time(1)
                assert stage.voice.speaking == 1
                stage.carrier.press("1")
                await pass_time(0.01)
                assert stage.voice.speaking == 0
                stage.carrier.hang_up()

            await stage.play(caller)

    run(scene())


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
            for expected in (Cut("fault"), Cut("fault"), Ended("trouble")):
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
            assert [entry["outcome"] for entry in stage.entries("end")] == ["trouble"]
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
            assert stage.call.return_event is None
            assert [entry["outcome"] for entry in stage.entries("return")] == ["busy"]

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
