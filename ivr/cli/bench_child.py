"""A process of the bench's own: started, told what to do, and gone with the bench.

The generator and the vendor each run in one, on other cores than the server. Questions and answers
are plain data over a pipe. Used by ``bench_run``.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Final

from ivr.errors import IvrError

START_SECONDS_MAX: Final = 30.0
STOP_SECONDS_MAX: Final = 5.0
ANSWER_SECONDS_MAX: Final = 300.0


class ChildFailed(IvrError):
    """A process of the bench ended, or did not answer."""


class Child:
    """The bench's end of the pipe."""

    def __init__(self, name: str, pipe: Connection) -> None:
        self._name = name
        self._pipe = pipe

    def tell(self, message: object) -> None:
        """Send something; nothing is waited for."""
        try:
            self._pipe.send(message)
        except OSError:
            raise ChildFailed(f"the {self._name} of the bench is gone") from None

    def hear(self, seconds: float = ANSWER_SECONDS_MAX) -> Any:
        """The next message; ChildFailed when it does not come."""
        try:
            if self._pipe.poll(seconds):
                message = self._pipe.recv()
            else:
                raise ChildFailed(f"the {self._name} of the bench did not answer in {seconds:g} s")
        except EOFError:
            raise ChildFailed(f"the {self._name} of the bench ended (see above)") from None
        return message

    def ask(self, message: object) -> Any:
        """Send something and wait for the answer."""
        self.tell(message)
        return self.hear()


@contextmanager
def child(
    name: str, work: Callable[[Connection, frozenset[int]], None], cores: frozenset[int]
) -> Generator[Child, None, None]:
    """Run ``work`` in a process of its own on these cores; it ends with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, cores), name=f"ivr bench {name}")
    process.daemon = True
    process.start()
    theirs.close()
    try:
        yield Child(name, ours)
    finally:
        ours.close()
        process.join(STOP_SECONDS_MAX)
        if process.is_alive():
            process.terminate()
            process.join(STOP_SECONDS_MAX)


def stay_on(cores: frozenset[int], pid: int = 0) -> bool:
    """Keep a process (0: this one) on these cores; False where the system has no such thing."""
    if not cores or not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(pid, cores)
    return True
