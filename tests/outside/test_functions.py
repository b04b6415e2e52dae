"""What comes of calling a function: its value, its outcome, or one sentence."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

import pytest

from ivr.errors import SettingsError
from ivr.flow.messages import ErrandDone, Invoke
from ivr.flow.values import DEPTH_MAX, Value
from ivr.outside import Outcome, function
from ivr.outside.functions import RESULT_BYTES_MAX, Registry
from ivr.outside.streams import TextStream
from tests.virtual import pass_time, run


def asking(name: str, timeout_ms: int = 0, **given: Value) -> Invoke:
    return Invoke(3, name, given, timeout_ms, "bank/call_back")


def done(made: Callable[..., object], timeout_ms: int = 0, **given: Value) -> ErrandDone:
    """What one call of a function comes to; on real time, because threads are."""

    async def scenario() -> ErrandDone:
        got = await Registry([made]).invoke(asking(made.__name__, timeout_ms, **given))
        assert isinstance(got, ErrandDone)
        return got

    return asyncio.run(scenario())


@function(outcomes=("closed", "failed"))
async def book(day: date, people: int = 2) -> dict[str, Any] | Outcome:
    """Book a table."""
    if people > 8:
        return Outcome("closed", {"most": 8})
    if people < 1:
        return Outcome("failed")
    return {"day": day, "people": people}


def test_a_function_is_what_it_was_before_it_was_marked() -> None:
    assert asyncio.run(book(date(2026, 1, 2), 4)) == {"day": date(2026, 1, 2), "people": 4}
    assert book.__doc__ == "Book a table."


def test_a_value_is_the_result() -> None:
    got = done(book, day="2026-01-02")
    assert got == ErrandDone(3, "done", {"day": date(2026, 1, 2), "people": 2})


def test_an_outcome_is_the_result_with_its_value() -> None:
    assert done(book, day="2026-01-02", people="9") == ErrandDone(3, "closed", {"most": 8})
    assert done(book, day="2026-01-02", people=0) == ErrandDone(3, "failed")


def test_what_a_flow_needs_to_know_of_it_is_plain_data() -> None:
    (spec,) = Registry([book]).specs().values()
    assert (spec.outcomes, spec.timeout_ms, spec.doc) == (("closed",), 4_000, "Book a table.")
    with pytest.raises(TypeError):
        Registry([book]).specs()["x"] = spec  # type: ignore[index]


def test_a_function_that_waits_in_a_thread_is_called_there() -> None:
    @function
    def blocks(number: str) -> str:
        return f"{number} {threading.current_thread() is threading.main_thread()}"

    assert done(blocks, number="1").value == "1 False"


def test_a_wrapper_that_is_not_marked_async_is_still_waited_for() -> None:
    async def inner() -> str:
        return "yes"

    @function
    def wrapper() -> Any:
        return inner()

    @function
    @functools.wraps(inner)
    def wrapped() -> Any:
        return inner()

    assert done(wrapper).value == "yes"
    assert done(wrapped).value == "yes"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "the function book was not given day"),
        ({"day": "2026-01-02", "hour": 3}, "the function book has no parameter hour"),
        ({"day": "PIN1234"}, "the parameter day of book takes a date, and was given a text"),
    ],
)
def test_wrong_arguments_fail_with_a_sentence(given: dict[str, Value], why: str) -> None:
    got = done(book, 0, **given)
    assert (got.outcome, got.value) == ("failed", None)
    assert why in got.problem
    assert "1234" not in got.problem


def test_a_function_that_is_not_there_fails() -> None:
    async def scenario() -> None:
        got = await Registry().invoke(asking("missing"))
        assert got == ErrandDone(3, "failed", None, "there is no function missing")

    run(scenario())


# --- failures ------------------------------------------------------------------------------------


@function
async def raises(pin: str) -> int:
    return int(pin) // 0


@function
def raises_in_a_thread(pin: str) -> int:
    raise KeyError(pin)


@function
async def exits(pin: str) -> None:
    raise SystemExit(pin)


@function
async def cancels_itself(pin: str) -> None:
    raise asyncio.CancelledError(pin)


@function
async def times_itself_out(pin: str) -> None:
    raise TimeoutError(pin)


@function
async def helped(pin: str) -> None:
    await raises(pin)


@pytest.mark.parametrize(
    ("made", "kind", "line"),
    [
        (raises, "ZeroDivisionError", 2),
        (raises_in_a_thread, "KeyError", 2),
        (exits, "SystemExit", 2),
        (cancels_itself, "asyncio.exceptions.CancelledError", 2),
        (times_itself_out, "TimeoutError", 2),
    ],
)
def test_an_exception_is_a_failure_with_its_type_and_place(
    made: Callable[..., object], kind: str, line: int, caplog: pytest.LogCaptureFixture
) -> None:
    got = done(made, pin="12349876")
    where = f"{__file__}:{made.__code__.co_firstlineno + line}"
    said = f"the function {made.__name__} failed with {kind} ({where})"
    assert got == ErrandDone(3, "failed", None, said)
    assert "12349876" not in caplog.text
    assert f"the function {made.__name__} failed\nTraceback" in caplog.text
    assert kind in caplog.text


def test_a_failure_deeper_down_has_the_last_line_of_the_file() -> None:
    got = done(helped, pin="1")
    assert f"({__file__}:{raises.__code__.co_firstlineno + 2})" in got.problem


def test_a_function_has_its_own_time_and_the_flow_may_give_it_another() -> None:
    ended: list[str] = []

    @function(timeout=2.5)
    async def slow() -> None:
        try:
            await pass_time(60)
        finally:
            ended.append("slow")

    async def scenario() -> None:
        registry, loop = Registry([slow]), asyncio.get_running_loop()
        for timeout_ms, seconds in ((0, 2.5), (500, 0.5), (9_000, 9)):
            begun = loop.time()
            got = await registry.invoke(asking("slow", timeout_ms))
            assert isinstance(got, ErrandDone)
            assert loop.time() == begun + seconds
            assert got.outcome == "failed"
            assert f"the function slow was not done within {seconds:g} s" in got.problem

    run(scenario())
    assert ended == ["slow"] * 3


def test_nobody_waits_for_a_thread_whose_time_is_over() -> None:
    release = threading.Event()

    @function(timeout=0.01)
    def stuck() -> None:
        release.wait(20)

    async def scenario() -> None:
        got = await Registry([stuck]).invoke(asking("stuck"))
        assert isinstance(got, ErrandDone)
        assert "was not done within 0.01 s" in got.problem
        release.set()

    asyncio.run(scenario())


def test_cancelling_reaches_the_function_at_once() -> None:
    ended: list[float] = []

    @function
    async def slow() -> None:
        try:
            await pass_time(3)
        finally:
            ended.append(asyncio.get_running_loop().time())

    async def scenario() -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(Registry([slow]).invoke(asking("slow")))
            await pass_time(1)
            task.cancel()
        assert task.cancelled()

    run(scenario())
    assert ended == [1]


# --- results -------------------------------------------------------------------------------------


def _deep() -> Value:
    found: Value = 1
    for _ in range(DEPTH_MAX + 1):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({"pin": {1234}}, "gave something that holds a set, which no flow can hold"),
        (object(), "gave something that holds a object"),
        (_deep(), "gave something that lies deeper than 32"),
        ("x" * RESULT_BYTES_MAX, "gave more than 65,536 bytes"),
        (float("nan"), "gave something that holds a number that is none"),
        (Outcome("late"), "came to an outcome it has not declared; add it to outcomes="),
        (Outcome("closed", {1: 2}), "gave something that holds a map with a int for a name"),
    ],
)
def test_a_result_no_flow_can_hold_is_a_failure(result: object, why: str) -> None:
    @function(outcomes=["closed"])
    async def gives() -> Any:
        return result

    got = done(gives)
    assert (got.outcome, got.value) == ("failed", None)
    assert got.problem.startswith(f"the function gives {why}")
    assert "1234" not in got.problem


def test_a_result_is_the_calls_own_and_of_plain_types() -> None:
    kept: list[object] = [(1, 2), 2**64, "\x01secret:KEY\x01"]

    @function
    async def gives() -> Any:
        return kept

    got = done(gives)
    assert got.value == [[1, 2], str(2**64), "\ufffdsecret:KEY\ufffd"]
    assert got.value is not kept


def test_the_largest_result_is_taken() -> None:
    @function
    async def gives() -> str:
        return "x" * (RESULT_BYTES_MAX - 2)

    assert done(gives).outcome == "done"


# --- streams -------------------------------------------------------------------------------------


@function(outcomes=("agent",), timeout=3)
async def talk(about: str, to: str = "") -> AsyncIterator[str | Outcome]:
    for word in ("We ", "", f"have {about}."):
        await pass_time(1)
        yield word
    if to:
        yield Outcome(to, {"about": about})


def test_a_stream_of_text_comes_piece_by_piece_and_ends_done() -> None:
    async def scenario() -> None:
        stream = await Registry([talk]).invoke(asking("talk", about="soup"))
        assert isinstance(stream, TextStream)
        assert asyncio.get_running_loop().time() == 0
        assert stream.done is None
        assert [piece async for piece in stream.pieces] == ["We ", "have soup."]
        assert stream.done == ErrandDone(3, "done", "We have soup.")

    run(scenario())


@pytest.mark.parametrize(
    ("to", "outcome", "problem"),
    [("agent", "agent", ""), ("failed", "failed", ""), ("elsewhere", "failed", "not declared")],
)
def test_a_stream_may_end_with_an_outcome(to: str, outcome: str, problem: str) -> None:
    async def scenario() -> None:
        stream = await Registry([talk]).invoke(asking("talk", about="soup", to=to))
        assert isinstance(stream, TextStream)
        assert [piece async for piece in stream.pieces] == ["We ", "have soup."]
        assert stream.done is not None
        assert stream.done.outcome == outcome
        assert problem in stream.done.problem
        assert stream.done.value == (None if problem else {"about": "soup"})

    run(scenario())


def test_the_arguments_of_a_stream_are_checked_before_it_begins() -> None:
    async def scenario() -> None:
        got = await Registry([talk]).invoke(asking("talk"))
        assert got == ErrandDone(3, "failed", None, "the function talk was not given about")

    run(scenario())


@pytest.mark.parametrize(("timeout_ms", "seconds"), [(0, 3), (500, 0.5)])
def test_the_first_piece_has_the_time_of_the_function(timeout_ms: int, seconds: float) -> None:
    @function(timeout=3)
    async def silent() -> AsyncIterator[str]:
        await pass_time(60)
        yield "late"

    async def scenario() -> None:
        stream = await Registry([silent]).invoke(asking("silent", timeout_ms))
        assert isinstance(stream, TextStream)
        assert not await stream.begun()
        assert asyncio.get_running_loop().time() == seconds
        assert stream.done is not None
        assert stream.done.problem.startswith(
            f"the function silent brought no text for {seconds:g} s"
        )

    run(scenario())


def test_an_exception_of_a_stream_is_a_failure_with_its_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @function
    async def breaks(pin: str) -> AsyncIterator[str]:
        yield "Well, "
        raise KeyError(pin)

    async def scenario() -> None:
        stream = await Registry([breaks]).invoke(asking("breaks", pin="12349876"))
        assert isinstance(stream, TextStream)
        assert [piece async for piece in stream.pieces] == ["Well, "]
        where = f"{__file__}:{breaks.__code__.co_firstlineno + 3}"
        problem = f"the function breaks failed with KeyError ({where})"
        assert stream.done == ErrandDone(3, "failed", None, problem)

    with caplog.at_level(logging.ERROR):
        run(scenario())
    assert "12349876" not in caplog.text
    assert "the function breaks failed" in caplog.text


# --- registering ---------------------------------------------------------------------------------


def test_only_marked_functions_are_registered() -> None:
    def plain() -> None: ...

    class Callable:
        def __call__(self) -> None: ...

    with pytest.raises(SettingsError, match="plain is no function marked with @function"):
        Registry([plain])
    with pytest.raises(SettingsError, match="Callable is no function marked with @function"):
        Registry([function(Callable())])


def test_a_method_of_an_object_can_be_registered() -> None:
    class Bookings:
        def __init__(self) -> None:
            self.count = 0

        @function
        async def count_up(self, by: int) -> int:
            self.count += by
            return self.count

    bookings = Bookings()
    assert done(bookings.count_up, by=2).value == 2
    assert bookings.count == 2


def test_one_outcome_may_be_written_without_a_list() -> None:
    @function(outcomes="closed")
    async def one() -> None: ...

    assert Registry([one]).specs()["one"].outcomes == ("closed",)
