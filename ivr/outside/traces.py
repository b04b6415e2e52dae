"""Where an error came from, for the log, without anything a caller has said or pressed.

An exception's own text often holds the value that was wrong (``invalid literal for int(): '12'``)
and a value may be a PIN; so only types and places are told. Used by :mod:`ivr.outside.functions`
and :mod:`ivr.outside.http`.
"""

from __future__ import annotations

import traceback
from types import TracebackType

ERRORS_MAX = 8
"""Of one chain of causes, and of one group."""


def without_values(error: BaseException) -> str:
    """The traceback of an error and its causes, outermost last: places, code and types."""
    return "".join(_lines(error, ERRORS_MAX)).rstrip("\n")


def _lines(error: BaseException, left: int) -> list[str]:
    lines: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and left > 0:
        lines += [*_lines(cause, left - 1), "which led to\n"]
    if error.__traceback__ is not None:
        lines += ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__)]
    lines.append(f"{kind(error)} (its text is left out: it may hold what a caller said)\n")
    if isinstance(error, BaseExceptionGroup) and left > 0:
        for inner in error.exceptions[:ERRORS_MAX]:
            lines += ["of which one was\n", *_lines(inner, left - 1)]
    return lines


def kind(error: BaseException) -> str:
    """The type of an error as developers know it: ``ValueError``, ``asyncpg.PostgresError``."""
    made = type(error)
    known = made.__module__ in ("builtins", "__main__")
    return made.__qualname__ if known else f"{made.__module__}.{made.__qualname__}"


def last_line_in(file: str, trace: TracebackType | None) -> int | None:
    """The line of a file that was running when the error came; None if none was."""
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == file]
    return lines[-1] if lines else None
