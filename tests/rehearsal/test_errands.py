"""What must always hold of errands: a machine that breaks a rule is caught at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from msgspec import structs

from ivr.flow import machine
from ivr.flow.machine import Turn
from ivr.flow.messages import (
    Cancel,
    Command,
    Event,
    HangUp,
    Invoke,
    KeepMessage,
    RecordCall,
    Recording,
    RecordMessage,
    Request,
    Speak,
    StopRecording,
    Utterance,
)
from ivr.flow.model import FlowSet
from ivr.flow.state import State
from ivr.rehearsal.errands import Broken
from ivr.rehearsal.line import Line
from tests.rehearsal.stage import flows_of, line_to, world_of

FLOWS = world_of()
Change = Callable[[tuple[Command, ...]], Iterable[Command]]


def without(kind: type[Command]) -> Change:
    return lambda commands: (each for each in commands if not isinstance(each, kind))


def behind(kind: type[Command], *more: Command) -> Change:
    """These commands after one of this kind."""

    def change(commands: tuple[Command, ...]) -> Iterable[Command]:
        for each in commands:
            yield each
            if isinstance(each, kind):
                yield from more

    return change


def ring(keys: str, change: Change, flows: FlowSet = FLOWS, *, deadlines: bool = True) -> Line:
    """A call to a machine whose commands are changed; the keys are pressed a second apart."""

    def handle(flows: FlowSet, state: State, event: Event, now: int, /) -> Turn:
        turn = machine.handle(flows, state, event, now)
        deadline = turn.state.deadline if deadlines else None
        return Turn(structs.replace(turn.state, deadline=deadline), tuple(change(turn.commands)))

    line = line_to(flows, handle=handle)
    for key in keys:
        line.run_until(line.now + 1_000)
        line.press(key)
    return line


def without_pauses(commands: tuple[Command, ...]) -> Iterable[Command]:
    return (each for each in commands if each != RecordCall(Recording.PAUSE))


def same(commands: tuple[Command, ...]) -> Iterable[Command]:
    return commands


def test_a_machine_as_it_is_breaks_nothing() -> None:
    line = ring("1", same)
    line.hang_up()
    while line.over is None:
        line.step()
    assert line.over == "caller_hung_up"


def test_an_errand_that_is_out_at_the_end_was_forgotten() -> None:
    flow = "steps: {main: {http: GET https://a.example/x, example: {}, goto: main}}"
    line = ring("", without(Cancel), world_of(flow))
    with pytest.raises(Broken, match="neither answered nor cancelled"):
        line.hang_up()
    # Where the flow goes on without the caller, the next errand shows it.
    line = ring("1", without(Cancel))
    with pytest.raises(Broken, match="something else is out"):
        line.hang_up()


def test_nothing_can_be_cancelled_that_is_not_out() -> None:
    with pytest.raises(Broken, match="cancels the errand 7"):
        ring("1", behind(Request, Cancel(7)))


def test_two_errands_are_never_out_at_once_and_numbers_count_up() -> None:
    second = Invoke(2, "book_table", {}, 1_000, "find")
    with pytest.raises(Broken, match="something else is out"):
        ring("1", behind(Request, second))
    with pytest.raises(Broken, match="comes after 1"):
        ring("1", behind(Request, replace(second, id=1)))


def test_while_something_is_out_there_is_a_deadline() -> None:
    with pytest.raises(Broken, match="no deadline is set"):
        ring("1", same, deadlines=False)


def test_only_a_recording_that_is_over_can_be_kept_and_only_once() -> None:
    with pytest.raises(Broken, match="keeps the recording 1"):
        to_the_tone(ring("5", behind(RecordMessage, KeepMessage(1))))
    line = to_the_tone(ring("5", behind(KeepMessage, KeepMessage(1))))
    line.talk(5_000)
    with pytest.raises(Broken, match="keeps the recording 1"):
        line.hang_up()


def test_only_a_recording_that_runs_can_be_ended() -> None:
    with pytest.raises(Broken, match="ends the recording 3"):
        to_the_tone(ring("5", behind(RecordMessage, StopRecording(3))))


def test_nothing_is_said_into_a_recording_and_a_recording_waits_for_the_text() -> None:
    text = Speak(Utterance(99, (), True, "main", "message"))
    with pytest.raises(Broken, match="speaks into a recording"):
        to_the_tone(ring("5", behind(RecordMessage, text)))
    early = RecordMessage(1, "box", True, 9_000, 5_000, 2_000, "message")
    with pytest.raises(Broken, match="before everything was heard"):
        ring("5", behind(Speak, early))


def test_nothing_comes_after_the_end() -> None:
    with pytest.raises(Broken, match="Cancel after the call was hung up"):
        ring("", behind(HangUp, Cancel(1)), flows_of("steps: {main: {goto: hangup}}"))


SECRET = """
steps:
  main:
    - record_call: start
    - say: Your PIN.
      ask: pin
      digits: 4
      sensitive: yes
    - goto: hangup
"""


def test_the_keys_of_something_sensitive_are_never_recorded() -> None:
    with pytest.raises(Broken, match="records the keys of something sensitive"):
        ring("", without_pauses, flows_of(SECRET))
    assert ring("4", same, flows_of(SECRET)).errands.recording is Recording.PAUSE


def test_a_call_that_is_not_recorded_has_no_recording_to_pause() -> None:
    with pytest.raises(Broken, match="says pause, and the call is not recorded"):
        ring("1", behind(Request, RecordCall(Recording.PAUSE)))


def to_the_tone(line: Line) -> Line:
    while line.message is None:
        line.step()
    return line
