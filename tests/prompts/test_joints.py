"""Where pieces meet: silence cut away, in a stream as in the whole, and one loudness."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.audio.frames import BYTES_PER_MS
from ivr.audio.loudness import (
    SPEECH_DBFS,
    active_rms_dbfs,
    leading_silence_ms,
    trailing_silence_ms,
)
from ivr.audio.mulaw import SILENCE
from ivr.prompts.joints import (
    EDGE_MS,
    Leveller,
    Levels,
    Trimmer,
    gain_table,
    pause_ms,
    trimmed,
)
from tests.audio.sounds import tone

SPEECH = tone(440, 200)


def with_silence(before_ms: int, after_ms: int) -> bytes:
    return SILENCE * (before_ms * BYTES_PER_MS) + SPEECH + SILENCE * (after_ms * BYTES_PER_MS)


@pytest.mark.parametrize(("before", "after"), [(0, 0), (5, 300), (300, 5), (120, 700)])
def test_of_silence_at_the_edges_ten_ms_stay(before: int, after: int) -> None:
    piece = trimmed(with_silence(before, after))
    assert leading_silence_ms(piece) <= EDGE_MS + 1
    assert trailing_silence_ms(piece) <= EDGE_MS + 1
    assert SPEECH.strip(SILENCE) in piece


def test_nothing_is_left_of_a_silent_piece() -> None:
    assert trimmed(SILENCE * 4000) == b""
    assert trimmed(b"") == b""


def test_silence_inside_a_piece_stays() -> None:
    piece = SPEECH + SILENCE * 4000 + SPEECH
    assert len(trimmed(piece)) == len(piece)


@given(st.integers(0, 2000), st.integers(0, 4000), st.integers(0, 10**6))
def test_a_stream_is_cut_like_the_whole(before: int, after: int, seed: int) -> None:
    dice = random.Random(seed)
    whole = SILENCE * before + SPEECH + SILENCE * 800 + SPEECH + SILENCE * after
    trimmer = Trimmer()
    out = b""
    at = 0
    while at < len(whole):
        size = dice.randint(1, 900)
        out += trimmer.push(whole[at : at + size])
        at += size
    assert out == trimmed(whole)


def test_speech_is_passed_on_at_once() -> None:
    assert Trimmer().push(SPEECH) == SPEECH


@pytest.mark.parametrize("db", [-6.0, -0.5, 0.0, 3.5])
def test_a_gain_is_heard_as_such(db: float) -> None:
    quiet = tone(440, 400, dbfs=-20)
    louder = quiet.translate(gain_table(round(db * 10)))
    assert active_rms_dbfs(louder) - active_rms_dbfs(quiet) == pytest.approx(db, abs=0.2)


def test_no_gain_makes_a_loud_sample_turn_over() -> None:
    loud = tone(440, 100, dbfs=-1)
    assert active_rms_dbfs(loud.translate(gain_table(120))) > -4


def test_a_pause_is_what_the_mark_asks_for() -> None:
    assert pause_ms("Thank you.") > pause_ms("Thank you,") == pause_ms("thank you ") > 0


def test_only_the_beginning_may_be_cut() -> None:
    trimmer = Trimmer(end_too=False)
    whole = with_silence(200, 300)
    out = b"".join(trimmer.push(whole[at : at + 100]) for at in range(0, len(whole), 100))
    assert leading_silence_ms(out) <= EDGE_MS + 1
    assert trailing_silence_ms(out) >= 299


@pytest.mark.parametrize("dbfs", [-28, -20, -15])
def test_live_speech_gets_the_level_of_takes(dbfs: float) -> None:
    leveller = Leveller(Levels())
    speech = tone(440, 900, dbfs=dbfs)
    out = b"".join(leveller.push(speech[at : at + 2400]) for at in range(0, len(speech), 2400))
    assert active_rms_dbfs(out) == pytest.approx(SPEECH_DBFS, abs=0.3)


def test_a_short_beginning_is_judged_by_how_loud_the_voice_usually_is() -> None:
    levels = Levels()
    for dbfs in (-24.0, -26.0, -25.0):
        levels.note(dbfs)
    loud = tone(440, 50, dbfs=-18)
    louder = active_rms_dbfs(Leveller(levels).push(loud)) - active_rms_dbfs(loud)
    assert louder == pytest.approx(SPEECH_DBFS - -25, abs=0.2)


@pytest.mark.parametrize("samples", [8, 80, 400])
def test_a_moment_of_a_voice_that_nobody_knows_yet_sets_no_gain(samples: int) -> None:
    speech = tone(440, 900, dbfs=-24)
    leveller = Leveller(Levels())
    out = leveller.push(speech[:samples]) + leveller.push(speech[samples:])
    assert active_rms_dbfs(out) == pytest.approx(-24, abs=0.2)


def test_silence_and_noise_are_not_made_loud() -> None:
    leveller = Leveller(Levels())
    assert leveller.push(SILENCE * 4000) == SILENCE * 4000
    assert active_rms_dbfs(Leveller(Levels()).push(tone(440, 400, dbfs=-40))) < -30
