"""What an expression is once it is read, and how each part of it gives its value.

Made by :mod:`ivr.flow.expression.grammar`; walked by :mod:`ivr.flow.expression.kinds`. Chains of
one level (``a + b - c``) are one node, so depth grows with brackets only, and those are limited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.flow.expression.functions import Function
from ivr.flow.expression.operators import COMPARE, compute, item, negative, truth
from ivr.flow.expression.patterns import Pattern
from ivr.flow.values import EvaluationError, Value, equal, kind_name

Scope = Mapping[str, Value]
NOW = "now"
"""Where the machine puts the call's local time; no variable may have the name of a function."""


class ExpressionError(Exception):
    """A source that is no expression: one sentence, the place in the source, and the remedy.

    Columns count from 0 in the source; the end is exclusive. The loader turns it into X001.
    """

    def __init__(self, message: str, column: int, end_column: int, help: str = "") -> None:
        self.message = message
        self.column = column
        self.end_column = end_column
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Reference:
    """A name an expression reads, with the fields behind it: ``call.from``."""

    path: tuple[str, ...]
    column: int
    end_column: int
    guarded: bool
    """It stands inside ``has(…)`` or as the first thing of ``default(…)``: null is expected."""


class Node(Protocol):
    """One part of an expression."""

    def value(self, scope: Scope) -> Value:
        """Its value, read in this scope. Raises :class:`EvaluationError`."""
        ...


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression: reading it again costs nothing, evaluating it changes nothing."""

    source: str
    tree: Node
    names: tuple[Reference, ...]
    """Everything it reads, in order."""

    def evaluate(self, scope: Scope) -> Value:
        """Its value for these names. Raises :class:`EvaluationError` and nothing else."""
        try:
            return self.tree.value(scope)
        except EvaluationError as error:
            raise EvaluationError(f"{error}, in “{self.source}”") from None


# --------------------------------------------------------------------------- leaves


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the source."""

    constant: Value

    def value(self, scope: Scope) -> Value:
        """The value as written."""
        return self.constant


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the scope; null if the scope has none of it."""

    name: str

    def value(self, scope: Scope) -> Value:
        """What the scope holds under this name."""
        return scope.get(self.name)


@dataclass(frozen=True, slots=True)
class Reach:
    """Fields and items of something: ``found.name``, ``slots[0]``. What is missing is null."""

    root: Node
    steps: tuple[str | Node, ...]
    """A text is a field; a node is what stood in brackets."""

    def value(self, scope: Scope) -> Value:
        """The field or item at the end of the way."""
        held = self.root.value(scope)
        for step in self.steps:
            if held is None:
                return None
            key = step if isinstance(step, str) else step.value(scope)
            held = item(held, key)
        return held


@dataclass(frozen=True, slots=True)
class Listing:
    """``[a, b]``."""

    items: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """The list of its items' values."""
        return [item.value(scope) for item in self.items]


# --------------------------------------------------------------------------- true or false


@dataclass(frozen=True, slots=True)
class All:
    """``a and b and c``: stops at the first that does not hold."""

    parts: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """Whether every part holds."""
        return all(truth(part.value(scope)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    """``a or b or c``: stops at the first that holds."""

    parts: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """Whether any part holds."""
        return any(truth(part.value(scope)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """``not a``."""

    part: Node

    def value(self, scope: Scope) -> Value:
        """Whether the part does not hold."""
        return not truth(self.part.value(scope))


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator in a chain, with what stands to its right."""

    sign: str
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``a == b``, ``a < b``, ``a in b``; read from the left where there are several."""

    first: Node
    rest: tuple[Operation, ...]

    def value(self, scope: Scope) -> Value:
        """Whether it holds; with null on either side it does not."""
        left = self.first.value(scope)
        for operation in self.rest:
            left = COMPARE[operation.sign](left, operation.right.value(scope))
        return left


@dataclass(frozen=True, slots=True)
class Presence:
    """``a == null`` or ``a != null``: a comparison with a null somebody wrote."""

    part: Node
    wanted: bool

    def value(self, scope: Scope) -> Value:
        """Whether there is a value, or there is none."""
        return (self.part.value(scope) is not None) is self.wanted


# --------------------------------------------------------------------------- arithmetic


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``a + b - c`` or ``a * b / c``, from the left; null anywhere makes it null."""

    first: Node
    rest: tuple[Operation, ...]

    def value(self, scope: Scope) -> Value:
        """The result; whole numbers stay whole where they can."""
        left = self.first.value(scope)
        for operation in self.rest:
            left = compute(operation.sign, left, operation.right.value(scope))
        return left


@dataclass(frozen=True, slots=True)
class Negative:
    """``-a``."""

    part: Node

    def value(self, scope: Scope) -> Value:
        """The number with the other sign."""
        return negative(self.part.value(scope))


# --------------------------------------------------------------------------- functions


@dataclass(frozen=True, slots=True)
class Call:
    """A function with what it is given; a null among that makes the answer null (or false)."""

    function: Function
    arguments: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """What the function answers."""
        given = [argument.value(scope) for argument in self.arguments]
        if None in given:
            return self.function.of_null
        return self.function.call(given)


@dataclass(frozen=True, slots=True)
class Choose:
    """``choose(c, a, b)``: only the one that is chosen is computed."""

    condition: Node
    then: Node
    otherwise: Node

    def value(self, scope: Scope) -> Value:
        """The second if the first holds, else the third."""
        return (self.then if truth(self.condition.value(scope)) else self.otherwise).value(scope)


@dataclass(frozen=True, slots=True)
class Default:
    """``default(a, b)``."""

    part: Node
    otherwise: Node

    def value(self, scope: Scope) -> Value:
        """The first unless it is null, else the second."""
        held = self.part.value(scope)
        return self.otherwise.value(scope) if held is None else held


@dataclass(frozen=True, slots=True)
class OneOf:
    """``one_of(a, …)``: whether ``a`` equals one of the rest; nulls among them equal nothing."""

    part: Node
    others: tuple[Node, ...]

    def value(self, scope: Scope) -> Value:
        """Whether one of them is the same."""
        held = self.part.value(scope)
        return any(equal(held, other.value(scope)) for other in self.others)


@dataclass(frozen=True, slots=True)
class Moment:
    """``now()``, or its date: ``today()``."""

    day_only: bool

    def value(self, scope: Scope) -> Value:
        """The call's local time, from the scope."""
        now = scope.get(NOW)
        if not isinstance(now, datetime):
            raise EvaluationError("the time is not known here")
        return now.date() if self.day_only else now


@dataclass(frozen=True, slots=True)
class Matching:
    """``matches(text, 'pattern')``; the pattern is compiled with the expression."""

    part: Node
    pattern: Pattern

    def value(self, scope: Scope) -> Value:
        """Whether the pattern is found in the text."""
        held = self.part.value(scope)
        if held is None:
            return False
        if not isinstance(held, str):
            raise EvaluationError(f"matches() needs a text, not {kind_name(held)}")
        return self.pattern.found_in(held)
