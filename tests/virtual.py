"""Time for tests: an event loop whose clock jumps to the next timer whenever nothing is ready.

Nine thousand seconds of a call pass in a moment, in the same order each time, and what would hang
raises. It is no simulation of a network: no socket and no thread is ever waited for. A test that
needs a real socket uses ``asyncio.run`` instead.

Used by every test of asynchronous code: ``run(a_call())``, and inside it ``await pass_time(2.5)``,
which refuses to run where it would really wait.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

TURNS_MAX = 3_000_000  # turns of one loop; far above a long call's (about two for each frame)

T = TypeVar("T")


class Deadlock(AssertionError):
    """Every task waits, and no timer is set: nothing could ever happen again."""


class Endless(AssertionError):
    """The loop turned more often than any test needs."""


class LeftBehind(AssertionError):
    """The coroutine ended, and something of it stayed: a task, or an error nobody looked at."""


class _Clock(selectors.SelectSelector):
    """Asked by the loop to wait for so many seconds, it moves the time and returns at once."""

    def __init__(self, turns_max: int) -> None:
        super().__init__()
        self.now = 0.0
        self.turns_left = turns_max

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Whatever is ready without waiting; the clock moves only when nothing is."""
        self.turns_left -= 1
        if self.turns_left < 0:
            raise Endless(f"still turning at {self.now:g} s of virtual time; {_whereabouts()}")
        ready = super().select(0)
        if not ready and timeout is None:
            raise Deadlock(
                f"at {self.now:g} s nothing is ready and no timer is set (virtual tests wait for "
                f"no thread and no socket); {_whereabouts()}"
            )
        if not ready and timeout is not None and timeout > 0:
            self.now = round(self.now + timeout, 9)  # whole nanoseconds: 0.1 + 0.2 is 0.3
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that begins at time 0.0 and never waits."""

    def __init__(self, turns_max: int = TURNS_MAX) -> None:
        self._virtual = _Clock(turns_max)
        super().__init__(self._virtual)
        self.complaints: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.complaints.append(context))

    def time(self) -> float:
        """Seconds of virtual time since the loop was made."""
        return self._virtual.now


def run(coroutine: Coroutine[Any, Any, T], *, turns_max: int = TURNS_MAX) -> T:
    """Run a coroutine to its end on virtual time and return its result.

    Raises what the coroutine raises; ``Deadlock`` when everything waits for nothing; ``Endless``
    after ``turns_max`` turns of the loop; ``LeftBehind`` when a task is still there at the end or
    an error reached nobody.
    """
    loop = VirtualLoop(turns_max)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        result = runner.run(coroutine)
        left = asyncio.all_tasks(loop)
        if left:
            raise LeftBehind("tasks left when the coroutine had ended: " + _places(left))
    if loop.complaints:
        said = "; ".join(f"{c['message']}: {c.get('exception')!r}" for c in loop.complaints)
        raise LeftBehind(f"errors nobody looked at: {said}")
    return result


async def pass_time(seconds: float) -> None:
    """Let virtual time pass; 0 lets everybody else have a turn. Tests never really sleep."""
    assert isinstance(asyncio.get_running_loop(), VirtualLoop), "tests wait on virtual time only"
    await asyncio.sleep(seconds)


def _whereabouts() -> str:
    return "waiting: " + (_places(asyncio.all_tasks()) or "no task at all")


def _places(tasks: set[asyncio.Task[Any]]) -> str:
    return ", ".join(sorted(f"{task.get_name()} in {_place(task)}" for task in tasks))


def _place(task: asyncio.Task[Any]) -> str:
    """Where a task waits: its innermost coroutine, as function and line."""
    inner: Any = task.get_coro()
    while getattr(getattr(inner, "cr_await", None), "cr_frame", None) is not None:
        inner = inner.cr_await
    frame = getattr(inner, "cr_frame", None)
    name = getattr(inner, "__qualname__", "an awaitable")
    return f"{name} (line {frame.f_lineno})" if frame is not None else name
