"""A compiled flow."""

from __future__ import annotations

from tests.flow.ring import flows_of

FLOW = """
    languages: {en-US: {}, es-US: {}}
    anytime: {0: bye}
    steps:
      main:
        say: {en: Press 1., es: Oprima 1.}
        no_input: {en: Hello?, es: ¿Hola?}
        menu: {1: bye}
        fail: {no_input: main, no_match: bye}
      bye:
        say: {en: Goodbye., es: Adiós.}
        goto: [{if: call.minutes > 3, goto: hangup}, {else: main}]
"""


def test_a_step_tells_all_its_ways_out() -> None:
    flow = flows_of(FLOW).flows["main"]
    ways = [(e.label, [b.target for b in e.destination]) for e in flow.steps["main"].edges()]
    assert ways == [("1", ["bye"]), ("fail no_input", ["main"]), ("fail no_match", ["bye"])]
    ways = [(e.label, [b.target for b in e.destination]) for e in flow.steps["bye"].edges()]
    assert ways == [("goto", ["hangup", "main"])]


def test_a_step_tells_everything_it_may_say() -> None:
    flow = flows_of(FLOW).flows["main"]
    assert len(list(flow.steps["main"].prompts())) == 2


def test_a_language_is_found_by_its_code_or_is_the_default() -> None:
    flow = flows_of(FLOW).flows["main"]
    assert flow.language("es-US").code == "es-US"
    assert flow.language("fr-FR").code == "en-US"
    assert flow.default_language.code == "en-US"


def test_the_voices_used_are_those_named_and_what_they_fall_back_on() -> None:
    flow = """
        voice: anna
        steps:
          main: {say: Hello., voice: ben, goto: hangup}
    """
    settings = """
        voices:
          spare: {provider: embedded}
          anna: {provider: tone, fallback: [spare]}
          ben: {provider: tone}
          never: {provider: tone}
    """
    assert flows_of(flow, settings=settings).voices_used() == {"anna", "ben", "spare"}
