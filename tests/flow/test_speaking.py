"""The queue of what is being said."""

from __future__ import annotations

from msgspec.structs import replace

from ivr.flow import speaking
from ivr.flow.machine import Run
from ivr.flow.messages import Silence, Speak, StopSpeaking
from tests.flow.ring import Ring

FLOW = """
    language: en-US
    defaults: {after_key: 300ms}
    steps: {main: {say: Press 1., menu: {1: main}}}
"""


def run() -> Run:
    call = Ring(FLOW)
    return Run(call.flows, call.state)


def test_utterances_are_numbered_over_the_whole_call_and_know_their_step() -> None:
    line = run()
    speaking.speak(line, (Silence(1),), interruptible=True)
    [command] = line.commands
    assert isinstance(command, Speak)
    assert (command.utterance.id, command.utterance.step) == (2, "main")
    assert line.state.queue[-1] == command.utterance


def test_nothing_is_said_where_there_is_nothing_to_say_or_nobody_to_hear_it() -> None:
    line = run()
    speaking.speak(line, (), interruptible=True)
    line.state.gone_at = 5
    speaking.speak(line, (Silence(1),), interruptible=True)
    assert line.commands == []
    assert line.state.said == 1


def test_silence_after_a_key_stands_before_what_is_said_first() -> None:
    line = run()
    line.answers_key = True
    speaking.speak(line, (Silence(7),), interruptible=True)
    assert line.state.queue[-1].parts == (Silence(7),), "something is still being heard"
    line = run()
    line.state = replace(line.state, queue=())
    line.answers_key = True
    speaking.speak(line, (Silence(7),), interruptible=True)
    speaking.speak(line, (Silence(8),), interruptible=True)
    heard = [utterance.parts for utterance in line.state.queue]
    assert heard == [(Silence(300), Silence(7)), (Silence(8),)]


def test_a_text_that_may_not_be_interrupted_empties_what_was_typed_ahead() -> None:
    line = run()
    line.state.typed = "12"
    speaking.speak(line, (Silence(1),), interruptible=True)
    assert line.state.typed == "12"
    speaking.speak(line, (Silence(1),), interruptible=False)
    assert line.state.typed == ""


def test_only_what_is_wanted_is_stopped_and_the_driver_told_once() -> None:
    line = run()
    for _ in range(3):
        speaking.speak(line, (Silence(1),), interruptible=True)
    line.commands.clear()
    speaking.stop(line, lambda each: each.id in (2, 4, 9))
    assert line.commands == [StopSpeaking((2, 4))]
    assert [each.id for each in line.state.queue] == [1, 3]
    speaking.stop(line, lambda each: each.id == 9)
    assert len(line.commands) == 1
