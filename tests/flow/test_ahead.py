"""What could be said next: every key and silence are tried, and nothing of it is kept."""

from __future__ import annotations

import pytest

from ivr.flow.ahead import NO_ERRAND, REQUESTS_MAX, next_steps, next_words, worth_asking
from ivr.flow.messages import RequestAnswered
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


def test_both_answers_to_yes_or_no_are_tried() -> None:
    flow = ASK.replace("digits: 2", "as: yes_no").replace("    confirm: yes\n", "")
    flow = flow.replace("code | digits", "code")
    assert ahead(Ring(flow))[:2] == ["Your number is yes.", "Your number is no."]


def test_both_halves_of_the_day_are_tried() -> None:
    flow = ASK.replace("digits: 2", "as: time").replace("code | digits", "code | time")
    said = ahead(Ring(flow).presses("0930"))
    assert [text.split(".")[0] for text in said[:2]] == ["I have 9 30 AM", "I have 9 30 PM"]


# --------------------------------------------------------------------------- while something is out

LOOK_UP = """
language: en-US
vars: {name: Ana, count: 3}
steps:
  main:
    - say: One moment.
      http: GET https://a.example/${name}
      save: found
      example: {city: Rome}
      status: {409: taken}
      not_found: unknown
      error: broken
    - say: "Dear ${name}, there is news from ${found.city}."
    - say: "You have ${count} letters, ${name}."
      menu: {1: main}
  taken: {say: "Taken by ${name}.", goto: hangup}
  unknown: {say: "Nobody knows ${name}.", goto: hangup}
  broken: {say: "Sorry, ${name}.", goto: hangup}
"""


def test_while_something_is_looked_up_what_follows_each_answer_is_known() -> None:
    assert ahead(Ring(LOOK_UP)) == [
        "You have 3 letters, Ana.",
        "Taken by Ana.",
        "Nobody knows Ana.",
        "Sorry, Ana.",
    ]


def test_what_depends_on_the_answer_is_not_guessed_from_its_example() -> None:
    assert not any("Rome" in text for text in ahead(Ring(LOOK_UP)))


def test_a_way_that_depends_on_the_answer_is_not_guessed_either() -> None:
    flow = LOOK_UP.replace(
        '    - say: "You have', '    - if: has(found.city)\n      goto: taken\n    - say: "You have'
    )
    assert ahead(Ring(flow))[:1] == ["Taken by Ana."], "by status 409"
    assert "You have 3 letters, Ana." not in ahead(Ring(flow))


def test_once_the_answer_is_there_what_follows_is_known_whole() -> None:
    call = Ring(LOOK_UP).answers(200, {"city": "Oslo"})
    assert ahead(call) == [
        "Dear Ana, there is news from Oslo.",
        "You have 3 letters, Ana.",
    ]


def test_what_follows_each_outcome_of_a_function_is_known() -> None:
    call = Ring("""
        language: en-US
        vars: {name: Ana}
        steps:
          main:
            - do: x
              taken: taken
              failed: sorry
            - say: "Done, ${name}."
              goto: hangup
          taken: {say: "Taken, ${name}.", goto: hangup}
          sorry: {say: "Sorry, ${name}.", goto: hangup}
    """)
    assert ahead(call) == ["Done, Ana.", "Taken, Ana.", "Sorry, Ana."]


def test_what_follows_a_message_is_known_while_it_is_recorded() -> None:
    call = Ring("""
        language: en-US
        vars: {name: Ana}
        steps:
          main: {say: Speak., voicemail: x, done: thanks, empty: none}
          thanks: {say: "Thank you, ${name}.", goto: hangup}
          none: {say: "Nothing, ${name}?", goto: hangup}
    """)
    assert ahead(call) == []
    assert ahead(call.hears_all()) == ["Thank you, Ana.", "Nothing, Ana?"]


# --------------------------------------------------------------------------- requests

ASKED = """
language: en-US
vars: {id: 7}
steps:
  main:
    say: Press a key.
    menu: {1: look, 2: also, 3: post, 4: not_ahead}
  look:
    - http: GET https://a.example/${id}
      ahead: yes
      save: found
      error: main
    - http: GET https://a.example/next/${found}
      ahead: yes
      error: main
    - http: GET https://a.example/last
      ahead: yes
      error: main
      goto: main
  also: {http: "GET https://a.example/${id}", ahead: yes, error: main, goto: main}
  post: {http: "POST https://a.example/${id}", error: main, goto: main}
  not_ahead: {http: "GET https://a.example/other", error: main, goto: main}
"""


def urls(call: Ring) -> list[str]:
    found = next_steps(call.flows, call.state, call.state.now).requests
    assert all(request.id == NO_ERRAND for request in found)
    return [request.url for request in found]


def test_what_may_be_asked_ahead_is_known_while_the_caller_listens_and_only_once() -> None:
    call = Ring(ASKED)
    assert urls(call) == ["https://a.example/7"]
    [request] = next_steps(call.flows, call.state, 0).requests
    call.presses("1")
    assert call.request is not None
    assert call.request.asks_same_as(request)


def test_what_depends_on_an_answer_is_not_asked_ahead_of_it() -> None:
    assert urls(Ring(ASKED).presses("1")) == []
    independent = ASKED.replace("next/${found}", "next")
    assert urls(Ring(independent).presses("1")) == ["https://a.example/next"]


def test_an_answer_that_is_there_leads_on_to_what_is_said_and_asked_after_it() -> None:
    call = Ring(ASKED)
    [request] = next_steps(call.flows, call.state, 0).requests
    known = [(request, RequestAnswered(NO_ERRAND, 200, 12))]
    found = next_steps(call.flows, call.state, 0, known).requests
    assert [each.url for each in found] == ["https://a.example/7", "https://a.example/next/12"]
    further = [*known, (found[1], RequestAnswered(NO_ERRAND, 200))]
    last = next_steps(call.flows, call.state, 0, further).requests
    assert [each.url for each in last][2:] == ["https://a.example/last"]


def test_what_is_said_of_an_answer_that_is_there_is_known() -> None:
    call = Ring("""
        language: en-US
        steps:
          main:
            say: Press a key.
            menu: {1: look}
          look:
            - http: GET https://a.example/7
              ahead: yes
              save: found
              error: main
            - say: Good day, ${found}.
              goto: main
    """)
    [request] = next_steps(call.flows, call.state, 0).requests
    assert next_words(call.flows, call.state, 0) == ()
    known = [(request, RequestAnswered(NO_ERRAND, 200, "Ana"))]
    found = next_steps(call.flows, call.state, 0, known)
    assert [words.text for words in found.words] == ["Good day, Ana."]
    assert found.requests == (request,), "it is still wanted"


def test_nothing_is_asked_ahead_that_holds_something_sensitive() -> None:
    flow = """
        language: en-US
        steps:
          main: {say: PIN?, ask: pin, digits: 2, sensitive: yes, goto: choose}
          choose: {say: Press 1., menu: {1: look, 2: open}}
          look: {http: "GET https://a.example/${pin}", ahead: yes, error: main, goto: main}
          open: {http: "GET https://a.example/open", ahead: yes, error: main, goto: main}
    """
    assert urls(Ring(flow)) == []
    assert urls(Ring(flow).presses("1")) == [], "not while the entry is open"
    assert urls(Ring(flow).presses("12")) == ["https://a.example/open"]


def test_only_a_few_are_asked_ahead() -> None:
    steps = "".join(
        f"  s{n}: {{http: 'GET https://a.example/{n}', ahead: yes, error: main, goto: main}}\n"
        for n in range(9)
    )
    menu = ", ".join(f"{n}: s{n}" for n in range(9))
    flow = f"language: en-US\nsteps:\n  main: {{say: Press., menu: {{{menu}}}}}\n{steps}"
    assert len(urls(Ring(flow))) == REQUESTS_MAX


def test_flows_that_say_the_same_to_all_and_ask_nothing_ahead_are_not_worth_asking() -> None:
    plain = "language: en-US\nsteps: {main: {say: A., menu: {1: main}}}\n"
    assert not worth_asking(Ring(plain).flows)
    assert worth_asking(Ring(MENU).flows)
    assert worth_asking(Ring(ASKED).flows)


def test_nothing_is_made_ahead_for_a_caller_who_is_gone() -> None:
    flow = LOOK_UP.replace("steps:", "on_hangup: main\nsteps:")
    assert ahead(Ring(flow).hangs_up()) == []
