"""The clock and the measuring of what a caller waits for."""

from __future__ import annotations

import pytest

from ivr.phone.events import Event, Faulted, KeyPressed, SoundHeard, StreamStarted
from ivr.phone.playout import SoundBegan
from ivr.phone.witness import Witness
from tests.virtual import pass_time, run


def started(number: int, at_ms: float) -> StreamStarted:
    return StreamStarted(at_ms, "MZ1", number, 1)


def test_the_clock_begins_with_the_answer_and_only_once() -> None:
    async def call() -> tuple[float, float]:
        witness = Witness(None, None)
        await pass_time(3)
        before = witness.now_ms
        assert not witness.answered
        witness.answer()
        await pass_time(2)
        witness.answer()
        assert witness.loop_time(2000) == 5.0
        return before, witness.now_ms

    assert run(call()) == (0.0, 2000.0)


def test_only_sound_that_came_after_the_question_answers_it() -> None:
    told: list[Event] = []
    witness = Witness(told.append, None)
    witness.tell(started(1, 0))
    witness.sounded(SoundBegan(250, 1, received_ms=10))
    witness.sounded(SoundBegan(900, 2, received_ms=20))  # nobody asked for more
    witness.tell(KeyPressed(1000, "1", sent=True))
    witness.sounded(SoundBegan(1010, 3, received_ms=990))  # on its way before the key
    witness.sounded(SoundBegan(1080, 4, received_ms=1030))
    assert [e for e in told if isinstance(e, SoundHeard)] == [
        SoundHeard(250, "answer", 250),
        SoundHeard(1080, "1", 80),
    ]


@pytest.mark.parametrize(("number", "after"), [(1, "answer"), (2, "return")])
def test_a_stream_asks_for_its_first_sound(number: int, after: str) -> None:
    witness = Witness(None, None)
    witness.tell(started(number, 100))
    witness.sounded(SoundBegan(150, 1, received_ms=120))
    assert [s.after for s in witness.recording.sounds] == [after]


def test_an_early_key_does_not_hide_how_long_the_first_sound_took() -> None:
    witness = Witness(None, None)
    witness.tell(started(1, 0))
    witness.tell(KeyPressed(20, "0", sent=True))
    witness.sounded(SoundBegan(40, 1, received_ms=10))
    witness.sounded(SoundBegan(900, 2, received_ms=800))
    heard = [(s.after, s.ms) for s in witness.recording.sounds]
    assert heard == [("answer", 40), ("0", 880)]


def test_a_key_nobody_heard_asks_for_nothing() -> None:
    witness = Witness(None, None)
    witness.tell(KeyPressed(0, "1", sent=False))
    witness.sounded(SoundBegan(50, 1, received_ms=10))
    assert witness.recording.sounds == []


def test_a_fault_has_the_time_it_was_found() -> None:
    async def call() -> list[Event]:
        told: list[Event] = []
        witness = Witness(told.append, None)
        witness.answer()
        await pass_time(0.25)
        witness.fault(31903, "gone")
        return told

    (event,) = run(call())
    assert isinstance(event, Faulted)
    assert (event.fault.code, event.fault.at_ms) == (31903, 250)
