"""What a simulated caller says: as long as it should be, as loud as a voice, and no key or tone."""

from __future__ import annotations

from itertools import pairwise

from ivr.audio.loudness import active_rms_dbfs, rms_dbfs, silences
from ivr.audio.tones import is_key
from ivr.phone.babble import MS_MAX, babble


def test_it_has_its_length_and_the_level_and_the_pauses_of_speech() -> None:
    said = babble(3_000)
    assert len(said) == 3_000 * 8
    assert -24 < active_rms_dbfs(said) < -12
    levels = [rms_dbfs(said[at : at + 160]) for at in range(0, len(said), 160)]
    rises = sum(after - before > 6 for before, after in pairwise(levels))
    assert rises >= 10, "syllables"
    assert not silences(said, 60)
    assert not any(is_key(said[at : at + 160]) for at in range(0, len(said), 160))


def test_it_is_the_same_every_time_and_has_an_end() -> None:
    assert babble(500) == babble(500)
    assert len(babble(MS_MAX + 1_000)) == MS_MAX * 8
