"""What becomes of a key, whatever a call waits for; menus are told of in test_machine."""

from __future__ import annotations

from ivr.flow.keys import TYPED_KEYS_MAX
from ivr.flow.messages import LegOutcome, Noted
from tests.flow.ring import Ring

FLOW = """
    language: en-US
    anytime: {0: help, star: repeat, 7: [{if: count > 5, goto: help}]}
    vars: {count: 1}
    defaults: {after_key: 400ms}
    steps:
      main: {say: Press 1., menu: {1: look_up, 2: leave, 3: fall}}
      look_up:
        - say: I am looking.
          http: GET https://a.example/x
          error: main
        - say: Found.
          goto: main
      leave: {say: Please hold., transfer: +13125550123, otherwise: main}
      fall:
        say: Falling.
        goto: [{if: count > 5, goto: main}]
      help: {say: Help., menu: {1: back}}
"""


def test_a_key_after_the_last_word_of_a_flow_that_ends_nowhere_is_harmless() -> None:
    call = Ring(FLOW).presses("3")
    assert call.said[-1] == "Thank you for calling. Goodbye."
    assert call.presses("1").stopped == ()
    assert call.hears_all().hung_up == "hangup"


def test_keys_while_something_is_looked_up_are_kept_to_the_last_of_thirty() -> None:
    call = Ring(FLOW).presses("1").presses("12" * 15)
    assert len(call.state.typed) == TYPED_KEYS_MAX
    assert call.presses("9").notes(Noted.KEY_DROPPED) == ["more than 30 keys typed ahead"]


def test_keys_kept_meanwhile_walk_on_once_the_answer_is_there() -> None:
    call = Ring(FLOW).presses("1").presses("2")
    call.answers(200)
    assert call.step == "leave"
    assert call.said[-1] == "[400 ms] Please hold."


def test_silence_after_a_key_comes_before_the_first_text_only() -> None:
    call = Ring(FLOW).hears_all().presses("1")
    assert call.said == ["[400 ms] I am looking."]
    assert call.answers(200).hears_one().said == ["Found.", "Press 1."]
    assert Ring(FLOW).said == ["Press 1."]


def test_a_wrong_key_is_answered_after_that_silence_too() -> None:
    call = Ring(FLOW).hears_all().presses("9")
    assert call.said == ["[400 ms] Sorry, 9 is not one of the choices.", "Press 1."]


def test_a_key_at_any_time_whose_conditions_do_not_hold_is_a_wrong_key() -> None:
    call = Ring(FLOW).hears_all().presses("7")
    assert call.notes(Noted.NO_MATCH) == ["try 1 of 3"]
    assert call.step == "main"


def test_the_same_press_is_told_from_two_by_the_time_between_them() -> None:
    call = Ring(FLOW).presses("1").presses("2").presses("2", apart_ms=59)
    assert call.state.typed == "2"
    assert call.presses("2", apart_ms=60).state.typed == "22"


def test_keys_pressed_while_the_caller_was_with_somebody_else_are_as_any_typed_ahead() -> None:
    call = Ring(FLOW).presses("2").hears_all()
    assert call.leg(LegOutcome.BUSY).step == "main"


def test_a_key_of_a_step_that_wants_fresh_ones_counts_only_from_its_own_text_on() -> None:
    call = Ring("""
        language: en-US
        steps:
          main:
            - say: First.
            - say: Press 1.
              menu: {1: bye}
              fresh: yes
          bye: {say: Bye., goto: hangup}
    """)
    assert call.presses("1").notes(Noted.KEY_DROPPED) == ["before a step that wants fresh keys"]
    assert call.hears_one().presses("1").step == "bye"
