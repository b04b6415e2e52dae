"""Takes in memory, and sounds that grow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts.takes import SOUND_MS_MAX, Sound, TakeKey, Takes


def key(text: str, voice: str = "v") -> TakeKey:
    return TakeKey(voice, "en-US", text)


def test_a_take_is_found_by_everything_that_shapes_it() -> None:
    takes = Takes()
    takes.keep(key("hello"), b"audio")
    assert takes.find(key("hello")) == b"audio"
    assert takes.find(key("hello", voice="another")) is None
    assert takes.find(key("hello")._replace(language="es-MX")) is None
    assert takes.find(key("hello")._replace(version="2")) is None
    assert takes.find(key("hello")._replace(format="pcm")) is None


def test_the_take_that_was_used_longest_ago_goes_first() -> None:
    takes = Takes(bytes_max=30)
    for text in "abc":
        takes.keep(key(text), bytes(10))
    takes.find(key("a"))
    takes.keep(key("d"), bytes(10))
    assert [text for text in "abcd" if key(text) in takes] == ["a", "c", "d"]


def test_asking_whether_it_is_there_does_not_count_as_using() -> None:
    takes = Takes(bytes_max=20)
    takes.keep(key("a"), bytes(10))
    takes.keep(key("b"), bytes(10))
    assert key("a") in takes
    takes.keep(key("c"), bytes(10))
    assert key("a") not in takes


def test_a_take_bigger_than_all_room_throws_nothing_out() -> None:
    takes = Takes(bytes_max=20)
    takes.keep(key("a"), bytes(20))
    takes.keep(key("huge"), bytes(21))
    assert key("a") in takes
    assert key("huge") not in takes


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40)), max_size=40))
def test_the_bytes_are_counted_right_and_never_too_many(kept: list[tuple[str, int]]) -> None:
    takes = Takes(bytes_max=64)
    for text, size in kept:
        takes.keep(key(text), bytes(size))
        held = [takes.find(key(each)) or b"" for each in "abcdef"]
        assert takes.bytes == sum(len(audio) for audio in held) <= 64
        assert len(takes) == sum(key(each) in takes for each in "abcdef")


def test_a_whole_sound_rings_nobody() -> None:
    rings: list[int] = []
    sound = Sound(b"audio")
    sound.ring_on_change(lambda: rings.append(1))
    assert sound.complete
    assert sound.chunks == 0
    with pytest.raises(AssertionError, match="cannot grow"):
        sound.grow(b"more")
    assert rings == []


def test_everybody_who_waits_for_a_growing_sound_is_told_of_each_change() -> None:
    rings: list[str] = []
    sound = Sound()
    sound.ring_on_change(lambda: rings.append("first"))
    sound.grow(b"aa")
    sound.ring_on_change(lambda: rings.append("second"))
    sound.grow(b"bb")
    sound.finish()
    assert rings == ["first", "first", "second", "first", "second"]
    assert (bytes(sound.audio), sound.chunks, sound.complete) == (b"aabb", 2, True)
    assert sound.failure is None


def test_a_sound_that_failed_keeps_what_it_has() -> None:
    sound = Sound()
    sound.grow(b"aa")
    sound.fail("the line broke")
    assert (bytes(sound.audio), sound.complete, sound.failure) == (b"aa", True, "the line broke")


def test_ten_minutes_are_enough_for_any_part() -> None:
    sound = Sound()
    sound.grow(bytes(SOUND_MS_MAX * 8))
    assert not sound.too_long
    sound.grow(b"x")
    assert sound.too_long


def test_what_is_made_is_told_and_what_is_restored_is_not() -> None:
    told: list[tuple[TakeKey, bytes]] = []
    takes = Takes(bytes_max=10, on_keep=lambda key, audio: told.append((key, audio)))
    assert takes.restore(key("from disk"), b"old")
    takes.keep(key("new"), b"audio")
    takes.keep(key("too long for memory"), bytes(11))
    assert told == [(key("new"), b"audio"), (key("too long for memory"), bytes(11))]
    assert takes.find(key("from disk")) == b"old"


def test_what_is_restored_throws_nothing_out() -> None:
    takes = Takes(bytes_max=10)
    assert takes.restore(key("a"), bytes(6))
    assert not takes.restore(key("b"), bytes(5))
    assert takes.restore(key("c"), bytes(4))
    assert takes.restore(key("a"), bytes(9)), "it is there already"
    assert (takes.bytes, len(takes)) == (10, 2)
