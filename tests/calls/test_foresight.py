"""Looking ahead: a moment after something happened, once for each wait, and again for news."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from ivr.calls.errands import Errands
from ivr.calls.foresight import AHEAD_AFTER_MS, Foresight
from ivr.flow.ahead import Ahead, Known
from ivr.flow.model import FlowSet
from ivr.flow.state import Place, State, Wait, WaitFor
from tests.calls.test_errands import Town, request
from tests.simulation.carrier import CALL
from tests.simulation.stage import Stage, words
from tests.virtual import pass_time, run

Scene = Callable[[Stage, Foresight, State, list[int]], Awaitable[None]]


def looking(scene: Scene, found: Ahead = Ahead()) -> None:  # noqa: B008 (nothing in it changes)
    """Play a scene with a foresight that remembers how much it knew each time it was asked."""

    async def play() -> None:
        async with Stage() as stage, asyncio.TaskGroup() as group:
            stage.call.clock.answer()
            asked: list[int] = []

            def ask(flows: FlowSet, state: State, now: int, known: Known) -> Ahead:
                asked.append(len(known))
                return found

            errands = Errands(stage.call, Town(seconds=1.0), lambda: None, group)
            state = State(stage.call.facts, "", Place("main", "start"), "en-US")
            state.wait = Wait(WaitFor.KEYS)
            foresight = Foresight(stage.call, stage.studio, errands, ask)
            await scene(stage, foresight, state, asked)
            await errands.aclose()

    run(play())


def test_it_looks_a_moment_later_and_once_for_each_wait() -> None:
    async def scene(stage: Stage, foresight: Foresight, state: State, asked: list[int]) -> None:
        foresight.look(state)
        assert (asked, foresight.at) == ([], AHEAD_AFTER_MS)
        await pass_time(AHEAD_AFTER_MS / 1000)
        foresight.look(state)
        foresight.look(state)
        assert (asked, foresight.at) == ([0], None)
        foresight.look(replace(state, wait=Wait(WaitFor.KEYS, keys="1")))
        assert foresight.at == 2 * AHEAD_AFTER_MS

    looking(scene)


def test_texts_go_to_the_studio_and_an_answer_is_looked_at_again() -> None:
    async def scene(stage: Stage, foresight: Foresight, state: State, asked: list[int]) -> None:
        foresight.look(state)
        await pass_time(0.05)
        foresight.look(state)
        await pass_time(0.5)
        assert stage.voice.asked == ["b:100"]
        foresight.look(state)
        assert asked == [0], "nothing is new"
        await pass_time(1)
        foresight.look(state)
        await pass_time(0.05)
        foresight.look(state)
        assert asked == [0, 1]

    early = (dataclasses.replace(request(1), id=0),)
    looking(scene, Ahead((words("b:100", fixed=False),), early))


def test_a_fault_in_it_costs_the_lookahead_and_not_the_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def play() -> None:
        async with Stage() as stage, asyncio.TaskGroup() as group:
            stage.call.clock.answer()

            def breaks(flows: FlowSet, state: State, now: int, known: Known) -> Ahead:
                raise RuntimeError("a bug")

            errands = Errands(stage.call, Town(), lambda: None, group)
            foresight = Foresight(stage.call, stage.studio, errands, breaks)
            state = State(stage.call.facts, "", Place("main", "start"), "en-US")
            state.wait = Wait(WaitFor.KEYS)
            for _ in range(5):
                foresight.look(state)
                await pass_time(0.1)

    run(play())
    assert [record.message for record in caplog.records].count(
        f"call {CALL}: nothing is made ahead from here on"
    ) == 1
