"""Deadlines: silence, patience, the limit of the call, and time alone after a hang-up."""

from __future__ import annotations

import pytest

from ivr.flow.limits import ALONE_MS
from ivr.flow.messages import Noted
from tests.flow.ring import Ring

FLOW = """
    language: en-US
    limits: {call: 5m}
    steps:
      main: {say: Press 1., menu: {1: slow, 2: patient}}
      patient:
        - set: {call.patience: PATIENCE}
        - goto: main
      slow:
        - say: Looking.
          do: x
          timeout: 60s
          failed: main
          goto: main
"""


@pytest.mark.parametrize(("patience", "ms"), [("1", 5_000), ("2", 10_000), ("2.5", 12_500)])
def test_a_patient_caller_may_be_silent_for_longer(patience: str, ms: int) -> None:
    call = Ring(FLOW.replace("PATIENCE", patience)).presses("2").hears_all()
    assert call.state.deadline == call.now + ms


def looking_at(ms: int) -> Ring:
    """A call that begins to look something up so many milliseconds after its beginning."""
    call = Ring(FLOW.replace("PATIENCE", "1")).hears_all()
    call.now = ms - 100
    return call.presses("1").hears_all()


def test_a_caller_is_told_of_the_limit_while_something_is_looked_up() -> None:
    call = looking_at(179_500)
    call.waits()
    assert call.said == ["This call will end in two minutes."]
    assert call.cancelled == []
    assert call.done("done").said == []
    assert call.hears_all().said == ["Press 1."]


def test_the_limit_of_a_call_ends_what_is_looked_up() -> None:
    call = looking_at(179_500).waits().hears_all().done("done").hears_all()
    call.now = 299_400
    call.presses("1").hears_all().waits()
    assert call.said == ["This call has reached its time limit. Goodbye."]
    assert call.cancelled == [2]
    assert call.hears_all().hung_up == "limit"


def test_what_follows_a_hang_up_may_take_ten_seconds() -> None:
    flow = FLOW.replace("    steps:", "    on_hangup: slow\n    steps:").replace("PATIENCE", "1")
    call = Ring(flow)
    call.now = 3_000
    call.hangs_up()
    assert call.said == []
    assert call.invoked is not None
    assert call.state.deadline == 3_000 + ALONE_MS
    call.waits()
    assert call.notes(Noted.TROUBLE) == ["what follows a hang-up took too long"]
    assert call.cancelled == [1]
    assert call.state.ended == "caller_hung_up"


def test_after_a_hang_up_neither_silence_nor_the_limit_of_the_call_counts() -> None:
    flow = FLOW.replace("    steps:", "    on_hangup: slow\n    steps:").replace("PATIENCE", "1")
    call = Ring(flow)
    call.now = 299_000
    call.hangs_up()
    assert call.state.deadline == 309_000
    assert call.done("done").state.ended == "caller_hung_up"


def test_a_key_that_is_too_late_for_the_deadline_is_still_a_key() -> None:
    call = Ring(FLOW.replace("PATIENCE", "1")).hears_all()
    assert call.state.deadline == 5_000
    call.now = 5_500
    assert call.presses("1").step == "slow"
