"""The framer: the same frames however the sound was cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.audio.frames import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, Framer
from ivr.audio.mulaw import SILENCE


def framed(chunks: list[bytes]) -> bytes:
    framer = Framer()
    pushed = [framer.push(chunk) for chunk in chunks]
    assert all(len(frames) % FRAME_BYTES == 0 for frames in pushed)
    return b"".join(pushed) + framer.flush()


def test_a_frame_is_20_ms_of_160_bytes() -> None:
    assert (FRAME_MS, FRAME_BYTES, BYTES_PER_MS) == (20, 160, 8)


@given(st.lists(st.binary(max_size=700), max_size=12))
def test_the_frames_do_not_depend_on_how_the_sound_was_cut(chunks: list[bytes]) -> None:
    sound = b"".join(chunks)
    missing = -len(sound) % FRAME_BYTES
    assert framed(chunks) == framed([sound]) == sound + SILENCE * missing


@given(st.lists(st.binary(max_size=700), max_size=12))
def test_no_whole_frame_waits_for_more(chunks: list[bytes]) -> None:
    framer, pushed, framed_bytes = Framer(), 0, 0
    for chunk in chunks:
        pushed += len(chunk)
        framed_bytes += len(framer.push(chunk))
        assert 0 <= pushed - framed_bytes < FRAME_BYTES


def test_the_last_frame_is_filled_up_with_silence() -> None:
    framer = Framer()
    assert framer.push(b"\x00" * 161) == b"\x00" * 160
    assert framer.flush() == b"\x00" + b"\xff" * 159


def test_after_a_flush_it_begins_afresh() -> None:
    framer = Framer()
    framer.push(b"\x00" * 161)
    framer.flush()
    assert framer.flush() == b""
    assert framer.push(b"\x01" * 160) == b"\x01" * 160
