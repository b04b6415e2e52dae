"""Nothing is said that is not paid for, and a voice that is paid for is a voice like any other."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from ivr.voices.tone import Tone, tones
from tests.conformance.check_voice import check_voice, spoken
from tests.live.purse import CHARACTERS_MAX, SPACES, PaidVoice, Purse, TooDear
from tests.virtual import run

TEXT = "Welcome to Acme. For sales, press one. For support, press two."


def test_a_purse_counts_words_and_the_spaces_around_them_but_no_blanks() -> None:
    purse = Purse()
    assert [purse.pay(each) for each in ("Yes.", "", " ", "No.")] == ["Yes.", "", " ", "No."]
    assert purse.spent == 7 + 2 * SPACES


def test_what_costs_more_than_is_left_is_refused_and_costs_nothing() -> None:
    purse = Purse()
    purse.pay("x" * (CHARACTERS_MAX - SPACES - 3))
    with pytest.raises(TooDear, match="497 are spent, and the next text costs 4"):
        purse.pay("Hi")
    assert purse.spent == CHARACTERS_MAX - 3
    assert purse.pay("x") == "x"
    assert purse.spent == CHARACTERS_MAX


def test_a_voice_says_what_is_paid_for_and_not_a_word_more() -> None:
    async def scenario() -> None:
        line = PaidVoice(Tone(), Purse(20)).lease("call")
        assert await spoken(line, "one two three", "en-US") == tones("one two three")
        with pytest.raises(TooDear):
            await spoken(line, "four", "en-US")
        assert await spoken(line, "six", "en-US") == tones("six")

    run(scenario())


def test_a_narrated_text_is_paid_for_piece_by_piece_until_there_is_nothing_left() -> None:
    given: list[str] = []

    async def pieces() -> AsyncGenerator[str, None]:
        for piece in ("One two. ", "Three four. ", "Five six. "):
            given.append(piece)
            yield piece

    async def scenario() -> None:
        line = PaidVoice(Tone(), Purse(26)).lease("call")
        with pytest.raises(TooDear):
            async for _ in line.narrate(pieces(), language="en-US"):
                pass

    run(scenario())
    assert given == ["One two. ", "Three four. ", "Five six. "]


def test_it_keeps_the_contract_of_a_voice() -> None:
    purse = Purse(1_000_000)
    run(check_voice(lambda: PaidVoice(Tone(), purse), language="en-US", text=TEXT))
    assert purse.spent > 20_000, "the rules of all voices say more than anybody would pay for"
