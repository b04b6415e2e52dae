"""Chunks, their sizes and their times, on the virtual clock; and the limit of a plan."""

from __future__ import annotations

import asyncio
import math

import pytest

from ivr.fakes.elevenlabs import Pace, Tone, audio_of
from ivr.fakes.elevenlabs.catalogue import FORMATS
from ivr.fakes.elevenlabs.speech import Chunk, Delivery, Lanes, TooMany
from tests.virtual import pass_time, run

WORDS = "Hello there, hold the line."


async def arrivals(
    pace: Pace, form: str = "ulaw_8000", *, texts: tuple[str, ...] = (WORDS,), **how: bool
) -> list[tuple[float, Chunk]]:
    """Chunks with the milliseconds they came at; all texts were asked for at once."""
    loop = asyncio.get_running_loop()
    delivery = Delivery(pace, Tone().mouth(FORMATS[form]), FORMATS[form], "en")
    began = loop.time()
    return [
        (round((loop.time() - began) * 1000, 3), chunk)
        for text in texts
        async for chunk in delivery.chunks(text, asked_at=began, **how)
    ]


def test_without_a_pace_everything_comes_at_once() -> None:
    came = run(arrivals(Pace()))
    assert {ms for ms, _ in came} == {0}
    assert b"".join(chunk.audio for _, chunk in came) == audio_of(WORDS)


def test_the_first_byte_and_the_speed_say_when_chunks_come() -> None:
    came = run(arrivals(Pace(first_byte_ms=75, speed=10, chunk_ms=(93, 131))))
    assert [ms for ms, _ in came][:4] == [75, 84.3, 97.4, 106.7]


def test_a_second_text_does_not_wait_for_its_first_byte_again() -> None:
    one = run(arrivals(Pace(first_byte_ms=75, speed=1)))
    both = run(arrivals(Pace(first_byte_ms=75, speed=1), texts=(WORDS, " More.")))
    assert both[len(one)][0] - both[len(one) - 1][0] < 75


def test_jitter_is_the_same_for_the_same_seed() -> None:
    def times(seed: int) -> list[float]:
        return [ms for ms, _ in run(arrivals(Pace(speed=10, jitter_ms=20, seed=seed)))]

    assert times(1) == times(1) != times(2)


@pytest.mark.parametrize("form", ["ulaw_8000", "pcm_22050", "pcm_48000"])
def test_chunks_are_whole_samples_and_never_whole_frames(form: str) -> None:
    came = run(arrivals(Pace(), form))
    sizes = [len(chunk.audio) for _, chunk in came][:-1]
    frame = FORMATS[form].rate // 50 * FORMATS[form].sample_bytes
    assert all(size % FORMATS[form].sample_bytes == 0 and size % frame for size in sizes)


def test_odd_chunks_are_odd_and_lose_nothing() -> None:
    came = run(arrivals(Pace(), "pcm_8000", odd=True))
    assert all(len(chunk.audio) % 2 for _, chunk in came[:-1])
    assert b"".join(chunk.audio for _, chunk in came) == audio_of(WORDS, "pcm_8000")


@pytest.mark.parametrize("timing_first", [False, True])
def test_every_letter_stands_on_one_chunk(timing_first: bool) -> None:
    came = run(arrivals(Pace(), timing_first=timing_first))
    letters = [each.character for _, chunk in came for each in chunk.letters]
    assert "".join(letters) == WORDS
    assert (len(came[0][1].letters) == len(WORDS)) is timing_first


@pytest.mark.parametrize("chunk_ms", [(), (20,), (93, 160), (0,)])
def test_chunks_of_whole_frames_are_refused(chunk_ms: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no multiple of 20 ms"):
        Pace(chunk_ms=chunk_ms)


def test_a_voice_without_speed_is_refused() -> None:
    with pytest.raises(ValueError, match="not faster than 0"):
        Pace(speed=0)
    assert Pace().speed == math.inf


def test_a_lane_is_waited_for_and_then_refused() -> None:
    async def test() -> None:
        lanes = Lanes(1, queue_ms=50)
        free = asyncio.Event()

        async def hold() -> None:
            async with lanes.lane():
                await free.wait()

        async with asyncio.TaskGroup() as group:
            group.create_task(hold())
            await pass_time(0.001)
            assert lanes.taken == 1
            with pytest.raises(TooMany):
                async with lanes.lane():
                    pass
            free.set()
            async with lanes.lane():
                assert lanes.taken == 1
        assert lanes.taken == 0

    run(test())
