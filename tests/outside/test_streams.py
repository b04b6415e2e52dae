"""Text that is still coming: who closes it when, and what it may not do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

import pytest

from ivr.flow.messages import ErrandDone
from ivr.outside.signature import Outcome
from ivr.outside.streams import (
    CHARS_MAX,
    CLOSE_SECONDS_MAX,
    GAP_SECONDS_MAX,
    PIECES_MAX,
    TextStream,
)
from tests.virtual import pass_time, run

Generator = AsyncGenerator[object, None]


def finish(result: object) -> ErrandDone:
    if isinstance(result, Outcome):
        return ErrandDone(1, result.name)
    return ErrandDone(1, "done", str(result))


def failure(why: str | BaseException) -> ErrandDone:
    return ErrandDone(1, "failed", None, why if isinstance(why, str) else type(why).__name__)


def stream(generator: Generator, first_seconds: float = 4) -> TextStream:
    return TextStream(generator, first_seconds, finish, failure)


def now() -> float:
    return asyncio.get_running_loop().time()


class Log(list[str]):
    """What a generator did, with the time of it."""

    def note(self, what: str) -> None:
        self.append(f"{now():g} {what}")


async def words(log: Log, gap: float = 1) -> Generator:
    try:
        while True:
            yield "word "
            await pass_time(gap)
    finally:
        log.note("closed")


def test_closing_between_two_pieces_runs_the_functions_finally_at_once() -> None:
    async def scenario() -> Log:
        log = Log()
        text = stream(words(log))
        assert await anext(text.pieces) == "word "
        await text.aclose()
        log.note("aclose has returned")
        assert text.done == ErrandDone(1, "done", "word ")
        assert [piece async for piece in text.pieces] == []
        return log

    assert run(scenario()) == ["0 closed", "0 aclose has returned"]


def test_closing_while_another_task_waits_for_a_piece_ends_it_at_once() -> None:
    async def scenario() -> Log:
        log = Log()
        text = stream(words(log, gap=9))

        async def speak() -> None:
            async for _ in text.pieces:
                log.note("spoke")
            log.note("spoken")

        async with asyncio.TaskGroup() as group:
            group.create_task(speak())
            await pass_time(2)
            await text.aclose()
            log.note("aclose has returned")
            await text.aclose()
        assert text.done == ErrandDone(1, "done", "word ")
        return log

    log = run(scenario())
    assert log[:2] == ["0 spoke", "2 closed"]
    assert sorted(log[2:]) == ["2 aclose has returned", "2 spoken"]


def test_cancelling_who_waits_closes_the_function_too() -> None:
    async def scenario() -> Log:
        log = Log()
        text = stream(words(log, gap=9))
        await anext(text.pieces)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(text.begun())
            assert await task
            waiting = group.create_task(_next(text))
            await pass_time(3)
            waiting.cancel()
        assert waiting.cancelled()
        assert text.done == ErrandDone(1, "done", "word ")
        return log

    assert run(scenario()) == ["3 closed"]


async def _next(text: TextStream) -> str:
    return await anext(text.pieces)


def test_a_stream_nobody_has_listened_to_can_be_closed() -> None:
    async def scenario() -> None:
        log = Log()
        text = stream(words(log))
        await text.aclose()
        await text.aclose()
        assert not await text.begun()
        assert text.done == ErrandDone(1, "done", "")
        assert log == []

    run(scenario())


def test_the_first_piece_can_be_waited_for_and_is_not_lost() -> None:
    async def two() -> Generator:
        await pass_time(1)
        yield "one "
        yield "two"

    async def scenario() -> None:
        text = stream(two())
        assert await text.begun()
        assert await text.begun()
        assert now() == 1
        assert [piece async for piece in text.pieces] == ["one ", "two"]
        assert await text.begun()
        assert text.done == ErrandDone(1, "done", "one two")

    run(scenario())


def test_a_first_piece_that_was_only_waited_for_is_not_spoken_after_closing() -> None:
    async def scenario() -> None:
        text = stream(words(Log()))
        assert await text.begun()
        await text.aclose()
        assert [piece async for piece in text.pieces] == []

    run(scenario())


def test_nothing_is_made_before_somebody_asks_for_it() -> None:
    made: list[int] = []

    async def counts() -> Generator:
        for number in range(9):
            made.append(number)
            yield str(number)

    async def scenario() -> None:
        text = stream(counts())
        await pass_time(60)
        assert made == []
        await anext(text.pieces)
        await pass_time(60)
        assert made == [0]
        await text.aclose()

    run(scenario())


def test_a_pause_in_the_text_may_last_ten_seconds_and_no_longer() -> None:
    async def pauses(seconds: float) -> Generator:
        yield "a"
        await pass_time(seconds)
        yield "b"

    async def scenario() -> None:
        text = stream(pauses(GAP_SECONDS_MAX - 0.01), first_seconds=1)
        assert "".join([piece async for piece in text.pieces]) == "ab"
        text = stream(pauses(GAP_SECONDS_MAX + 0.01), first_seconds=60)
        begun = now()
        assert "".join([piece async for piece in text.pieces]) == "a"
        assert now() == pytest.approx(begun + GAP_SECONDS_MAX)
        assert text.done == ErrandDone(1, "failed", None, "brought no text for 10 s")

    run(scenario())


def test_time_in_which_nobody_asks_does_not_count() -> None:
    async def two() -> Generator:
        yield "a"
        yield "b"

    async def scenario() -> None:
        text = stream(two())
        await anext(text.pieces)
        await pass_time(60)
        assert await anext(text.pieces) == "b"
        await text.aclose()

    run(scenario())


def test_empty_pieces_are_no_pieces() -> None:
    turns: list[None] = []

    async def empty(seconds: float) -> Generator:
        while True:
            turns.append(None)
            yield ""
            if seconds:
                await pass_time(seconds)

    async def scenario() -> None:
        text = stream(empty(0.5))
        assert not await text.begun()
        assert now() == 4
        assert text.done == ErrandDone(1, "failed", None, "brought no text for 4 s")
        turns.clear()
        text = stream(empty(0))  # it never lets anybody else have a turn
        assert not await text.begun()
        assert len(turns) == PIECES_MAX + 1
        assert text.done == ErrandDone(1, "failed", None, "yielded more than 20,000 pieces")

    run(scenario())


def test_a_text_has_an_end() -> None:
    closed: list[bool] = []

    async def long(size: int) -> Generator:
        try:
            while True:
                yield "x" * size
        finally:
            closed.append(True)

    async def scenario() -> None:
        for size in (1, 999, 1_000, CHARS_MAX, CHARS_MAX + 1):
            text = stream(long(size))
            pieces = [piece async for piece in text.pieces]
            assert len("".join(pieces)) == CHARS_MAX
            assert "" not in pieces
            assert text.done == ErrandDone(1, "failed", None, "brought more than 5,000 characters")

    run(scenario())
    assert closed == [True] * 5


def test_a_text_as_long_as_it_may_be_is_whole() -> None:
    async def whole() -> Generator:
        yield "x" * CHARS_MAX

    async def scenario() -> None:
        text = stream(whole())
        assert [piece async for piece in text.pieces] == ["x" * CHARS_MAX]
        assert text.done == ErrandDone(1, "done", "x" * CHARS_MAX)

    run(scenario())


def test_a_piece_has_no_marker_of_a_secret_in_it() -> None:
    async def tells() -> Generator:
        yield "\x01secret:KEY\x01 \ud800"

    async def scenario() -> None:
        assert [piece async for piece in stream(tells()).pieces] == [
            "\ufffdsecret:KEY\ufffd \ufffd"
        ]

    run(scenario())


async def _not_text() -> Generator:
    yield "a"
    yield b"1234"


async def _raises() -> Generator:
    yield "a"
    raise ValueError("1234")


async def _exits() -> Generator:
    yield "a"
    raise SystemExit("1234")


async def _cancels() -> Generator:
    yield "a"
    raise asyncio.CancelledError


async def _gives_up() -> Generator:
    yield "a"
    raise TimeoutError


@pytest.mark.parametrize(
    ("generator", "problem"),
    [
        (_not_text, "yielded a bytes, which is not text"),
        (_raises, "ValueError"),
        (_exits, "SystemExit"),
        (_cancels, "CancelledError"),
        (_gives_up, "TimeoutError"),
    ],
)
def test_a_stream_that_goes_wrong_ends_and_says_why(
    generator: Callable[[], Generator], problem: str
) -> None:
    async def scenario() -> None:
        text = stream(generator())
        assert [piece async for piece in text.pieces] == ["a"]
        assert text.done == ErrandDone(1, "failed", None, problem)

    run(scenario())


def test_an_outcome_ends_the_text_even_if_more_would_come() -> None:
    closed: list[bool] = []

    async def goes_on() -> Generator:
        try:
            yield "a"
            yield Outcome("agent")
            yield "b"
        finally:
            closed.append(True)

    async def scenario() -> None:
        text = stream(goes_on())
        assert [piece async for piece in text.pieces] == ["a"]
        assert text.done == ErrandDone(1, "agent")

    run(scenario())
    assert closed == [True]


@pytest.mark.parametrize("waiting", [False, True])
def test_a_function_that_does_not_let_go_is_broken_off(
    waiting: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def clings(log: Log) -> Generator:
        try:
            yield "a"
            await pass_time(5)
        finally:
            try:
                await pass_time(600)
            finally:
                log.note("broken off")

    async def scenario() -> Log:
        log = Log()
        text = stream(clings(log))
        await anext(text.pieces)
        async with asyncio.TaskGroup() as group:
            if waiting:
                group.create_task(text.begun())
                task = group.create_task(_collect(text))
                await pass_time(1)
            await text.aclose()
            log.note("aclose has returned")
            if waiting:
                assert await task == ""
        assert text.done == ErrandDone(1, "done", "a")
        return log

    late = (1 if waiting else 0) + CLOSE_SECONDS_MAX
    assert run(scenario()) == [f"{late:g} broken off", f"{late:g} aclose has returned"]
    if not waiting:
        assert "did not close well" in caplog.text


async def _collect(text: TextStream) -> str:
    return "".join([piece async for piece in text.pieces])


def test_a_piece_that_comes_although_its_time_was_over_is_not_spoken() -> None:
    async def deaf() -> Generator:
        try:
            await pass_time(60)
        except asyncio.CancelledError:
            yield "late"

    async def scenario() -> None:
        text = stream(deaf())
        assert [piece async for piece in text.pieces] == []
        assert text.done == ErrandDone(1, "failed", None, "brought no text for 4 s")

    run(scenario())


def test_a_function_that_yields_instead_of_closing_is_logged_and_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def stubborn() -> Generator:
        while True:
            try:
                yield "1234"
                await pass_time(60)
            except (GeneratorExit, asyncio.CancelledError):
                yield "5678"
                return

    async def scenario() -> None:
        text = stream(stubborn())
        assert await anext(text.pieces) == "1234"
        await text.aclose()
        assert text.done == ErrandDone(1, "done", "1234")
        text = stream(stubborn())
        assert await anext(text.pieces) == "1234"
        async with asyncio.TaskGroup() as group:
            task = group.create_task(_collect(text))
            await pass_time(1)
            await text.aclose()
            assert await task == ""
        assert text.done == ErrandDone(1, "done", "1234")

    run(scenario())
    assert "did not close well" in caplog.text
    assert "1234" not in caplog.text.replace('yield "1234"', "")
