"""How texts speak of keys and digits."""

from __future__ import annotations

import pytest

from ivr.flow.check import wording as words
from ivr.flow.check.wording import wording


def pressed(code: str, text: str) -> list[str]:
    found = wording(code)
    assert found is not None
    return [key for press in found.presses(text) for key in press.keys]


@pytest.mark.parametrize(
    ("code", "text", "keys"),
    [
        ("en-US", "For sales, press 1. For help, press zero.", ["1", "0"]),
        ("en", "Press 1, 2 or 3.", ["1", "2", "3"]),
        ("en", "press 2 through 5", ["2", "3", "4", "5"]),
        ("en", "press the star key, or push pound", ["*", "#"]),
        ("en", "hang up and dial 9 1 1", []),
        ("en", "press 9 1 1", []),
        ("en", "press one of the keys", []),
        ("en", "press any key", []),
        ("en", "an express 2 day delivery", []),
        ("en", "press 12 for the warehouse", ["12"]),
        ("es-US", "Para ventas, oprima uno; para otra cosa, marque el 2.", ["1", "2"]),
        ("es", "marque 9 1 1", []),
        ("es", "marque su número de ocho dígitos", []),
        ("fr-FR", "Appuyez sur la touche 3 ou étoile.", ["3", "*"]),
        ("de-DE", "drücken Sie die 1 oder die Raute", ["1"]),
        ("it-IT", "prema il tasto 4 o cancelletto", ["4", "#"]),
    ],
)
def test_the_keys_a_text_tells_callers_to_press(code: str, text: str, keys: list[str]) -> None:
    assert pressed(code, text) == keys


def test_a_key_before_its_purpose_is_seen() -> None:
    english = wording("en")
    assert english is not None
    (first, second) = english.presses("Press 1 for sales. For help, press 2.")
    assert (first.first, second.first) == (True, False)
    assert (first.start, first.end) == (0, 7)


def test_keys_are_mentioned_without_a_verb_too() -> None:
    english = wording("en")
    assert english is not None
    assert english.mentions("For your next appointment, 2. To speak with someone, zero.") == {
        "2",
        "0",
    }


@pytest.mark.parametrize(
    ("code", "text", "digits"),
    [
        ("en", "your eight digit number", [8]),
        ("en", "your 16-digit card", [16]),
        ("es", "de ocho dígitos", [8]),
        ("fr", "à quatre chiffres", [4]),
        ("de", "Ihre achtstellige Nummer", [8]),
        ("it", "di sei cifre", [6]),
        ("en", "these digits", []),
    ],
)
def test_how_many_digits_a_text_speaks_of(code: str, text: str, digits: list[int]) -> None:
    found = wording(code)
    assert found is not None
    assert [number for number, _, _ in found.digits(text)] == digits


def test_a_language_without_words_is_not_judged() -> None:
    assert wording("pt-BR") is None
    assert words.wording("en-GB") is words.wording("en-US")
