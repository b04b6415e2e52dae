"""From a Python function's typed signature to what ``do`` may call it with, and its arguments.

The signature is checked once, when the function is registered; the arguments of each call are
converted where nothing is lost. It registers, imports and calls nothing. Used by
:mod:`ivr.outside.functions`.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from datetime import date, datetime, time

from ivr.errors import SettingsError
from ivr.flow.values import Value, is_number, kind_name, moment_in, number_in, plain_text
from ivr.flow.world import FunctionSpec, Parameter
from ivr.outside.values import NotAValue, own

TIMEOUT_SECONDS = 4.0
TIMEOUT_SECONDS_MAX = 60.0
DOC_CHARS_MAX = 200

DONE = "done"
FAILED = "failed"
"""Every function has this outcome beside success; declaring it says so, and changes nothing."""

KINDS: Mapping[type, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "yes or no",
    date: "date",
    datetime: "date and time",
    time: "time of day",
    list: "list",
    dict: "map",
}
"""What a parameter may be annotated with, and what flows call it."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_STREAMS = (AsyncIterator, AsyncGenerator, AsyncIterable)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function returns (or, in a stream, yields last) instead of a plain value.

    ``name`` is one of the outcomes it has declared, or ``failed``; ``value`` goes to ``save``.
    """

    name: str
    value: object = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the decorator was told."""

    outcomes: tuple[str, ...]
    timeout: float


def place_of(function: Callable[..., object]) -> tuple[str, int]:
    """The file and the line in which a function begins."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else ("unknown", 0)


def specify(function: Callable[..., object], wishes: Wishes) -> FunctionSpec:
    """What ``do`` may call this function with.

    Raises :class:`~ivr.errors.SettingsError`, one sentence with file, line, function and parameter,
    where its signature does not say so.
    """
    name = function.__name__
    wrong = _complaint(function)
    if _NAME.fullmatch(name) is None:
        raise wrong("has a name no flow can write; use small letters, digits and _")
    if not isinstance(wishes.timeout, int | float) or not 0 < wishes.timeout <= TIMEOUT_SECONDS_MAX:
        raise wrong(f"has a timeout that is not between 0 and {TIMEOUT_SECONDS_MAX:g} seconds")
    for outcome in wishes.outcomes:
        if _NAME.fullmatch(outcome) is None or outcome == DONE:
            raise wrong(f"declares the outcome {outcome!r}; use small letters, digits and _")
    if len(set(wishes.outcomes)) < len(wishes.outcomes):
        raise wrong("declares the same outcome twice; leave one out")
    hints = _hints(function, wrong)
    return FunctionSpec(
        name=name,
        parameters=tuple(
            _parameter(each, hints, wrong)
            for each in inspect.signature(function).parameters.values()
        ),
        outcomes=tuple(outcome for outcome in wishes.outcomes if outcome != FAILED),
        streams=_streams(function, hints.get("return", typing.Any), wrong),
        timeout_ms=round(wishes.timeout * 1000),
        doc=(inspect.getdoc(function) or "").strip().partition("\n")[0][:DOC_CHARS_MAX],
    )


_Complain = Callable[[str], SettingsError]


def _complaint(function: Callable[..., object]) -> _Complain:
    file, line = place_of(function)
    return lambda what: SettingsError(f"{file}:{line}: the function {function.__name__} {what}")


def _hints(function: Callable[..., object], wrong: _Complain) -> Mapping[str, object]:
    try:
        return typing.get_type_hints(function)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise wrong(f"has an annotation that cannot be read ({reason})") from None


def _parameter(
    given: inspect.Parameter, hints: Mapping[str, object], wrong: _Complain
) -> Parameter:
    if given.kind not in (given.POSITIONAL_OR_KEYWORD, given.KEYWORD_ONLY):
        raise wrong(f"has the parameter {given.name}, which cannot be given by its name")
    if given.name not in hints:
        raise wrong(f"has the parameter {given.name} without a type; write {given.name}: str")
    kind, nullable = _kind(hints[given.name])
    if kind is None:
        known = ", ".join(each.__name__ for each in KINDS)
        message = f"whose type no flow can give; use one of {known}, or one of them | None"
        raise wrong(f"has the parameter {given.name}, {message}")
    return Parameter(given.name, KINDS[kind], given.default is given.empty, nullable)


def _kind(hint: object) -> tuple[type | None, bool]:
    """The type a hint stands for, and whether None may stand in its place."""
    nullable = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        others = [each for each in typing.get_args(hint) if each is not type(None)]
        nullable = len(others) < len(typing.get_args(hint))
        if len(others) != 1:
            return None, nullable
        hint = others[0]
    plain = typing.get_origin(hint) or hint
    return (plain if isinstance(plain, type) and plain in KINDS else None), nullable


def _streams(function: Callable[..., object], result: object, wrong: _Complain) -> bool:
    """Whether its answer is a stream of text."""
    streams = inspect.isasyncgenfunction(inspect.unwrap(function))
    if inspect.isgeneratorfunction(inspect.unwrap(function)):
        raise wrong("yields without waiting; make it an async def")
    if not streams:
        if typing.get_origin(result) in _STREAMS or result in _STREAMS:
            raise wrong("is to give a stream of text; yield the pieces in its own async def")
        return False
    pieces = typing.get_args(result)[:1]
    allowed = (str, Outcome)
    for piece in pieces:
        for each in typing.get_args(piece) or (piece,):
            if each not in allowed and each is not typing.Any:
                raise wrong("yields something that is not text; yield str, and Outcome at the end")
    return True


# --------------------------------------------------------------------------- arguments


def arguments(spec: FunctionSpec, given: Mapping[str, Value]) -> dict[str, Value]:
    """What to call a function with: copies, converted where nothing is lost.

    Raises :class:`~ivr.outside.values.NotAValue`, a sentence without any value in it.
    """
    known = {each.name: each for each in spec.parameters}
    for name in given:
        if name not in known:
            raise NotAValue(f"the function {spec.name} has no parameter {name}")
    found: dict[str, Value] = {}
    for name, parameter in known.items():
        if name not in given:
            if parameter.required:
                raise NotAValue(f"the function {spec.name} was not given {name}")
            continue
        found[name] = _argument(spec.name, parameter, given[name])
    return found


def _argument(function: str, parameter: Parameter, value: Value) -> Value:
    if value is None and parameter.nullable:
        return None
    converted = None if value is None else _CONVERT[parameter.kind](value)
    if converted is None:
        takes = f"the parameter {parameter.name} of {function} takes a {parameter.kind}"
        raise NotAValue(f"{takes}, and was given {kind_name(value)} that is none")
    return converted


def _text(value: Value) -> Value:
    """Numbers and moments as they are written; a map, a list, a yes or no is no text."""
    if is_number(value) or isinstance(value, str | date | time):
        return plain_text(value)
    return None


def _whole(value: Value) -> Value:
    """``12`` and 12.0, but not ``0012``: who writes zeros there means a name, not a number."""
    if isinstance(value, str):
        number = number_in(value)
        return number if isinstance(number, int) and str(number) == value.strip() else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if is_number(value) and isinstance(value, int) else None


def _number(value: Value) -> Value:
    if isinstance(value, str):
        number = number_in(value)
        begins_with_zeros = re.match(r"-?0[0-9]", value.strip()) is not None
        return None if number is None or begins_with_zeros else float(number)
    if is_number(value):
        number = float(value)
        return number if number == value else None
    return None


def _yes_or_no(value: Value) -> Value:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip())
    return value if isinstance(value, bool) else None


def _moment(wanted: Sequence[type]) -> Callable[[Value], Value]:
    """A date is no date and time, nor the other way round: one of them would be made up."""

    def convert(value: Value) -> Value:
        moment = moment_in(value) if isinstance(value, str) else value
        return moment if type(moment) in wanted else None

    return convert


def _list(value: Value) -> Value:
    return own(value) if isinstance(value, list) else None


def _map(value: Value) -> Value:
    return own(value) if isinstance(value, Mapping) else None


_CONVERT: Mapping[str, Callable[[Value], Value]] = {
    KINDS[str]: _text,
    KINDS[int]: _whole,
    KINDS[float]: _number,
    KINDS[bool]: _yes_or_no,
    KINDS[date]: _moment((date,)),
    KINDS[datetime]: _moment((datetime,)),
    KINDS[time]: _moment((time,)),
    KINDS[list]: _list,
    KINDS[dict]: _map,
}
