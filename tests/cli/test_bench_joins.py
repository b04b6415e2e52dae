"""What is heard where two parts meet: good joins, and each way they can be bad."""

from __future__ import annotations

import pytest

from ivr.audio import mulaw
from ivr.audio.loudness import normalise, trim
from ivr.audio.mulaw import SILENCE
from ivr.cli.bench_joins import (
    LOUDNESS_DB_MAX,
    SILENCE_MS_MAX,
    STEP_MAX,
    joins_of,
    parts,
    utterances,
)
from ivr.cli.bench_voice import LEAD_MS, TAIL_MS, hum
from ivr.phone.load_call import Piece

BARE = slice(LEAD_MS * 8, -TAIL_MS * 8)
FIXED = hum(20, live=False)[BARE]
LIVE = hum(12, live=True)[BARE]


def heard(audio: bytes, answer: int = 1, start_ms: float = 0.0) -> Piece:
    return Piece(start_ms, audio, answer)


def test_a_good_join_has_no_step_no_silence_and_equal_sides() -> None:
    joins = joins_of([[heard(FIXED + SILENCE * 160 + LIVE + SILENCE * 160 + FIXED)]])
    assert (joins.texts, joins.count) == (1, 2)
    assert joins.step_max is not None
    assert joins.step_max <= STEP_MAX
    assert joins.silence_ms_max is not None
    assert 20 <= joins.silence_ms_max <= 30
    assert joins.loudness_db_max is not None
    assert joins.loudness_db_max <= LOUDNESS_DB_MAX


def test_a_live_part_passed_on_with_its_own_silences_is_too_late() -> None:
    joins = joins_of([[heard(hum(20, live=False) + hum(12, live=True))]])
    assert joins.silence_ms_max is not None
    assert joins.silence_ms_max > SILENCE_MS_MAX
    assert joins.silence_ms_max == pytest.approx(LEAD_MS + TAIL_MS, abs=10)


def test_audio_that_came_too_late_is_silence_too() -> None:
    late_ms = len(FIXED) / 8 + 100
    joins = joins_of([[heard(FIXED, start_ms=50.0), heard(LIVE, start_ms=50.0 + late_ms)]])
    assert joins.silence_ms_max == pytest.approx(100, abs=8)


def test_a_part_that_was_shaped_beside_one_that_was_not_is_heard() -> None:
    shaped = mulaw.encode(normalise(trim(mulaw.decode(hum(20, live=False)))))
    joins = joins_of([[heard(shaped + LIVE)]])
    assert joins.loudness_db_max is not None
    assert joins.loudness_db_max > LOUDNESS_DB_MAX


def test_a_sound_cut_in_the_middle_of_a_wave_makes_a_step() -> None:
    quarter = 8_000 // 200 // 4
    cut = FIXED[: 8_000 + quarter]
    joins = joins_of([[heard(cut + SILENCE * 160 + LIVE)]])
    assert joins.step_max is not None
    assert joins.step_max > STEP_MAX


def test_a_text_of_one_pitch_has_no_join() -> None:
    joins = joins_of([[heard(FIXED + SILENCE * 1_600 + FIXED)]])
    assert (joins.texts, joins.count, joins.step_max) == (1, 0, None)


def test_parts_are_found_on_the_sample() -> None:
    first, second = parts(FIXED + SILENCE * 400 + LIVE)
    assert (first.live, second.live) == (False, True)
    assert first.end == pytest.approx(len(FIXED), abs=16)
    assert second.start == pytest.approx(len(FIXED) + 400, abs=16)


def test_what_was_said_after_one_key_is_one_text() -> None:
    track = [heard(b"a", 1), heard(b"b", 1, 0.125), heard(b"c", 2, 9.0), heard(b"d", 3, 10.0)]
    assert utterances(track) == [b"ab", b"c", b"d"]
