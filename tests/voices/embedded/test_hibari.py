"""The English synthesiser as it is installed; these tests need the extra ``embedded``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import hibari as library  # type: ignore[import-untyped]
import numpy as np
from hibari.voices import VOICES  # type: ignore[import-untyped]

from ivr.voices.embedded import choices, hibari

SPEAKER = choices.SPEAKERS[0]


def say(text: str, speed: float = 1.0) -> bytes:
    return hibari.say(text, speaker=SPEAKER, speed=speed)


def test_only_speakers_that_need_no_download_are_offered() -> None:
    bundled = {name for name, voice in VOICES.items() if voice.get("bundled")}
    assert set(choices.SPEAKERS) == bundled


def test_it_speaks_at_the_rate_it_says() -> None:
    assert library.SAMPLE_RATE == hibari.RATE
    assert 0.8 < len(say("For sales, press one.")) / 2 / hibari.RATE < 4


def test_the_same_text_gives_the_same_samples_in_many_threads_at_once() -> None:
    texts = ["For sales, press one.", "Thank you for calling.", "Goodbye."] * 4
    alone = {text: say(text) for text in texts}
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(say, texts)) == [alone[text] for text in texts]


def test_twice_the_speed_takes_half_the_time() -> None:
    text = "For sales, press one. For support, press two."
    assert 0.4 < len(say(text, speed=2)) / len(say(text)) < 0.6


def test_a_text_it_cannot_read_gives_nothing() -> None:
    assert say("漢字") == b""


def test_nothing_it_says_is_clipped() -> None:
    samples = np.frombuffer(say("Peter Piper picked a peck of pickled peppers!"), "<i2")
    assert np.abs(samples.astype(int)).max() < 32_000


def test_warming_up_twice_is_no_harm() -> None:
    hibari.warm(SPEAKER)
    hibari.warm(SPEAKER)
