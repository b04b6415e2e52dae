"""``min`` and ``max`` of an entry: as written, a day counted from today, or computed in the call.

``min: 10``, ``max: 2026-12-31``, ``min: today``, ``max: today + 30 days``, ``max: ${balance}``.
Numbers, amounts and dates have them; each reads here what was written and asks what it comes to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ivr.flow.expression import NOW, Reference, Scope
from ivr.flow.reader import Reader
from ivr.flow.source import Mapping, Node, Scalar
from ivr.flow.text import Template
from ivr.flow.values import (
    EvaluationError,
    Value,
    is_number,
    kind_name,
    local,
    moment_in,
    number_in,
)

_TODAY = re.compile(r"today(?:\s*\(\s*\))?(?:\s*([+-])\s*(\d{1,5})\s+days?)?")
_COMPUTED = re.compile(r"\$\{(.*)\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Given:
    """A limit that is the same in every call."""

    value: Value


@dataclass(frozen=True, slots=True)
class FromToday:
    """A day counted from the day of the call."""

    days: int


@dataclass(frozen=True, slots=True)
class Computed:
    """What one ``${…}`` comes to in the call; null is no limit."""

    template: Template


Limit = Given | FromToday | Computed


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and the most an entry may be; None: there is no limit."""

    least: Limit | None = None
    most: Limit | None = None

    @property
    def templates(self) -> Iterator[tuple[str, Template]]:
        """Those that are computed, by their key."""
        for key, limit in (("min", self.least), ("max", self.most)):
            if isinstance(limit, Computed):
                yield key, limit.template

    @property
    def names(self) -> Iterator[Reference]:
        """Everything they read."""
        for _, template in self.templates:
            yield from template.names


NO_LIMITS = Limits()


def worth(limit: Limit | None, scope: Scope) -> Value:
    """What a limit is at this moment of a call. Raises :class:`EvaluationError`."""
    match limit:
        case None:
            return None
        case Given(value):
            return value
        case FromToday(days):
            return day_of_call(scope) + timedelta(days=days)
        case Computed(template):
            return template.value(scope)


def number(limit: Limit | None, scope: Scope) -> Decimal | None:
    """A limit as a number; raises :class:`EvaluationError` where it is something else."""
    value = worth(limit, scope)
    found = number_in(value) if isinstance(value, str) else value
    if found is None and value is None:
        return None
    if not is_number(found):
        raise EvaluationError(f"the limit of an entry is {kind_name(value)}, not a number")
    return Decimal(repr(found))


def day(limit: Limit | None, scope: Scope) -> date | None:
    """A limit as a date; raises :class:`EvaluationError` where it is something else."""
    value = worth(limit, scope)
    found = moment_in(value) if isinstance(value, str) else value
    if found is None and value is None:
        return None
    if isinstance(found, datetime):
        now = scope.get(NOW)
        return local(found, now.tzinfo if isinstance(now, datetime) else None).date()
    if not isinstance(found, date):
        raise EvaluationError(f"the limit of an entry is {kind_name(value)}, not a date")
    return found


def day_of_call(scope: Scope) -> date:
    """The day of the call on the flow's own clock."""
    now = scope.get(NOW)
    assert isinstance(now, datetime), "the machine puts the time into every scope"
    return now.date()


# --------------------------------------------------------------------------- reading

_Read = Callable[[Scalar, str], Limit | None]


def numbers(reader: Reader, entry: Mapping) -> Limits:
    """``min`` and ``max`` of a number or an amount."""

    def read(node: Scalar, written: str) -> Limit | None:
        value = number_in(written)
        if value is None:
            reader.wrong_type(node, "a number like 10, or a value like ${most}")
            return None
        return Given(value)

    found = Limits(*(_limit(reader, entry.get(key), read) for key in ("min", "max")))
    if isinstance(found.least, Given) and isinstance(found.most, Given):
        least, most = found.least.value, found.most.value
        _in_order(reader, entry, is_number(least) and is_number(most) and least <= most)
    return found


def days(reader: Reader, entry: Mapping) -> Limits:
    """``min`` and ``max`` of a date."""

    def read(node: Scalar, written: str) -> Limit | None:
        if (counted := _TODAY.fullmatch(written)) is not None:
            sign = -1 if counted[1] == "-" else 1
            return FromToday(sign * int(counted[2] or 0))
        value = moment_in(written)
        if isinstance(value, datetime) or not isinstance(value, date):
            wanted = "a date like 2026-12-31, today, today + 30 days, or a value like ${last_day}"
            reader.wrong_type(node, wanted)
            return None
        return Given(value)

    found = Limits(*(_limit(reader, entry.get(key), read) for key in ("min", "max")))
    match found:
        case Limits(Given(date() as first), Given(date() as last)):
            _in_order(reader, entry, first <= last)
        case Limits(FromToday(first_day), FromToday(last_day)):
            _in_order(reader, entry, first_day <= last_day)
    return found


def _limit(reader: Reader, node: Node | None, read: _Read) -> Limit | None:
    if node is None:
        return None
    if not isinstance(node, Scalar):
        reader.wrong_type(node, "a single value")
        return None
    written = node.text.strip()
    inside = _COMPUTED.fullmatch(written)
    if inside is None:
        return read(node, written)
    if _TODAY.fullmatch(inside[1].strip()):
        return read(node, inside[1].strip())
    template = reader.template(node)
    if template is None:
        return None
    if len(template.parts) != 1 or any(part.speaks for part in template.placeholders):
        reader.wrong_type(node, "exactly one value like ${most}, without a formatter")
        return None
    return Computed(template)


def _in_order(reader: Reader, entry: Mapping, right: bool) -> None:
    node = entry.get("max")
    if not right and node is not None:
        message = "nothing can be entered: the largest is smaller than the smallest"
        reader.report("S007", message, node.span, "change min: or max:")
