"""Lines about a voice that speaks: moving on a terminal, few in a pipe; virtual time."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ivr.audio.mulaw import SILENCE
from ivr.cli.progress import Progress, summarise
from ivr.cli.speech import Take
from tests.virtual import pass_time, run

LOUD = b"\x10"


def speaking(console: Console, *, silent: bool = False) -> None:
    """Five seconds in which a chunk comes each half second."""

    async def work() -> None:
        take = Take()
        with Progress(take, console) as progress:
            if silent:
                progress.leave()
            take.asked()
            for _ in range(10):
                await pass_time(0.5)
                take.arrived(LOUD * 8_000)
                progress.moved()

    run(work())


def test_a_pipe_gets_a_line_every_two_seconds_and_not_one_for_each_chunk() -> None:
    page = io.StringIO()
    speaking(Console(file=page))
    assert page.getvalue().splitlines() == [
        "first audio  500 ms",
        "… 4.0 s of sound in 4 chunks, after 2.00 s",
        "… 8.0 s of sound in 8 chunks, after 4.00 s",
    ]


def test_a_terminal_sees_the_last_state_in_one_line_that_moves() -> None:
    page = io.StringIO()
    speaking(Console(file=page, force_terminal=True))
    assert "10.0 s of sound in 10 chunks" in page.getvalue()
    assert "after" not in page.getvalue()


def test_nothing_moves_where_somebody_types() -> None:
    for terminal in (True, False):
        page = io.StringIO()
        speaking(Console(file=page, force_terminal=terminal), silent=True)
        assert "of sound" not in page.getvalue()


def test_the_first_audio_is_told_when_it_is_there_and_once() -> None:
    for terminal in (True, False):
        page = io.StringIO()
        console = Console(file=page, force_terminal=terminal, color_system=None)
        speaking(console, silent=True)
        assert page.getvalue().count("first audio  500 ms") == 1


@pytest.mark.parametrize("typed", [True, False])
def test_a_take_is_summed_up_in_two_lines_and_a_person_is_not_measured(typed: bool) -> None:
    page = io.StringIO()

    async def work() -> None:
        take = Take()
        take.asked()
        await pass_time(0.25)
        take.arrived(SILENCE * 80 + LOUD * 7_920)
        summarise(take, Console(file=page), typed=typed)

    run(work())
    assert page.getvalue().splitlines() == [
        "sound        1.00 s in 1 chunk, 8,000 bytes, the first 10 ms silent",
        "last audio   0.25 s after the first word"
        if typed
        else "made in      0.25 s, 4.0 times as fast as it plays",
    ]
