"""The machine: what callers hear, press and wait for. LANGUAGE.md part B, rule by rule."""

from __future__ import annotations

import pytest

from ivr.flow import machine
from ivr.flow.messages import CallAnswered, LegOutcome, Noted, Speak, UtteranceFailed, Words
from ivr.flow.state import WaitFor
from tests.flow.ring import Ring

TWO_MENUS = """
    anytime: {0: operator, star: repeat}
    steps:
      main:
        say: For sales, press 1. For help, press 2.
        menu: {1: sales, 2: help}
      sales:
        say: Sales.
        menu: {1: main, 2: bye}
      help:
        say: Help is coming.
        goto: main
      operator:
        say: Please hold.
        transfer: +13125550123
        otherwise: main
      bye:
        say: Goodbye.
        goto: hangup
"""


# --------------------------------------------------------------------------- prompts, interruption


def test_the_first_step_is_spoken_as_soon_as_the_call_is_answered() -> None:
    call = Ring(TWO_MENUS)
    assert call.said == ["For sales, press 1. For help, press 2."]
    assert call.step == "main"


def test_nothing_happens_before_the_call_is_answered() -> None:
    call = Ring(TWO_MENUS, answered=False)
    assert call.state.deadline is None
    assert call.tell(CallAnswered()).said


def test_everything_up_to_the_next_input_step_is_one_queue() -> None:
    call = Ring(TWO_MENUS).presses("2")
    assert call.said == ["Help is coming.", "For sales, press 1. For help, press 2."]
    assert call.state.wait is not None
    assert call.state.wait.what is WaitFor.KEYS


def test_a_key_drops_the_rest_of_the_queue_and_belongs_to_the_next_input_step() -> None:
    call = Ring(TWO_MENUS).presses("2").presses("1")
    assert call.stopped == (2, 3)
    assert call.said == ["Sales."]


def test_a_key_after_everything_was_heard_stops_nothing() -> None:
    call = Ring(TWO_MENUS).hears_all().presses("1")
    assert call.stopped == ()


NOTICE = """
    steps:
      main:
        - say: Calls are recorded.
          interrupt: no
        - say: For sales, press 1.
          menu: {1: sales}
      sales:
        - say: One.
        - say: This may not be skipped.
          interrupt: no
        - say: For more, press 1.
          menu: {1: main}
"""


def test_keys_during_an_uninterruptible_text_are_thrown_away() -> None:
    call = Ring(NOTICE).presses("1")
    assert call.stopped == ()
    assert call.notes(Noted.KEY_DROPPED) == ["during a text that cannot be interrupted"]
    assert call.hears_one().presses("1").step == "sales"


def test_uninterruptible_texts_later_in_the_queue_are_played_whole_after_a_key() -> None:
    call = Ring(NOTICE).hears_all().presses("1")
    assert call.queue == ["One.", "This may not be skipped.", "For more, press 1."]
    call.presses("1")
    assert call.stopped == (3, 5)
    assert call.queue[0] == "This may not be skipped."
    assert call.step == "main"


def test_the_texts_of_one_prompt_are_300_ms_apart_unless_a_pause_is_written() -> None:
    call = Ring("""
        languages: {en-US: {}, es-US: {}}
        steps:
          main:
            say:
              - en: Hello.
                es: Hola.
              - say: Para español, oprima 9.
                language: es-US
              - pause: 1s
              - en: Goodbye.
                es: Adiós.
            goto: hangup
    """)
    assert call.said == ["Hello. [300 ms] Para español, oprima 9. [1000 ms] Goodbye."]


def test_an_item_whose_condition_does_not_hold_is_left_out() -> None:
    call = Ring("""
        vars: {count: 0}
        steps:
          main:
            say:
              - say: Hello.
              - say: You have news.
                if: count > 0
            goto: hangup
    """)
    assert call.said == ["Hello."]


def test_a_text_missing_in_the_callers_language_is_said_in_the_default_one() -> None:
    call = Ring(
        """
        languages: {en-US: {}, es-US: {}}
        steps:
          main:
            say: Hello.
            goto: hangup
        """,
        language="es-US",
    )
    speak = next(c for c in call.commands if isinstance(c, Speak))
    assert [(p.text, p.language) for p in speak.utterance.parts] == [("Hello.", "en-US")]  # type: ignore[union-attr]


# --------------------------------------------------------------------------- silence


def test_the_clock_of_silence_starts_when_the_last_prompt_was_heard() -> None:
    call = Ring(TWO_MENUS).presses("2")
    call.now += 4_000
    call.hears_one()
    assert call.state.wait is not None
    assert call.state.wait.until is None
    call.now += 2_000
    call.hears_one()
    assert call.state.deadline == call.now + 5_000


def test_silence_uses_up_a_try_and_asks_again() -> None:
    call = Ring(TWO_MENUS).silent()
    assert call.said == ["Sorry, I didn't hear anything.", "For sales, press 1. For help, press 2."]


def test_silence_and_wrong_keys_are_counted_together() -> None:
    call = Ring(TWO_MENUS).silent().presses("7").silent()
    assert call.said == ["Thank you for calling. Goodbye."]
    assert call.hears_all().hung_up == "gave_up"


def test_fail_may_differ_for_silence_and_wrong_keys() -> None:
    flow = """
        steps:
          main:
            say: Press 1.
            menu: {1: bye}
            tries: 1
            fail: {no_input: quiet, no_match: wrong}
          quiet: {say: Quiet., goto: hangup}
          wrong: {say: Wrong., goto: hangup}
          bye: {say: Bye., goto: hangup}
    """
    assert Ring(flow).silent().step == "quiet"
    assert Ring(flow).presses("9").step == "wrong"


def test_a_caller_who_never_did_anything_is_told_apart() -> None:
    call = Ring(TWO_MENUS).silent()
    assert call.notes(Noted.NO_INPUT) == ["try 1 of 3, silent call"]
    assert Ring(TWO_MENUS).presses("7").notes(Noted.NO_MATCH) == ["try 1 of 3"]


def test_tries_are_counted_per_visit() -> None:
    call = Ring(TWO_MENUS).silent().silent().presses("2").silent()
    assert call.notes(Noted.NO_INPUT) == ["try 1 of 3"]


# --------------------------------------------------------------------------- keys


def test_the_same_key_within_60_ms_is_one_press() -> None:
    call = Ring(TWO_MENUS).hears_all().presses("2").presses("2", apart_ms=40)
    assert call.step == "main"
    assert call.notes(Noted.KEY_DROPPED) == ["the same press"]


def test_a_key_that_is_on_no_telephone_is_dropped() -> None:
    call = Ring(TWO_MENUS).presses("A")
    assert call.step == "main"
    assert call.stopped == ()


def test_keys_before_a_transfer_are_kept_until_the_attempt_and_then_emptied() -> None:
    call = Ring(TWO_MENUS).presses("0").presses("1")
    assert call.state.typed == "1"
    call.hears_all()
    assert call.transfer is not None
    assert call.state.typed == ""
    call.leg(LegOutcome.BUSY)
    assert call.step == "main"


def test_at_most_thirty_keys_are_typed_ahead() -> None:
    call = Ring(TWO_MENUS).presses("0").presses("12" * 16)
    assert call.state.typed == "12" * 15


def test_typed_ahead_keys_walk_the_flow_without_a_word() -> None:
    call = Ring(TWO_MENUS).presses("0")
    call.state.typed = ""
    call.hears_all()
    # Keys that came before anybody listened, as a look-up leaves them behind.
    call.state.typed = "12"
    call.leg(LegOutcome.BUSY)
    assert call.step == "bye"
    assert call.said == ["Goodbye."]


def test_a_wrong_entry_throws_the_rest_of_the_typed_keys_away() -> None:
    call = Ring(TWO_MENUS).presses("0").hears_all()
    call.state.typed = "712"
    call.leg(LegOutcome.BUSY)
    assert call.step == "main"
    assert call.state.typed == ""


def test_an_uninterruptible_text_empties_what_was_typed_ahead() -> None:
    flow = """
        steps:
          main: {transfer: +13125550123, otherwise: notice}
          notice:
            - say: Listen.
              interrupt: no
            - say: Press 1.
              menu: {1: main}
    """
    call = Ring(flow)
    call.state.typed = "1"
    assert call.leg(LegOutcome.BUSY).step == "notice"
    assert call.state.typed == ""


@pytest.mark.parametrize("option", ["type_ahead: no", "fresh: yes"])
def test_a_step_can_want_fresh_keys(option: str) -> None:
    flow = f"""
        steps:
          main: {{transfer: +13125550123, otherwise: ask}}
          ask:
            say: Press 1.
            menu: {{1: main}}
            {option}
    """
    call = Ring(flow)
    call.state.typed = "1"
    assert call.leg(LegOutcome.BUSY).step == "ask"
    assert call.presses("1").step == "main"


# --------------------------------------------------------------------------- universal keys


def test_anytime_keys_work_in_every_menu() -> None:
    assert Ring(TWO_MENUS).presses("1").presses("0").step == "operator"


def test_a_menus_own_key_wins_over_an_anytime_key() -> None:
    flow = TWO_MENUS.replace("menu: {1: sales, 2: help}", "menu: {1: sales, 2: help, 0: bye}")
    assert Ring(flow).presses("0").step == "bye"


def test_repeat_says_the_whole_question_again_and_is_no_try() -> None:
    call = Ring(TWO_MENUS).silent().silent().presses("*")
    assert call.said == ["For sales, press 1. For help, press 2."]
    assert call.state.wait is not None
    assert call.state.wait.tries == 2


def test_back_returns_to_the_menu_before() -> None:
    flow = TWO_MENUS.replace("menu: {1: main, 2: bye}", "menu: {1: back, 2: bye}")
    assert Ring(flow).presses("1").presses("1").step == "main"


def test_start_begins_the_flow_again() -> None:
    flow = TWO_MENUS.replace("menu: {1: main, 2: bye}", "menu: {1: start, 2: bye}")
    assert Ring(flow).presses("1").presses("1").step == "main"


def test_a_caller_who_comes_back_hears_the_shorter_text() -> None:
    flow = TWO_MENUS.replace("menu: {1: sales", "repeat: Sales 1, help 2.\n        menu: {1: sales")
    call = Ring(flow)
    assert call.said == ["For sales, press 1. For help, press 2."]
    assert call.presses("2").said[-1] == "Sales 1, help 2."
    assert call.presses("*").said == ["For sales, press 1. For help, press 2."]


def test_another_flow_begins_at_its_own_start_with_its_own_variables() -> None:
    flow = TWO_MENUS.replace("2: help}", "2: /other}")
    other = """
        vars: {name: other}
        steps:
          hello: {say: "This is ${name}.", goto: hangup}
    """
    call = Ring(flow, other=other).presses("2")
    assert call.said == ["This is other."]
    assert call.state.place.flow == "other"


# --------------------------------------------------------------------------- ending


def test_a_goodbye_is_heard_before_the_call_ends() -> None:
    call = Ring(TWO_MENUS).presses("1").presses("2")
    assert call.said == ["Goodbye."]
    assert call.hung_up is None
    assert call.hears_all().hung_up == "hangup"
    assert call.state.ended == "hangup"


def test_a_key_does_not_cut_a_goodbye() -> None:
    call = Ring(TWO_MENUS).presses("1").presses("2").presses("5")
    assert call.stopped == ()
    assert call.hung_up is None


def test_the_caller_may_hang_up_at_any_moment() -> None:
    call = Ring(TWO_MENUS).presses("0").hangs_up()
    assert call.state.ended == "caller_hung_up"
    assert call.state.deadline is None


def test_nothing_happens_after_the_end() -> None:
    call = Ring(TWO_MENUS).hangs_up()
    assert call.tell(CallAnswered()).commands == []


def test_falling_off_the_end_at_run_time_is_a_goodbye_not_silence() -> None:
    flow = """
        vars: {count: 0}
        steps:
          main:
            say: Hello.
            goto: [{if: count > 0, goto: main}]
    """
    call = Ring(flow)
    assert call.said == ["Hello.", "Thank you for calling. Goodbye."]
    assert call.hears_all().hung_up == "hangup"


# --------------------------------------------------------------------------- limits and trouble


def test_a_loop_without_the_caller_ends_with_an_apology() -> None:
    flow = """
        vars: {count: 1}
        steps:
          main: {say: Round., goto: main}
    """
    call = Ring(flow)
    assert call.said.count("Round.") == machine.VISITS_MAX
    assert "technical problem" in call.said[-1]
    assert call.hears_all().hung_up == "trouble"


def test_a_call_has_at_most_500_actions() -> None:
    call = Ring(TWO_MENUS).hears_all()
    for _ in range(machine.ACTIONS_MAX):
        call.presses("2")
    assert call.hears_all().hung_up == "trouble"


def test_a_call_is_told_about_its_limit_and_then_ended() -> None:
    flow = "limits: {call: 5m}\n" + TWO_MENUS.replace("\n    ", "\n")
    call = Ring(flow)
    while call.now < 3 * 60_000:
        call.hears_all().presses("*", apart_ms=4_000)
    call.hears_all()
    call.now = 180_000
    call.waits()
    assert call.said == ["This call will end in two minutes."]
    call.hears_all().presses("*")
    call.now = 300_000
    call.waits()
    assert call.said == ["This call has reached its time limit. Goodbye."]
    assert call.hears_all().hung_up == "limit"


def test_time_in_a_transfer_does_not_count_against_the_limit() -> None:
    call = Ring(TWO_MENUS).presses("0").hears_all()
    call.now += 3_600_000
    call.leg(LegOutcome.BUSY).hears_all()
    assert call.state.deadline == call.now + 5_000


# --------------------------------------------------------------------------- a new stream


def test_a_new_stream_says_again_what_was_not_heard() -> None:
    call = Ring(TWO_MENUS).presses("2").hears_one().resumes()
    assert call.said == ["For sales, press 1. For help, press 2."]
    assert call.queue == ["For sales, press 1. For help, press 2."]


def test_a_new_stream_asks_again_if_the_caller_was_to_answer() -> None:
    call = Ring(TWO_MENUS).hears_all().resumes()
    assert call.said == ["For sales, press 1. For help, press 2."]
    assert call.state.wait is not None
    assert call.state.wait.tries == 0


def test_a_call_that_comes_back_without_an_outcome_was_not_connected() -> None:
    call = Ring(TWO_MENUS).presses("0").hears_all().resumes()
    assert call.step == "main"


def test_a_stream_that_broke_before_the_answer_starts_the_flow() -> None:
    call = Ring(TWO_MENUS, answered=False).resumes()
    assert call.said == ["For sales, press 1. For help, press 2."]


def test_time_never_runs_backwards() -> None:
    call = Ring(TWO_MENUS).hears_all()
    call.now = 10_000
    call.presses("7")
    call.now = 3_000
    call.hears_all()
    assert call.state.now == 10_100


def test_a_text_with_values_names_the_pieces_it_can_be_put_together_from() -> None:
    call = Ring("""
vars: {name: Ana}
steps:
  main:
    - say: Dear ${name}. Welcome.
    - say: Dear ${name}. Good day.
      whole: yes
      goto: hangup
""")
    first, second = (utterance.parts[0] for utterance in call.state.queue)
    assert isinstance(first, Words)
    assert isinstance(second, Words)
    assert [segment.text for segment in first.segments] == ["Dear", "Ana.", "Welcome."]
    assert not second.segments


def fails(call: Ring, *, partly: bool = False) -> Ring:
    """The first text of the queue cannot be said."""
    return call.tell(UtteranceFailed(call.state.queue[0].id, "no audio", partly))


def test_where_nothing_could_be_said_the_caller_is_told_that_something_is_wrong() -> None:
    call = fails(Ring(TWO_MENUS))
    assert call.said[-1].startswith("We are sorry, we have a technical problem.")
    assert call.hears_all().hung_up == "trouble"


def test_where_that_cannot_be_said_either_the_call_is_left_to_the_carrier() -> None:
    assert fails(fails(Ring(TWO_MENUS))).hung_up == "speechless"


def test_after_a_text_that_broke_off_the_flow_goes_on() -> None:
    call = fails(Ring(TWO_MENUS), partly=True)
    assert call.presses("1").step == "sales"


def test_a_transfer_that_cannot_be_announced_is_made_all_the_same() -> None:
    call = Ring("""
numbers: {desk: +13125550123}
steps:
  main:
    say: Please hold.
    transfer: desk
    otherwise: main
""")
    assert fails(call).transfer is not None


def test_a_goodbye_that_cannot_be_said_ends_the_call_as_it_would_have() -> None:
    call = Ring("""
steps:
  main:
    say: Goodbye.
    goto: hangup
""")
    assert fails(call).hung_up == "hangup"
