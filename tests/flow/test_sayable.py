"""Every text that can be known before a call: each once, and no value in it."""

from __future__ import annotations

import pytest

from ivr.flow.load import load
from ivr.flow.messages import Words
from ivr.flow.model import FlowSet
from ivr.flow.sayable import digits, opening, sayable

SETTINGS = "voices:\n  ana: {provider: tone}\n  bob: {provider: tone}\n"


def flow_set(flow: str) -> FlowSet:
    flows = load({"a.yaml": flow, "settings.yaml": SETTINGS}).flows
    assert flows is not None
    return flows


def texts(flow: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Places by language and text."""
    return {(e.words.language, e.words.text): e.places for e in sayable(flow_set(flow))}


TWO_LANGUAGES = """
languages: {en-US: {voice: ana}, es-US: {voice: bob}}
vars: {name: Ana}
steps:
  main:
    say:
      - {en: Hello., es: Hola.}
      - {en: Hello., es: Hola.}
      - {en: "Dear ${name}. Welcome.", es: "Querida ${name}."}
      - {say: Oprima 9., language: es-US}
      - {en: Only English.}
    goto: hangup
  forgotten:
    say: Nobody comes here.
    goto: hangup
"""


def test_every_fixed_text_and_piece_is_there_once_and_no_value() -> None:
    found = texts(TWO_LANGUAGES)
    assert {("en-US", "Hello."), ("es-US", "Hola."), ("es-US", "Oprima 9.")} <= found.keys()
    assert {("en-US", "Dear"), ("en-US", "Welcome."), ("es-US", "Querida")} <= found.keys()
    assert found["en-US", "Hello."] == ("a/main",)
    assert found["en-US", "Thank you for calling. Goodbye."] == ("a/everywhere",)
    assert not [text for _, text in found if "$" in text or "Ana" in text]


def test_a_missing_translation_is_a_text_of_the_default_language_and_its_voice() -> None:
    words = [each.words for each in sayable(flow_set(TWO_LANGUAGES))]
    assert [w.voice for w in words if w.text == "Only English."] == ["ana"]


def test_a_step_nobody_reaches_is_not_built() -> None:
    assert ("en-US", "Nobody comes here.") not in texts(TWO_LANGUAGES)


def test_the_voice_of_a_step_says_its_texts() -> None:
    flow = """
language: en-US
voice: ana
steps:
  main:
    voice: bob
    say: Hello.
    menu: {1: hangup}
    no_input: Are you there?
"""
    by_text = {each.words.text: each.words.voice for each in sayable(flow_set(flow))}
    assert (by_text["Hello."], by_text["Are you there?"]) == ("bob", "bob")
    assert by_text["Thank you for calling. Goodbye."] == "ana"


def test_opening_hours_are_the_same_in_every_call_so_they_are_fixed() -> None:
    flow = """
language: en-US
voice: ana
hours: {desk: {mon-fri: "9:00-17:00"}}
steps:
  main:
    say: We are open ${hours.desk | hours}.
    goto: hangup
"""
    assert ("en-US", "We are open Monday to Friday from 9 AM to 5 PM.") in texts(flow)


def test_a_wrong_key_is_answered_by_a_take_for_each_key_that_is_no_choice() -> None:
    flow = """
language: en-US
anytime: {0: hangup}
steps:
  main:
    say: Press 1.
    menu: {1: hangup, 22: hangup}
"""
    wrong = [text for _, text in texts(flow) if "is not one of the choices" in text]
    assert len(wrong) == 12 - 3
    assert "Sorry, star is not one of the choices." in wrong


ASK = """
language: en-US
voice: ana
steps:
  main:
    say: Your number?
    ask: code
    digits: 8
    confirm: CONFIRM
    goto: hangup
"""


@pytest.mark.parametrize("confirm", ["yes", '"I have ${code | digits}. Press 1 or 2."'])
def test_digits_that_are_read_back_have_their_vocabulary(confirm: str) -> None:
    found = texts(ASK.replace("CONFIRM", confirm))
    wanted = {("en-US", f"{digit}{mark}") for digit in range(10) for mark in ",."}
    assert wanted <= found.keys()
    assert ("en-US", "I have") in found
    assert ("en-US", "Sorry, I need 8 digits.") in found


def test_without_digits_there_is_no_vocabulary() -> None:
    assert ("en-US", "4,") not in texts(ASK.replace("CONFIRM", "no"))


def test_a_text_that_is_whole_has_no_pieces() -> None:
    flow = """
language: en-US
vars: {name: Ana}
steps:
  main:
    - say: Dear ${name}. Welcome.
      whole: yes
    - say:
        - en: "Good day, ${name}."
          whole: yes
      goto: hangup
"""
    assert not [t for _, t in texts(flow) if t in ("Dear", "Welcome.", "Good day,")]


@pytest.mark.parametrize(
    ("segment", "takes"),
    [
        ("1 2 3, 4 5.", ("1,", "2,", "3,", "4,", "5.")),
        ("7", ("7,",)),
        ("1 2, ", ("1,", "2,")),
        ("A 1.", None),
        ("12.", None),
        ("", None),
    ],
)
def test_digits_are_put_together_one_by_one(segment: str, takes: tuple[str, ...] | None) -> None:
    assert digits(segment) == takes


def test_what_a_flow_opens_with_is_known_in_each_language() -> None:
    words = list(opening(flow_set(TWO_LANGUAGES)))
    assert words[0] == Words("Hello.", "en-US", "ana", fixed=True)
    assert Words("Hola.", "es-US", "bob", fixed=True) in words


def test_a_flow_that_others_run_opens_no_call() -> None:
    files = {
        "a.yaml": "steps: {main: {say: Hello., run: b, done: bye, otherwise: bye}, "
        "bye: {say: Bye., goto: hangup}}\n",
        "b.yaml": "returns: [done]\nsteps: {main: {say: Who is it?, goto: end}, "
        "end: {return: done}}\n",
    }
    flows = load(files, checked=False).flows
    assert flows is not None
    assert [words.text for words in opening(flows)] == ["Hello."]
    assert "Who is it?" in {each.words.text for each in sayable(flows)}


def test_a_menu_that_is_written_out_is_a_text_like_any_other() -> None:
    flow = """
languages: {en-US: {voice: ana}, es-US: {voice: bob}}
steps:
  main:
    say: ${options}
    menu: {1: {goto: hangup, for: {en: the end, es: el final}}}
"""
    assert texts(flow)[("en-US", "For the end, press 1.")] == ("a/main",)
    assert texts(flow)[("es-US", "Para el final, oprima 1.")] == ("a/main",)


@pytest.mark.parametrize("top", ["on_error: sorry", "defaults: {operator: sorry}"])
def test_what_is_said_when_the_flow_cannot_go_on_is_known(top: str) -> None:
    flow = "steps:\n  main: {say: Hello., goto: hangup}\n  sorry: {say: Sorry., goto: hangup}\n"
    files = {"a.yaml": f"{top}\n{flow}", "settings.yaml": SETTINGS}
    flows = load(files, checked=False).flows
    assert flows is not None
    assert "Sorry." in {each.words.text for each in sayable(flows)}
