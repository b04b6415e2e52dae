"""What the operators of an expression do to values.

The one place that decides which kinds go together, how numbers are kept, and what null does.
Errors name kinds, never values.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping
from decimal import Context, Decimal

from ivr.flow.values import (
    INTEGER_MAX,
    LIST_MAX,
    TEXT_MAX,
    EvaluationError,
    Value,
    before,
    equal,
    is_number,
    kind_name,
)


def truth(value: Value) -> bool:
    """Whether a condition holds: true does, false and null do not, anything else is an error."""
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise EvaluationError(f"{kind_name(value)} stands where true or false is wanted")


def item(held: Value, key: Value) -> Value:
    """A field of a map by its name or an item of a list by its number; null where it is missing."""
    if key is None:
        return None
    if isinstance(held, Mapping):
        if not isinstance(key, str):
            raise EvaluationError(f"{kind_name(key)} is no name of a field")
        return held.get(key)
    if not isinstance(held, list):
        raise EvaluationError(f"{kind_name(held)} has no fields and no items")
    index = _whole(key)
    if index is None:
        raise EvaluationError("the items of a list have whole numbers, from 0")
    return held[index] if 0 <= index < len(held) else None


def _whole(value: Value) -> int | None:
    """The whole number it is, also where it is written 3.0; None if it is none."""
    if type(value) is int:
        return value
    return int(value) if type(value) is float and value.is_integer() else None


# --------------------------------------------------------------------------- comparing


def _unequal(left: Value, right: Value) -> bool:
    return left is not None and right is not None and not equal(left, right)


def _at_most(left: Value, right: Value) -> bool:
    return before(right, left) is False


def _at_least(left: Value, right: Value) -> bool:
    return before(left, right) is False


def _inside(left: Value, right: Value) -> bool:
    if left is None or right is None:
        return False
    if isinstance(right, list):
        return any(equal(left, item) for item in right)
    if isinstance(right, Mapping):
        return isinstance(left, str) and left in right
    raise EvaluationError(
        f"“in” looks into a list or a map, not into {kind_name(right)}; for texts there is contains"
    )


COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "==": equal,
    "!=": _unequal,
    "<": lambda left, right: before(left, right) is True,
    "<=": _at_most,
    ">": lambda left, right: before(right, left) is True,
    ">=": _at_least,
    "in": _inside,
}
"""The comparing operators; with null on either side none of them holds."""

# --------------------------------------------------------------------------- arithmetic


def negative(value: Value) -> Value:
    """The number with the other sign; null of null."""
    if value is None:
        return None
    if not is_number(value):
        raise EvaluationError(f"{kind_name(value)} has no negative")
    return -value


_DECIMALS = Context(prec=30)
_VERBS = {"+": "added", "-": "subtracted", "*": "multiplied", "/": "divided", "%": "divided"}


def compute(sign: str, left: Value, right: Value) -> Value:
    """``left`` and ``right`` put together by ``+ - * / %``; null if either is."""
    if left is None or right is None:
        return None
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        if is_number(left) and is_number(right):
            return _number(sign, left, right)
    elif sign == "+" and isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > TEXT_MAX:
            raise EvaluationError(f"a text may have {TEXT_MAX} characters at most")
        return left + right
    elif sign == "+" and isinstance(left, list) and isinstance(right, list):
        if len(left) + len(right) > LIST_MAX:
            raise EvaluationError(f"a list may have {LIST_MAX} items at most")
        return left + right
    both = f"{kind_name(left)} and {kind_name(right)}"
    raise EvaluationError(f"{both} cannot be {_VERBS[sign]}")


def _divide(left: int | float, right: int | float) -> int | float:
    if right == 0:
        raise EvaluationError("nothing can be divided by 0")
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return float(_DECIMALS.divide(_decimal(left), _decimal(right)))


def _remainder(left: int | float, right: int | float) -> int | float:
    """What is left over; it has the sign of ``left``, as in CEL."""
    if right == 0:
        raise EvaluationError("nothing can be divided by 0")
    whole, by = _whole(left), _whole(right)
    if whole is None or by is None:
        raise EvaluationError("“%” works with whole numbers")
    rest = abs(whole) % abs(by)
    return -rest if whole < 0 else rest


_EXACT: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _DECIMALS.add,
    "-": _DECIMALS.subtract,
    "*": _DECIMALS.multiply,
}
_WHOLE: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


def _number(sign: str, left: int | float, right: int | float) -> int | float:
    """The result, exact in decimals; whole numbers stay whole where they can."""
    result: int | float
    if sign == "/":
        result = _divide(left, right)
    elif sign == "%":
        result = _remainder(left, right)
    elif isinstance(left, int) and isinstance(right, int):
        result = _WHOLE[sign](left, right)
    else:
        result = float(_EXACT[sign](_decimal(left), _decimal(right)))
    if abs(result) <= (INTEGER_MAX if isinstance(result, int) else sys.float_info.max):
        return result
    raise EvaluationError("the result is too large a number")


def _decimal(number: int | float) -> Decimal:
    """The decimal a number is written as."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
