"""When text becomes speech: auto mode, schedule, trigger, flush."""

from __future__ import annotations

from ivr.fakes.elevenlabs.buffer import Buffer


def test_auto_mode_speaks_every_message_as_it_comes() -> None:
    buffer = Buffer(auto_mode=True)
    assert [buffer.push("One. "), buffer.push("Two. ")] == ["One. ", "Two. "]


def test_without_it_text_gathers_until_the_schedule_asks_for_no_more() -> None:
    buffer = Buffer(auto_mode=False)
    pushed = [len(buffer.push("x" * 10)) for _ in range(12 + 16 + 25 + 29 + 29)]
    assert [length for length in pushed if length] == [120, 160, 250, 290, 290]


def test_the_schedule_of_a_client_takes_its_place() -> None:
    buffer = Buffer(auto_mode=False, schedule=(50, 60))
    pushed = [len(buffer.push("x" * 10)) for _ in range(5 + 6 + 6)]
    assert [length for length in pushed if length] == [50, 60, 60]


def test_a_flush_speaks_what_has_gathered() -> None:
    buffer = Buffer(auto_mode=False)
    assert buffer.push("One ") == ""
    assert buffer.push("two. ", flush=True) == "One two. "
    assert buffer.push("", flush=True) == ""


def test_a_trigger_speaks_above_its_minimum_only() -> None:
    buffer = Buffer(auto_mode=False)
    assert buffer.push("x" * 49, trigger=True) == ""
    assert buffer.push("x", trigger=True) == "x" * 50


def test_white_space_is_not_spoken_but_waits_for_its_words() -> None:
    buffer = Buffer(auto_mode=True)
    assert buffer.push(" ", flush=True) == ""
    assert buffer.push("Hi. ") == " Hi. "
