"""What the line says of its own accord."""

from __future__ import annotations

import pytest

from ivr.flow.phrases import Phrase, fixed_phrases, phrase, spoken_keys

LANGUAGES = ["en-US", "es-ES", "fr-FR", "de-DE", "it-IT"]
VALUES = {
    "keys": "9",
    "digits": "8",
    "most": "9",
    "entry": "1 2 3 4",
    "limit": "5",
    "purpose": "sales",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", list(Phrase))
def test_every_language_has_a_text_for_every_occasion(language: str, what: Phrase) -> None:
    text = phrase(what, language, **VALUES)
    assert text[-1] in ".!?"
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_scolded(language: str) -> None:
    scolding = ("invalid", "incorrect", "error", "illegal", "wrong", "falsch", "erreur", "errato")
    for what in Phrase:
        text = phrase(what, language, **VALUES).lower()
        assert not [word for word in scolding if word in text]


def test_a_language_without_texts_is_answered_in_english() -> None:
    assert phrase(Phrase.CLEARED, "nl-NL") == "Cleared."


def test_keys_are_said_by_name() -> None:
    assert spoken_keys("1*#", "en-US") == "1 star pound"
    assert spoken_keys("*", "es-US") == "asterisco"
    assert (spoken_keys("#", "en-GB"), spoken_keys("#", "es-ES")) == ("hash", "almohadilla")
    assert spoken_keys("#", "es-MX") == "numeral"


@pytest.mark.parametrize("language", LANGUAGES)
def test_fixed_phrases_hold_no_value(language: str) -> None:
    texts = list(fixed_phrases(language))
    assert phrase(Phrase.TROUBLE, language) in texts
    assert not [text for text in texts if "{" in text]
