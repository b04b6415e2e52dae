"""The languages a flow speaks."""

from __future__ import annotations

from ivr.flow.problems import Severity
from tests.flow.ring import loaded, problems_of

FLOW = (
    "languages: {en-US: {}, es-US: {}}\nsteps:\n  main:\n    say:\n"
    "      en: Press 1.\n      es: Oprima 1.\n"
    "    menu: {1: main}\n"
)


def test_l001_a_text_without_a_translation_is_told_with_the_languages() -> None:
    found = loaded(FLOW.replace("      es: Oprima 1.\n", ""))
    problem = next(p for p in found.problems if p.severity is Severity.WARNING)
    assert (problem.code, problem.span.line) == ("L001", 5)
    assert problem.message == "this text is missing in es-US"
    assert found.flows is not None


def test_l001_reprompts_are_texts_too() -> None:
    assert problems_of(FLOW + "    no_input: Hello?\n") == [("L001", 8, 15)]


def test_l001_an_item_in_one_language_on_purpose_needs_none() -> None:
    flow = FLOW + "    no_input: [[{say: Oprima 1., language: es-US}]]\n"
    assert problems_of(flow) == []


def test_l001_one_language_needs_no_translation() -> None:
    assert problems_of("steps:\n  main:\n    say: Press 1.\n    menu: {1: main}\n") == []
