"""What could be said next: every key and silence are tried, and nothing of it is kept."""

from __future__ import annotations

import pytest

from ivr.flow.ahead import next_words
from tests.flow.ring import Ring

MENU = """
language: en-US
anytime: {0: operator}
vars: {name: Ana, count: 3}
steps:
  main:
    say: For your name, press 1. For the number, press 2.
    menu:
      1: name
      2: number
      34: both
      5: fixed
    no_input: "Are you there, ${name}?"
  name:
    say: You are ${name}.
    goto: main
  number:
    say: There are ${count} of them.
    goto: main
  both:
    say: "${name} has ${count}."
    goto: main
  fixed:
    say: Nothing to compute here.
    goto: main
  operator:
    say: One moment, ${name}.
    goto: hangup
"""


def ahead(call: Ring) -> list[str]:
    return [words.text for words in next_words(call.flows, call.state, call.state.now)]


def test_every_key_of_a_menu_and_of_the_line_is_tried() -> None:
    assert ahead(Ring(MENU)) == [
        "You are Ana.",
        "There are 3 of them.",
        "One moment, Ana.",
    ]


def test_of_two_keys_in_a_row_the_second_is_tried_once_the_first_is_there() -> None:
    assert ahead(Ring(MENU).hears_all().presses("3"))[:1] == ["Ana has 3."]


def test_silence_is_tried_once_its_clock_runs() -> None:
    assert ahead(Ring(MENU).hears_all())[-1] == "Are you there, Ana?"


def test_a_notice_that_is_being_heard_changes_nothing() -> None:
    flow = MENU.replace("    say: For your", "    interrupt: no\n    say: For your")
    assert ahead(Ring(flow))[0] == "You are Ana."


def test_asking_changes_nothing() -> None:
    call = Ring(MENU).hears_all()
    before = repr(call.state)
    ahead(call)
    assert repr(call.state) == before


ASK = """
language: en-US
steps:
  main:
    say: Your number?
    ask: code
    digits: 2
    confirm: yes
    goto: told
  told:
    say: Your number is ${code | digits}.
    goto: hangup
"""


def test_nobody_guesses_an_entry() -> None:
    assert ahead(Ring(ASK).hears_all().presses("4")) == []


def test_an_entry_is_not_guessed_from_its_beginning_nor_from_keys_of_the_line() -> None:
    flow = ASK.replace("digits: 2", "digits: 1-4").replace(
        "steps:", "anytime: {0: told}\nvars: {code: '9'}\nsteps:"
    )
    assert ahead(Ring(flow).hears_all()) == []
    assert ahead(Ring(flow).hears_all().presses("12")) == []


def test_nothing_of_a_secret_entry_is_made_ahead() -> None:
    flow = ASK.replace("digits: 2", "digits: 2\n    sensitive: yes").replace(
        "code | digits", "code | reveal | digits"
    )
    assert ahead(Ring(flow).presses("42")) == []


def test_what_follows_a_confirmation_is_known() -> None:
    assert ahead(Ring(ASK).presses("42"))[0] == "Your number is 4 2."


@pytest.mark.parametrize("ended", ["hangs_up", "leaves"])
def test_nothing_comes_after_the_end(ended: str) -> None:
    call = Ring(MENU).presses("0")
    assert ahead(call.hangs_up() if ended == "hangs_up" else call) == []
