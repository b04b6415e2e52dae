"""``menu``: keys and choices."""

from __future__ import annotations

import pytest

from ivr.flow.messages import Noted
from ivr.flow.steps import question
from tests.flow.ring import Ring, flows_of, loaded, problems_of

AMBIGUOUS = """
    anytime: {0: other}
    steps:
      main:
        say: Choose.
        menu: {1: one, 12: twelve, 345: long, 0: zero, star: star, pound: pound}
      one: {say: One., goto: hangup}
      twelve: {say: Twelve., goto: hangup}
      long: {say: Long., goto: hangup}
      zero: {say: Zero., goto: hangup}
      star: {say: Star., goto: hangup}
      pound: {say: Pound., goto: hangup}
      other: {say: Other., goto: hangup}
"""


@pytest.mark.parametrize(
    ("keys", "step"), [("12", "twelve"), ("0", "zero"), ("*", "star"), ("#", "pound")]
)
def test_a_choice_is_made_as_soon_as_nothing_longer_can_match(keys: str, step: str) -> None:
    assert Ring(AMBIGUOUS).presses(keys).step == step


def test_a_key_that_begins_another_costs_one_and_a_half_seconds() -> None:
    call = Ring(AMBIGUOUS).presses("1")
    assert call.step == "main"
    assert call.state.deadline == call.now + 1_500
    assert call.waits().step == "one"


def test_keys_that_are_no_choice_yet_have_three_seconds() -> None:
    call = Ring(AMBIGUOUS).presses("34")
    assert call.state.deadline == call.now + 3_000
    call.waits()
    assert call.said[0] == "Sorry, 3 4 is not one of the choices."


def test_a_key_that_cannot_lengthen_a_choice_counts_as_typed_ahead() -> None:
    call = Ring(AMBIGUOUS).presses("15")
    assert call.step == "one"
    assert call.state.typed == "5"


def test_a_wrong_key_is_named_kindly_and_asked_again() -> None:
    call = Ring(AMBIGUOUS).presses("9")
    assert call.said == ["Sorry, 9 is not one of the choices.", "Choose."]
    assert call.notes(Noted.NO_MATCH) == ["try 1 of 3"]


def test_a_wrong_key_stops_the_prompt() -> None:
    assert Ring(AMBIGUOUS).presses("9").stopped == (1,)


def test_star_and_pound_are_said_by_name() -> None:
    flow = "steps: {main: {say: A., menu: {1: main}}}"
    assert Ring(flow).presses("*").said[0] == "Sorry, star is not one of the choices."


def test_reprompts_may_change_with_each_miss() -> None:
    call = Ring("""
        steps:
          main:
            say: Press 1.
            menu: {1: main}
            tries: 4
            no_input: [Hello?, Are you there?]
    """)
    assert call.silent().said[0] == "Hello?"
    assert call.silent().said[0] == "Are you there?"
    assert call.silent().said[0] == "Are you there?"


def test_wait_sets_the_patience() -> None:
    call = Ring("""
        steps:
          main:
            say: Press 1.
            menu: {1: main}
            wait: 12s
    """).hears_all()
    assert call.state.deadline == 12_000


def test_keys_that_yaml_would_break_survive() -> None:
    flow = """
        steps:
          main:
            say: Choose.
            menu: {0: zero, 00: nought, 010: ten}
          zero: {say: Zero., goto: hangup}
          nought: {say: Nought., goto: hangup}
          ten: {say: Ten., goto: hangup}
    """
    assert Ring(flow).presses("0").waits().step == "zero"
    assert Ring(flow).presses("00").step == "nought"
    assert Ring(flow).presses("010").step == "ten"


@pytest.mark.parametrize("key", ["no", "A", "1x", "1234567", "''"])
def test_what_is_no_telephone_key_is_refused_at_its_place(key: str) -> None:
    flow = f"steps:\n  main:\n    say: A.\n    menu:\n      1: main\n      {key}: main\n"
    assert problems_of(flow) == [("M004", 6, 7)]


def test_a_menu_takes_destinations_and_no_goto() -> None:
    flow = "steps:\n  main:\n    say: A.\n    menu: {1: main}\n    goto: main\n"
    assert problems_of(flow) == [("S006", 5, 5)]


def test_star_and_its_sign_are_the_same_key() -> None:
    flow = "steps:\n  main:\n    say: A.\n    menu: {star: main, '*': main}\n"
    assert problems_of(flow) == [("Y003", 4, 24)]


def test_an_empty_menu_is_refused() -> None:
    assert problems_of("steps:\n  main:\n    say: A.\n    menu: {}\n") == [("S004", 4, 11)]


# --------------------------------------------------------------------------- the long form

LONG = """\
steps:
  main:
    say: ${options}
    menu:
      1: {goto: [{if: call.minutes > 5, goto: bye}, {else: hours}], for: our opening hours}
      2: bye
    save: chosen
  hours: {say: "You chose ${chosen}.", goto: hangup}
  bye: {say: "You chose ${chosen}.", goto: hangup}
"""


def test_a_long_choice_leads_where_its_goto_says() -> None:
    assert Ring(LONG).said == ["For our opening hours, press 1."]
    assert Ring(LONG).presses("1").step == "hours"
    assert Ring(LONG).presses("2").step == "bye"


@pytest.mark.parametrize(("key", "chosen"), [("1", "1"), ("2", "2")])
def test_the_chosen_key_is_kept_in_a_variable(key: str, chosen: str) -> None:
    call = Ring(LONG).presses(key)
    assert call.state.variables["chosen"] == chosen
    assert call.said == [f"You chose {chosen}."]


def test_star_and_pound_are_kept_as_authors_write_them() -> None:
    flow = """\
    steps:
      main:
        say: Choose.
        menu: {star: bye, "#": bye, 12: bye}
        save: chosen
      bye: {say: "${chosen}", goto: hangup}
    """
    assert Ring(flow).presses("*").said == ["star"]
    assert Ring(flow).presses("#").said == ["pound"]
    assert Ring(flow).presses("12").said == ["12"]


def test_a_wrong_key_and_an_anytime_key_are_not_kept() -> None:
    flow = "anytime: {0: bye}\n" + LONG.replace('"You chose ${chosen}."', "Bye.")
    assert "chosen" not in Ring(flow).presses("9").state.variables
    call = Ring(flow).presses("0")
    assert call.step == "bye"
    assert "chosen" not in call.state.variables


def test_an_anytime_key_is_noted_once() -> None:
    flow = "anytime: {0: bye}\n" + LONG
    assert Ring(flow).presses("0").notes(Noted.CHOICE) == ["0"]


def test_the_anytime_keys_of_a_flow_work_in_the_flows_it_runs() -> None:
    main = """\
    anytime: {0: operator}
    steps:
      main: {run: sub, done: operator}
      operator: {say: Please hold., goto: hangup}
    """
    sub = """\
    returns: [done]
    steps:
      ask: {say: Choose., menu: {1: done}}
      done: {return: done}
    """
    call = Ring(main, sub=sub)
    assert call.state.place.flow == "sub"
    assert call.presses("0").said == ["Please hold."]
    assert Ring(main, sub=sub).presses("8").said[0] == "Sorry, 8 is not one of the choices."


@pytest.mark.parametrize(
    ("choice", "code", "column"),
    [
        ("{goto: main, words: [hours]}", "S001", 25),
        ("{goto: main, spoken: hours}", "S001", 25),
        ("{goto: main, four: hours}", "S001", 25),
        ("{for: hours}", "S007", 12),
        ("{goto: mian, for: hours}", "F001", 19),
        ("{goto: main, for: {fr: heures}}", "L002", 31),
        ("{goto: main, for: [hours]}", "S007", 30),
        ("{say: Hello., goto: main}", "S001", 13),
    ],
)
def test_a_mistake_in_a_long_choice_is_told_at_its_place(
    choice: str, code: str, column: int
) -> None:
    flow = f"steps:\n  main:\n    say: A.\n    menu:\n        1: {choice}\n"
    assert (code, 5, column) in problems_of(flow)


def test_what_is_for_callers_who_speak_is_kept_for_later_in_one_sentence() -> None:
    flow = "steps:\n  main:\n    say: A.\n    menu: {1: {goto: main, words: [a]}}\n"
    (problem,) = [each for each in loaded(flow).problems if each.code == "S001"]
    assert "later version" in problem.message


@pytest.mark.parametrize("name", ["Chosen", "call", "options"])
def test_the_variable_of_a_menu_needs_a_name_of_its_own(name: str) -> None:
    flow = f"steps:\n  main:\n    say: A.\n    menu: {{1: main}}\n    save: {name}\n"
    assert ("S007", 5, 11) in problems_of(flow)


def test_a_choice_keeps_its_place_among_the_ways_out() -> None:
    flow = flows_of(LONG).flows["main"]
    assert [edge.label for edge in flow.steps["main"].edges()] == ["1", "2"]


def test_a_caller_who_needs_more_time_has_it_between_keys_too() -> None:
    call = Ring("""
        steps:
          main:
            - set: {call.patience: 2}
            - say: Press a number.
              menu: {12: other, 1: other}
              between_keys: 3s
          other: {say: Thank you., goto: hangup}
    """).hears_all()
    call.presses("1")
    assert call.state.deadline == call.now + 2 * question.CRITICAL_MS
