"""Where a text with values is cut, and that nothing of it is lost or said twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import text
from ivr.flow.messages import Segment, SegmentKind
from ivr.flow.values import Value

FIXED, DIGITS, LIVE = SegmentKind.FIXED, SegmentKind.DIGITS, SegmentKind.LIVE
CALL: dict[str, Value] = {"name": "Ana Gómez", "code": "12345678", "n": 3, "nothing": None}


def segments(source: str) -> list[tuple[SegmentKind, str]]:
    said = text.compile(source).render(CALL, language="en-US")
    return [(segment.kind, segment.text) for segment in said.segments]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "Thank you, ${name}. The next free one is ${n}. To take it, press 1.",
            [
                (FIXED, "Thank you,"),
                (LIVE, "Ana Gómez."),
                (FIXED, "The next free one is"),
                (LIVE, "3."),
                (FIXED, "To take it, press 1."),
            ],
        ),
        (
            "I have ${code | digits}. If that is right, press 1.",
            [
                (FIXED, "I have"),
                (DIGITS, "1 2 3 4, 5 6 7 8."),
                (FIXED, "If that is right, press 1."),
            ],
        ),
        ("${code | last 4}", [(DIGITS, "5 6 7 8")]),
    ],
)
def test_a_text_is_cut_at_its_values(source: str, expected: list[object]) -> None:
    assert segments(source) == expected


def test_a_value_is_spoken_to_the_end_of_its_clause() -> None:
    assert segments("You have ${n} new messages in your box, and no more. Press 1.") == [
        (FIXED, "You have"),
        (LIVE, "3 new messages in your box,"),
        (FIXED, "and no more. Press 1."),
    ]


def test_a_few_words_between_two_values_are_said_in_one_breath() -> None:
    assert segments("Your balance is ${n}, as of ${name}. Goodbye.") == [
        (FIXED, "Your balance is"),
        (LIVE, "3, as of Ana Gómez."),
        (FIXED, "Goodbye."),
    ]


def test_but_not_where_a_sentence_ends_between_them() -> None:
    assert [kind for kind, _ in segments("Dear ${name}. It is ${n}.")] == [FIXED, LIVE, FIXED, LIVE]
    assert [kind for kind, _ in segments("For ${name}, one. And ${n}.")] == [
        FIXED,
        LIVE,
        FIXED,
        LIVE,
    ]


def test_letters_that_touch_a_value_are_said_with_it() -> None:
    assert segments("Room ${n}b please, ${name}") == [
        (FIXED, "Room"),
        (LIVE, "3b please, Ana Gómez"),
    ]
    assert segments("Code #${code | digits}.")[-1] == (LIVE, "#1 2 3 4, 5 6 7 8.")


@pytest.mark.parametrize("source", ["${name}", "${name} is here", "Hello.", ""])
def test_a_text_that_gains_nothing_is_said_in_one_go(source: str) -> None:
    assert segments(source) == []


def test_a_text_that_lacks_a_value_is_said_in_one_go() -> None:
    assert segments("Thank you, ${nothing}. Press 1.") == []


def test_a_masked_value_is_in_the_segments_and_not_in_what_is_shown() -> None:
    template = text.compile("I have ${code | digits}. Press 1.")
    said = template.render(CALL, language="en-US", masked=frozenset({"code"}))
    assert said.shown == "I have ••••. Press 1."
    assert Segment(DIGITS, "1 2 3 4, 5 6 7 8.") in said.segments


_PIECES = st.sampled_from(
    ["${name}", "${code | digits}", "${n}", "${n | ordinal}", "a", "the end", ".", ", ", "! ", " ",
     "\n  ", "Press 1", "…", "$${x}", "é\u200b"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_the_segments_are_the_text_word_for_word(source: str) -> None:
    template = text.compile(source)
    said = template.render(CALL, language="en-US")
    if said.segments:
        assert " ".join(segment.text for segment in said.segments) == said.text
        assert all(segment.text for segment in said.segments)


@given(st.lists(_PIECES, max_size=12).map("".join))
def test_every_fixed_segment_is_known_before_any_call(source: str) -> None:
    template = text.compile(source)
    said = template.render(CALL, language="en-US")
    known = set(template.fixed_texts({}, language="en-US"))
    assert {each.text for each in said.segments if each.kind is FIXED} <= known


@given(st.lists(_PIECES, max_size=12).map("".join), st.text(max_size=8))
def test_where_a_text_is_cut_does_not_depend_on_its_values(source: str, name: str) -> None:
    template = text.compile(source)
    kinds = [
        [s.kind for s in template.render({**CALL, "name": each}, language="en-US").segments]
        for each in ("Ana", f"x{name}")
    ]
    assert kinds[0] == kinds[1]
