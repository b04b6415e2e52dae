"""The functions ``do`` may call: marked by developers, registered at start-up, run for a call.

:func:`function` marks one, :class:`Registry` holds those of one flow folder and of the installed
packages. What their signatures may say is :mod:`ivr.outside.signature`'s, how they are found
:mod:`ivr.outside.loading`'s, and what a stream of text is :mod:`ivr.outside.streams`'s. Used by the
composition root (``load``, ``specs``) and by the calls (``invoke``).

Whatever a function does, a call goes on: its exceptions, its silence and its wrong results are the
outcome ``failed``. A function that blocks (a plain ``def``) runs in a thread; when its time is over
nobody waits for it any longer, but the thread runs on, because Python cannot stop one.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar, cast, overload

import msgspec

from ivr.errors import SettingsError
from ivr.flow.messages import ErrandDone, Invoke
from ivr.flow.values import EvaluationError, Value, to_plain
from ivr.flow.world import FunctionSpec
from ivr.outside import loading
from ivr.outside.loading import MARK, Function
from ivr.outside.signature import (
    DONE,
    FAILED,
    TIMEOUT_SECONDS,
    Outcome,
    Wishes,
    arguments,
    place_of,
    specify,
)
from ivr.outside.streams import TextStream, is_being_cancelled
from ivr.outside.traces import kind, last_line_in, without_values
from ivr.outside.values import NotAValue, received

log = logging.getLogger(__name__)

RESULT_BYTES_MAX = 64 * 1024
"""Of what a function returns, as JSON; a call's whole state may be no larger."""

F = TypeVar("F", bound=Function)


@overload
def function(made: F, /) -> F: ...
@overload
def function(
    *, outcomes: Sequence[str] = (), timeout: float = TIMEOUT_SECONDS
) -> Callable[[F], F]: ...
def function(
    made: F | None = None,
    /,
    *,
    outcomes: Sequence[str] = (),
    timeout: float = TIMEOUT_SECONDS,
) -> F | Callable[[F], F]:
    """Mark a function as one that ``do`` may call; it stays the function it is.

    ``outcomes`` are the names it may return an :class:`Outcome` with, ``timeout`` is in seconds (of
    a stream of text: until its first piece). Its signature is looked at when it is registered.
    """
    wishes = Wishes((outcomes,) if isinstance(outcomes, str) else tuple(outcomes), timeout)

    def mark(marked: F) -> F:
        setattr(marked, MARK, wishes)
        return marked

    return mark if made is None else mark(made)


@dataclass(frozen=True, slots=True)
class _Registered:
    spec: FunctionSpec
    call: Function
    file: str
    line: int


class Registry:
    """The functions of one flow folder, by their names."""

    def __init__(self, functions: Iterable[Function] = ()) -> None:
        """Register marked functions.

        Raises :class:`~ivr.errors.SettingsError`, one sentence with the place, for a signature that
        cannot be called from a flow and for two functions with one name.
        """
        self._functions: dict[str, _Registered] = {}
        for each in functions:
            self._register(each)

    @classmethod
    def load(
        cls, folder: Path | None = None, points: Iterable[EntryPoint] | None = None
    ) -> Registry:
        """The functions of the installed packages, and of ``functions.py`` in a flow folder.

        ``points`` stand in for the entry points of this environment. Raises
        :class:`~ivr.errors.SettingsError` as the constructor does, and for what cannot be imported.
        """
        registry = cls()
        for where, held in loading.installed(points):
            for each in loading.marked(where, held):
                registry._register(each)
        module = loading.beside_the_flows(folder) if folder is not None else None
        if module is not None:
            for each in loading.marked(str(module.__file__), module):
                registry._register(each)
        return registry

    def _register(self, made: Function) -> None:
        wishes = getattr(made, MARK, None)
        file, line = place_of(made)
        name = getattr(made, "__name__", type(made).__name__)
        if not isinstance(wishes, Wishes) or not inspect.isroutine(made):
            raise SettingsError(f"{file}:{line}: {name} is no function marked with @function")
        known = self._functions.get(name)
        if known is not None and known.call is made:
            return  # met twice: imported by functions.py from a package that brings it, say
        if known is not None:
            message = f"the function {name} is already at {known.file}:{known.line}"
            raise SettingsError(f"{file}:{line}: {message}; give one of the two another name")
        self._functions[name] = _Registered(specify(made, wishes), made, file, line)

    def specs(self) -> Mapping[str, FunctionSpec]:
        """What the checker and the machine need to know of each, by name."""
        return MappingProxyType({name: each.spec for name, each in self._functions.items()})

    async def invoke(self, invoke: Invoke) -> ErrandDone | TextStream:
        """Call a function for a flow, in ``invoke.timeout_ms`` milliseconds (0: its own timeout).

        A stream of text is returned at once, before its first piece; everything else when it is
        done. Raises nothing but cancellation, which reaches the function at once. The problem of a
        failure names function, place and kind of error, never a value.
        """
        found = self._functions.get(invoke.function)
        if found is None:
            problem = f"there is no function {invoke.function}"
            return ErrandDone(invoke.id, FAILED, None, problem)
        running = _Running(found, invoke.id)
        seconds = (invoke.timeout_ms or found.spec.timeout_ms) / 1000
        try:
            given = arguments(found.spec, invoke.arguments)
            if found.spec.streams:
                generator = cast("AsyncGenerator[object, None]", found.call(**given))
                return TextStream(generator, seconds, running.finish, running.failure)
            return await running.run(given, seconds)
        except NotAValue as wrong:
            return ErrandDone(invoke.id, FAILED, None, str(wrong))


class _Running:
    """One call of a function, and what it comes to."""

    def __init__(self, found: _Registered, errand: int) -> None:
        self._found = found
        self._errand = errand

    async def run(self, given: Mapping[str, Value], seconds: float) -> ErrandDone:
        """Call it and wait for its result."""
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return self.finish(await self._result(given))
        except TimeoutError as error:
            late = limit.expired()
            return self.failure(f"was not done within {seconds:g} s" if late else error)
        except asyncio.CancelledError as error:
            if is_being_cancelled():
                raise
            return self.failure(error)
        except (Exception, SystemExit) as error:  # of a function somebody else wrote
            return self.failure(error)

    async def _result(self, given: Mapping[str, Value]) -> object:
        call = self._found.call
        if inspect.iscoroutinefunction(inspect.unwrap(call)):
            result = call(**given)
        else:
            result = await asyncio.to_thread(call, **given)
        return await result if inspect.isawaitable(result) else result

    def finish(self, result: object) -> ErrandDone:
        """What it returned, as outcome and value; what no flow can hold is a failure."""
        outcome = result if isinstance(result, Outcome) else Outcome(DONE, result)
        if outcome.name not in (DONE, FAILED, *self._found.spec.outcomes):
            return self.failure("came to an outcome it has not declared; add it to outcomes=")
        try:
            value = received(outcome.value)
            size = len(msgspec.json.encode(to_plain(value)))
        except (NotAValue, EvaluationError) as wrong:
            return self.failure(f"gave something that {wrong}")
        if size > RESULT_BYTES_MAX:
            return self.failure(f"gave more than {RESULT_BYTES_MAX:,} bytes")
        return ErrandDone(self._errand, outcome.name, value)

    def failure(self, why: str | BaseException) -> ErrandDone:
        """The outcome ``failed``, with a sentence for the record; the log has the whole way."""
        name, file, line = self._found.spec.name, self._found.file, self._found.line
        if isinstance(why, BaseException):
            log.error("the function %s failed\n%s", name, without_values(why))
            line = last_line_in(file, why.__traceback__) or line
            why = f"failed with {kind(why)}"
        return ErrandDone(self._errand, FAILED, None, f"the function {name} {why} ({file}:{line})")
