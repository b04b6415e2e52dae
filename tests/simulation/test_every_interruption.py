"""Keys at every moment of a prompt: what the caller hears, and what counts as heard."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest

from ivr.calls.session import Ended
from ivr.flow.messages import (
    CallAnswered,
    Command,
    DeadlinePassed,
    Event,
    HangUp,
    KeyPressed,
    Speak,
    StopSpeaking,
    UtteranceHeard,
)
from tests.simulation.carrier import Carrier
from tests.simulation.stage import (
    ANSWER,
    Stage,
    Wake,
    answers,
    call,
    hears,
    listens,
    presses,
    says,
    utterance,
)
from tests.virtual import pass_time, run

# --------------------------------------------------------------------------- interrupting


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


@pytest.mark.parametrize("notice_ms", [100, 700])
@pytest.mark.parametrize("at_ms", range(0, 600, 20))
def test_a_notice_after_an_interrupted_text_is_played_whole(at_ms: int, notice_ms: int) -> None:
    # The short notice is at the carrier with its mark when the key comes: the clear brings that
    # mark back at once, and it must not count.
    def react(event: Event) -> Iterable[Command]:
        match event:
            case CallAnswered():
                return [
                    Speak(utterance(1, "a:600")),
                    Speak(utterance(2, f"n:{notice_ms}", interruptible=False)),
                    Speak(utterance(3, "c:400")),
                ]
            case KeyPressed():
                return [StopSpeaking((1, 3)), Speak(utterance(4, "b:300"))]
            case _:
                return []

    stage, _ = call(lambda: Stage(react), presses("1", at=at_ms / 1000))
    heard = [("a", at_ms)] if at_ms else []
    assert stage.carrier.earpiece() == [*heard, ("n", notice_ms), ("_", 300), ("b", 300)]
    assert stage.machine.told[2:4] == [
        (at_ms + notice_ms, UtteranceHeard(2)),
        (at_ms + notice_ms + 600, UtteranceHeard(4)),
    ]


def test_a_burst_of_keys_is_taken_in_whole_and_only_the_last_answer_is_sent() -> None:
    def react(event: Event) -> Iterable[Command]:
        match event:
            case CallAnswered():
                return [Speak(utterance(next(numbers), "a:5000"))]
            case KeyPressed(key):
                number = next(numbers)
                answer = utterance(number, f"{'bcdefghijk'[int(key)]}:100")
                return [StopSpeaking(tuple(range(1, number))), Speak(answer)]
            case _:
                return []

    numbers = itertools.count(1)
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
