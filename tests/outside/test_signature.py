"""Which signatures may be registered, and what arguments become on the way to them."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Optional

import pytest

from ivr.errors import SettingsError
from ivr.flow.values import Value
from ivr.flow.world import FunctionSpec, Parameter
from ivr.outside.signature import KINDS, Outcome, Wishes, arguments, place_of, specify
from ivr.outside.values import NotAValue

MOMENT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def spec_of(function: Callable[..., object], *outcomes: str, timeout: float = 4.0) -> FunctionSpec:
    return specify(function, Wishes(outcomes, timeout))


async def everything(
    text: str,
    whole: int,
    number: float,
    yes: bool,
    day: date,
    moment: datetime,
    hour: time,
    items: list[str],
    fields: dict[str, Any],
    *,
    name: str | None,
    note: Optional[str] = None,  # noqa: UP045 - the older way of writing it
) -> dict[str, Any] | Outcome:
    """Say everything.

    More of it.
    """
    return {}


def test_a_signature_becomes_plain_data() -> None:
    assert spec_of(everything, "gone", "failed", timeout=2.5) == FunctionSpec(
        name="everything",
        parameters=(
            Parameter("text", "text", True),
            Parameter("whole", "whole number", True),
            Parameter("number", "number", True),
            Parameter("yes", "yes or no", True),
            Parameter("day", "date", True),
            Parameter("moment", "date and time", True),
            Parameter("hour", "time of day", True),
            Parameter("items", "list", True),
            Parameter("fields", "map", True),
            Parameter("name", "text", True, nullable=True),
            Parameter("note", "text", False, nullable=True),
        ),
        outcomes=("gone",),
        streams=False,
        timeout_ms=2_500,
        doc="Say everything.",
    )


async def iterator() -> AsyncIterator[str]:
    yield ""


async def generator() -> AsyncGenerator[str | Outcome, None]:
    yield ""


async def bare():  # type: ignore[no-untyped-def]
    yield ""


@pytest.mark.parametrize("function", [iterator, generator, bare])
def test_what_yields_is_a_stream_of_text(function: Callable[..., object]) -> None:
    assert spec_of(function).streams


def test_only_the_first_line_of_what_it_does_is_told_and_not_too_much_of_it() -> None:
    async def told() -> None: ...

    assert spec_of(told).doc == ""
    told.__doc__ = "\n    " + "x" * 300 + "\n    more"
    assert spec_of(told).doc == "x" * 200


async def positional(a: str, /) -> None: ...
async def many(*numbers: str) -> None: ...
async def named(**fields: str) -> None: ...
async def untyped(number) -> None: ...  # type: ignore[no-untyped-def]
async def precise(amount: Decimal) -> None: ...
async def anything(amount: Any) -> None: ...
async def either(amount: int | str) -> None: ...
async def nothing(amount: None) -> None: ...
async def unknown(amount: Missing) -> None: ...  # type: ignore[name-defined]  # noqa: F821
async def Shouted() -> None: ...
def yields() -> Iterator[str]:
    yield ""


async def gives_a_stream() -> AsyncIterator[str]:
    return iterator()


async def yields_bytes() -> AsyncIterator[bytes]:
    yield b""


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (positional, "has the parameter a, which cannot be given by its name"),
        (many, "has the parameter numbers, which cannot be given by its name"),
        (named, "has the parameter fields, which cannot be given by its name"),
        (untyped, "has the parameter number without a type; write number: str"),
        (precise, "has the parameter amount, whose type no flow can give; use one of str, int"),
        (anything, "has the parameter amount, whose type no flow can give"),
        (either, "has the parameter amount, whose type no flow can give"),
        (nothing, "has the parameter amount, whose type no flow can give"),
        (unknown, "has an annotation that cannot be read (NameError: name 'Missing'"),
        (Shouted, "has a name no flow can write"),
        (yields, "yields without waiting; make it an async def"),
        (gives_a_stream, "yield the pieces in its own async def"),
        (yields_bytes, "yields something that is not text"),
        (lambda: None, "has a name no flow can write"),
    ],
)
def test_a_signature_no_flow_can_call_is_refused_with_its_place(
    function: Callable[..., object], why: str
) -> None:
    with pytest.raises(SettingsError) as wrong:
        spec_of(function)
    file, line = place_of(function)
    assert str(wrong.value).startswith(f"{file}:{line}: the function {function.__name__} ")
    assert why in str(wrong.value)
    assert "\n" not in str(wrong.value)
    assert file == __file__
    assert line == function.__code__.co_firstlineno


@pytest.mark.parametrize(
    ("wishes", "why"),
    [
        (Wishes(("Gone!",), 4), "declares the outcome 'Gone!'"),
        (Wishes(("done",), 4), "declares the outcome 'done'"),
        (Wishes(("gone", "gone"), 4), "declares the same outcome twice"),
        (Wishes((), 0), "a timeout that is not between 0 and 60 seconds"),
        (Wishes((), 61), "a timeout that is not between 0 and 60 seconds"),
        (Wishes((), math.nan), "a timeout that is not between 0 and 60 seconds"),
        (Wishes((), "4"), "a timeout that is not between 0 and 60 seconds"),  # type: ignore[arg-type]
    ],
)
def test_wishes_that_cannot_be_met_are_refused(wishes: Wishes, why: str) -> None:
    with pytest.raises(SettingsError, match="the function iterator") as wrong:
        specify(iterator, wishes)
    assert why in str(wrong.value)


# --- arguments -----------------------------------------------------------------------------------


def converted(kind: str, value: Value, nullable: bool = False) -> Value:
    spec = FunctionSpec("f", (Parameter("p", kind, True, nullable),))
    return arguments(spec, {"p": value})["p"]


@pytest.mark.parametrize(
    ("kind", "given", "taken"),
    [
        (str, "0042", "0042"),
        (str, 12, "12"),
        (str, 3.0, "3"),
        (str, 12.5, "12.5"),
        (str, date(2026, 1, 2), "2026-01-02"),
        (int, 12, 12),
        (int, "12", 12),
        (int, " -7 ", -7),
        (int, 3.0, 3),
        (float, 2, 2.0),
        (float, "12.50", 12.5),
        (float, "0.5", 0.5),
        (bool, True, True),
        (bool, "false", False),
        (date, date(2026, 1, 2), date(2026, 1, 2)),
        (date, "2026-01-02", date(2026, 1, 2)),
        (datetime, "2026-11-22T08:00Z", MOMENT),
        (datetime, MOMENT, MOMENT),
        (time, "9:30", time(9, 30)),
        (list, [1, {"a": 2}], [1, {"a": 2}]),
        (dict, {"a": [1]}, {"a": [1]}),
    ],
)
def test_an_argument_is_converted_where_nothing_is_lost(
    kind: type, given: Value, taken: Value
) -> None:
    found = converted(KINDS[kind], given)
    assert found == taken
    assert type(found) is type(taken)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (str, True),
        (str, ["1234"]),
        (int, "0012"),
        (int, "12.0"),
        (int, "twelve"),
        (int, ""),
        (int, 1.5),
        (int, True),
        (float, "0042"),
        (float, "1e3"),
        (float, 2**53 + 1),
        (float, False),
        (bool, 1),
        (bool, "yes"),
        (date, MOMENT),
        (date, "2026-02-30"),
        (date, "9:30"),
        (datetime, date(2026, 1, 2)),
        (datetime, "2026-01-02"),
        (time, "25:00"),
        (time, MOMENT),
        (list, {"a": 1}),
        (list, "1234"),
        (dict, ["1234"]),
        (str, None),
    ],
)
def test_an_argument_that_would_lose_something_is_refused_by_its_kind(
    kind: type, given: Value
) -> None:
    with pytest.raises(NotAValue, match=f"the parameter p of f takes a {KINDS[kind]}, and") as no:
        converted(KINDS[kind], given)
    assert "1234" not in str(no.value)
    assert "2026" not in str(no.value)


def test_nothing_is_given_only_where_nothing_may_be() -> None:
    assert converted("text", None, nullable=True) is None
    with pytest.raises(NotAValue, match="was given nothing"):
        converted("text", None)


def test_a_function_cannot_change_what_the_call_holds() -> None:
    held: list[Value] = [{"a": 1}]
    got = converted("list", held)
    assert got == held
    assert got is not held
    assert isinstance(got, list)
    assert got[0] is not held[0]
    fields: dict[str, Value] = {"a": held}
    copy = converted("map", fields)
    assert copy == fields
    assert isinstance(copy, dict)
    assert copy is not fields
    assert copy["a"] is not held


def test_arguments_are_those_the_function_has() -> None:
    spec = FunctionSpec("f", (Parameter("a", "text", True), Parameter("b", "text", False)))
    assert arguments(spec, {"a": "1"}) == {"a": "1"}
    with pytest.raises(NotAValue, match="the function f was not given a"):
        arguments(spec, {"b": "1"})
    with pytest.raises(NotAValue, match="the function f has no parameter c"):
        arguments(spec, {"a": "1", "c": "2"})
