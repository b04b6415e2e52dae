"""What of a caller's audio becomes a recording: its silence, its end, and what the carrier lost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.audio import tones
from ivr.audio.mulaw import SILENCE
from ivr.calls.recorder import (
    END_MS,
    LATE_MAX,
    PAYLOAD_BYTES_MAX,
    TAIL_MS,
    Recorder,
    Why,
)
from tests.calls.voices import noise, over, silence, speech

FRAME = 160


def recorded(
    audio: bytes, *, max_ms: int = 60_000, silence_ms: int = 5_000
) -> tuple[Recorder, bytes]:
    """A recording of this, as the carrier brings it: 20 ms at a time."""
    recorder = Recorder(max_ms, silence_ms)
    for at in range(0, len(audio), FRAME):
        recorder.hear(audio[at : at + FRAME], 1_000 + at // 8)
    return recorder, recorder.take()


def test_what_is_said_is_recorded_byte_for_byte_and_the_silence_behind_it_is_cut() -> None:
    said = speech(3_000)
    recorder, taken = recorded(said + silence(1_000))
    assert (recorder.why, taken) == (None, said + silence(1_000))
    assert 3_000 <= recorder.end(Why.HUNG_UP) // 8 <= 3_000 + TAIL_MS
    assert recorder.end(Why.HUNG_UP) >= len(said) - FRAME


@pytest.mark.parametrize("line_dbfs", [None, -60.0, -45.0, -32.0])
@pytest.mark.parametrize("voice_dbfs", [-14.0, -22.0])
def test_silence_ends_it_however_loud_the_line_is(
    line_dbfs: float | None, voice_dbfs: float
) -> None:
    call = speech(4_000, voice_dbfs) + silence(8_000)
    if line_dbfs is not None:
        call = over(call, noise(12_000, line_dbfs))
    recorder, taken = recorded(call)
    assert recorder.why is Why.SILENCE
    assert 8_500 <= len(taken) // 8 <= 9_500
    assert 3_700 <= recorder.end(Why.SILENCE) // 8 <= 4_700


def test_a_caller_who_thinks_for_a_while_is_not_cut_off() -> None:
    thinks = speech(2_000) + silence(4_500) + speech(2_000, seed=9)
    recorder, taken = recorded(over(thinks, noise(8_500, -50)))
    assert recorder.why is None
    assert len(taken) == len(thinks)


@pytest.mark.parametrize(
    "line", [silence(9_000), noise(9_000, -40.0), (silence(1_500) + noise(20, -10.0)) * 6]
)
def test_nobody_has_spoken_where_there_is_only_the_line_or_a_click(line: bytes) -> None:
    recorder, _ = recorded(line)
    assert recorder.why is Why.SILENCE
    assert recorder.end(Why.SILENCE) // 8 < 2_000


def test_the_longest_time_ends_it_to_the_byte() -> None:
    recorder, taken = recorded(speech(5_000), max_ms=3_000)
    assert (recorder.why, len(taken)) == (Why.LIMIT, 3_000 * 8)
    assert recorder.end(Why.LIMIT) == 3_000 * 8


@pytest.mark.parametrize("lag_ms", [0, 200])
@pytest.mark.parametrize("presses", ["#", "###"])
def test_the_tone_of_the_end_key_is_not_in_the_message(presses: str, lag_ms: int) -> None:
    said = speech(3_000)
    tone = tones.keys(presses)[: -tones.GAP_MS * 8]
    recorder, _ = recorded(said + tone[-tones.KEY_MS * 8 :] + silence(lag_ms))
    end = recorder.end(Why.KEY)
    assert len(said) - 60 * 8 <= end <= len(said)
    assert recorder.end(Why.HUNG_UP) > len(said), "without a key nothing is taken for one"


def test_without_a_tone_a_little_is_cut_where_a_key_ended_it() -> None:
    recorder, _ = recorded(speech(3_000))
    assert recorder.end(Why.KEY) == (3_000 - END_MS) * 8


def test_an_earlier_key_in_the_message_stays() -> None:
    recorder, _ = recorded(speech(2_000) + tones.keys("5") + speech(1_000))
    assert recorder.end(Why.KEY) // 8 > 2_900


def test_what_is_heard_again_begins_with_the_first_word() -> None:
    said = silence(900) + speech(2_000)
    replays = Recorder(60_000, 5_000, replays=True)
    replays.hear(said[:14_400], 0)
    replays.hear(said[14_400:], 0)
    again = replays.sound(20_000)
    assert said[:20_000].endswith(again)
    assert 19_500 - 900 * 8 <= len(again) <= 20_000 - 850 * 8
    assert recorded(said)[0].sound(20_000) == b"", "others keep nothing in memory"


# --------------------------------------------------------------------------- the carrier


def test_what_the_carrier_lost_is_silence_and_what_comes_twice_is_dropped() -> None:
    said = speech(400)
    recorder = Recorder(60_000, 5_000)
    recorder.hear(said[:FRAME], 500)
    recorder.hear(said[:FRAME], 500)
    recorder.hear(said[FRAME * 3 : FRAME * 4], 560)
    recorder.hear(said[FRAME : FRAME * 2], 520)
    recorder.hear(said[FRAME * 3 : FRAME * 6], 560)
    expected = said[:FRAME] + SILENCE * (2 * FRAME) + said[FRAME * 3 : FRAME * 6]
    assert recorder.take() == expected
    assert recorder.counts == {"late": 2, "missing_ms": 40}


def test_a_carrier_that_lost_the_whole_rest_has_left_silence_and_no_more_than_ends_it() -> None:
    recorder = Recorder(60_000, 5_000)
    recorder.hear(speech(1_000), 20)
    recorder.hear(speech(20), 10**12)
    assert recorder.why is Why.SILENCE
    assert len(recorder.take()) // 8 <= 6_000


def test_a_carrier_whose_clock_begins_afresh_or_tells_nothing_is_heard() -> None:
    said = [speech(20, seed=number) for number in range(LATE_MAX + 50)]
    recorder = Recorder(60_000, 5_000)
    recorder.hear(said[0], 90_000)
    for number, frame in enumerate(said):
        recorder.hear(frame, 20 + number * 20)
    assert recorder.counts["late"] == LATE_MAX
    assert recorder.heard == FRAME * (len(said) - LATE_MAX + 1)
    untold = Recorder(60_000, 5_000)
    for frame in said:
        untold.hear(frame, 0)
    assert untold.take() == b"".join(said)


def test_a_payload_that_is_far_too_long_is_cut_and_counted() -> None:
    recorder = Recorder(600_000, 60_000)
    recorder.hear(bytes(PAYLOAD_BYTES_MAX * 3), 20)
    assert (recorder.heard, recorder.counts["overlong"]) == (PAYLOAD_BYTES_MAX, 1)


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(0, 700), max_size=40), jitter=st.lists(st.integers(-9, 9)))
def test_however_the_audio_is_cut_into_payloads_the_recording_is_the_same(
    sizes: list[int], jitter: list[int]
) -> None:
    """Payloads of odd sizes, at times that are not quite right."""
    said, at = speech(1_000), 0
    recorder = Recorder(60_000, 5_000)
    for size, off in itertools.zip_longest(sizes, jitter, fillvalue=0):
        if payload := said[at : at + size]:
            recorder.hear(payload, max(1, 1_000 + at // 8 + off * bool(at)))
        at += size
    taken = recorder.take()
    assert taken == said[: len(taken)]
    assert min(at, len(said)) - len(taken) < FRAME
    assert not recorder.counts


@settings(max_examples=60, deadline=None)
@given(
    messages=st.lists(st.tuples(st.binary(max_size=400), st.integers(-(2**62), 2**62)), max_size=30)
)
def test_whatever_the_carrier_sends_a_recording_stays_within_its_limits(
    messages: list[tuple[bytes, int]],
) -> None:
    recorder = Recorder(2_000, 1_000)
    for payload, timestamp in messages:
        recorder.hear(payload, timestamp)
    taken = recorder.take()
    assert len(taken) <= 2_000 * 8
    assert len(taken) % FRAME == 0
    for why in Why:
        assert 0 <= recorder.end(why) <= len(taken)
