"""Cutting texts into sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.voices.embedded.sentences import (
    SENTENCE_CHARS_MAX,
    WORD_CHARS_MAX,
    ends_a_sentence,
    sentences,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Welcome.", ["Welcome."]),
        ("For sales, press one", ["For sales, press one"]),
        (
            "Welcome. Press one! Ready?  Now…  Go",
            ["Welcome.", "Press one!", "Ready?", "Now…", "Go"],
        ),
        ("“Welcome.” Press one.", ["“Welcome.”", "Press one."]),
        ("¿Qué desea? ¡Hola!", ["¿Qué desea?", "¡Hola!"]),
        # a wrapped line is no pause, an empty one is
        ("For sales,\n  press one.", ["For sales, press one."]),
        ("Welcome\n\nPress one", ["Welcome", "Press one"]),
        ("Welcome\n  \n \n Press one", ["Welcome", "Press one"]),
        # not the end of a sentence
        ("Ask for Dr. Smith.", ["Ask for Dr. Smith."]),
        ("J. K. Rowling (Mr. Rowling)", ["J. K. Rowling (Mr. Rowling)"]),
        ("a las 3 p. m. de hoy", ["a las 3 p. m. de hoy"]),
        ("Well… let me see.", ["Well… let me see."]),
        ("Call ext. 42.", ["Call ext. 42."]),
        ("It costs 12.50 or 1,250.", ["It costs 12.50 or 1,250."]),
        ("La Sra. García", ["La Sra. García"]),
        # nothing to say
        ("", []),
        (" \n\t ", []),
        ("…", []),
        ("🙂 👍🏽!", []),
        ("Hi! 🙂", ["Hi!"]),
        ("#", ["#"]),
        # what no voice should see
        ("a\x00b\tc", ["a b c"]),
        ("so\u00adft\u200b \ufeffwrap", ["soft wrap"]),
    ],
)
def test_a_text_is_cut_into_its_sentences(text: str, expected: list[str]) -> None:
    assert list(sentences(text)) == expected


def test_a_long_sentence_is_cut_at_its_last_comma_that_fits() -> None:
    first = "word " * 20 + "end,"
    second = "word " * 20 + "end,"
    third = "word " * 20 + "end."
    assert sentences(f"{first} {second} {third}") == (f"{first} {second}", third)


def test_a_long_sentence_without_a_comma_is_cut_between_words() -> None:
    pieces = sentences("hello " * 100)
    assert " ".join(pieces).split() == ["hello"] * 100
    assert all(set(piece.split()) == {"hello"} for piece in pieces)


def test_a_word_without_end_is_cut() -> None:
    pieces = sentences("a" * 1_000)
    assert max(len(word) for piece in pieces for word in piece.split()) == WORD_CHARS_MAX
    assert "".join("".join(pieces).split()) == "a" * 1_000


@given(st.text(max_size=1_500) | st.text(alphabet="ab .,;\n…\"'¿Z1", max_size=1_500))
def test_no_text_yields_a_piece_that_is_too_long_or_cannot_be_spoken(text: str) -> None:
    for piece in sentences(text):
        assert 0 < len(piece) <= SENTENCE_CHARS_MAX
        assert piece == " ".join(piece.split())
        assert all(len(word) <= WORD_CHARS_MAX for word in piece.split())


@given(st.text(alphabet='abcZ .,;!?…\n("’1é', max_size=1_500))
def test_no_letter_is_lost_and_none_is_added(text: str) -> None:
    def letters(of: str) -> str:
        return "".join(filter(str.isalnum, of))

    assert letters("".join(sentences(text))) == letters(text)


@pytest.mark.parametrize("piece", ["Welcome.", "Really?!", "“Welcome.”", "Well…"])
def test_a_sentence_ends_at_a_full_stop(piece: str) -> None:
    assert ends_a_sentence(piece)


@pytest.mark.parametrize("piece", ["For sales,", "and then", "12.5", ""])
def test_a_clause_does_not(piece: str) -> None:
    assert not ends_a_sentence(piece)
