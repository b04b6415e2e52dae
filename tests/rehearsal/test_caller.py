"""The caller of a flow test: what each verb means on the line, and how failures are told."""

from __future__ import annotations

import pytest

from ivr.rehearsal.caller import rehearse
from tests.rehearsal.stage import failure, flows_of, made, script_of, transcript

# --------------------------------------------------------------------------- hearing


def test_a_caller_listens_on_until_the_words_are_spoken() -> None:
    call = made("""
        - hears: For your order, press 2
        - took: more than 3s
        - took: less than 5s
    """)
    assert call.failure is None


def test_hearing_goes_on_from_what_was_heard_before() -> None:
    assert made("- hears: press 1\n- hears: press 2").failure is None
    assert failure(made("- hears: press 2\n- hears: press 1")).startswith(
        "line 4: the flow is waiting"
    )


def test_a_match_may_skip_words_and_run_over_several_texts() -> None:
    assert made("- hears: may be recorded. For sales").failure is None
    assert made("- hears: this call … press 2").failure is None


def test_a_key_comes_at_the_moment_the_matched_text_begins() -> None:
    call = made("- hears: For your order\n- presses: 2\n- hears: order number")
    assert transcript(call)[1:4] == [
        "  2.2  ivr     For sales, press 1. For your order, press 2.",
        "  3.8  caller  presses 2",
        "  3.8  ivr     (stops) Please enter your order number.",
    ]


def test_a_match_over_several_texts_begins_where_its_part_of_the_last_text_does() -> None:
    call = made("- hears: may be recorded. For sales, press 1\n- presses: 2")
    assert transcript(call)[2] == "  2.2  caller  presses 2"


def test_so_it_does_where_one_step_says_several_texts() -> None:
    flow = """
    steps:
      main:
        say:
          - For sales, press 1.
          - For our address, press 2.
        menu: {1: main, 2: bye}
        fail: bye
      bye: {say: Goodbye., goto: hangup}
    """
    call = made("- hears: press 1. For our address\n- presses: 2", main=flow)
    # Four words and the pause between two texts.
    assert transcript(call)[1] == "  1.8  caller  presses 2"


def test_what_is_cut_off_before_it_is_reached_is_not_heard() -> None:
    flow = """
    limits: {call: 1m}
    steps:
      main: {say: "%s the end", menu: {1: main}, fail: main}
    """
    call = made("- hears: blah the end", main=flow % ("blah " * 200))
    assert failure(call).startswith("line 3: the call has ended (limit), but the test says")


def test_the_last_piece_of_a_match_is_what_a_key_waits_for() -> None:
    call = made("- hears: This call … for your order\n- presses: 2")
    assert transcript(call)[2] == "  3.8  caller  presses 2"


def test_words_a_key_cut_off_were_never_spoken() -> None:
    call = made("""
        - hears: For sales
        - presses: 2
        - hears: enter your order number
        - never_hears: For your order
        - never_hears: press 1
    """)
    assert call.failure is None


def test_an_entry_that_was_begun_is_finished_by_listening_on() -> None:
    call = made("- hears: press 2\n- presses: 2\n- presses: 42\n- hears: I found order 4 2")
    assert call.failure is None


def test_a_call_that_ends_without_the_words_fails() -> None:
    call = made("- hears: press 2\n- presses: 2\n- presses: 4242\n- hears: Please hold")
    assert failure(call) == (
        "line 6: the call has ended (hangup), but the test says “hears: Please hold”. "
        "Last heard: “Thank you. I found order 4 2 4 2. Goodbye.”"
    )


def test_a_flow_that_waits_for_the_caller_fails_what_wants_to_hear_more() -> None:
    call = made("- hears: press 1\n- hears: Please hold")
    assert failure(call) == (
        "line 4: the flow is waiting for the caller, but the test says “hears: Please hold”. "
        "Last heard: “For sales, press 1. For your order, press 2.”"
    )
    assert transcript(call)[-1] == "  2.2  ivr     For sales, press 1. For your order, press 2."


def test_words_that_must_never_be_heard_may_come_before_or_after_the_line() -> None:
    before = made("- hears: press 1\n- never_hears: may be recorded\n- presses: 2")
    after = made(
        "- never_hears: order number\n- hears: press 1\n- presses: 2\n- hears: Please enter"
    )
    assert failure(before) == (
        "line 4: the caller heard “This call may be recorded.”, "
        "but the test says “never_hears: may be recorded”"
    )
    assert after.failure is not None
    assert after.failure.direction.span.line == 3


# --------------------------------------------------------------------------- pressing


def test_keys_during_a_text_that_cannot_be_interrupted_are_thrown_away_as_in_life() -> None:
    call = made("- hears: This call\n- presses: 1\n- hears: may be recorded\n- hears: press 2")
    assert call.failure is None


def test_at_a_wait_a_key_is_pressed_at_once() -> None:
    call = made("- hears: order\n- presses: 2\n- presses: {keys: 42, after: 5s}\n- hears: I found")
    assert call.failure is None
    # The question was over two seconds before.
    assert transcript(call)[2:7] == [
        "  4.5  caller  presses 2",
        "  4.5  ivr     (stops) Please enter your order number.",
        "  9.5  caller  presses 42",
        "  9.8  caller  says nothing for 1.5s",
        " 11.3  ivr     Thank you. I found order 4 2. Goodbye.",
    ]


def test_a_pause_before_a_key_is_time_that_passes() -> None:
    call = made("- hears: For sales\n- presses: {keys: 2, after: 1.5s}")
    assert transcript(call)[2] == "  3.7  caller  presses 2"


def test_keys_come_one_after_the_other_and_the_first_may_change_the_step() -> None:
    call = made("- hears: For sales\n- presses: 242\n- hears: I found order 4 2")
    assert call.failure is None
    assert (
        made("- hears: For sales\n- presses: 2\n- presses: 4422\n- hears: 4 4 2 2").failure is None
    )


def test_without_anything_heard_a_key_is_pressed_at_the_very_start() -> None:
    call = made("- presses: 1\n- never_hears: One moment\n- hears: press 1")
    assert call.failure is None


def test_no_key_reaches_a_flow_that_has_gone() -> None:
    away = made("- hears: press 1\n- presses: 1\n- transferred\n- presses: 2")
    assert failure(away).startswith(
        "line 6: the caller is connected to sales_desk, where no key reaches the flow"
    )
    late = made("- hears: press 2\n- presses: 2\n- presses: {keys: 4242, after: 1s}\n- ended\n")
    assert late.failure is None
    over = made("- hears: press 1\n- presses: 1\n- presses: {keys: 1, after: 2h}")
    assert failure(over).startswith("line 5: the call has ended (transferred), but the test says")


# --------------------------------------------------------------------------- silence


def test_silence_lasts_until_the_flow_does_something_new() -> None:
    call = made("""
        - hears: For sales
        - silent
        - hears: didn't hear
        - hears: For sales
    """)
    assert call.failure is None
    assert "  5.7  caller  says nothing for 5s" in transcript(call)


def test_what_was_said_before_the_silence_is_not_heard_again_after_it() -> None:
    call = made("- hears: This call\n- silent\n- hears: may be recorded")
    assert failure(call).startswith("line 5: the flow is waiting for the caller")


def test_three_silences_go_where_the_flow_says() -> None:
    call = made("- silent\n- silent\n- silent\n- transferred: sales_desk\n- took: less than 60s")
    assert call.failure is None


def test_a_silent_caller_notices_that_the_call_is_transferred_or_over() -> None:
    assert (
        made("- hears: press 1\n- presses: 1\n- silent\n- transferred: sales_desk").failure is None
    )
    call = made("- hears: press 2\n- presses: 2\n- presses: 4242\n- silent\n- ended: hangup")
    assert call.failure is None


def test_after_the_end_there_is_nothing_to_be_silent_about() -> None:
    call = made("- hears: press 1\n- presses: 1\n- silent\n- silent\n- silent")
    assert failure(call).startswith("line 7: the call has ended (transferred)")


# --------------------------------------------------------------------------- leaving and ending


@pytest.mark.parametrize("target", ["sales_desk", "+13125550123"])
def test_a_transfer_is_seen_by_name_or_number(target: str) -> None:
    call = made(f"- hears: press 1\n- presses: 1\n- transferred: {target}\n- ended: transferred")
    assert call.failure is None
    assert call.outcome == "transferred"


def test_a_transfer_nobody_answers_comes_back_and_can_happen_again() -> None:
    call = made(
        """
        - hears: press 1
        - presses: 1
        - transferred: sales_desk
        - hears: Nobody is there
        - hears: press 1
        - presses: 1
        - transferred: sales_desk
        - hears: Nobody is there
        """,
        answers="{transfer sales_desk: no_answer}",
    )
    assert call.failure is None


def test_each_transfer_is_seen_once_and_not_after_what_follows_it_was_heard() -> None:
    lines = "- hears: press 1\n- presses: 1\n- hears: Nobody is there\n- transferred: sales_desk"
    call = made(lines, answers="{transfer sales_desk: busy}")
    # The circumstances are one line more before the others.
    assert failure(call).startswith("line 7: the flow is waiting for the caller")


def test_one_transfer_is_not_two() -> None:
    call = made("- hears: press 1\n- presses: 1\n- transferred: sales_desk\n- transferred")
    assert failure(call).startswith("line 6: the call has ended (transferred)")


def test_a_transfer_to_somebody_else_fails() -> None:
    flow = """
    numbers: {a: +13125550001, b: +13125550002}
    steps:
      main: {say: Hello., transfer: a, otherwise: other}
      other: {say: Hello., transfer: b, otherwise: bye}
      bye: {say: Bye., goto: hangup}
    """
    call = made("- transferred: b", main=flow)
    assert failure(call) == (
        "line 3: the caller was transferred to a, but the test says “transferred: b”. "
        "Last heard: “Hello.”"
    )


def test_the_end_of_the_list_means_the_caller_hangs_up() -> None:
    call = made("- hears: This call")
    assert call.outcome == "caller_hung_up"
    assert transcript(call)[-1] == "  0.0  caller  hangs up"


def test_a_caller_may_hang_up_before_and_the_call_is_over() -> None:
    call = made("- hears: press 1\n- hangs_up\n- took: less than 10s\n- never_hears: Goodbye")
    assert call.failure is None
    assert call.outcome == "caller_hung_up"


def test_an_end_is_waited_for_and_must_be_the_one_that_was_said() -> None:
    lines = "- hears: press 2\n- presses: 2\n- presses: 4242\n- ended: "
    assert made(lines + "hangup").failure is None
    assert failure(made(lines + "gave_up")) == (
        "line 6: the call has ended (hangup), but the test says “ended: gave_up”. "
        "Last heard: “Thank you. I found order 4 2 4 2. Goodbye.”"
    )
    assert failure(made("- ended")).startswith("line 3: the flow is waiting for the caller")


# --------------------------------------------------------------------------- what is asserted


def test_the_length_of_a_call_is_judged_where_the_line_stands() -> None:
    assert made("- took: less than 1s\n- hears: press 2\n- took: more than 3s").failure is None
    assert failure(made("- hears: press 2\n- took: less than 3s")) == (
        "line 4: the call has lasted 4.9s, but the test says “took: less than 3s”"
    )


def test_fields_of_the_call_are_compared_as_authors_write_them() -> None:
    call = made("""
        - call: {from: +13125550177, to: +13125550100, language: en-US, minutes: 0}
        - hears: press 2
        - presses: 9
        - call: {language: es-US}
        - call: {language: en-US}
    """)
    assert failure(call) == (
        "line 7: the call’s “language” is “es-US”, but the test says “call: {language: en-US}”"
    )


def test_a_withheld_number_is_null() -> None:
    assert made("- call: {from: null}", **{"from": "withheld"}).failure is None
    assert made("- call: {from: null}").failure is not None


def test_variables_are_compared_as_authors_write_them() -> None:
    lines = "- hears: press 2\n- presses: 2\n- presses: 0042\n- hears: found\n"
    assert made(lines + "- vars: {order_number: 0042}").failure is None
    assert failure(made(lines + "- vars: {order_number: 42}")) == (
        "line 7: the variable “order_number” is “0042”, but the test says "
        "“vars: {order_number: 42}”"
    )
    assert failure(made(lines + "- vars: {order_numbr: 42}")) == (
        "line 7: the variable “order_numbr” has no value, but the test says "
        "“vars: {order_numbr: 42}” (did you mean “order_number”?)"
    )
    assert made("- vars: {order_number: null}").failure is None
    keyed = "- hears: press 2\n- presses: 2\n- presses: 4242\n- hears: found\n"
    assert made(keyed + "- vars: {order_number: 4242}").failure is None


def test_numbers_dates_lists_and_maps_are_compared_by_value() -> None:
    flow = """
    vars: {tries: 1, ready: no, list: [1, {a: b}], nothing: null}
    steps:
      main:
        - set: {tries: "${tries + 1}", day: "${date('2026-11-23')}", yes_now: true}
        - {say: Hello., goto: hangup}
    """
    lines = """
        - vars: {tries: 2, ready: no, day: 2026-11-23, yes_now: true}
        - vars: {list: [1, {a: b}], nothing: null}
    """
    assert made(lines, main=flow).failure is None
    for wrong in ("tries: 3", "day: 2026-11-24", "list: [1]", "yes_now: 1", "nothing: 0"):
        assert made(f"- vars: {{{wrong}}}", main=flow).failure is not None


def test_a_sensitive_value_is_shown_in_no_failure() -> None:
    flow = """
    steps:
      main: {say: Your PIN., ask: pin, digits: 4, sensitive: yes, goto: done}
      done: {say: Thank you., goto: hangup}
    """
    flows = flows_of(flow)
    test = "calls: {a call: [{presses: 1234}, {hears: Thank you}, {vars: {pin: 9999}}]}"
    call = rehearse(flows, script_of(test, flows).calls[0])
    assert "“pin” is ••••" in failure(call)


def test_the_step_is_the_one_whose_text_is_heard() -> None:
    call = made("""
        - hears: This call
        - at_step: notice
        - hears: press 2
        - at_step: main
        - presses: 2
        - at_step: order
        - at_step: found
    """)
    assert failure(call).startswith("line 9: the caller is at main/order, but the test says")


# --------------------------------------------------------------------------- the whole


def test_a_failed_call_is_left_as_it_is() -> None:
    call = made("- hears: nothing like that\n- presses: 1")
    assert call.outcome is None
    assert "hangs up" not in "\n".join(transcript(call))


def test_the_same_call_is_the_same_every_time() -> None:
    lines = "- hears: press 2\n- presses: 2\n- silent\n- presses: 4\n- hears: found order"
    assert made(lines) == made(lines)


def test_a_whole_text_is_heard_letter_by_letter_or_not_at_all() -> None:
    exact = "- hears_exactly: For sales, press 1. For your order, press 2.\n- hangs_up"
    assert made(exact).failure is None
    for slip in ("for sales", "For  sale"):
        assert made(exact.replace("For sales", slip)).failure is not None
    assert made("- hears_exactly: For sales, press 1.").failure is not None


def test_a_key_after_a_whole_text_comes_when_it_begins() -> None:
    call = made(
        "- hears_exactly: For sales, press 1. For your order, press 2.\n- presses: 2\n"
        "- hears: order number\n- at_step: order"
    )
    assert call.failure is None
