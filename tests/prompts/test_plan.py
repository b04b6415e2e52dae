"""What a text is put together from: takes, pauses, and what a voice must say."""

from __future__ import annotations

import pytest

from ivr.audio.loudness import leading_silence_ms, silences, trailing_silence_ms
from ivr.flow.latency import FIRST_BYTE_MS
from ivr.flow.messages import Segment, SegmentKind, Words
from ivr.prompts.joints import PAUSE_MS, SENTENCE_PAUSE_MS
from ivr.prompts.plan import FirstBytes, Known, Live, Piece, plan
from tests.audio.sounds import tone

FIXED, DIGITS, LIVE = SegmentKind.FIXED, SegmentKind.DIGITS, SegmentKind.LIVE


def words(*segments: tuple[SegmentKind, str]) -> Words:
    pieces = tuple(Segment(kind, text) for kind, text in segments)
    return Words(" ".join(each.text for each in pieces), "en-US", "ana", False, "", pieces)


def take_of(text: str) -> bytes:
    """20 ms of sound for each letter."""
    return tone(300, 20 * len(text))


GREETING = words((FIXED, "Thank you for calling,"), (LIVE, "Ana."), (FIXED, "Press 1."))


def kinds(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text if isinstance(piece, Live) else "take" for piece in pieces]


def test_the_value_is_spoken_between_takes_and_knows_what_stands_around_it() -> None:
    pieces = plan(GREETING, take_of, first_byte_ms=250)
    assert kinds(pieces) == ["take", "Ana.", "take"]
    assert pieces[1] == Live("Ana.", "Thank you for calling,", "Press 1.", joined=True)


def test_a_beginning_too_short_for_the_voice_is_not_used_alone() -> None:
    short = words((FIXED, "Hi,"), (LIVE, "Ana."), (FIXED, "Press 1."))
    assert kinds(plan(short, take_of, first_byte_ms=250)) == ["Hi, Ana.", "take"]
    assert kinds(plan(short, take_of, first_byte_ms=61)) == ["Hi, Ana.", "take"]
    longer = words((FIXED, "Hello"), (LIVE, "Ana."))
    assert kinds(plan(longer, take_of, first_byte_ms=80)) == ["take", "Ana."]


def test_a_piece_without_a_take_is_spoken_with_its_neighbours() -> None:
    def only_the_beginning(text: str) -> bytes | None:
        return take_of(text) if text.startswith("Thank") else None

    assert kinds(plan(GREETING, only_the_beginning, 250)) == ["take", "Ana. Press 1."]
    assert plan(GREETING, lambda _: None, 250) == (Live(GREETING.text),)


def test_a_quick_voice_says_it_in_one_breath() -> None:
    assert plan(GREETING, take_of, first_byte_ms=25) == (Live(GREETING.text),)


def test_a_text_without_pieces_is_said_in_one_go() -> None:
    assert plan(Words("Ana", "en-US", "ana", False), take_of, 250) == (Live("Ana"),)


def test_digits_are_put_together_in_groups() -> None:
    said = words((FIXED, "I have"), (DIGITS, "1 2 3 4, 5 6 7 8."))
    (piece,) = plan(said, lambda text: tone(300, 200), first_byte_ms=250)
    assert isinstance(piece, Known)
    pauses = [round(end - start) for start, end in silences(piece.audio, 20)]
    assert len(pauses) == 8
    assert max(pauses) == pauses[4], "the longest is between the groups"
    assert all(pause <= 60 for n, pause in enumerate(pauses) if n != 4)


def test_a_digit_without_a_take_makes_all_of_them_live() -> None:
    said = words((FIXED, "The number is this one:"), (DIGITS, "1 2."))
    assert kinds(plan(said, lambda t: None if t == "2." else take_of(t), 250)) == ["take", "1 2."]


def test_between_pieces_is_the_pause_the_text_has_and_none_at_the_ends() -> None:
    first, _, last = plan(GREETING, take_of, 250)
    assert isinstance(first, Known)
    assert isinstance(last, Known)
    assert leading_silence_ms(first.audio) < 1
    assert trailing_silence_ms(first.audio) == pytest.approx(PAUSE_MS, abs=1)
    assert leading_silence_ms(last.audio) == pytest.approx(SENTENCE_PAUSE_MS, abs=1)
    assert trailing_silence_ms(last.audio) < 1


def test_what_is_expected_of_a_voice_is_what_nine_of_ten_requests_need() -> None:
    seen = FirstBytes()
    assert seen.expected_ms == FIRST_BYTE_MS
    for ms in (*range(100, 190, 10), 900):
        seen.note(ms)
    assert seen.expected_ms == 900
    for _ in range(40):
        seen.note(80)
    assert seen.expected_ms == 80
