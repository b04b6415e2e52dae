"""Whether words were spoken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.rehearsal.words import Wanted, words_of


def heard(wanted: str, spoken: str) -> bool:
    found = Wanted.of(wanted)
    assert found is not None
    return found.find(words_of(spoken)) is not None


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("Welcome to Northside Clinic", "Welcome to Northside Clinic. If this is an emergency"),
        ("press 1, or PRESS 2!", "For sales press 1 or press 2"),
        ("didn't hear", "Sorry, I didn’t hear anything."),
        ("didnt hear", "Sorry, I didn't hear anything."),
        ("1 2 3 4, 5 6 7 8", "I have 1 2 3 4, 5 6 7 8."),
        ("12345678", "I have 1 2 3 4, 5 6 7 8."),
        ("front desk", "the Frontdesk is closed"),
        ("Thank you, Ana Gómez … at 9 30", "Thank you, Ana Gómez. It is on Tuesday at 9 30 AM."),
        ("thank you ... at 9 30 AM", "Thank you, Ana Gómez. It is on Tuesday at 9 30 AM."),
        ("clínica", "Bienvenido a la cli\u0301nica"),
        ("straße", "in der STRASSE"),
    ],
)
def test_case_punctuation_apostrophes_and_spacing_do_not_count(wanted: str, spoken: str) -> None:
    assert heard(wanted, spoken)


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        ("press 1", "press 12"),
        ("press 1", "express 1"),
        ("press 2 press 1", "press 1 press 2"),
        ("press 2 … press 1", "press 1, press 2"),
        ("sales press", "sales now press"),
        ("clinica", "la clínica"),
        ("one … one", "only one"),
    ],
)
def test_whole_words_in_their_order_do(wanted: str, spoken: str) -> None:
    assert not heard(wanted, spoken)


@pytest.mark.parametrize("text", ["", "…", " ... ", "?!", "’"])
def test_a_text_without_a_word_is_nothing_to_want(text: str) -> None:
    assert Wanted.of(text) is None


def test_the_place_found_is_that_of_the_last_piece() -> None:
    wanted = Wanted.of("to … press 1")
    assert wanted is not None
    assert wanted.find(words_of("press 1 to talk, press 1 now")) == (4, 6)


def test_looking_begins_where_it_is_told_to() -> None:
    wanted = Wanted.of("press 1")
    assert wanted is not None
    assert wanted.find(words_of("press 1 press 1"), 1) == (2, 4)
    assert wanted.find(words_of("press 1 press 1"), 3) is None


def test_no_piece_reaches_over_a_break_and_a_skip_does() -> None:
    broken = ["please", "hold", None, "nobody", "is", "free"]
    over, skipping = Wanted.of("hold nobody"), Wanted.of("hold … nobody")
    assert over is not None
    assert skipping is not None
    assert over.find(broken) is None
    assert skipping.find(broken) == (3, 4)


@given(st.lists(st.text("ab c'’,.", max_size=6), max_size=6), st.data())
def test_what_was_cut_out_of_a_text_is_found_in_it(pieces: list[str], data: st.DataObject) -> None:
    words = words_of(" ".join(pieces))
    first = data.draw(st.integers(0, len(words)))
    last = data.draw(st.integers(first, len(words)))
    wanted = Wanted.of(" ".join(words[first:last]))
    if wanted is None:
        assert first == last
    else:
        found = wanted.find(words)
        assert found is not None
        assert "".join(words[slice(*found)]) == "".join(words[first:last])
