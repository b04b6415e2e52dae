"""The counted play-out buffer: when things are played, and that it is the telephone's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.phone.events import SegmentEnded
from ivr.phone.load_buffer import Buffer, Gap
from ivr.phone.playout import MarkDue, Playout

SECOND = 8_000


def test_audio_that_comes_early_waits_for_what_came_before_it() -> None:
    buffer = Buffer()
    assert buffer.media(SECOND, 100.0) == 100.0
    assert buffer.media(SECOND, 150.0) == 1_100.0
    assert buffer.gaps == []


def test_audio_that_comes_twenty_milliseconds_too_late_is_a_gap() -> None:
    buffer = Buffer()
    buffer.media(SECOND, 0.0)
    buffer.media(SECOND, 1_020.0)
    assert buffer.gaps == [Gap(1_000.0, 20.0)]


def test_audio_that_comes_nineteen_milliseconds_too_late_is_none() -> None:
    buffer = Buffer()
    buffer.media(SECOND, 0.0)
    buffer.media(SECOND, 1_019.0)
    assert buffer.gaps == []


def test_silence_between_two_utterances_is_no_gap() -> None:
    buffer = Buffer()
    buffer.media(SECOND, 0.0)
    buffer.mark("a", 10.0)
    buffer.media(SECOND, 5_000.0)
    assert buffer.gaps == []


def test_a_caller_who_interrupts_a_starving_utterance_has_heard_a_gap() -> None:
    buffer = Buffer()
    buffer.media(SECOND, 0.0)
    buffer.clear(1_300.0)
    assert buffer.gaps == [Gap(1_000.0, 300.0)]


def test_a_clear_returns_all_marks_and_plays_the_next_audio_at_once() -> None:
    buffer = Buffer()
    buffer.media(SECOND, 0.0)
    buffer.mark("a", 0.0)
    buffer.media(SECOND, 0.0)
    buffer.mark("b", 0.0)
    assert buffer.clear(500.0) == ["a", "b"]
    assert buffer.settled
    assert buffer.media(SECOND, 510.0) == 510.0


def test_it_is_settled_only_when_every_mark_was_sent_back() -> None:
    buffer = Buffer()
    settled = [buffer.settled]
    buffer.media(SECOND, 0.0)
    settled.append(buffer.settled)
    buffer.mark("a", 0.0)
    assert buffer.due(999.0) == []
    assert buffer.next_due == 1_000.0
    settled.append(buffer.settled)
    assert buffer.due(1_000.0) == ["a"]
    settled.append(buffer.settled)
    assert settled == [True, False, False, True]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["media", "media", "media", "mark", "clear", "wait"]),
        st.integers(1, 40),
    ),
    max_size=40,
)


@given(STEPS)
def test_marks_come_back_and_gaps_are_found_as_the_telephone_does_it(
    steps: list[tuple[str, int]],
) -> None:
    now, names = 0.0, 0
    buffer, playout = Buffer(), Playout(0.0)
    ours: list[str] = []
    theirs: list[str] = []
    gaps: list[tuple[float, float]] = []

    def note(happenings: tuple[object, ...]) -> None:
        for each in happenings:
            if isinstance(each, MarkDue):
                theirs.append(each.name)
            elif isinstance(each, SegmentEnded):
                gaps.extend((gap.at_ms, gap.ms) for gap in each.segment.gaps if gap.ms >= 20)

    for what, size in steps:
        ours += buffer.due(now)
        note(playout.hear(now).happenings)
        match what:
            case "media":
                buffer.media(size * 160, now)
                playout.media(b"\x10" * size * 160, now)
            case "mark":
                names += 1
                buffer.mark(f"m{names}", now)
                playout.mark(f"m{names}", now)
            case "clear" if not buffer.settled:
                starving = len(buffer.gaps)
                ours += buffer.clear(now)
                # Only the counted one takes silence before an interruption for a gap.
                del buffer.gaps[starving:]
                note(playout.clear(now))
            case _:
                now += size * 10
    ours += buffer.due(now + 1e6)
    note(playout.mark("last", now))
    note(playout.hear(now + 1e6).happenings)
    assert [name for name in theirs if name != "last"] == ours
    assert gaps == [(gap.at_ms, gap.ms) for gap in buffer.gaps]
