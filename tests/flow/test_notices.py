"""How texts say that something is recorded."""

from __future__ import annotations

import pytest

from ivr.flow.notices import may_say_so, says_so


@pytest.mark.parametrize(
    "text",
    [
        "This call may be recorded.",
        "We record calls for training.",
        "Esta llamada puede ser grabada.",
        "Dieses Gespräch wird aufgezeichnet.",
        "Cet appel peut être enregistré.",
        "La chiamata può essere registrata.",
    ],
)
def test_a_notice_is_known_in_the_languages_there_are_words_for(text: str) -> None:
    assert says_so(text)


@pytest.mark.parametrize("text", ["Our record is unbroken.", "Welcome.", "Vielen Dank."])
def test_other_texts_are_none(text: str) -> None:
    assert not says_so(text)
    assert not may_say_so(text, "de-DE")


def test_in_a_language_without_words_any_text_may_be_one() -> None:
    assert may_say_so("Esta chamada pode ser gravada.", "pt-BR")
