"""Reading what is typed, from real pipes, files and terminals, beside a loop that goes on."""

from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing
from pathlib import Path

import pytest

from ivr.cli.typed import READ_BYTES, Typed

BOUND_S = 10
SOON_S = 0.01
"""A pause that a test waits for."""


def typed(fd: int) -> AsyncGenerator[str, None]:
    """All of it, by somebody who makes no pause."""
    return Typed(fd, pause_s=BOUND_S).utterance()


@pytest.fixture
def pipe() -> Generator[tuple[int, int]]:
    """A pipe; ends that are still open are closed."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


async def within(pieces: AsyncGenerator[str, None]) -> str:
    async with asyncio.timeout(BOUND_S):
        return await anext(pieces)


def test_a_pipe_is_read_as_it_is_written_and_to_its_end(pipe: tuple[int, int]) -> None:
    async def work() -> None:
        read, write = pipe
        async with aclosing(typed(read)) as pieces:
            os.write(write, b"Hello. ")
            assert await within(pieces) == "Hello. "
            os.write(write, b"And more.")
            assert await within(pieces) == "And more."
            os.close(write)
            with pytest.raises(StopAsyncIteration):
                await within(pieces)

    asyncio.run(work())


def test_the_loop_goes_on_while_nobody_types(pipe: tuple[int, int]) -> None:
    async def work() -> None:
        read, write = pipe
        async with aclosing(typed(read)) as pieces, asyncio.TaskGroup() as group:
            waiting = group.create_task(within(pieces))
            group.create_task(asyncio.to_thread(os.write, write, b"late"))
            assert not waiting.done()
            assert await waiting == "late"

    asyncio.run(work())


def test_a_letter_cut_in_two_is_put_together_and_a_broken_one_is_shown(
    pipe: tuple[int, int],
) -> None:
    async def work() -> str:
        read, write = pipe
        text = ""
        async with aclosing(typed(read)) as pieces:
            os.write(write, b"adi\xc3")
            text += await within(pieces)
            os.write(write, b"\xb3s \xff")
            text += await within(pieces)
            os.write(write, b"\xe2\x82")
            os.close(write)
            async for piece in pieces:
                text += piece
        return text

    assert asyncio.run(work()) == "adiós ��"


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    words = "One word after the other. " * 1_000
    file = tmp_path / "text"
    file.write_text(words)

    async def work() -> list[str]:
        with file.open() as opened:
            async with asyncio.timeout(BOUND_S):
                return [piece async for piece in typed(opened.fileno())]

    pieces = asyncio.run(work())
    assert "".join(pieces) == words
    assert max(map(len, pieces)) == READ_BYTES


def test_a_terminal_gives_a_line_at_each_return_and_ends_at_ctrl_d() -> None:
    terminal, stdin = pty.openpty()

    async def work() -> list[str]:
        os.write(terminal, b"first line\nsecond")
        async with aclosing(typed(stdin)) as pieces:
            found = [await within(pieces)]
            os.write(terminal, b" line\n\x04")
            async with asyncio.timeout(BOUND_S):
                return [*found, *[piece async for piece in pieces]]

    try:
        assert asyncio.run(work()) == ["first line\n", "second line\n"]
    finally:
        os.close(terminal)
        os.close(stdin)


def test_giving_up_leaves_the_descriptor_to_others(pipe: tuple[int, int]) -> None:
    async def work() -> None:
        read, write = pipe
        loop = asyncio.get_running_loop()
        pieces = typed(read)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(within(pieces))
            turn = loop.create_future()
            loop.call_soon(turn.set_result, None)
            await turn
            waiting.cancel()
        assert not loop.remove_reader(read)
        os.write(write, b"still there")
        assert os.read(read, 100) == b"still there"

    asyncio.run(work())


@pytest.mark.parametrize("whole", ["One. ", "Yes\n", "Really?", "(So it is.) ", "¿Qué?", "好。"])
def test_a_pause_behind_a_whole_sentence_or_line_ends_an_utterance_and_not_the_text(
    whole: str, pipe: tuple[int, int]
) -> None:
    async def work() -> None:
        read, write = pipe
        stdin = Typed(read, pause_s=SOON_S)
        os.write(write, whole.encode())
        async with asyncio.timeout(BOUND_S):
            assert [piece async for piece in stdin.utterance()] == [whole]
        assert not stdin.ended
        os.write(write, b"Two")
        os.close(write)
        assert [piece async for piece in stdin.utterance()] == ["Two"]
        assert stdin.ended

    asyncio.run(work())


@pytest.mark.parametrize("half", ["One", "One,", "Dr Smith said", "3.5"])
def test_a_pause_within_a_sentence_is_waited_out(half: str, pipe: tuple[int, int]) -> None:
    async def work() -> None:
        read, write = pipe
        stdin = Typed(read, pause_s=SOON_S)
        async with aclosing(stdin.utterance()) as pieces:
            os.write(write, half.encode())
            assert await within(pieces) == half
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5 * SOON_S):
                    await anext(pieces)
        assert not stdin.ended

    asyncio.run(work())


def test_nothing_at_all_ends_at_once(pipe: tuple[int, int]) -> None:
    async def work() -> None:
        read, write = pipe
        os.close(write)
        stdin = Typed(read)
        assert [piece async for piece in stdin.utterance()] == []
        assert stdin.ended

    asyncio.run(work())
