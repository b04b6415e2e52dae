"""Links that stall and voices that break."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ivr.calls.session import Cut, Ended
from ivr.flow.messages import (
    CallAnswered,
    Command,
    Event,
    Speak,
    StopSpeaking,
)
from tests.simulation.stage import (
    Stage,
    Wake,
    call,
    hears,
    says,
    utterance,
)
from tests.virtual import pass_time, run

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
