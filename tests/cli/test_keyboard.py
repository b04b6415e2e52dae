"""The keyboard, on a real pseudo-terminal."""

from __future__ import annotations

import asyncio
import io
import os
import select
import termios
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

import pytest

from ivr.cli.keyboard import Keyboard

PATIENCE_S = 5


@contextmanager
def terminal() -> Generator[tuple[int, TextIO], None, None]:
    """A terminal: the end a person types into, and the end a program reads from."""
    typing, reading = os.openpty()
    with open(reading, encoding="utf-8", closefd=True) as stream:
        try:
            yield typing, stream
        finally:
            os.close(typing)


def typed(data: bytes, wanted: int) -> list[str]:
    """What arrives when somebody types this; waits for so many arrivals."""
    arrived: list[str] = []

    async def work(typing: int, stream: TextIO) -> None:
        enough = asyncio.Event()

        def arrive(what: str) -> None:
            arrived.append(what)
            if len(arrived) >= wanted:
                enough.set()

        with Keyboard(arrive, lambda: arrive("hang up"), stream=stream):
            os.write(typing, data)
            async with asyncio.timeout(PATIENCE_S):
                await enough.wait()

    with terminal() as (typing, stream):
        asyncio.run(work(typing, stream))
    return arrived


def test_keys_arrive_without_enter_and_other_letters_do_not() -> None:
    assert typed(b"1x*y#0", 4) == ["1", "*", "#", "0"]


@pytest.mark.parametrize("key", [b"h", b"q", b"\x04", b"H"])
def test_h_q_and_control_d_hang_up(key: bytes) -> None:
    assert typed(key, 1) == ["hang up"]


def test_arrows_press_nothing() -> None:
    async def work(typing: int, stream: TextIO) -> None:
        pressed = asyncio.Queue[str]()
        with Keyboard(pressed.put_nowait, lambda: None, stream=stream):
            os.write(typing, b"\x1b[15~")  # F5
            loop = asyncio.get_running_loop()
            while True:  # until it was read: the terminal has nothing left
                ready = loop.create_future()
                loop.call_soon(ready.set_result, None)
                await ready
                if not _waiting(stream):
                    break
            os.write(typing, b"7")
            async with asyncio.timeout(PATIENCE_S):
                assert await pressed.get() == "7"

    with terminal() as (typing, stream):
        asyncio.run(work(typing, stream))


def _waiting(stream: TextIO) -> bool:
    return bool(select.select([stream], [], [], 0)[0])


def test_the_terminal_is_afterwards_as_it_was_before() -> None:
    async def work(stream: TextIO) -> None:
        with Keyboard(lambda key: None, lambda: None, stream=stream):
            assert not termios.tcgetattr(stream)[3] & termios.ICANON
            assert not termios.tcgetattr(stream)[3] & termios.ECHO
            raise RuntimeError("in the middle of a call")

    with terminal() as (_, stream):
        before = termios.tcgetattr(stream)
        with pytest.raises(RuntimeError, match="in the middle"):
            asyncio.run(work(stream))
        assert termios.tcgetattr(stream) == before


def test_a_terminal_that_goes_away_hangs_up() -> None:
    typing, reading = os.openpty()

    async def work(stream: TextIO) -> None:
        gone = asyncio.Event()
        with Keyboard(lambda key: None, gone.set, stream=stream):
            os.close(typing)
            async with asyncio.timeout(PATIENCE_S):
                await gone.wait()

    with open(reading, encoding="utf-8") as stream:
        asyncio.run(work(stream))


def test_without_a_terminal_there_is_no_keyboard() -> None:
    async def work() -> None:
        keyboard = Keyboard(lambda key: None, lambda: None, stream=io.StringIO("123"))
        assert not keyboard.works
        with keyboard:
            pass

    asyncio.run(work())
