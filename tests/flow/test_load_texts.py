"""Translations in files of their own."""

from __future__ import annotations

import pytest

from ivr.flow.load_include import HIDDEN
from ivr.flow.model import SayItem
from ivr.flow.steps.menu import Menu
from tests.flow.folders import compiled, problem, told
from tests.flow.ring import Ring

CLINIC = """\
languages: {en-US: {}, es-US: {}}
texts: {closing: We close soon.}
steps:
  welcome:
    - say: Welcome.
    - say: Please choose. ${options}
      menu:
        1: {goto: bye, for: the end}
      no_input: [Hello?, {en: Are you there?}]
      fail: a.b
  a.b:
    say: [One., {pause: 1s, if: call.minutes > 1}, {say: Two., if: call.minutes > 1}]
    goto: bye
  bye:
    say: ${texts.closing}
    goto: hangup
  a: {goto: bye}
  tell: {event: seen, with: {say: it}, goto: bye}
"""
SPANISH = """\
welcome.say: Bienvenido.
welcome.2.say: Elija. ${options}
welcome.2.menu.1.for: el final
welcome.2.no_input.1: ¿Hola?
welcome.no_input.2: ¿Está ahí?
a.b.say.1: Uno.
a.b.say.3: Dos.
texts.closing: Cerramos pronto.
"""
FILES = {"main": CLINIC, "texts/main.es": SPANISH}


def spanish(step: str, action: int = 0) -> list[str]:
    prompt = compiled(FILES).flows["main"].steps[step].actions[action].prompt
    assert prompt is not None
    return [item.texts["es-US"].source for item in prompt.items if isinstance(item, SayItem)]


def test_a_translation_stands_beside_its_text() -> None:
    assert spanish("welcome") == ["Bienvenido."]
    assert spanish("welcome", 1) == ["Elija. Para el final, oprima 1."]
    assert spanish("a.b") == ["Uno.", "Dos."]
    assert spanish("bye") == ["Cerramos pronto."]
    menu = compiled(FILES).flows["main"].steps["welcome"].actions[1].kind
    assert isinstance(menu, Menu)
    reprompts = [i for p in menu.question.no_input for i in p.items if isinstance(i, SayItem)]
    assert [item.texts["es-US"].source for item in reprompts] == ["¿Hola?", "¿Está ahí?"]


def test_a_caller_hears_the_translation() -> None:
    call = Ring(CLINIC, language="es-US", **{"texts/main.es": SPANISH})  # type: ignore[arg-type]
    assert call.said == ["Bienvenido.", "Elija. Para el final, oprima 1."]


def test_nothing_is_missing_where_all_is_translated() -> None:
    assert told(FILES, "L001", "L002", "S001", "S007", "F001") == []
    fewer = {**FILES, "texts/main.es": SPANISH.replace("a.b.say.1: Uno.\n", "")}
    assert told(fewer, "L001") == [("L001", "main.yaml", 12, 11)]


def test_a_translation_is_no_flow() -> None:
    assert compiled(FILES).flows.keys() == {"main"}


def test_a_text_of_the_flow_itself_wins_with_a_note() -> None:
    clinic = CLINIC.replace("say: Welcome.", "say: {en: Welcome., es: Buenos días.}")
    files = {**FILES, "main": clinic}
    prompt = compiled(files).flows["main"].steps["welcome"].actions[0].prompt
    assert prompt is not None
    assert isinstance(prompt.items[0], SayItem)
    assert prompt.items[0].texts["es-US"].source == "Buenos días."
    assert told(files, HIDDEN) == [(HIDDEN, "texts/main.es.yaml", 1, 1)]


@pytest.mark.parametrize(
    ("line", "code", "column", "remedy"),
    [
        ("welcom.say: A.", "F001", 1, "did you mean “welcome”?"),
        ("welcome.sya: A.", "S001", 1, "known here: 1, 2"),
        ("bye.sya: A.", "S001", 1, "did you mean “say”?"),
        ("welcome.3.say: A.", "S001", 1, "known here: 1, 2"),
        ("welcome.0.say: A.", "S001", 1, "known here: 1, 2"),
        ("welcome.999999.say: A.", "S001", 1, "known here: 1, 2"),
        ("bye.goto: A.", "S007", 1, "name one text"),
        ("tell.with.say: A.", "S007", 1, "name one text"),
        ("a.b.say: A.", "S007", 1, "name one text"),
        ("a.b.say.2: A.", "S007", 1, "name one text"),
        ("welcome.2.menu: A.", "S007", 1, "name one text"),
        ("texts.opening: A.", "S001", 1, "known here: closing"),
        ("bye.say: [A.]", "S007", 10, "a text"),
        ("bye.say: A ${x | monye}.", "X003", 18, "money"),
        ("bye.say: Press # now.", "Y010", 16, "pound"),
    ],
)
def test_a_mistake_of_a_translator_is_told_in_their_file(
    line: str, code: str, column: int, remedy: str
) -> None:
    files = {"main": CLINIC, "texts/main.es": f"{line}\n"}
    assert told(files, code) == [(code, "texts/main.es.yaml", 1, column)]
    assert remedy in problem(files, code).help


@pytest.mark.parametrize(
    ("name", "code", "remedy"),
    [
        ("texts/mian.es", "F001", "did you mean “main”?"),
        ("texts/main", "S007", "texts/clinic.es.yaml"),
        ("texts/main.fr", "L002", "known here: en-US, es-US"),
    ],
)
def test_a_file_that_translates_nothing_is_told(name: str, code: str, remedy: str) -> None:
    found = problem({**FILES, name: "bye.say: A.\n"}, code)
    assert (found.span.file, found.span.line) == (f"{name}.yaml", 1)
    assert remedy in found.help


def test_an_empty_translation_and_one_that_is_no_map() -> None:
    assert told({"main": CLINIC, "texts/main.es": ""}, "S007") == []
    assert told({"main": CLINIC, "texts/main.es": "[]"}, "S007") == [
        ("S007", "texts/main.es.yaml", 1, 1)
    ]


def test_a_yes_is_no_text_to_translate() -> None:
    clinic = CLINIC.replace(
        "  bye:\n", "  ask: {say: Number?, ask: card, digits: 3, confirm: yes, goto: bye}\n  bye:\n"
    )
    files = {"main": clinic, "texts/main.es": "ask.confirm: Sí.\n"}
    assert told(files, "S007") == [("S007", "texts/main.es.yaml", 1, 1)]
