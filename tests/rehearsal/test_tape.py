"""How long the parts of an utterance last, their words, and how they are shown."""

from __future__ import annotations

import pytest

from ivr.flow.messages import (
    Clip,
    Hold,
    Narration,
    Part,
    Playback,
    Silence,
    Tones,
    Utterance,
    Words,
)
from ivr.rehearsal.tape import Lengths, reading_ms

LENGTHS = Lengths({"jingle.wav": 1_200}, {3: "Your order is on its way."}, {4: 7_000})
HELLO = Words("Hello there.", "en-US", "embedded", fixed=True)
SECRET = Words("It is 4 2.", "en-US", "embedded", fixed=False, shown="It is ••••.")


@pytest.mark.parametrize(
    ("part", "ms", "shown"),
    [
        (HELLO, 769, "Hello there."),
        (SECRET, 1_538, "It is ••••."),
        (Clip("jingle.wav"), 1_200, "[jingle.wav]"),
        (Clip("unknown.wav"), 0, "[unknown.wav]"),
        (Silence(500), 500, ""),
        (Hold("piano.wav", 8_000), 8_000, "[piano.wav]"),
        (Hold(None, 8_000), 8_000, "[a soft tone]"),
        (Narration(3, "en-US", "embedded"), 2_308, "Your order is on its way."),
        (Narration(9, "en-US", "embedded"), 0, ""),
        (Playback(4), 7_000, "[what was recorded]"),
        (Tones("12w#"), 1_100, "[keys 12w#]"),
    ],
)
def test_a_part_lasts_and_is_shown(part: Part, ms: int, shown: str) -> None:
    utterance = Utterance(1, (part,), True, "main", "main")
    assert LENGTHS.of(part) == LENGTHS.whole(utterance) == ms
    assert LENGTHS.shown(utterance) == shown


def test_words_begin_when_the_parts_before_them_are_over() -> None:
    parts = (Clip("jingle.wav"), HELLO, Silence(300), Narration(3, "en-US", "embedded"))
    spoken = LENGTHS.spoken(Utterance(7, parts, True, "main", "main"), 1_000)
    assert [word.text for word in spoken] == [
        *("hello", "there"),
        *("your", "order", "is", "on", "its", "way"),
    ]
    assert [word.at for word in spoken[:3]] == [2_200, 2_585, 1_000 + 1_200 + 769 + 300]
    assert {word.utterance for word in spoken} == {7}
    assert spoken[2].spoken_in.text == "Your order is on its way."


def test_a_voice_reads_at_its_pace() -> None:
    assert reading_ms("one two three four five six seven, eight nine ten eleven twelve!") == 4_615


def test_what_is_shown_of_an_utterance_hides_what_its_words_hide() -> None:
    parts = (
        Clip("audio/jingle.wav"),
        Words("I have 1 2 3 4.", "en-US", "sarah", fixed=False, shown="I have ••••."),
        Silence(300),
        Words("Is that right?", "en-US", "sarah", fixed=True),
    )
    assert LENGTHS.shown(Utterance(1, parts, True, "main", "pin")) == (
        "[audio/jingle.wav] I have ••••. Is that right?"
    )
