"""``language``: going on in another one."""

from __future__ import annotations

from ivr.flow.messages import Noted, Speak, Words
from tests.flow.ring import Ring

FLOW = """
    languages: {en-US: {voice: sarah}, es-US: {voice: mateo}}
    steps:
      main:
        say: {en: Hello., es: Hola.}
        menu: {9: spanish}
      spanish:
        language: es-US
        goto: main
"""
SETTINGS = "voices: {sarah: {provider: embedded}, mateo: {provider: embedded}}\n"


def test_it_switches_texts_voice_and_the_lines_own_words() -> None:
    call = Ring(FLOW, settings=SETTINGS).presses("9")
    assert call.notes(Noted.LANGUAGE) == ["es-US"]
    (speak,) = [c for c in call.commands if isinstance(c, Speak)]
    assert speak.utterance.parts == (Words("Hola.", "es-US", "mateo", fixed=True),)
    assert call.silent().said[0] == "Perdón, no he oído nada."


def test_a_call_may_begin_in_any_declared_language() -> None:
    assert Ring(FLOW, settings=SETTINGS, language="es-US").said == ["Hola."]
    assert Ring(FLOW, settings=SETTINGS, language="fr-FR").said == ["Hello."]
