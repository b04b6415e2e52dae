"""What a voice gave, with its times, and playing it at the pace of a telephone; virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from ivr.audio.mulaw import SILENCE
from ivr.cli.speech import LEAD_MS, PIECE_MS, TAIL_MS, Playback, Take, listen
from ivr.errors import VoiceError
from tests.virtual import pass_time, run

LOUD = b"\x10"


async def spoken(*parts: tuple[float, bytes]) -> AsyncGenerator[bytes, None]:
    for seconds, audio in parts:
        await pass_time(seconds)
        yield audio


def test_a_take_knows_when_its_first_audio_came_and_how_fast_the_rest() -> None:
    take, heard = Take(), list[bytes]()

    async def work() -> None:
        take.asked()
        parts = spoken((0.2, SILENCE * 400 + LOUD * 400), (0.3, LOUD * 7_200))
        await listen(parts, take, heard.append)

    run(work())
    assert (take.first_ms, take.took_ms) == pytest.approx((200, 500))
    assert (take.sound_ms, take.silence_ms, take.chunks) == (1_000, 50, 2)
    assert take.rate == pytest.approx(2)
    assert b"".join(heard) == take.audio


def test_a_silent_take_is_silence_all_through() -> None:
    take = Take()

    async def work() -> None:
        take.asked()
        await listen(spoken((0, SILENCE * 160)), take)

    run(work())
    assert take.silence_ms == take.sound_ms == 20


def test_what_came_before_a_failure_stays_in_the_take() -> None:
    take = Take()

    async def breaks() -> AsyncGenerator[bytes, None]:
        yield LOUD * 80
        raise VoiceError("gone", retryable=True)

    async def work() -> None:
        take.asked()
        await listen(breaks(), take)

    with pytest.raises(VoiceError):
        run(work())
    assert take.sound_ms == 10


def test_the_first_word_starts_the_clock_and_later_ones_do_not() -> None:
    take = Take()

    async def work() -> None:
        take.asked()
        await pass_time(1)
        take.asked()
        take.arrived(LOUD)

    run(work())
    assert take.first_ms == pytest.approx(1_000)


def test_nothing_asked_and_nothing_come_is_no_speed() -> None:
    assert Take().rate == 0
    assert Take().first_ms is None


def test_sound_that_is_made_at_once_is_played_at_its_own_pace() -> None:
    given: list[tuple[float, int]] = []

    async def work() -> float:
        loop = asyncio.get_running_loop()
        playback = Playback(lambda audio: given.append((loop.time(), len(audio))))
        playback.hear(LOUD * 8_000)
        playback.end()
        await playback.run()
        return loop.time()

    assert run(work()) == pytest.approx(1 + TAIL_MS / 1000)
    assert sum(size for _, size in given) == 8_000
    ahead_ms = [sum(n for _, n in given[:i]) / 8 - given[i][0] * 1000 for i in range(len(given))]
    assert max(ahead_ms) == pytest.approx(LEAD_MS)
    assert max(size for _, size in given) == PIECE_MS * 8


def test_a_gap_in_the_speech_is_a_gap_in_the_sound_and_nothing_is_lost() -> None:
    given: list[tuple[float, bytes]] = []

    async def work() -> float:
        loop = asyncio.get_running_loop()
        playback = Playback(lambda audio: given.append((loop.time(), audio)))
        async with asyncio.TaskGroup() as group:
            group.create_task(playback.run())
            playback.hear(LOUD * 800)
            await pass_time(2)
            playback.hear(SILENCE * 800)
            playback.end()
        return loop.time()

    assert run(work()) == pytest.approx(2.1 + TAIL_MS / 1000)
    assert given == [(0, LOUD * 800), (pytest.approx(2), SILENCE * 800)]
