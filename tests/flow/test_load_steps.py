"""Steps and their actions."""

from __future__ import annotations

import pytest

from ivr.flow.load_steps import STEPS_MAX
from ivr.flow.model import SayItem
from tests.flow.folders import compiled, problem, told
from tests.flow.ring import Ring, loaded, problems_of

FLOW = """\
steps:
  main:
    say: Welcome. ${options}
    menu:
      1: {goto: hours, for: our opening hours}
      2: {goto: main, for: "appointments."}
      star: {goto: hangup, for: the end}
      12: {goto: hangup, for: the twelve}
      3: hangup
  hours: {say: We are open., goto: hangup}
"""
ENGLISH = (
    "Welcome. For our opening hours, press 1. For appointments, press 2. "
    "For the end, press star. For the twelve, press 12."
)
TWO = """\
languages: {en-US: {}, es-US: {}}
texts: {desk: {en: the desk, es: la recepción}}
steps:
  main:
    say: {en: "Welcome. ${options}", es: "Bienvenido. ${options}"}
    menu:
      1: {goto: hours, for: {en: our opening hours, es: nuestro horario}}
      2: {goto: hangup, for: {en: "${texts.desk}", es: "${texts.desk}"}}
    repeat: ${options}
  hours: {say: {en: Open., es: Abierto.}, goto: hangup}
"""
SPANISH = "Bienvenido. Para nuestro horario, oprima 1. Para la recepción, oprima 2."


def texts(flow: str, step: str = "main", action: int = 0) -> dict[str, str]:
    """The words of the first text of an action, by language."""
    prompt = compiled({"main": flow}).flows["main"].steps[step].actions[action].prompt
    assert prompt is not None
    item = prompt.items[-1]
    assert isinstance(item, SayItem)
    return {code: template.source for code, template in item.texts.items()}


def test_a_menu_is_written_out_where_its_text_says_options() -> None:
    assert texts(FLOW) == {"en-US": ENGLISH}


def test_a_menu_is_written_out_in_every_language() -> None:
    assert texts(TWO)["es-US"] == SPANISH
    assert texts(TWO)["en-US"].endswith("press 1. For the desk, press 2.")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr-FR", "Pour les ventes, appuyez sur 1."),
        ("de-DE", "Für les ventes drücken Sie 1."),
        ("it-IT", "Per les ventes, prema 1."),
        ("nl-NL", "For les ventes, press 1."),
    ],
)
def test_a_menu_is_written_out_in_the_words_of_its_language(language: str, text: str) -> None:
    flow = (
        f"language: {language}\nsteps:\n  main:\n    say: ${{options}}\n"
        "    menu: {1: {goto: hangup, for: les ventes}}\n"
    )
    assert texts(flow) == {language: text}


def test_options_alone_are_a_text_in_every_language() -> None:
    flow = TWO.replace('{en: "Welcome. ${options}", es: "Bienvenido. ${options}"}', "${options}")
    assert texts(flow)["es-US"] == SPANISH.removeprefix("Bienvenido. ")
    assert told({"main": flow}, "L001", "X002") == []


def test_what_was_written_out_is_a_fixed_text_to_everybody() -> None:
    flow = compiled({"main": FLOW}).flows["main"]
    prompt = flow.steps["main"].actions[0].prompt
    assert prompt is not None
    assert all(t.fixed for i in prompt.items if isinstance(i, SayItem) for t in i.texts.values())


def test_the_checker_reads_the_menu_that_was_written_out() -> None:
    assert [place[2:] for place in told({"main": FLOW}, "M003")] == [(9, 7)]
    assert told({"main": FLOW}, "M002") == []


def test_a_shorter_text_for_those_who_come_back_may_have_it_too() -> None:
    call = Ring(TWO).presses("9")
    assert call.said[-1].startswith("For our opening hours, press 1.")


def test_a_text_before_the_menu_of_the_same_step_may_have_it_too() -> None:
    flow = """\
    steps:
      main:
        - say: Welcome. ${options}
        - menu: {1: {goto: hangup, for: the end}}
    """
    assert texts(flow) == {"en-US": "Welcome. For the end, press 1."}


def test_a_value_may_stand_in_what_a_choice_is_for() -> None:
    flow = FLOW.replace("our opening hours", "'${call.minutes} minutes'")
    assert "For ${call.minutes} minutes, press 1." in texts(flow)["en-US"]


@pytest.mark.parametrize(
    ("flow", "place", "message"),
    [
        (
            "steps:\n  main:\n    say: A. ${options}\n    goto: hangup\n",
            ("X002", "main.yaml", 3, 10),
            "this step has none",
        ),
        (
            "steps:\n  main:\n    say: A. ${options}\n    menu: {1: hangup}\n",
            ("X002", "main.yaml", 3, 10),
            "none has",
        ),
        (
            "steps:\n  main:\n    - menu: {1: {goto: a, for: x}}\n  a:\n    say: ${ options }\n"
            "    goto: hangup\n",
            ("X002", "main.yaml", 5, 10),
            "this step has none",
        ),
    ],
)
def test_options_without_a_menu_that_can_be_written_out_are_an_error(
    flow: str, place: tuple[str, str, int, int], message: str
) -> None:
    assert told({"main": flow}, "X002") == [place]
    found = problem({"main": flow}, "X002")
    assert message in found.message
    assert found.help


def test_a_purpose_that_is_missing_in_a_language_is_told_at_the_choice() -> None:
    flow = TWO.replace("{en: our opening hours, es: nuestro horario}", "our opening hours")
    assert told({"main": flow}, "L001") == [("L001", "main.yaml", 7, 29)]
    assert texts(flow)["es-US"] == "Bienvenido. Para la recepción, oprima 2."


def test_what_is_wrong_in_a_purpose_is_told_once_at_its_place() -> None:
    flow = TWO.replace("our opening hours", '"${x | monye}"')
    assert told({"main": flow}, "X003") == [("X003", "main.yaml", 7, 41)]


def test_too_many_steps_are_refused() -> None:
    steps = "".join(f"  s{n}: {{goto: hangup}}\n" for n in range(STEPS_MAX + 1))
    assert [p[0] for p in problems_of("steps:\n" + steps)] == ["S007"]


def test_files_are_played_between_texts() -> None:
    flow = """\
steps:
  main:
    play: audio/jingle.wav
    say: Hello.
    goto: hangup
"""
    found = loaded(flow, frozenset({"audio/jingle.wav"}))
    assert found.flows is not None
    prompt = found.flows.flows["main"].steps["main"].actions[0].prompt
    assert prompt is not None
    assert [type(item).__name__ for item in prompt.items] == ["ClipItem", "SayItem"]


def test_a_kind_that_names_its_own_outcomes_takes_any_key() -> None:
    files = {
        "main": "steps:\n  main: {run: sub, known: bye, otherwise: bye}\n"
        "  bye: {say: Bye., goto: hangup}\n",
        "sub": "returns: [known]\nsteps: {main: {return: known}}\n",
    }
    assert told(files, "S001", "S006") == []
