"""Every way a stream can end, at every moment: one end, nothing cut, nothing left behind."""

from __future__ import annotations

import asyncio

import pytest

from ivr.calls import session
from ivr.calls.session import Cut, Ended, Exit, Leaving
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    Command,
    HangUp,
    StopSpeaking,
)
from tests.simulation.carrier import Carrier
from tests.simulation.stage import (
    ANSWER,
    TRANSFER,
    Stage,
    answers,
    call,
    goodbye,
    hears,
    listens,
    presses,
    says,
)
from tests.virtual import pass_time, run

# --------------------------------------------------------------------------- the ways out


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


@pytest.mark.parametrize(
    ("last", "expected", "at"),
    [(HangUp("hangup"), Ended("hangup"), 0.8), (TRANSFER, Leaving(TRANSFER), 0.5)],
)
def test_a_key_that_leaves_at_once_silences_the_prompt_first(
    last: Command, expected: Exit, at: float
) -> None:
    async def scene() -> None:
        async with answers(StopSpeaking((1,)), last)() as stage:

            async def caller() -> None:
                stage.carrier.start()
                await pass_time(0.5)
                stage.carrier.press("1")

            assert await stage.play(caller) == expected
            assert asyncio.get_running_loop().time() == pytest.approx(at)
            assert stage.carrier.times("clear") == [0.5]
            assert stage.carrier.earpiece() == [("a", 500)]

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
    assert stage.machine.told[-1] == (at_ms, CallerHungUp())


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


@pytest.mark.parametrize("fixed", [True, False])
def test_a_line_cut_after_any_message_is_a_cut_and_leaves_nothing_behind(fixed: bool) -> None:
    # As sqlite tests its disk: cut after the first message, then the second, until a call gets
    # through whole. ``run`` fails if a task is left, the stage if a voice still speaks for it.
    async def scene(after: int) -> int:
        carrier = Carrier()
        carrier.cut_after = after
        reaction = says("a:1000", keys={"1": ANSWER}, fixed=fixed)
        async with Stage(reaction, carrier=carrier) as stage:
            stage.voice.chunk_seconds = 0.03
            exit = await stage.play(lambda: presses("1", at=0.4, stays=3)(stage))
            cut = len(carrier.times("media") + carrier.times("mark") + carrier.times("clear"))
            if cut < after:
                assert exit == Ended("caller_hung_up")
                return cut
            assert exit == Cut("the link was closed")
            assert not stage.call.record.ended
            return cut

    after = 1
    while run(scene(after)) == after:
        after += 1
    assert after > 10, "a whole call has more messages than that"


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
        def say(self, text: str) -> bool:
            self.closed = True
            return super().say(text)

    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(0.5)
        stage.carrier.hang_up()

    _, exit = call(lambda: Stage(says("a:1000"), carrier=HalfDead()), caller)
    assert exit == Ended("caller_hung_up")


def test_a_link_that_is_dead_for_sending_and_silent_is_a_cut_after_a_second() -> None:
    class Dead(Carrier):
        def say(self, text: str) -> bool:
            self.closed = True
            return super().say(text)

    stage, exit = call(lambda: Stage(says("a:1000"), carrier=Dead()), listens)
    assert exit == Cut("the link takes nothing any more")
    assert stage.entries("cut")[0]["t"] == session.LAST_WORDS_MS


def test_a_cancelled_session_leaves_nothing_behind() -> None:
    async def scene() -> None:
        async with Stage(says("a:10000")) as stage:
            stage.voice.chunk_seconds = 0.1
            stage.carrier.start()
            async with asyncio.TaskGroup() as group:
                stream = group.create_task(stage.converse())
                await pass_time(0.5)
                stream.cancel()
            assert stream.cancelled()

    run(scene())
