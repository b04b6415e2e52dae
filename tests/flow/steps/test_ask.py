"""``ask``: digits into a variable."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Noted
from ivr.flow.state import WaitFor, encode
from ivr.flow.steps.entries.digits import luhn_ok
from tests.flow.ring import Ring, problems_of


def asking(options: str, say: str = "Your number?") -> str:
    lines = "\n        ".join(options.split("; "))
    return f"""
    anytime: {{0: operator, star: repeat}}
    steps:
      main:
        say: {say}
        ask: code
        {lines}
        goto: done
      done:
        say: You keyed ${{code | digits}}.
        menu: {{1: main}}
      operator: {{say: Operator., goto: hangup}}
      failed: {{say: Failed., goto: hangup}}
"""


def test_a_fixed_length_ends_with_its_last_digit() -> None:
    call = Ring(asking("digits: 4")).presses("1234")
    assert call.step == "done"
    assert call.said == ["You keyed 1 2 3 4."]


def test_leading_zeros_stay() -> None:
    call = Ring(asking("digits: 4")).presses("0042")
    assert call.state.variables["code"] == "0042"


def test_one_trailing_pound_is_swallowed_for_two_seconds_whatever_step_is_running() -> None:
    call = Ring(asking("digits: 4")).presses("1234#")
    assert call.step == "done"
    assert call.stopped == ()
    assert call.presses("#").notes(Noted.NO_MATCH) == ["try 1 of 3"]


def test_a_pound_after_two_seconds_is_a_key_like_others() -> None:
    call = Ring(asking("digits: 4")).presses("1234").presses("#", apart_ms=2_100)
    assert call.notes(Noted.NO_MATCH) == ["try 1 of 3"]


def test_a_range_ends_with_pound_which_is_no_part_of_the_value() -> None:
    call = Ring(asking("digits: 4-10")).presses("12345#")
    assert call.state.variables["code"] == "12345"


def test_an_acceptable_number_ends_after_a_second_and_a_half() -> None:
    call = Ring(asking("digits: 4-10")).presses("123")
    assert call.state.deadline == call.now + 3_000
    call.presses("4")
    assert call.state.deadline == call.now + 1_500
    assert call.waits().step == "done"


def test_the_time_between_keys_gives_the_digits_not_a_time_out() -> None:
    call = Ring(asking("digits: 4-10")).presses("12345").waits()
    assert call.state.variables["code"] == "12345"
    assert call.notes(Noted.NO_INPUT) == []


def test_a_range_ends_at_its_longest() -> None:
    assert Ring(asking("digits: 2-3")).presses("123").step == "done"


def test_too_few_digits_are_told_and_asked_again() -> None:
    call = Ring(asking("digits: 4")).presses("12").waits()
    assert call.said == ["Sorry, I need 4 digits.", "Your number?"]
    assert call.state.wait is not None
    assert call.state.wait.keys == ""


def test_star_starts_the_entry_again_without_using_up_a_try() -> None:
    call = Ring(asking("digits: 4")).presses("12*")
    assert call.said == ["Cleared."]
    assert call.presses("3456").state.variables["code"] == "3456"


def test_star_before_any_digit_is_the_anytime_key() -> None:
    call = Ring(asking("digits: 4")).hears_all().presses("*")
    assert call.said == ["Your number?"]


def test_digit_commands_are_off_while_digits_are_collected() -> None:
    call = Ring(asking("digits: 4")).presses("0")
    assert call.step == "main"
    assert call.presses("000").step == "done"


def test_silence_is_answered_after_eight_seconds() -> None:
    call = Ring(asking("digits: 4")).hears_all()
    assert call.state.deadline == 8_000
    assert call.waits().said == ["Sorry, I didn't hear anything.", "Your number?"]


def test_after_three_misses_the_call_goes_where_fail_says() -> None:
    call = Ring(asking("digits: 4; fail: failed")).silent().presses("1").waits().silent()
    assert call.step == "failed"


def test_luhn_refuses_a_mistyped_card() -> None:
    flow = asking("digits: 16; check: luhn")
    assert Ring(flow).presses("4111111111111111", apart_ms=100).step == "done"
    assert Ring(flow).presses("4111111111111112", apart_ms=100).step == "main"


@pytest.mark.parametrize(
    ("digits", "right"),
    [("79927398713", True), ("79927398710", False), ("0", True), ("4111111111111111", True)],
)
def test_luhn_is_the_one_of_the_standard(digits: str, right: bool) -> None:
    assert luhn_ok(digits) is right


def test_a_check_may_be_an_expression_about_the_entry() -> None:
    flow = asking("digits: 4; check: starts_with(code, '7')")
    assert Ring(flow).presses("7123").step == "done"
    call = Ring(flow).presses("1234")
    assert call.step == "main"
    assert call.said == ["Sorry, that number does not fit.", "Your number?"]


# --------------------------------------------------------------------------- confirm

CONFIRMED = "digits: 4; confirm: 'I have ${code | digits}. Right 1, wrong 2.'"


def test_the_entry_is_read_back_and_confirmed_with_one() -> None:
    call = Ring(asking(CONFIRMED)).presses("1234")
    assert call.said == ["I have 1 2 3 4. Right 1, wrong 2."]
    assert call.presses("1").step == "done"


def test_two_asks_again_without_an_error_text_and_is_a_try() -> None:
    call = Ring(asking(CONFIRMED)).presses("12342")
    assert call.said == ["Your number?"]
    assert call.state.wait is not None
    assert call.state.wait.what is WaitFor.KEYS
    assert call.state.wait.tries == 1
    assert call.presses("56781").state.variables["code"] == "5678"


def test_another_key_in_a_confirmation_asks_for_the_confirmation_again() -> None:
    call = Ring(asking(CONFIRMED)).presses("12347")
    assert call.said == [
        "Sorry, 7 is not one of the choices.",
        "I have 1 2 3 4. Right 1, wrong 2.",
    ]
    assert call.presses("1").step == "done"


def test_silence_in_a_confirmation_repeats_it() -> None:
    call = Ring(asking(CONFIRMED)).presses("1234").silent()
    assert call.said[-1] == "I have 1 2 3 4. Right 1, wrong 2."


def test_anytime_keys_work_in_a_confirmation() -> None:
    assert Ring(asking(CONFIRMED)).presses("12340").step == "operator"
    call = Ring(asking(CONFIRMED)).presses("1234*")
    assert call.said == ["I have 1 2 3 4. Right 1, wrong 2."]


def test_the_line_can_word_the_confirmation_itself() -> None:
    call = Ring(asking("digits: 4; confirm: yes")).presses("1234")
    assert call.said == ["I have 1 2 3 4. If that is right, press 1. To enter it again, press 2."]


def test_a_typed_ahead_confirmation_is_not_spoken() -> None:
    call = Ring(asking(CONFIRMED).replace("main:", "main:", 1))
    call.presses("1234").presses("1")
    assert call.step == "done"


def test_a_new_stream_reads_the_entry_back_again() -> None:
    call = Ring(asking(CONFIRMED)).presses("1234").hears_all().resumes()
    assert call.said == ["I have 1 2 3 4. Right 1, wrong 2."]


# --------------------------------------------------------------------------- sensitive

SECRET = asking("digits: 4; sensitive: yes")


def test_a_sensitive_entry_is_masked_wherever_it_could_be_written() -> None:
    call = Ring(SECRET).presses("7391")
    assert call.notes(Noted.ENTRY) == ["••••"]
    assert "7391" not in encode(call.state).decode()
    assert all("7" not in text for text in call.said)


def test_half_a_sensitive_entry_is_in_no_bytes() -> None:
    call = Ring(SECRET).presses("739")
    assert call.state.wait is not None
    assert call.state.wait.keys == "739"
    assert "739" not in encode(call.state).decode()


def test_what_is_computed_from_a_sensitive_value_is_sensitive_too() -> None:
    flow = SECRET.replace("goto: done", "goto: copy", 1) + (
        "      copy:\n        set: {other: '${code}'}\n        goto: done\n"
    )
    call = Ring(flow).presses("7391")
    assert call.state.sensitive == {"code", "other"}
    assert "7391" not in encode(call.state).decode()


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("digits", ["0", "8-4", "many", "99", "4 to 6"])
def test_a_number_of_digits_that_cannot_be_is_refused(digits: str) -> None:
    flow = f"steps:\n  main:\n    say: A?\n    ask: x\n    digits: {digits}\n    goto: main\n"
    assert problems_of(flow) == [("S007", 5, 13)]


@pytest.mark.parametrize("name", ["call", "Number", "size", "a-b", "and"])
def test_a_variable_cannot_have_a_name_of_the_language(name: str) -> None:
    flow = f"steps:\n  main:\n    say: A?\n    ask: {name}\n    goto: main\n"
    assert problems_of(flow) == [("S007", 4, 10)]


def test_the_end_key_is_pound() -> None:
    flow = "steps:\n  main:\n    say: A?\n    ask: x\n    end_key: star\n    goto: main\n"
    assert problems_of(flow) == [("S007", 5, 14)]
