"""What kind of value an expression gives, as far as it can be told before any call (X005).

Used by the checker: it knows the kinds of variables (from ``vars``, examples and the steps that set
them) and asks here what follows. What is not known is :attr:`Kind.ANY` and never reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time
from enum import Enum

from ivr.flow.expression.tree import (
    All,
    Arithmetic,
    Call,
    Choose,
    Comparison,
    Constant,
    Default,
    Expression,
    Listing,
    Matching,
    Moment,
    Name,
    Negative,
    Node,
    Not,
    OneOf,
    Operation,
    Presence,
    Reach,
    Some,
)
from ivr.flow.values import Value


class Kind(Enum):
    """The kinds of values; the text is what an author calls it."""

    FLAG = "true or false"
    NUMBER = "a number"
    TEXT = "a text"
    DATE = "a date"
    TIME = "a time"
    LIST = "a list"
    MAP = "a map"
    ANY = "anything"
    """Not known before the call, or null."""


Known = Callable[[tuple[str, ...]], Kind]
"""The kind of a name with its fields, as far as the checker knows."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two kinds that do not go together, at an operator of the source (columns from 0)."""

    message: str
    column: int
    end_column: int
    help: str = ""


_ANSWERS = {
    "size": Kind.NUMBER,
    "contains": Kind.FLAG,
    "starts_with": Kind.FLAG,
    "ends_with": Kind.FLAG,
    "lower": Kind.TEXT,
    "upper": Kind.TEXT,
    "trim": Kind.TEXT,
    "digits_only": Kind.TEXT,
    "number": Kind.NUMBER,
    "round": Kind.NUMBER,
    "date": Kind.DATE,
    "days_between": Kind.NUMBER,
}


def kind_of(value: Value) -> Kind:
    """The kind of a value that is known, like one in ``vars`` or an example."""
    match value:
        case bool():
            return Kind.FLAG
        case int() | float():
            return Kind.NUMBER
        case str():
            return Kind.TEXT
        case date():
            return Kind.DATE
        case time():
            return Kind.TIME
        case list():
            return Kind.LIST
        case None:
            return Kind.ANY
        case _:
            return Kind.MAP


def result_kind(expression: Expression, known: Known) -> Kind:
    """The kind of what the expression gives."""
    return _kind(expression.tree, known)


def mismatches(expression: Expression, known: Known) -> Iterator[Mismatch]:
    """Every operator between kinds that never go together: a text compared with a number."""
    yield from _walk(expression.tree, known)


def _kind(node: Node, known: Known) -> Kind:
    match node:
        case Constant(value):
            return kind_of(value)
        case Name(name):
            return known((name,))
        case Reach(Name(name), steps):
            path = tuple(step for step in steps if isinstance(step, str))
            return known((name, *path)) if len(path) == len(steps) else Kind.ANY
        case Listing():
            return Kind.LIST
        case All() | Some() | Not() | Comparison() | Presence() | OneOf() | Matching():
            return Kind.FLAG
        case Negative():
            return Kind.NUMBER
        case Arithmetic(first, rest):
            return Kind.NUMBER if rest[0].sign != "+" else _kind(first, known)
        case Moment():
            return Kind.DATE
        case Choose(_, a, b) | Default(a, b):
            kinds = {_kind(a, known), _kind(b, known)}
            return kinds.pop() if len(kinds) == 1 else Kind.ANY
        case Call(function):
            return _ANSWERS.get(function.name, Kind.ANY)
        case _:
            return Kind.ANY


def _walk(node: Node, known: Known) -> Iterator[Mismatch]:
    match node:
        case Comparison(first, rest):
            yield from _chain(first, rest, known, _compared)
        case Arithmetic(first, rest):
            yield from _chain(first, rest, known, _computed)
    for part in _parts(node):
        yield from _walk(part, known)


def _chain(
    first: Node,
    rest: tuple[Operation, ...],
    known: Known,
    fault: Callable[[str, Kind, Kind], tuple[str, str] | None],
) -> Iterator[Mismatch]:
    left = _kind(first, known)
    for operation in rest:
        right = _kind(operation.right, known)
        found = None if Kind.ANY in (left, right) else fault(operation.sign, left, right)
        if found is not None:
            message, remedy = found
            end = operation.column + len(operation.sign)
            yield Mismatch(message, operation.column, end, remedy)
        left = Kind.FLAG if fault is _compared else left


def _compared(sign: str, left: Kind, right: Kind) -> tuple[str, str] | None:
    if sign == "in":
        if right in (Kind.LIST, Kind.MAP):
            return None
        remedy = "write contains(text, part)" if right is Kind.TEXT else ""
        return f"“in” looks into a list, not into {right.value}", remedy
    if left is not right:
        remedy = ""
        if {left, right} == {Kind.TEXT, Kind.NUMBER}:
            remedy = "what callers key is a text: use number(…), or put the number in quotes"
        return f"this compares {left.value} with {right.value}", remedy
    ordered = left in (Kind.NUMBER, Kind.TEXT, Kind.DATE, Kind.TIME)
    if sign not in ("==", "!=") and not ordered:
        return f"{left.value} has no order that “{sign}” could ask for", ""
    return None


def _computed(sign: str, left: Kind, right: Kind) -> tuple[str, str] | None:
    joins = sign == "+" and left in (Kind.TEXT, Kind.LIST)
    if left is right and (left is Kind.NUMBER or joins):
        return None
    remedy = ""
    if Kind.TEXT in (left, right):
        remedy = "a text becomes a number with number(…)"
    elif Kind.DATE in (left, right):
        remedy = "days between two dates are days_between(a, b)"
    return f"“{sign}” cannot take {left.value} and {right.value}", remedy


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case All(parts) | Some(parts) | Listing(parts) | Call(_, parts):
            return parts
        case Comparison(first, rest) | Arithmetic(first, rest):
            return (first, *(operation.right for operation in rest))
        case Not(part) | Negative(part) | Presence(part) | Matching(part):
            return (part,)
        case Reach(root, steps):
            return (root, *(step for step in steps if not isinstance(step, str)))
        case Choose(condition, then, otherwise):
            return (condition, then, otherwise)
        case Default(part, otherwise):
            return (part, otherwise)
        case OneOf(part, others):
            return (part, *others)
        case _:
            return ()
