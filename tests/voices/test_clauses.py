"""A text that arrives in pieces, cut where it can be spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.voices.clauses import CLAUSE_CHARS_MAX, Clauses, clauses
from tests.virtual import run


def cut(*pieces: str) -> list[str]:
    held = Clauses()
    found = [clause for piece in pieces for clause in held.push(piece)]
    return [*found, held.flush()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Welcome to Acme. Press one.", ["Welcome to Acme. ", "Press one."]),
        ("Yes. I can do that for you.", ["Yes. I can do that for you."]),
        ("Your doctor is Dr. Smith. Bye.", ["Your doctor is Dr. Smith. ", "Bye."]),
        ("It costs 3.50 a month. Bye.", ["It costs 3.50 a month. ", "Bye."]),
        ("And then it goes on. Bye.", ["And then it goes on. ", "Bye."]),
        ("One, two, three.", ["One, two, three."]),
        (
            "For the people in our sales department, press one.",
            ["For the people in our sales department, ", "press one."],
        ),
        ("Is it you?\nWell.", ["Is it you?\n", "Well."]),
    ],
)
def test_a_clause_ends_at_a_stop_or_at_a_comma_that_is_far_enough(
    text: str, expected: list[str]
) -> None:
    assert cut(*text) == expected


def test_a_clause_is_whole_only_when_something_follows_its_stop() -> None:
    held = Clauses()
    assert held.push("It costs 3.") == []
    assert held.push("50 a month.") == []
    assert held.push(" ") == ["It costs 3.50 a month. "]


def test_what_has_no_end_is_cut_between_words() -> None:
    long = "word " * 100
    parts = cut(long)
    assert all(len(part) <= CLAUSE_CHARS_MAX for part in parts)
    assert all(part.endswith(" ") for part in parts[:-1])
    assert max(map(len, cut("x" * 1_000))) <= CLAUSE_CHARS_MAX


@given(st.lists(st.text(alphabet="aB .,!?\n1Dr")))
def test_nothing_is_lost_or_changed(pieces: list[str]) -> None:
    assert "".join(cut(*pieces)) == "".join(pieces)


def test_blank_ends_are_not_spoken_and_the_source_is_closed() -> None:
    closed = []

    async def source() -> AsyncIterator[str]:
        try:
            yield "Welcome to Acme. "
            yield "  "
        finally:
            closed.append(True)

    async def scenario() -> list[str]:
        return [clause async for clause in clauses(source())]

    assert run(scenario()) == ["Welcome to Acme. "]
    assert closed


def test_closing_it_closes_the_source() -> None:
    closed = []

    async def source() -> AsyncIterator[str]:
        try:
            while True:
                yield "Welcome to Acme. "
        finally:
            closed.append(True)

    async def scenario() -> None:
        texts = clauses(source())
        assert await anext(texts) == "Welcome to Acme. "
        await texts.aclose()

    run(scenario())
    assert closed
