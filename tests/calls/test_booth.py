"""A call's own speech: kept while the call lasts, within bounds, and found again."""

from __future__ import annotations

from ivr.calls.booth import BYTES_MAX, Booth, Request
from ivr.prompts.takes import Sound


def request(text: str) -> Request:
    return Request("ana", "en-US", text)


def whole(size: int = 10) -> Sound:
    return Sound(b"a" * size)


def test_what_was_made_is_found_again() -> None:
    booth, sound = Booth("CA1"), whole()
    booth.keep(request("a"), sound)
    assert booth.find(request("a")) is sound
    assert booth.find(request("b")) is None


def test_what_failed_is_not_found() -> None:
    booth, sound = Booth("CA1"), Sound()
    booth.keep(request("a"), sound)
    sound.fail("no luck")
    assert booth.find(request("a")) is None


def test_what_another_voice_said_is_good_for_once() -> None:
    booth, sound = Booth("CA1"), Sound()
    booth.keep(request("a"), sound)
    booth.ahead.add(request("a"))
    sound.fell("ana", "no luck")
    assert booth.find(request("a")) is sound
    assert booth.find(request("a")) is None


def test_what_waits_for_its_turn_is_not_there() -> None:
    booth = Booth("CA1")
    booth.keep(request("a"), Sound())
    booth.queued.add(request("a"))
    assert booth.find(request("a")) is None


def test_the_oldest_whole_sounds_go_where_there_are_too_many() -> None:
    booth, growing = Booth("CA1"), Sound()
    booth.keep(request("growing"), growing)
    for name in "abc":
        booth.keep(request(name), whole(BYTES_MAX // 2))
    assert list(booth.made) == [request("growing"), request("b"), request("c")]


def test_what_was_kept_last_stays_however_long_it_is() -> None:
    booth = Booth("CA1")
    for name in "ab":
        booth.keep(request(name), whole(BYTES_MAX + 1))
        booth.ahead.add(request(name))
    assert list(booth.made) == [request("b")]
    assert booth.unwanted([]) == []


def test_what_a_caller_is_told_is_in_no_log() -> None:
    secret = Request("ana", "en-US", "1 2 3 4", before="I have", after="right", joined=True)
    assert repr(secret) == "Request(voice='ana', language='en-US', joined=True)"


def test_only_what_is_on_its_way_for_nobody_is_unwanted() -> None:
    booth, wanted, asked, unwanted = Booth("CA1"), Sound(), Sound(), Sound()
    for name, sound in (("w", wanted), ("x", asked), ("u", unwanted), ("done", whole())):
        booth.keep(request(name), sound)
        booth.ahead.add(request(name))
    booth.find(request("x"))
    assert booth.unwanted([request("w")]) == [unwanted]


def test_a_forgotten_sound_is_nowhere() -> None:
    booth, sound = Booth("CA1"), Sound()
    booth.keep(request("a"), sound)
    booth.ahead.add(request("a"))
    booth.queued.add(request("a"))
    booth.forget(sound)
    assert (booth.made, booth.ahead, booth.queued) == ({}, set(), set())


def test_it_knows_whether_anything_made_could_be_a_piece_of_a_text() -> None:
    booth = Booth("CA1")
    booth.keep(request("Ana Gómez"), whole())
    assert booth.speaks_of("Thank you, Ana Gómez. Goodbye.")
    assert not booth.speaks_of("Thank you, Bo. Goodbye.")
