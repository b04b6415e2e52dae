"""The closed list of functions an expression can call.

Each takes a fixed number of values and gives one; none reads a clock, loops over anything unbounded
or makes a text longer than it was given. ``choose``, ``default``, ``has``, ``one_of``, ``now``,
``today`` and ``matches`` are here by name and arguments only: the grammar makes nodes of their own
of them, because they see null, the scope, or their arguments before these are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from ivr.flow.values import (
    EvaluationError,
    Value,
    before,
    is_number,
    kind_name,
    moment_in,
    number_in,
)

DECIMALS_MAX = 6
"""The most decimals ``round`` can be asked for."""

Given = Sequence[Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language."""

    name: str
    usage: str
    """How it is written, for messages: ``contains(text, part)``."""
    least: int
    most: int | None
    """Arguments at most; None: any number."""
    call: Callable[[Given], Value]
    of_null: Value = None
    """What it answers when it is given a null: null, or false where it answers a question."""


def _text(name: str, value: Value) -> str:
    if isinstance(value, str):
        return value
    raise EvaluationError(f"{name}() needs a text, not {kind_name(value)}")


def _size(given: Given) -> Value:
    held = given[0]
    if isinstance(held, (str, list, Mapping)):
        return len(held)
    raise EvaluationError(f"size() needs a text, a list or a map, not {kind_name(held)}")


def _contains(given: Given) -> Value:
    held = given[0]
    if not isinstance(held, str):
        raise EvaluationError(f"contains() looks into a text, not into {kind_name(held)}")
    return _text("contains", given[1]) in held


def _starts_with(given: Given) -> Value:
    return _text("starts_with", given[0]).startswith(_text("starts_with", given[1]))


def _ends_with(given: Given) -> Value:
    return _text("ends_with", given[0]).endswith(_text("ends_with", given[1]))


def _lower(given: Given) -> Value:
    return _text("lower", given[0]).lower()


def _upper(given: Given) -> Value:
    return _text("upper", given[0]).upper()


def _trim(given: Given) -> Value:
    return _text("trim", given[0]).strip()


def _digits_only(given: Given) -> Value:
    held = given[0]
    text = str(held) if type(held) is int else _text("digits_only", held)
    return "".join(character for character in text if character in "0123456789")


def _number(given: Given) -> Value:
    """Null for a text that is no number: what a caller or a service sent may be anything."""
    held = given[0]
    return held if is_number(held) else number_in(_text("number", held))


def _round(given: Given) -> Value:
    """Halves go away from zero, as people round, and as CEL's ``math.round`` does."""
    held, decimals = given[0], given[1] if len(given) > 1 else 0
    if not is_number(held):
        raise EvaluationError(f"round() needs a number, not {kind_name(held)}")
    if type(decimals) is not int or not 0 <= decimals <= DECIMALS_MAX:
        raise EvaluationError(f"round() takes from 0 to {DECIMALS_MAX} decimals")
    if type(held) is int:
        return held
    # repr is the number as it was written: 2.675 goes up, although its float lies below.
    exact = Decimal(repr(held))
    if exact.adjusted() > 15:
        return held
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return int(rounded) if decimals == 0 else float(rounded)


def _min(given: Given) -> Value:
    return _extreme("min", given, lambda candidate, best: before(candidate, best))


def _max(given: Given) -> Value:
    return _extreme("max", given, lambda candidate, best: before(best, candidate))


def _extreme(name: str, given: Given, better: Callable[[Value, Value], bool | None]) -> Value:
    """The best of the arguments, or of one list; nulls in a list are passed over."""
    candidates = given
    if len(given) == 1:
        if not isinstance(given[0], list):
            raise EvaluationError(f"{name}() needs two values or more, or one list")
        candidates = [value for value in given[0] if value is not None]
    best: Value = None
    for candidate in candidates:
        if best is None or better(candidate, best):
            best = candidate
    return best


def _date(given: Given) -> Value:
    """Null for a text that is no date."""
    held = given[0]
    moment = moment_in(held) if isinstance(held, str) else held
    if isinstance(moment, datetime):
        return moment.date()
    if isinstance(moment, date):
        return moment
    if isinstance(held, str):
        return None
    raise EvaluationError(f"date() needs a text like 2026-12-01, not {kind_name(held)}")


def _days_between(given: Given) -> Value:
    """Days from the first to the second; negative if that one is earlier."""
    first, second = _date(given[:1]), _date(given[1:])
    if not isinstance(first, date) or not isinstance(second, date):
        return None
    return (second - first).days


def _never(given: Given) -> Value:
    raise AssertionError("the grammar makes a node of its own of this function")


def _table(*functions: Function) -> Mapping[str, Function]:
    return {function.name: function for function in functions}


FUNCTIONS = _table(
    Function("choose", "choose(condition, a, b)", 3, 3, _never),
    Function("default", "default(a, b)", 2, 2, _never),
    Function("has", "has(a)", 1, 1, _never),
    Function("size", "size(a)", 1, 1, _size),
    Function("contains", "contains(text, part)", 2, 2, _contains, of_null=False),
    Function("starts_with", "starts_with(text, part)", 2, 2, _starts_with, of_null=False),
    Function("ends_with", "ends_with(text, part)", 2, 2, _ends_with, of_null=False),
    Function("one_of", "one_of(a, b, c)", 2, None, _never),
    Function("lower", "lower(text)", 1, 1, _lower),
    Function("upper", "upper(text)", 1, 1, _upper),
    Function("trim", "trim(text)", 1, 1, _trim),
    Function("number", "number(text)", 1, 1, _number),
    Function("round", "round(number)", 1, 2, _round),
    Function("min", "min(a, b)", 1, None, _min),
    Function("max", "max(a, b)", 1, None, _max),
    Function("digits_only", "digits_only(text)", 1, 1, _digits_only),
    Function("today", "today()", 0, 0, _never),
    Function("now", "now()", 0, 0, _never),
    Function("date", "date(text)", 1, 1, _date),
    Function("days_between", "days_between(a, b)", 2, 2, _days_between),
    Function("matches", "matches(text, 'pattern')", 2, 2, _never),
)
