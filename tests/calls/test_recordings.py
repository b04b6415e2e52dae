"""The recordings of a stream: what ends them, who is told, and that no disk holds up a call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from ivr.calls.errands import FINISH_SECONDS_MAX, Nobody
from ivr.calls.mic import Mic
from ivr.calls.recorder import Why
from ivr.calls.recordings import KEEP_SECONDS_MAX
from ivr.flow.messages import (
    CallAnswered,
    CallerHungUp,
    Cancel,
    Command,
    ErrandDone,
    Event,
    KeepMessage,
    KeyPressed,
    RecordMessage,
    StopRecording,
)
from ivr.flow.state import CallFacts
from tests.simulation.stage import Caller, Stage, Wake, call
from tests.virtual import pass_time

MESSAGE = RecordMessage(1, "desk", False, 60_000, 5_000, 2_000, "start")


@dataclass
class Disk(Nobody):
    """A world that records, and is as slow as a test wants."""

    record_s: float = 0.0
    keep_s: float = 0.0
    early: bool = False
    """It tells what it came to before it is written down."""
    breaks: bool = False
    ended: list[Why | None] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)

    async def record(self, facts: CallFacts, message: RecordMessage, mic: Mic) -> ErrandDone:
        """Until it is stopped."""
        if self.breaks:
            raise RuntimeError("a bug in the world")
        await mic.take(600)
        self.ended.append(mic.why)
        done = ErrandDone(message.id, "done", {"id": "a", "seconds": 7})
        if self.early and mic.answer is not None:
            mic.answer(done)
        await pass_time(self.record_s)
        return done

    async def keep(self, call: str, recording: int) -> None:
        """In its time."""
        await pass_time(self.keep_s)
        self.kept.append(recording)


def react(event: Event) -> list[Command | Wake]:
    match event:
        case CallAnswered():
            return [MESSAGE]
        case KeyPressed("#"):
            return [StopRecording(1)]
        case KeyPressed("0"):
            return [Cancel(1)]
        case CallerHungUp():
            return [StopRecording(1), KeepMessage(1)]
    return []


def ends(how: str) -> Caller:
    async def caller(stage: Stage) -> None:
        stage.carrier.start()
        await pass_time(1)
        match how:
            case "hangs up":
                stage.carrier.hang_up()
            case "is cut":
                stage.carrier.cut()
            case key:
                stage.carrier.press(key)
                await pass_time(10)
                stage.carrier.hang_up()

    return caller


def rung(disk: Disk, how: str) -> tuple[Stage, float]:
    """The call, and how long it lasted."""
    over: list[float] = []

    async def caller(stage: Stage) -> None:
        await ends(how)(stage)

    class Timed(Stage):
        async def __aexit__(self, *error: object) -> None:
            over.append(asyncio.get_running_loop().time())
            await super().__aexit__(*error)

    stage, _ = call(lambda: Timed(react, world=disk), caller)
    return stage, over[0]


@pytest.mark.parametrize(
    ("how", "why"),
    [("#", Why.KEY), ("0", Why.LOST), ("hangs up", Why.HUNG_UP), ("is cut", Why.LOST)],
)
def test_it_is_told_what_ended_it_and_is_never_cancelled(how: str, why: Why) -> None:
    disk = Disk()
    stage, _ = rung(disk, how)
    assert disk.ended == [why]
    (entry,) = stage.entries("message")
    assert (entry["outcome"], entry["seconds"]) == ("done", 7)


@pytest.mark.parametrize("early", [True, False])
def test_the_flow_goes_on_as_soon_as_it_is_told_and_is_told_once(early: bool) -> None:
    stage, _ = rung(Disk(record_s=3, early=early), "#")
    told = [at for at, event in stage.machine.told if isinstance(event, ErrandDone)]
    assert told == [1_000 if early else 4_000]


def test_a_stream_is_over_when_its_messages_are_safe_and_no_sooner() -> None:
    disk = Disk(record_s=2, keep_s=3)
    _, over = rung(disk, "hangs up")
    assert (disk.kept, over) == ([1], 1 + 3)


def test_a_disk_that_hangs_holds_up_no_call_for_ever() -> None:
    disk = Disk(record_s=1_000, keep_s=1_000)
    _, over = rung(disk, "hangs up")
    assert over == pytest.approx(1 + FINISH_SECONDS_MAX + KEEP_SECONDS_MAX)


def test_a_recording_that_breaks_costs_the_recording_and_not_the_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage, _ = rung(Disk(breaks=True), "#")
    (done,) = [event for _, event in stage.machine.told if isinstance(event, ErrandDone)]
    assert done.outcome == "failed"
    assert not stage.carrier.heard
    assert "an errand broke" in caplog.text
