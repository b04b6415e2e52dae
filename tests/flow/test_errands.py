"""Errands, whatever they are: one at a time, their texts, their end. ``http`` tells the details."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ivr.flow.errands import out, turn_has_come
from ivr.flow.machine import Run
from ivr.flow.messages import (
    Cancel,
    ErrandDone,
    RequestAnswered,
    Silence,
    Speak,
    Utterance,
    UtteranceFailed,
    Words,
)
from ivr.flow.state import Once, Wait, WaitFor
from tests.flow.ring import Ring

FLOW = """
    language: en-US
    steps:
      main:
        - say: Notice.
          interrupt: no
        - say: Asking.
          do: first
          failed: second
        - say: Asked.
          goto: hangup
      second:
        - say: Asking another.
          do: second
          failed: third
        - say: Done.
          goto: hangup
      third: {say: Nobody answers., goto: hangup}
"""


def test_only_what_is_asked_of_somebody_and_not_answered_is_out() -> None:
    assert out(None) == 0
    assert out(Wait(WaitFor.KEYS, errand=3)) == 0
    assert out(Wait(WaitFor.CONFIRM, errand=3)) == 0
    assert out(Wait(WaitFor.ERRAND, errand=3, came="done")) == 0
    assert out(Wait(WaitFor.ERRAND, errand=3)) == 3
    assert out(Wait(WaitFor.RECORDING, errand=3)) == 3


def test_errands_are_counted_over_the_whole_call() -> None:
    call = Ring(FLOW).hears_all().done("failed")
    assert list(call.out) == [2]


def test_an_errand_that_is_given_up_is_cancelled_before_the_next_one_begins() -> None:
    call = Ring(FLOW).hears_all().waits_ms(5_000)
    assert call.cancelled == [1]
    assert call.step == "second"
    kinds = [type(command).__name__ for command in call.commands]
    assert kinds.index("Cancel") < kinds.index("Invoke")


def test_trouble_while_something_is_out_cancels_it_before_what_comes_next() -> None:
    flow = FLOW.replace("    steps:", "    on_error: second\n    steps:")
    call = Ring(flow).hears_all().waits()
    assert call.said[0].startswith("[tone]")
    failed = call.state.queue[0].id
    call.tell(UtteranceFailed(failed, "no audio"))
    kinds = [type(command).__name__ for command in call.commands]
    assert kinds.index("Cancel") < kinds.index("Invoke")


def test_the_answer_to_nobody_is_ignored() -> None:
    call = Ring(FLOW)
    for event in (ErrandDone(1, "done"), RequestAnswered(0, 200), ErrandDone(7, "done")):
        before = call.state
        call.tell(event)
        assert call.commands == []
        assert call.state.wait == before.wait


def test_an_errand_is_answered_once() -> None:
    call = Ring(FLOW).hears_one().done("done", 1)
    assert call.tell(ErrandDone(1, "failed")).commands == []
    assert call.hears_one().said == ["Asked."]


@pytest.mark.parametrize(
    ("once", "queued", "begins"),
    [
        (Once.AT_ONCE, ("notice",), True),
        (Once.NOTICES, ("notice",), False),
        (Once.NOTICES, ("text", "own"), True),
        (Once.NOTICES, ("own notice",), True),
        (Once.EVERYTHING, ("own",), False),
        (Once.EVERYTHING, (), True),
    ],
)
def test_when_it_is_a_steps_turn(once: Once, queued: tuple[str, ...], begins: bool) -> None:
    call = Ring(FLOW)
    queue = tuple(
        Utterance(11 if "own" in name else 5, (Silence(1),), "notice" not in name, "main", "main")
        for name in queued
    )
    run = Run(call.flows, replace(call.state, queue=queue))
    assert turn_has_come(run, Wait(WaitFor.TURN, since=10, once=once)) == begins


def test_what_fills_the_time_is_in_the_language_and_voice_of_the_call() -> None:
    call = Ring(
        """
        languages: {en-US: {}, es-US: {}}
        steps:
          main: {do: x, failed: main, goto: main}
        """,
        language="es-US",
    ).waits()
    [speak] = call.told(Speak)
    words = speak.utterance.parts[1]
    assert isinstance(words, Words)
    assert words.language == "es-US"
    assert words.text.startswith("Un momento")


def test_it_fills_the_time_again_and_again_until_the_errand_is_given_up() -> None:
    call = Ring(FLOW.replace("do: first", "do: first\n          timeout: 30s")).hears_all()
    rounds = 0
    while call.step == "main":
        if call.state.queue:
            call.now += 9_000
            assert call.state.deadline is not None
            if call.now < call.state.deadline:
                call.hears_one()
                rounds += 1
                continue
        call.waits()
    assert rounds == 3
    assert call.told(Cancel) == [Cancel(1)]
