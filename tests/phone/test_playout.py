"""The play-out buffer on pure time: when things are heard, and when marks come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.phone.events import Gap, Segment, SegmentBegan, SegmentClosed, SegmentEnded
from ivr.phone.playout import BUFFER_MS_MAX, Happening, MarkDue, Playout, SoundBegan

LOUD = bytes([0x10, 0x90] * 80)  # 20 ms
QUIET = b"\xff" * 160


def echoes(happenings: tuple[Happening, ...]) -> list[str]:
    return [h.name for h in happenings if isinstance(h, MarkDue)]


def ended(happenings: tuple[Happening, ...]) -> list[Segment]:
    return [h.segment for h in happenings if isinstance(h, SegmentEnded)]


def test_media_is_heard_in_the_order_it_came_and_silence_is_between() -> None:
    playout = Playout(0)
    playout.hear(10)
    playout.media(LOUD, 10)
    playout.media(QUIET, 12)
    playout.media(LOUD, 12)
    assert playout.buffered_ms == 60
    heard = playout.hear(80)
    assert heard.at_ms == 10
    assert heard.audio == LOUD + QUIET + LOUD + b"\xff" * 80
    assert playout.hear(81).audio == b"\xff" * 8


def test_a_look_in_the_middle_of_a_frame_loses_no_sample() -> None:
    playout = Playout(0)
    playout.media(bytes(range(160)), 0)
    heard = b"".join(playout.hear(ms).audio for ms in (0.1, 3.3, 3.3, 7, 19.9, 20))
    assert heard == bytes(range(160))


def test_a_mark_comes_back_when_everything_before_it_was_played_and_not_earlier() -> None:
    playout = Playout(0)
    playout.media(LOUD * 5, 0)
    assert playout.mark("a", 3) == (SegmentClosed(3, 1, "a", 100),)
    assert playout.mark_due_ms == 100
    assert echoes(playout.hear(99.9).happenings) == []
    assert echoes(playout.hear(100).happenings) == ["a"]
    assert playout.mark_due_ms is None


def test_a_mark_with_nothing_before_it_comes_back_at_once() -> None:
    playout = Playout(0)
    playout.hear(500)
    playout.mark("a", 500)
    heard = playout.hear(500)
    assert echoes(heard.happenings) == ["a"]
    assert ended(heard.happenings) == [Segment(1, "a", 500, 500, 500, None, cut=False)]


def test_a_clear_returns_all_pending_marks_at_once_and_empties_the_buffer() -> None:
    playout = Playout(0)
    playout.media(LOUD * 5, 0)
    playout.mark("a", 0)
    playout.media(LOUD * 5, 0)
    playout.mark("b", 0)
    playout.media(LOUD * 5, 0)
    playout.hear(130)
    happenings = playout.clear(130)
    assert echoes(happenings) == ["b"]  # a was played at 100
    assert [(s.number, s.mark, s.start_ms, s.end_ms, s.cut) for s in ended(happenings)] == [
        (2, "b", 100, 130, True),
        (3, None, 130, 130, True),
    ]
    assert playout.buffered_ms == 0
    assert playout.hear(200).audio == b"\xff" * 560


def test_after_a_clear_new_audio_is_heard_at_once() -> None:
    playout = Playout(0)
    playout.media(LOUD * 50, 0)
    playout.hear(30)
    playout.clear(30)
    playout.media(QUIET[:8] + LOUD, 30)
    heard = playout.hear(60)
    assert heard.audio[:168] == QUIET[:8] + LOUD
    assert [h for h in heard.happenings if isinstance(h, SoundBegan)] == [SoundBegan(31, 2, 30)]


def test_a_silent_first_frame_does_not_count_as_sound() -> None:
    playout = Playout(0)
    playout.media(QUIET, 5)
    playout.media(LOUD, 5)
    heard = playout.hear(100)
    assert [type(h) for h in heard.happenings] == [SegmentBegan, SoundBegan]
    assert [h for h in heard.happenings if isinstance(h, SoundBegan)] == [SoundBegan(25, 1, 5)]


def test_sound_that_was_cleared_before_it_played_was_never_heard() -> None:
    playout = Playout(0)
    playout.media(QUIET, 0)
    playout.media(LOUD, 0)
    playout.hear(15)
    (segment,) = ended(playout.clear(15))
    assert segment.sound_ms is None
    assert segment.start_ms == 0
    assert segment.end_ms == 15


def test_audio_that_comes_too_late_leaves_a_gap_inside_its_utterance() -> None:
    playout = Playout(0)
    playout.media(LOUD, 0)
    playout.hear(50)
    playout.media(LOUD, 50)
    playout.mark("a", 50)
    (segment,) = ended(playout.hear(100).happenings)
    assert segment.gaps == (Gap(20, 30),)
    assert segment.end_ms == 70


def test_time_between_two_utterances_is_no_gap() -> None:
    playout = Playout(0)
    playout.media(LOUD, 0)
    playout.mark("a", 0)
    playout.hear(500)
    playout.media(LOUD, 500)
    playout.mark("b", 500)
    (second,) = ended(playout.hear(600).happenings)
    assert second.gaps == ()


def test_more_than_ten_minutes_are_dropped() -> None:
    playout = Playout(0)
    minute = b"\x80" * (60_000 * 8)
    assert all(playout.media(minute, 0) for _ in range(10))
    assert playout.buffered_ms == BUFFER_MS_MAX
    assert not playout.media(LOUD, 0)
    assert playout.buffered_ms == BUFFER_MS_MAX


def test_the_line_is_silent_once_its_last_mark_came_back() -> None:
    playout = Playout(0)
    assert playout.silent_since_ms is None  # it never spoke
    playout.media(LOUD, 0)
    playout.mark("a", 0)
    playout.hear(19)
    assert playout.silent_since_ms is None  # still speaking
    playout.hear(25)
    assert playout.silent_since_ms == 20


def test_a_voice_that_starves_in_the_middle_is_not_silent() -> None:
    playout = Playout(0)
    playout.media(LOUD, 0)
    playout.hear(2000)
    assert playout.silent_since_ms is None
    playout.mark("a", 2000)
    playout.hear(2000)
    assert playout.silent_since_ms == 2000


def test_a_second_text_that_starves_is_not_silent_either() -> None:
    playout = Playout(0)
    playout.media(LOUD, 0)
    playout.mark("a", 0)
    playout.media(LOUD, 0)
    playout.hear(2000)
    assert playout.silent_since_ms is None


def test_after_a_clear_the_line_is_silent_until_it_speaks_again() -> None:
    playout = Playout(0)
    playout.media(LOUD * 10, 0)
    playout.hear(30)
    playout.clear(30)
    assert playout.silent_since_ms == 30
    playout.media(LOUD, 40)
    assert playout.silent_since_ms is None


def test_time_that_runs_backwards_changes_nothing() -> None:
    playout = Playout(0)
    playout.media(LOUD, 0)
    playout.hear(15)
    assert playout.hear(3).audio == b""
    assert len(playout.hear(20).audio) == 40


@pytest.mark.parametrize("first", [1, 7])
def test_segments_are_numbered_on_from_an_earlier_stream(first: int) -> None:
    playout = Playout(1000, first)
    playout.media(LOUD, 1000)
    playout.mark("a", 1000)
    playout.mark("b", 1000)
    assert [s.number for s in ended(playout.hear(2000).happenings)] == [first, first + 1]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("media"), st.binary(min_size=1, max_size=400)),
            st.tuples(st.just("mark"), st.just(b"")),
            st.tuples(st.just("clear"), st.just(b"")),
            st.tuples(st.just("pass"), st.binary(max_size=30)),
        ),
        max_size=30,
    )
)
def test_every_mark_comes_back_exactly_once_in_order_and_no_time_is_lost(
    steps: list[tuple[str, bytes]],
) -> None:
    playout, now, heard = Playout(0), 0.0, 0
    sent: list[str] = []
    back: list[str] = []
    for what, data in steps:
        seen = playout.hear(now)
        heard += len(seen.audio)
        back += echoes(seen.happenings)
        match what:
            case "media":
                playout.media(data, now)
            case "mark":
                sent.append(f"m{len(sent)}")
                playout.mark(sent[-1], now)
            case "clear":
                back += echoes(playout.clear(now))
            case _:
                now += len(data) * 1.7
    seen = playout.hear(now + 60_000)
    back += echoes(seen.happenings)
    assert back == sent
    assert heard + len(seen.audio) == round((now + 60_000) * 8)
