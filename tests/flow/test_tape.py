"""The recording of the whole call: it never holds the keys of a sensitive step."""

from __future__ import annotations

from ivr.flow.messages import RecordCall
from tests.flow.ring import Ring

FLOW = """
    language: en-US
    anytime: {0: main}
    steps:
      main:
        - record_call: start
        - say: Press 1.
          menu: {1: pin}
      pin:
        - note: before
          if: 1 == 2
          goto: hangup
        - say: PIN?
          ask: pin
          digits: 2
          sensitive: yes
          fail: plain
        - note: after
          if: 1 == 2
          goto: hangup
        - say: Again?
          ask: twice
          digits: 2
          sensitive: yes
          confirm: yes
          fail: plain
          goto: plain
      plain: {say: Press 2., menu: {2: main, 3: pin}}
"""


def words(call: Ring) -> list[str]:
    return [command.what.value for command in call.told(RecordCall)]


def test_it_pauses_when_a_sensitive_step_begins_to_listen() -> None:
    assert words(Ring(FLOW)) == ["start"]
    assert words(Ring(FLOW).presses("1")) == ["pause"]


def test_between_two_sensitive_steps_it_stays_paused() -> None:
    call = Ring(FLOW).presses("112")
    assert call.said == ["Again?"]
    assert words(call) == []


def test_it_goes_on_when_nothing_sensitive_is_asked_any_more() -> None:
    call = Ring(FLOW).presses("11234")
    assert words(call) == [], "the confirmation says nothing, but the entry is not over"
    assert words(call.presses("1")) == ["resume"]


def test_it_goes_on_after_a_failed_entry_too() -> None:
    call = Ring(FLOW).presses("1").silent().silent()
    assert words(call) == []
    assert words(call.silent()) == ["resume"]


def test_what_the_flow_has_paused_is_not_resumed_by_the_machine() -> None:
    flow = FLOW.replace(
        "- note: before\n          if: 1 == 2\n          goto: hangup", "- record_call: pause"
    )
    call = Ring(flow).presses("1")
    assert words(call) == ["pause"], "once"
    assert words(call.presses("12").presses("34").presses("1")) == []


def test_a_flow_that_pauses_after_the_entry_keeps_it_paused() -> None:
    flow = FLOW.replace(
        "- note: after\n          if: 1 == 2\n          goto: hangup", "- record_call: pause"
    )
    assert words(Ring(flow).presses("112")) == []
    assert words(Ring(flow).presses("11234").presses("1")) == []


def test_a_flow_that_resumes_before_a_second_entry_is_not_heard_in_between() -> None:
    flow = FLOW.replace(
        "- note: before\n          if: 1 == 2\n          goto: hangup", "- record_call: pause"
    )
    flow = flow.replace(
        "- note: after\n          if: 1 == 2\n          goto: hangup", "- record_call: resume"
    )
    call = Ring(flow).presses("112")
    assert words(call)[-1:] != ["resume"]
    assert words(call.presses("34").presses("1")) == ["resume"]


def test_a_flow_that_stops_after_the_entry_has_stopped_it() -> None:
    flow = FLOW.replace(
        "- note: after\n          if: 1 == 2\n          goto: hangup", "- record_call: stop"
    )
    call = Ring(flow).presses("112")
    assert words(call) == ["stop"]
    assert words(call.presses("34").presses("1")) == []


def test_a_flow_that_records_nothing_is_not_paused() -> None:
    flow = FLOW.replace("        - record_call: start\n", "")
    assert words(Ring(flow).presses("1")) == []
    assert words(Ring(flow).presses("11234").presses("1")) == []


def test_a_recording_that_is_paused_stays_so_when_the_call_ends() -> None:
    assert words(Ring(FLOW).presses("1").hangs_up()) == []
